// The members of jobs, tasks and job schedules, under their stored names (record_fields.h).
#pragma once

#include "emulator/store/pool_fields.h"

namespace emulator::store {

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
  archive("shortLived", r.short_lived);
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
