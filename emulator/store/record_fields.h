// The members of every record under their stored names: one list for writing and for reading. Names are part of the
// file format. What is not listed is a column of its own (`document`) or derived (`node_gone`).
#pragma once

#include "emulator/core/commands.h"
#include "emulator/core/records.h"

#include <concepts>
#include <type_traits>

namespace emulator::store {

/// R is T, const or not.
template <class R, class T>
concept Is = std::same_as<std::remove_const_t<R>, T>;

template <class Archive, Is<core::Failure> R>
void fields(Archive& archive, R& r) {
  archive("category", r.category);
  archive("code", r.code);
  archive("message", r.message);
  archive("details", r.details);
}

template <class Archive, Is<core::ContainerInfo> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("state", r.state);
  archive("error", r.error);
}

template <class Archive, Is<core::ResourceError> R>
void fields(Archive& archive, R& r) {
  archive("code", r.code);
  archive("message", r.message);
  archive("values", r.values);
}

template <class Archive, Is<core::NodeKey> R>
void fields(Archive& archive, R& r) {
  archive("pool", r.pool);
  archive("node", r.node);
}

template <class Archive, Is<core::TaskKey> R>
void fields(Archive& archive, R& r) {
  archive("job", r.job);
  archive("task", r.task);
}

template <class Archive, Is<core::Usage> R>
void fields(Archive& archive, R& r) {
  archive("userCpu", r.user_cpu);
  archive("kernelCpu", r.kernel_cpu);
  archive("wallClock", r.wall_clock);
  archive("reads", r.read_operations);
  archive("writes", r.write_operations);
  archive("readBytes", r.read_bytes);
  archive("writtenBytes", r.written_bytes);
}

template <class Archive, Is<core::WorkStatistics> R>
void fields(Archive& archive, R& r) {
  archive("usage", r.usage);
  archive("succeeded", r.succeeded);
  archive("failed", r.failed);
  archive("retries", r.retries);
  archive("wait", r.wait);
}

template <class Archive, Is<core::PoolUsage> R>
void fields(Archive& archive, R& r) {
  archive("coreTime", r.core_time);
  archive("dedicatedCoreTime", r.dedicated_core_time);
  archive("tasks", r.tasks);
}

template <class Archive, Is<core::Resize> R>
void fields(Archive& archive, R& r) {
  archive("started", r.started);
  archive("timeout", r.timeout);
  archive("deallocation", r.deallocation);
  archive("initial", r.initial);
}

template <class Archive, Is<core::AutoScaleRun> R>
void fields(Archive& archive, R& r) {
  archive("at", r.at);
  archive("results", r.results);
  archive("error", r.error);
}

template <class Archive, Is<core::AutoScale> R>
void fields(Archive& archive, R& r) {
  archive("formula", r.formula);
  archive("interval", r.interval);
  archive("next", r.next_evaluation);
  archive("run", r.run);
}

template <class Archive, Is<core::SampleRecord> R>
void fields(Archive& archive, R& r) {
  archive("pool", r.pool);
  archive("at", r.at);
  archive("active", r.active_tasks);
  archive("running", r.running_tasks);
  archive("succeeded", r.succeeded_tasks);
  archive("failed", r.failed_tasks);
  archive("dedicated", r.dedicated_nodes);
  archive("lowPriority", r.low_priority_nodes);
  archive("preempted", r.preempted_nodes);
  archive("usable", r.usable_nodes);
  archive("busySlots", r.busy_slots);
  archive("slotsPerNode", r.slots_per_node);
}

template <class Archive, Is<core::ApplicationPackage> R>
void fields(Archive& archive, R& r) {
  archive("name", r.version_name);
  archive("modified", r.version.last_modified);
  archive("state", r.state);
  archive("format", r.format);
  archive("activated", r.activated);
  archive("blob", r.blob);
}

template <class Archive, Is<core::ApplicationRecord> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("modified", r.version.last_modified);
  archive("displayName", r.display_name);
  archive("allowUpdates", r.allow_updates);
  archive("defaultVersion", r.default_version);
  archive("container", r.container);
  archive("packages", r.packages);
}

template <class Archive, Is<core::PackageReference> R>
void fields(Archive& archive, R& r) {
  archive("application", r.application);
  archive("version", r.version);
}

template <class Archive, Is<core::CertificateRecord> R>
void fields(Archive& archive, R& r) {
  archive("thumbprint", r.thumbprint);
  archive("modified", r.version.last_modified);
  archive("state", r.state);
  archive("stateSince", r.state_since);
  archive("previousState", r.previous_state);
  archive("previousStateSince", r.previous_state_since);
  archive("deleteError", r.delete_error);
}

template <class Archive, Is<core::PoolRecord> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("modified", r.version.last_modified);
  archive("created", r.created);
  archive("state", r.state);
  archive("stateSince", r.state_since);
  archive("allocation", r.allocation_state);
  archive("allocationSince", r.allocation_state_since);
  archive("resize", r.resize);
  archive("resizeErrors", r.resize_errors);
  archive("targetDedicated", r.target_dedicated);
  archive("targetLowPriority", r.target_low_priority);
  archive("slots", r.task_slots_per_node);
  archive("fill", r.fill);
  archive("cores", r.cores_per_node);
  archive("interNode", r.inter_node_communication);
  archive("autoScale", r.auto_scale);
  archive("autoScaleEnabled", r.auto_scale_enabled);
  archive("setsUpNodes", r.sets_up_nodes);
  archive("startTask", r.start_task);
  archive("startTaskWaits", r.start_task_waits);
  archive("packages", r.packages);
  archive("certificateReferences", r.certificate_references);
  archive("certificates", r.certificates);
  archive("nextNode", r.next_node_number);
  archive("vmSize", r.vm_size);
  archive("autoPool", r.is_auto_pool);
  archive("usage", r.usage);
}

template <class Archive, Is<core::RecentTask> R>
void fields(Archive& archive, R& r) {
  archive("job", r.job);
  archive("task", r.task);
  archive("subtask", r.subtask);
  archive("state", r.state);
  archive("started", r.started);
  archive("ended", r.ended);
  archive("exitCode", r.exit_code);
  archive("failure", r.failure);
  archive("container", r.container);
  archive("retries", r.retry_count);
  archive("requeues", r.requeue_count);
}

template <class Archive, Is<core::StartTaskInfo> R>
void fields(Archive& archive, R& r) {
  archive("running", r.running);
  archive("started", r.started);
  archive("ended", r.ended);
  archive("exitCode", r.exit_code);
  archive("failure", r.failure);
  archive("container", r.container);
  archive("retries", r.retry_count);
  archive("lastRetry", r.last_retry);
}

template <class Archive, Is<core::NodeUser> R>
void fields(Archive& archive, R& r) {
  archive("name", r.name);
  archive("admin", r.is_admin);
  archive("expires", r.expires);
  archive("password", r.has_password);
  archive("sshPublicKey", r.ssh_public_key);
}

template <class Archive, Is<core::NodeRecord> R>
void fields(Archive& archive, R& r) {
  archive("key", r.key);
  archive("number", r.number);
  archive("dedicated", r.dedicated);
  archive("state", r.state);
  archive("stateSince", r.state_since);
  archive("schedulingEnabled", r.scheduling_enabled);
  archive("allocated", r.allocated);
  archive("lastBoot", r.last_boot);
  archive("ip", r.ip_address);
  archive("agentVersion", r.agent_version);
  archive("agentUpdated", r.agent_updated);
  archive("tasksRun", r.total_tasks_run);
  archive("tasksSucceeded", r.total_tasks_succeeded);
  archive("recentTasks", r.recent_tasks);
  archive("startTaskInfo", r.start_task_info);
  archive("startTask", r.start_task);
  archive("startTaskWaits", r.start_task_waits);
  archive("packages", r.packages);
  archive("certificateReferences", r.certificate_references);
  archive("certificates", r.certificates);
  archive("errors", r.errors);
  archive("incarnation", r.incarnation);
  archive("leaving", r.pending);  // so called when nodes could only leave
  archive("pendingAction", r.pending_action);
  archive("halted", r.halted);
  archive("wipe", r.wipe);
  archive("users", r.users);
  archive("secretHash", r.secret_hash);
  archive("usage", r.usage);
}

template <class Archive, Is<core::AutoPool> R>
void fields(Archive& archive, R& r) {
  archive("pool", r.pool);
  archive("document", r.pool.document);
  archive("prefix", r.id_prefix);
  archive("lifetime", r.lifetime);
  archive("keepAlive", r.keep_alive);
}

template <class Archive, Is<core::PreparationRules> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("waitForSuccess", r.wait_for_success);
  archive("rerunAfterReboot", r.rerun_after_reboot);
  archive("maxRetries", r.max_retries);
  archive("maxWallClock", r.max_wall_clock);
  archive("retention", r.retention);
}

template <class Archive, Is<core::ReleaseRules> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("maxWallClock", r.max_wall_clock);
  archive("retention", r.retention);
}

template <class Archive, Is<core::JobRecord> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("modified", r.version.last_modified);
  archive("created", r.created);
  archive("sequence", r.sequence);
  archive("state", r.state);
  archive("stateSince", r.state_since);
  archive("previousState", r.previous_state);
  archive("previousStateSince", r.previous_state_since);
  archive("pool", r.pool);
  archive("priority", r.priority);
  archive("maxParallelTasks", r.max_parallel_tasks);
  archive("maxWallClock", r.max_wall_clock);
  archive("maxTaskRetries", r.max_task_retries);
  archive("onAllTasksComplete", r.on_all_tasks_complete);
  archive("onTaskFailure", r.on_task_failure);
  archive("usesTaskDependencies", r.uses_task_dependencies);
  archive("allowTaskPreemption", r.allow_task_preemption);
  archive("preparation", r.preparation);
  archive("release", r.release);
  archive("started", r.started);
  archive("ended", r.ended);
  archive("terminateReason", r.terminate_reason);
  archive("disableOption", r.disable_option);
  archive("autoPool", r.auto_pool);
  archive("schedule", r.schedule);
  archive("schedulingError", r.scheduling_error);
  archive("past", r.past);
}

template <class Archive, Is<core::ExitOptions> R>
void fields(Archive& archive, R& r) {
  archive("jobAction", r.job_action);
  archive("dependencyAction", r.dependency_action);
}

template <class Archive, Is<core::ExitCodeRange> R>
void fields(Archive& archive, R& r) {
  archive("first", r.first);
  archive("last", r.last);
  archive("options", r.options);
}

template <class Archive, Is<core::ExitConditions> R>
void fields(Archive& archive, R& r) {
  archive("codes", r.codes);
  archive("ranges", r.ranges);
  archive("preProcessingError", r.pre_processing_error);
  archive("fileUploadError", r.file_upload_error);
  archive("default", r.otherwise);
}

template <class Archive, Is<core::TaskConstraints> R>
void fields(Archive& archive, R& r) {
  archive("maxWallClock", r.max_wall_clock);
  archive("retention", r.retention);
  archive("maxRetries", r.max_retries);
}

template <class Archive, Is<core::ManagerRules> R>
void fields(Archive& archive, R& r) {
  archive("endsJob", r.ends_job);
  archive("exclusive", r.exclusive);
  archive("lowPriorityNodes", r.low_priority_nodes);
}

template <class Archive, Is<core::TaskRules> R>
void fields(Archive& archive, R& r) {
  archive("constraints", r.constraints);
  archive("slots", r.required_slots);
  archive("instances", r.instances);
  archive("affinity", r.affinity_id);
  archive("exitConditions", r.exit_conditions);
  archive("dependsOn", r.depends_on);
  archive("dependsOnRanges", r.depends_on_ranges);
  archive("packages", r.packages);
  archive("manager", r.manager);
}

template <class Archive, Is<core::TaskExecution> R>
void fields(Archive& archive, R& r) {
  archive("started", r.started);
  archive("ended", r.ended);
  archive("exitCode", r.exit_code);
  archive("failure", r.failure);
  archive("result", r.result);
  archive("container", r.container);
  archive("retries", r.retry_count);
  archive("lastRetry", r.last_retry);
  archive("requeues", r.requeue_count);
  archive("lastRequeue", r.last_requeue);
}

template <class Archive, Is<core::SubtaskRecord> R>
void fields(Archive& archive, R& r) {
  archive("node", r.node);
  archive("state", r.state);
  archive("stateSince", r.state_since);
  archive("previousState", r.previous_state);
  archive("previousStateSince", r.previous_state_since);
  archive("coordinated", r.coordinated);
  archive("started", r.started);
  archive("ended", r.ended);
  archive("exitCode", r.exit_code);
  archive("failure", r.failure);
  archive("result", r.result);
  archive("container", r.container);
  archive("retention", r.retention);
  archive("processesGone", r.processes_gone);
  archive("filesRemoved", r.files_removed);
}

template <class Archive, Is<core::TaskRecord> R>
void fields(Archive& archive, R& r) {
  archive("key", r.key);
  archive("rules", r.rules);
  archive("modified", r.version.last_modified);
  archive("created", r.created);
  archive("sequence", r.sequence);
  archive("state", r.state);
  archive("stateSince", r.state_since);
  archive("previousState", r.previous_state);
  archive("previousStateSince", r.previous_state_since);
  archive("execution", r.execution);
  archive("node", r.node);
  archive("attempt", r.attempt);
  archive("stopping", r.stopping);
  archive("crashes", r.crashes);
  archive("filesRemoved", r.files_removed);
  archive("usage", r.usage);
  archive("coordinated", r.coordinated);
  archive("subtasks", r.subtasks);
}

template <class Archive, Is<core::NewTask> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("document", r.document);
  archive("rules", r.rules);
}

template <class Archive, Is<core::AddJob> R>
void fields(Archive& archive, R& r) {
  archive("job", r.job);
  archive("document", r.job.document);
  archive("manager", r.manager);
}

template <class Archive, Is<core::ScheduleTimes> R>
void fields(Archive& archive, R& r) {
  archive("until", r.do_not_run_until);
  archive("after", r.do_not_run_after);
  archive("window", r.start_window);
  archive("recurrence", r.recurrence);
}

template <class Archive, Is<core::JobScheduleRecord> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("modified", r.version.last_modified);
  archive("created", r.created);
  archive("state", r.state);
  archive("stateSince", r.state_since);
  archive("previousState", r.previous_state);
  archive("previousStateSince", r.previous_state_since);
  archive("times", r.times);
  archive("specification", r.specification);
  archive("nextRun", r.next_run);
  archive("nextJob", r.next_job_number);
  archive("recentJob", r.recent_job);
  archive("lastStart", r.last_start);
  archive("ended", r.ended);
  archive("autoPool", r.auto_pool);
  archive("past", r.past);
}

template <class Archive, Is<core::UsageRecord> R>
void fields(Archive& archive, R& r) {
  archive("begin", r.key.begin);
  archive("pool", r.key.pool);
  archive("vmSize", r.key.vm_size);
  archive("coreTime", r.core_time);
}

template <class Archive, Is<core::TotalsRecord> R>
void fields(Archive& archive, R& r) {
  archive("since", r.since);
  archive("work", r.work);
  archive("pools", r.pools);
}

template <class Archive, Is<core::SpecialTaskInfo> R>
void fields(Archive& archive, R& r) {
  archive("running", r.running);
  archive("attempt", r.attempt);
  archive("stopping", r.stopping);
  archive("started", r.started);
  archive("ended", r.ended);
  archive("exitCode", r.exit_code);
  archive("failure", r.failure);
  archive("retries", r.retry_count);
  archive("lastRetry", r.last_retry);
}

template <class Archive, Is<core::JobNodeKey> R>
void fields(Archive& archive, R& r) {
  archive("job", r.job);
  archive("node", r.node);
}

template <class Archive, Is<core::JobNodeRecord> R>
void fields(Archive& archive, R& r) {
  archive("key", r.key);
  archive("preparation", r.preparation);
  archive("release", r.release);
  archive("attempt", r.attempt);
  archive("prepared", r.prepared);
  archive("barred", r.barred);
  archive("ranTasks", r.ran_tasks);
  archive("preparationFilesRemoved", r.preparation_files_removed);
  archive("releaseFilesRemoved", r.release_files_removed);
}

}  // namespace emulator::store
