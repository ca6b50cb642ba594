// The words of the Batch service that programs decide on: states, results and options, as enums with their spelling on
// the wire.
//
// An enumerator is the lower-case form of the wire value. The spelling that goes out is the table's (contract 1.5:
// mixed casing, seen on the live service); what comes in is compared without case. Enumerations that are only stored
// and echoed (disk caching, placement policies ...) are not here but in schema.h's tables.
#pragma once

#include "base/text.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace wire::batch {

// ---- pools (contract 5.1, 5.2) ----
enum class PoolState { active, deleting };
constexpr auto names_of(PoolState) {
  return std::to_array<std::string_view>({"active", "deleting"});
}

enum class AllocationState { steady, resizing, stopping };
constexpr auto names_of(AllocationState) {
  return std::to_array<std::string_view>({"steady", "resizing", "stopping"});
}

/// How tasks are spread over the nodes of a pool.
enum class NodeFillType { spread, pack };
constexpr auto names_of(NodeFillType) {
  return std::to_array<std::string_view>({"Spread", "Pack"});
}

/// How the nodes of a pool get their jobs' order (2025-06-01).
enum class JobDefaultOrder { none, creationtime };
constexpr auto names_of(JobDefaultOrder) {
  return std::to_array<std::string_view>({"none", "creationtime"});
}

// ---- certificates (contract 4.6) ----
enum class CertificateState { active, deleting, deletefailed };
constexpr auto names_of(CertificateState) {
  return std::to_array<std::string_view>({"active", "deleting", "deletefailed"});
}

enum class CertificateFormat { pfx, cer };
constexpr auto names_of(CertificateFormat) {
  return std::to_array<std::string_view>({"pfx", "cer"});
}

/// Who on a node may see a certificate.
enum class CertificateVisibility { starttask, task, remoteuser };
constexpr auto names_of(CertificateVisibility) {
  return std::to_array<std::string_view>({"starttask", "task", "remoteuser"});
}

// ---- nodes (contract 5.3) ----
enum class NodeState {
  creating,
  starting,
  waitingforstarttask,
  starttaskfailed,
  idle,
  running,
  offline,
  rebooting,
  reimaging,
  upgradingos,  ///< from 19.0
  unusable,
  unknown,
  leavingpool,
  preempted,
  deallocating,  ///< from 20.0
  deallocated,   ///< from 20.0
};
constexpr auto names_of(NodeState) {
  return std::to_array<std::string_view>({"creating", "starting", "waitingforstarttask", "starttaskfailed", "idle",
                                          "running", "offline", "rebooting", "reimaging", "upgradingos", "unusable",
                                          "unknown", "leavingpool", "preempted", "deallocating", "deallocated"});
}

enum class SchedulingState { enabled, disabled };
constexpr auto names_of(SchedulingState) {
  return std::to_array<std::string_view>({"enabled", "disabled"});
}

/// What becomes of running tasks when their node is removed, rebooted, reimaged, deallocated or taken out of scheduling
/// (the last without retaineddata).
enum class DeallocationOption { requeue, terminate, taskcompletion, retaineddata };
constexpr auto names_of(DeallocationOption) {
  return std::to_array<std::string_view>({"requeue", "terminate", "taskcompletion", "retaineddata"});
}

// ---- jobs and job schedules (contract 5.4, 5.5) ----
enum class JobState { active, disabling, disabled, enabling, terminating, completed, deleting };
constexpr auto names_of(JobState) {
  return std::to_array<std::string_view>(
      {"active", "disabling", "disabled", "enabling", "terminating", "completed", "deleting"});
}

enum class JobScheduleState { active, completed, disabled, terminating, deleting };
constexpr auto names_of(JobScheduleState) {
  return std::to_array<std::string_view>({"active", "completed", "disabled", "terminating", "deleting"});
}

/// What becomes of running tasks when their job is disabled.
enum class DisableTasksOption { requeue, terminate, wait };
constexpr auto names_of(DisableTasksOption) {
  return std::to_array<std::string_view>({"requeue", "terminate", "wait"});
}

enum class OnAllTasksComplete { noaction, terminatejob };
constexpr auto names_of(OnAllTasksComplete) {
  return std::to_array<std::string_view>({"noaction", "terminatejob"});
}

enum class OnTaskFailure { noaction, performexitoptionsjobaction };
constexpr auto names_of(OnTaskFailure) {
  return std::to_array<std::string_view>({"noaction", "performexitoptionsjobaction"});
}

enum class PoolLifetimeOption { jobschedule, job };
constexpr auto names_of(PoolLifetimeOption) {
  return std::to_array<std::string_view>({"jobschedule", "job"});
}

// ---- tasks (contract 5.6 to 5.8, 6.4) ----
enum class TaskState { active, preparing, running, completed };
constexpr auto names_of(TaskState) {
  return std::to_array<std::string_view>({"active", "preparing", "running", "completed"});
}

enum class SubtaskState { preparing, running, completed };
constexpr auto names_of(SubtaskState) {
  return std::to_array<std::string_view>({"preparing", "running", "completed"});
}

/// State of a run of a start, preparation or release task.
enum class SpecialTaskState { running, completed };
constexpr auto names_of(SpecialTaskState) {
  return std::to_array<std::string_view>({"running", "completed"});
}

enum class TaskResult { success, failure };
constexpr auto names_of(TaskResult) {
  return std::to_array<std::string_view>({"success", "failure"});
}

enum class FailureCategory { usererror, servererror };
constexpr auto names_of(FailureCategory) {
  return std::to_array<std::string_view>({"UserError", "ServerError"});
}

/// Status of one item of an add-collection result.
enum class TaskAddStatus { success, clienterror, servererror };
constexpr auto names_of(TaskAddStatus) {
  return std::to_array<std::string_view>({"Success", "ClientError", "ServerError"});
}

/// What a task's exit does to its job.
enum class JobAction { none, disable, terminate };
constexpr auto names_of(JobAction) {
  return std::to_array<std::string_view>({"none", "disable", "terminate"});
}

/// What a task's exit does to the tasks that depend on it.
enum class DependencyAction { satisfy, block };
constexpr auto names_of(DependencyAction) {
  return std::to_array<std::string_view>({"satisfy", "block"});
}

/// When an output file is uploaded.
enum class UploadCondition { tasksuccess, taskfailure, taskcompletion };
constexpr auto names_of(UploadCondition) {
  return std::to_array<std::string_view>({"TaskSuccess", "TaskFailure", "TaskCompletion"});
}

enum class AutoUserScope { task, pool };
constexpr auto names_of(AutoUserScope) {
  return std::to_array<std::string_view>({"task", "pool"});
}

enum class ElevationLevel { nonadmin, admin };
constexpr auto names_of(ElevationLevel) {
  return std::to_array<std::string_view>({"nonadmin", "admin"});
}

/// Where a container task's command starts.
enum class ContainerWorkingDirectory { taskworkingdirectory, containerimagedefault };
constexpr auto names_of(ContainerWorkingDirectory) {
  return std::to_array<std::string_view>({"taskWorkingDirectory", "containerImageDefault"});
}

// ---- images ----
enum class OsType { linux_, windows };
constexpr auto names_of(OsType) {
  return std::to_array<std::string_view>({"linux", "windows"});
}

enum class VerificationType { verified, unverified };
constexpr auto names_of(VerificationType) {
  return std::to_array<std::string_view>({"verified", "unverified"});
}

/// One of the enums above.
template <class E>
concept NamedEnum = requires {
  names_of(E{});
};

/// All spellings of E in the order of its enumerators.
template <NamedEnum E>
inline constexpr auto kNames = names_of(E{});

/// The number of enumerators of E.
template <NamedEnum E>
inline constexpr std::size_t kCount = kNames<E>.size();

/// The wire spelling, with static lifetime.
template <NamedEnum E>
constexpr std::string_view name_of(E value) {
  return kNames<E>[static_cast<std::size_t>(value)];
}

/// The enumerator spelt `text` in any casing: parse<TaskState>("Running").
template <NamedEnum E>
std::optional<E> parse(std::string_view text) {
  for (std::size_t i = 0; i < kCount<E>; ++i) {
    if (base::equal_ignoring_case(kNames<E>[i], text)) return static_cast<E>(i);
  }
  return std::nullopt;
}

}  // namespace wire::batch
