// What is kept of a pool, node, job and task: the rows of the state store, and all that the rules look at.
//
// A `document` is the canonical JSON text of what the user set (validated, newest names, no defaults filled). The core
// never looks inside: members it rules by are fields beside it. A document is immutable and shared.
#pragma once

#include "base/clock.h"
#include "emulator/core/ids.h"
#include "wire/batch/limits.h"
#include "wire/batch/vocabulary.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator::core {

using base::Ticks;
using base::Timestamp;
using Document = std::shared_ptr<const std::string>;

/// "No limit" for wall clocks and retention (contract 1.5).
inline constexpr Ticks kUnlimited = wire::batch::kUnlimited;

/// Items of `values`, `details` and `errorDetails` (contract 3.5).
using NameValues = std::vector<std::pair<std::string, std::string>>;

/// `failureInfo` (contract 5.8).
struct Failure {
  wire::batch::FailureCategory category{};
  std::string code;
  std::string message;
  NameValues details;
  bool operator==(const Failure&) const = default;
};

/// An item of a pool's `resizeErrors` or a node's `errors`.
struct ResourceError {
  std::string code;
  std::string message;
  NameValues values;
  bool operator==(const ResourceError&) const = default;
};

/// `containerInfo` of a task that ran in a container (contract 5.7).
struct ContainerInfo {
  std::string id;
  std::string state;
  std::string error;
  bool operator==(const ContainerInfo&) const = default;
};

/// lastModified, from which the ETag is computed (contract 1.6).
struct Version {
  Timestamp last_modified{};
};

// --------------------------------------------------------------------------------------- applications, certificates

/// A package of an application: named by a version, uploaded by the user, usable once it is activated.
enum class PackageState { pending, active };
constexpr auto names_of(PackageState) {
  return std::to_array<std::string_view>({"pending", "active"});
}

struct ApplicationPackage {
  std::string version_name;
  Version version;
  PackageState state = PackageState::pending;
  std::string format;                  ///< given at activation
  std::optional<Timestamp> activated;  ///< the last time; tells editions of one version apart
  std::string blob;                    ///< its name in the application's container
};

struct ApplicationRecord {
  ApplicationId id;
  Version version;
  std::string display_name;
  bool allow_updates = true;                 ///< packages may be uploaded again under their version's name
  std::string default_version;               ///< empty: none
  std::string container;                     ///< in the account's auto storage
  std::vector<ApplicationPackage> packages;  ///< by version name, without regard to case
};

/// `applicationPackageReferences`: what a pool or a task wants deployed. Without a version: the application's default.
struct PackageReference {
  ApplicationId application;
  std::string version;
  bool operator==(const PackageReference&) const = default;
};

/// A reference that can be satisfied, and with what.
struct DeployablePackage {
  ApplicationId application;  ///< spelt as the application is
  std::string version;
  bool by_default = false;  ///< the reference named no version
  Timestamp activated{};
  std::string container;
  std::string blob;
};

struct CertificateRecord {
  CertificateId thumbprint;
  Document document;  ///< thumbprintAlgorithm, certificateFormat, data, password, publicData
  wire::batch::CertificateState state{};
  Timestamp state_since{};
  std::optional<wire::batch::CertificateState> previous_state;
  std::optional<Timestamp> previous_state_since;
  Version version;
  std::optional<ResourceError> delete_error;  ///< only in state deletefailed
};

// ----------------------------------------------------------------------------------------------------- statistics

/// What runs of tasks have used, added up.
struct Usage {
  Ticks user_cpu{};
  Ticks kernel_cpu{};
  Ticks wall_clock{};
  std::int64_t read_operations = 0;
  std::int64_t write_operations = 0;
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;
  bool operator==(const Usage&) const = default;
  Usage& operator+=(const Usage& other);
};
/// Of tasks (contract 9.1).
struct WorkStatistics {
  Usage usage;
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  std::int64_t retries = 0;
  Ticks wait{};  ///< between addition and (last) start
  bool operator==(const WorkStatistics&) const = default;
  WorkStatistics& operator+=(const WorkStatistics& other);
};
/// Of nodes, as long as they have been there, and of the tasks that ran on them.
struct PoolUsage {
  Ticks core_time{};
  Ticks dedicated_core_time{};
  Usage tasks;
  bool operator==(const PoolUsage&) const = default;
  PoolUsage& operator+=(const PoolUsage& other);
};

// ---------------------------------------------------------------------------------------------------------- pools

/// The resize under way, or the last one.
struct Resize {
  Timestamp started{};
  Ticks timeout{};
  wire::batch::DeallocationOption deallocation = wire::batch::DeallocationOption::requeue;
  bool initial = false;  ///< the sizing that follows creation
};

/// `autoScaleRun`: what the last evaluation of a formula gave (contract 8.7, 8.8).
struct AutoScaleRun {
  Timestamp at{};
  std::string results;
  std::optional<ResourceError> error;
};

/// A pool has it while it scales by formula.
struct AutoScale {
  std::string formula;
  Ticks interval{};
  Timestamp next_evaluation{};
  std::optional<AutoScaleRun> run;
};

struct PoolRecord {
  PoolId id;
  Document document;
  Version version;
  Timestamp created{};
  wire::batch::PoolState state{};
  Timestamp state_since{};
  wire::batch::AllocationState allocation_state{};
  Timestamp allocation_state_since{};
  Resize resize;
  std::vector<ResourceError> resize_errors;
  std::int32_t target_dedicated = 0;
  std::int32_t target_low_priority = 0;

  // Fixed at creation or changed by PATCH; taken out of the document for the rules.
  std::int32_t task_slots_per_node = 1;
  wire::batch::NodeFillType fill = wire::batch::NodeFillType::spread;
  std::int32_t cores_per_node = 1;
  bool inter_node_communication = false;
  /// Containers or mounts: a node stays in `starting` until its agent has set them up.
  bool sets_up_nodes = false;
  Document start_task;  ///< null = none; canonical JSON of the start task
  bool start_task_waits = true;
  std::vector<PackageReference> packages;
  Document certificate_references;          ///< null = none; canonical JSON of the list
  std::vector<CertificateId> certificates;  ///< what the list names

  std::optional<AutoScale> auto_scale;
  Timestamp auto_scale_enabled{};  ///< when enableautoscale was last accepted

  std::uint64_t next_node_number = 0;  ///< for node ids and addresses; never reused
  std::string vm_size;                 ///< for usage metrics
  bool is_auto_pool = false;
  PoolUsage usage;  ///< of nodes that are gone
};

/// What a pool's autoscale formula may ask for, as it was at `at`, a time at which samples are taken, and as it stayed
/// until the pool's next record: only what changed is written. While the emulator is not running its pools stand still,
/// and so do their samples.
struct SampleRecord {
  PoolId pool;
  Timestamp at{};
  std::int64_t active_tasks = 0;  ///< ready to run, of active jobs
  std::int64_t running_tasks = 0;
  std::int64_t succeeded_tasks = 0;
  std::int64_t failed_tasks = 0;
  std::int64_t dedicated_nodes = 0;
  std::int64_t low_priority_nodes = 0;
  std::int64_t preempted_nodes = 0;
  std::int64_t usable_nodes = 0;
  std::int64_t busy_slots = 0;      ///< of the usable nodes
  std::int64_t slots_per_node = 1;  ///< taskSlotsPerNode
};

// ---------------------------------------------------------------------------------------------------------- nodes

/// An item of a node's `recentTasks`.
struct RecentTask {
  JobId job;
  TaskId task;
  std::optional<std::int32_t> subtask;  ///< which instance of a multi-instance task; 0 = the primary
  wire::batch::TaskState state{};
  std::optional<Timestamp> started;
  std::optional<Timestamp> ended;
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  std::optional<ContainerInfo> container;
  std::int32_t retry_count = 0;
  std::int32_t requeue_count = 0;
};

/// `startTaskInfo` (contract 4.2).
struct StartTaskInfo {
  bool running = false;  ///< else completed
  Timestamp started{};
  std::optional<Timestamp> ended;
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  std::optional<ContainerInfo> container;
  std::int32_t retry_count = 0;
  std::optional<Timestamp> last_retry;
};

/// What has been asked to be done with a node (contract 4.2, 6.6).
enum class NodeAction { remove, reboot, reimage, deallocate };
constexpr auto names_of(NodeAction) {
  return std::to_array<std::string_view>({"remove", "reboot", "reimage", "deallocate"});
}

/// A user account on a node: kept and validated, but no account of the host. Of the password only its existence.
struct NodeUser {
  std::string name;
  bool is_admin = false;
  Timestamp expires{};
  bool has_password = false;
  std::string ssh_public_key;
};

struct NodeRecord {
  NodeKey key;
  std::uint64_t number = 0;  ///< order of allocation in its pool
  bool dedicated = true;
  wire::batch::NodeState state{};
  Timestamp state_since{};
  bool scheduling_enabled = true;
  Timestamp allocated{};
  std::optional<Timestamp> last_boot;
  std::string ip_address;
  std::string agent_version;  ///< empty until the first agent has joined
  std::optional<Timestamp> agent_updated;
  std::int32_t total_tasks_run = 0;
  std::int32_t total_tasks_succeeded = 0;
  std::vector<RecentTask> recent_tasks;  ///< newest first, at most kMaxRecentTasks
  std::optional<StartTaskInfo> start_task_info;
  Document start_task;  ///< the pool's start task as applied to this node
  bool start_task_waits = true;
  std::vector<PackageReference> packages;  ///< the pool's, as applied to this node at its last start
  Document certificate_references;         ///< so too
  std::vector<CertificateId> certificates;
  std::vector<ResourceError> errors;

  Incarnation incarnation = 0;  ///< of the agent that is running or asked for
  /// Set while something is to be done with the node: what happens to its running tasks until then. It keeps its state
  /// and gets no new tasks until the option lets it act. A removal stays set when the node is leavingpool.
  std::optional<wire::batch::DeallocationOption> pending;
  NodeAction pending_action = NodeAction::remove;
  bool halted = false;  ///< rebooting, reimaging: nothing of the agent is left, the machine may boot
  bool wipe = false;    ///< nothing on the node's disk is left to the next agent
  std::vector<NodeUser> users;
  Usage usage;  ///< of the tasks that ran here
  /// Hexadecimal SHA-256 of the agent's token, so that living agents are known after a restart.
  std::string secret_hash;
};

// ----------------------------------------------------------------------------------------------------------- jobs

/// The pool that a job or the jobs of a schedule make for themselves (contract 4.3, 6.9).
struct AutoPool {
  PoolRecord pool;  ///< what AddPool carries, without id
  std::string id_prefix;
  wire::batch::PoolLifetimeOption lifetime{};
  bool keep_alive = false;
};

/// What the rules look at of a job's preparation task; everything else is in the job's document.
struct PreparationRules {
  TaskId id;
  bool wait_for_success = true;
  bool rerun_after_reboot = true;
  std::int32_t max_retries = 0;
  Ticks max_wall_clock = kUnlimited;
  Ticks retention = wire::batch::kDefaultRetention;
};
/// The same of its release task.
struct ReleaseRules {
  TaskId id;
  Ticks max_wall_clock = wire::batch::kMaxReleaseTaskWallClock;
  Ticks retention = wire::batch::kDefaultRetention;
};

struct JobRecord {
  JobId id;
  Document document;
  Version version;
  Timestamp created{};
  std::uint64_t sequence = 0;  ///< order of creation; grows, not always by one
  wire::batch::JobState state{};
  Timestamp state_since{};
  std::optional<wire::batch::JobState> previous_state;
  std::optional<Timestamp> previous_state_since;

  /// Of an auto pool once it is made; empty when it could not be.
  PoolId pool;
  std::shared_ptr<const AutoPool> auto_pool;  ///< null = the pool was named
  JobScheduleId schedule;                     ///< that made the job; empty = none
  std::int32_t priority = 0;
  std::int32_t max_parallel_tasks = -1;
  Ticks max_wall_clock = kUnlimited;
  std::int32_t max_task_retries = 0;
  wire::batch::OnAllTasksComplete on_all_tasks_complete{};
  wire::batch::OnTaskFailure on_task_failure{};
  bool uses_task_dependencies = false;
  bool allow_task_preemption = false;
  std::optional<PreparationRules> preparation;
  std::optional<ReleaseRules> release;

  Timestamp started{};  ///< executionInfo.startTime
  std::optional<Timestamp> ended;
  std::string terminate_reason;
  std::optional<Failure> scheduling_error;  ///< the auto pool could not be made
  /// What the last disable asked for.
  wire::batch::DisableTasksOption disable_option{};
  WorkStatistics past;  ///< of deleted tasks
};

// ---------------------------------------------------------------------------------------------------------- tasks

/// exitOptions (contract 6.4).
struct ExitOptions {
  std::optional<wire::batch::JobAction> job_action;
  std::optional<wire::batch::DependencyAction> dependency_action;
};
struct ExitCodeRange {
  std::int32_t first = 0;
  std::int32_t last = 0;
  ExitOptions options;
};
struct ExitConditions {
  std::vector<ExitCodeRange> codes;   ///< exitCodes, each a range of one
  std::vector<ExitCodeRange> ranges;  ///< exitCodeRanges
  std::optional<ExitOptions> pre_processing_error;
  std::optional<ExitOptions> file_upload_error;
  std::optional<ExitOptions> otherwise;  ///< `default`
};

/// A constraint is unset when the user did not give it: then the default holds (contract 4.5).
struct TaskConstraints {
  std::optional<Ticks> max_wall_clock;
  std::optional<Ticks> retention;
  std::optional<std::int32_t> max_retries;
};

/// What makes a task its job's manager (contract 6.8).
struct ManagerRules {
  bool ends_job = true;   ///< killJobOnCompletion
  bool exclusive = true;  ///< takes every slot of its node
  bool low_priority_nodes = true;
};

/// What a task definition says that the rules look at; everything else is in its document.
struct TaskRules {
  TaskConstraints constraints;
  std::int32_t required_slots = 1;
  std::int32_t instances = 0;  ///< numberOfInstances of a multi-instance task; 0 = an ordinary task
  std::string affinity_id;
  std::shared_ptr<const ExitConditions> exit_conditions;  ///< null = none
  std::vector<std::string> depends_on;                    ///< task ids
  std::vector<std::pair<std::int64_t, std::int64_t>> depends_on_ranges;
  std::vector<PackageReference> packages;
  std::optional<ManagerRules> manager;
};

/// `executionInfo` without the parts that the state implies (contract 5.7).
struct TaskExecution {
  std::optional<Timestamp> started;
  std::optional<Timestamp> ended;
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  std::optional<wire::batch::TaskResult> result;
  std::optional<ContainerInfo> container;
  std::int32_t retry_count = 0;
  std::optional<Timestamp> last_retry;
  std::int32_t requeue_count = 0;
  std::optional<Timestamp> last_requeue;
};

/// Why a running task has been told to end. It stays running until its processes are gone.
enum class StopReason {
  requeue,         ///< active again, requeueCount + 1
  terminate,       ///< completed with TaskEnded
  wall_clock,      ///< completed with TaskEnded: its own maxWallClockTime is over
  recovery,        ///< the node of a subtask was lost: active again, and nothing is counted
  subtask_failed,  ///< fails as a whole with what the subtask failed with
};
constexpr auto names_of(StopReason) {
  return std::to_array<std::string_view>({"requeue", "terminate", "wallclock", "recovery", "subtaskfailed"});
}

/// An instance of a multi-instance task besides the primary (contract 4.5, 5.7, 6.10), of the current or last attempt.
struct SubtaskRecord {
  NodeKey node;
  wire::batch::SubtaskState state{};
  Timestamp state_since{};
  std::optional<wire::batch::SubtaskState> previous_state;
  std::optional<Timestamp> previous_state_since;
  bool coordinated = false;  ///< its coordination command has exited with 0
  Timestamp started{};
  std::optional<Timestamp> ended;
  std::optional<std::int32_t> exit_code;  ///< of the coordination command
  std::optional<Failure> failure;
  std::optional<wire::batch::TaskResult> result;
  std::optional<ContainerInfo> container;
  Ticks retention{};            ///< as it was at the assignment: later changes touch the primary only
  bool processes_gone = false;  ///< completed, and its agent has said that nothing is left of it
  bool files_removed = false;   ///< retention is over
};

struct TaskRecord {
  TaskKey key;
  Document document;
  TaskRules rules;
  Version version;
  Timestamp created{};
  std::uint64_t sequence = 0;  ///< order of addition in the account; grows, not always by one
  wire::batch::TaskState state{};
  Timestamp state_since{};
  std::optional<wire::batch::TaskState> previous_state;
  std::optional<Timestamp> previous_state_since;
  TaskExecution execution;
  std::optional<NodeKey> node;         ///< where it runs or last ran (`nodeInfo`)
  Attempt attempt = 0;                 ///< of the current or last assignment
  std::optional<StopReason> stopping;  ///< only while running
  std::int32_t crashes = 0;    ///< agents that died while running it and being watched (hostile input: run it apart)
  Usage usage;                 ///< of all its runs
  bool files_removed = false;  ///< retention is over (TaskFilesCleanedup) or the node is gone
  bool coordinated = false;    ///< the primary's coordination command has exited with 0
  std::vector<SubtaskRecord> subtasks;  ///< instances 1, 2, ... of the current or last attempt
  bool node_gone = false;               ///< its node left: TaskFilesUnavailable. Derived, not stored
};

// -------------------------------------------------------------------------------------------------- job schedules

struct AddJob;

/// `schedule` (contract 4.4).
struct ScheduleTimes {
  std::optional<Timestamp> do_not_run_until;
  std::optional<Timestamp> do_not_run_after;
  Ticks start_window = kUnlimited;
  std::optional<Ticks> recurrence;
  bool operator==(const ScheduleTimes&) const = default;
};

struct JobScheduleRecord {
  JobScheduleId id;
  Document document;
  Version version;
  Timestamp created{};
  wire::batch::JobScheduleState state{};
  Timestamp state_since{};
  std::optional<wire::batch::JobScheduleState> previous_state;
  std::optional<Timestamp> previous_state_since;

  ScheduleTimes times;
  /// What the next job is added with, but for its id; never null.
  std::shared_ptr<const AddJob> specification;

  std::optional<Timestamp> next_run;  ///< the next occasion, or the one that is due; nothing = no more
  std::uint64_t next_job_number = 1;  ///< never reused
  JobId recent_job;                   ///< the last one made, be it deleted since; empty = none yet
  std::optional<Timestamp> last_start;
  std::optional<Timestamp> ended;
  PoolId auto_pool;     ///< made for all its jobs; empty = none
  WorkStatistics past;  ///< of deleted jobs
};

// ---------------------------------------------------------------------------------------------------- the account

/// A half hour of a pool in the usage metrics (contract 4.6).
struct UsageKey {
  Timestamp begin{};
  PoolId pool;
  std::string vm_size;
  auto operator<=>(const UsageKey&) const = default;
};
struct UsageRecord {
  UsageKey key;
  Ticks core_time{};
};

/// What is left of jobs and pools that are gone; one row.
struct TotalsRecord {
  Timestamp since{};  ///< the first pool or job ever; the epoch when there was none
  WorkStatistics work;
  PoolUsage pools;
};

// ------------------------------------------------------------------------------- special tasks of a job on a node

/// The two tasks that a job runs once on each of its nodes, before and after its own.
enum class SpecialTask { preparation, release };

/// The run of a special task on a node, under way or over (contract 5.9).
struct SpecialTaskInfo {
  bool running = false;  ///< else completed
  Attempt attempt = 0;
  std::optional<StopReason> stopping;  ///< only while running
  Timestamp started{};
  std::optional<Timestamp> ended;
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  std::int32_t retry_count = 0;
  std::optional<Timestamp> last_retry;
};

struct JobNodeKey {
  JobId job;
  NodeKey node;
  auto operator<=>(const JobNodeKey&) const = default;
};

/// What a job did on a node, from the first assignment on; outlives the node.
struct JobNodeRecord {
  JobNodeKey key;
  std::optional<SpecialTaskInfo> preparation;
  std::optional<SpecialTaskInfo> release;
  Attempt attempt = 0;     ///< of the last special task ordered, of either kind
  bool prepared = false;   ///< the preparation need not run (again)
  bool barred = false;     ///< the preparation failed for good: no task of the job until the node is reimaged
  bool ran_tasks = false;  ///< a task of the job was started here since the node was made or reimaged
  bool preparation_files_removed = false;
  bool release_files_removed = false;
};

/// taskcounts (contract 9.1), by tasks and by slots.
struct TaskCounts {
  std::int64_t active = 0, running = 0, completed = 0, succeeded = 0, failed = 0;
  bool operator==(const TaskCounts&) const = default;
};

}  // namespace emulator::core
