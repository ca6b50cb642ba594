// Jobs: their lives, and what a change of state does to their tasks (contract 5.4, 6.3, 6.5, 6.6).
#include "emulator/core/state.h"

#include <limits>

namespace emulator::core {
namespace {

using wire::batch::DisableTasksOption;
using wire::batch::OnAllTasksComplete;

constexpr std::string_view kUserTerminate = "UserTerminate";  // terminateReason values, contract 5.4
constexpr std::string_view kAllTasksComplete = "AllTasksComplete";
constexpr std::string_view kMaxWallClockTimeExpiry = "MaxWallClockTimeExpiry";

bool is_over(JobState state) {
  return state == JobState::completed || state == JobState::deleting;
}

bool can_end(JobState state) {
  return next_state(kJobTransitions, state, JobEvent::end_asked).has_value();
}

/// Every task is completed, or there is none.
bool nothing_left(const Job& job) {
  return job.counts.active == 0 && job.counts.running == 0;
}

Timestamp wall_clock_end(const JobRecord& job) {
  return after(job.created, job.max_wall_clock);
}

}  // namespace

base::Result<void> require_open(const JobRecord& job) {
  switch (job.state) {
    case JobState::active:
    case JobState::disabling:
    case JobState::disabled:
    case JobState::enabling: return {};
    case JobState::terminating: return wire::batch::make_error(ErrorCode::JobBeingTerminated);
    case JobState::completed: return wire::batch::make_error(ErrorCode::JobCompleted);
    case JobState::deleting: return wire::batch::make_error(ErrorCode::JobBeingDeleted);
  }
  return {};
}

base::Result<Job*> Batch::State::existing_job(const JobId& id, const Conditions& conditions) {
  Job* job = find_job(id);
  if (job == nullptr) return wire::batch::make_error(ErrorCode::JobNotFound);
  RETURN_IF_ERROR(check_conditions(conditions, job->record.version));
  return job;
}

Batch::State::Replied Batch::State::on(AddJob& command) {
  if (find_schedule(JobScheduleId{command.job.id.text()}) != nullptr) {
    return wire::batch::make_error(ErrorCode::JobScheduleWithSameIdExists);
  }
  ASSIGN_OR_RETURN(const Job* job, create_job(command));
  return Reply{.written = Written{job->record.version}, .each = {}};
}

base::Result<Job*> Batch::State::create_job(AddJob& command) {
  if (const Job* existing = find_job(command.job.id)) {
    const bool deleting = existing->record.state == JobState::deleting;
    return wire::batch::make_error(deleting ? ErrorCode::JobBeingDeleted : ErrorCode::JobExists);
  }
  if (quota_reached()) return wire::batch::make_error(ErrorCode::ActiveJobAndScheduleQuotaReached);
  count_lifetime();
  Job& job = jobs[command.job.id];
  job.record = std::move(command.job);
  JobRecord& record = job.record;
  job.alarm.serial = ++last_serial;
  record.created = now;
  record.started = now;
  record.sequence = next_sequence();
  record.ended.reset();
  record.terminate_reason.clear();
  begin(record, now);
  ++active_jobs;
  find_pool_for(record);
  bind(job, PoolId{record.pool});
  if (JobSchedule* schedule = find_schedule(record.schedule)) schedule->jobs.emplace(record.id, &job);
  changed_jobs.add(job);
  unsettled_jobs.add(job);
  touch(record.version);
  if (record.scheduling_error) {
    record.ended = now;
    change_state(job, JobEvent::auto_pool_failed);
  }
  return &job;
}

Batch::State::Replied Batch::State::on(UpdateJob& command) {
  ASSIGN_OR_RETURN(Job * job, existing_job(command.job.id, command.conditions));
  JobRecord& record = job->record;
  RETURN_IF_ERROR(require_open(record));
  if (record.version.last_modified != command.seen.last_modified) {
    return base::Error(base::Errc::unavailable, "job " + record.id.text() + " was changed by another request");
  }
  // An auto pool is not known to whoever writes the job: an empty id means the one that it has.
  if (command.job.auto_pool && command.job.pool.empty()) command.job.pool = record.pool;
  const bool moves = command.job.pool != record.pool;
  if (moves && record.state != JobState::disabled) {
    return wire::batch::make_error(ErrorCode::OperationInvalidForCurrentState,
                                   {{"Reason", "The pool of a job can be changed only while the job is disabled"}});
  }
  if (record.on_all_tasks_complete == OnAllTasksComplete::terminatejob &&
      command.job.on_all_tasks_complete == OnAllTasksComplete::noaction) {
    return wire::batch::invalid_property("onAllTasksComplete", "noaction",
                                         "The property cannot be changed from terminatejob to noaction");
  }
  record.document = std::move(command.job.document);
  record.max_wall_clock = command.job.max_wall_clock;
  record.max_task_retries = command.job.max_task_retries;
  record.on_all_tasks_complete = command.job.on_all_tasks_complete;
  // A job that leaves its auto pool for another pool was all that the auto pool was for.
  if (moves && !command.job.auto_pool) drop_auto_pool(*job);
  record.auto_pool = std::move(command.job.auto_pool);
  unbind(*job);
  record.priority = command.job.priority;
  record.max_parallel_tasks = command.job.max_parallel_tasks;
  bind(*job, command.job.pool);
  changed_jobs.add(*job);
  unsettled_jobs.add(*job);
  return Reply{.written = touch(record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(DisableJob& command) {
  ASSIGN_OR_RETURN(Job * job, existing_job(command.id, command.conditions));
  RETURN_IF_ERROR(require_open(job->record));
  disable(*job, command.option);
  return Reply{.written = Written{job->record.version}, .each = {}};
}

Batch::State::Replied Batch::State::on(EnableJob& command) {
  ASSIGN_OR_RETURN(Job * job, existing_job(command.id, command.conditions));
  RETURN_IF_ERROR(require_open(job->record));
  if (!next_state(kJobTransitions, job->record.state, JobEvent::enable_asked)) {
    return wire::batch::make_error(ErrorCode::OperationInvalidForCurrentState);
  }
  change_state(*job, JobEvent::enable_asked);
  change_state(*job, JobEvent::enabled);
  return Reply{.written = Written{job->record.version}, .each = {}};
}

Batch::State::Replied Batch::State::on(TerminateJob& command) {
  ASSIGN_OR_RETURN(Job * job, existing_job(command.id, command.conditions));
  RETURN_IF_ERROR(require_open(job->record));
  end(*job, command.reason.empty() ? std::string(kUserTerminate) : std::move(command.reason));
  return Reply{.written = Written{job->record.version}, .each = {}};
}

Batch::State::Replied Batch::State::on(DeleteJob& command) {
  ASSIGN_OR_RETURN(Job * job, existing_job(command.id, command.conditions));
  if (job->record.state == JobState::deleting) return wire::batch::make_error(ErrorCode::JobBeingDeleted);
  change_state(*job, JobEvent::delete_asked);
  for (auto& [sequence, task] : job->running) stop(*task, StopReason::terminate);
  return Reply{.written = Written{job->record.version}, .each = {}};
}

void Batch::State::bind(Job& job, const PoolId& pool) {
  PoolQueue& queue = queues[pool];
  queue.id = pool;
  ++queue.jobs;
  job.queue = &queue;
  job.record.pool = pool;
  job.waiting.priority = job.record.priority;
  job.waiting.sequence = job.record.sequence;
  update_queue(job);
}

void Batch::State::unbind(Job& job) {
  PoolQueue& queue = *job.queue;
  if (job.queued) queue.waiting.erase(&job.waiting);
  job.queued = false;
  job.queue = nullptr;
  if (--queue.jobs > 0 || queue.pool != nullptr) return;
  unscheduled.forget(queue);
  queues.erase(PoolId{queue.id});
}

void Batch::State::update_queue(Job& job) {
  if (job.queue == nullptr) return;
  const std::int32_t limit = job.record.max_parallel_tasks;
  job.waiting.room =
      limit < 0 ? std::numeric_limits<std::int64_t>::max() : limit - static_cast<std::int64_t>(job.running.size());
  const bool queued = job.record.state == JobState::active && !job.waiting.waiting.empty();
  if (queued && !job.queued) job.queue->waiting.insert(&job.waiting);
  if (!queued && job.queued) job.queue->waiting.erase(&job.waiting);
  job.queued = queued;
  if (queued) unscheduled.add(*job.queue);
}

void Batch::State::change_state(Job& job, JobEvent event) {
  const bool was_over = is_over(job.record.state);
  transition(job.record, event, now);
  touch(job.record.version);
  if (!was_over && is_over(job.record.state)) --active_jobs;
  if (job.record.state == JobState::completed) drop_auto_pool(job);
  if (JobSchedule* schedule = find_schedule(job.record.schedule)) unsettled_schedules.add(*schedule);
  changed_jobs.add(job);
  unsettled_jobs.add(job);
  update_queue(job);
}

void Batch::State::disable(Job& job, DisableTasksOption option) {
  job.record.disable_option = option;
  changed_jobs.add(job);
  if (job.record.state == JobState::active) change_state(job, JobEvent::disable_asked);
  if (option == DisableTasksOption::wait) return;
  const auto reason = option == DisableTasksOption::requeue ? StopReason::requeue : StopReason::terminate;
  for (auto& [sequence, task] : job.running) stop(*task, reason);
}

void Batch::State::end(Job& job, std::string reason) {
  job.record.terminate_reason = std::move(reason);
  change_state(job, JobEvent::end_asked);
  for (auto& [sequence, task] : job.running) stop(*task, StopReason::terminate);
}

void Batch::State::settle(Job& job) {
  const JobRecord& record = job.record;
  if (job.running.empty()) {
    if (record.state == JobState::disabling) change_state(job, JobEvent::disabled);
    if (record.state == JobState::terminating) {
      job.record.ended = now;
      change_state(job, JobEvent::ended);
    }
  }
  if (record.state == JobState::deleting) {
    if (job.running.empty() && job.acts_at == kNever) job.acts_at = now + kOneTick;
  } else {
    const bool may_end =
        record.on_all_tasks_complete == OnAllTasksComplete::terminatejob && can_end(record.state) && nothing_left(job);
    if (may_end && !job.tasks.empty()) return end(job, std::string(kAllTasksComplete));
    if (!may_end) job.acts_at = kNever;
    if (may_end && job.acts_at == kNever) job.acts_at = now + kEmptyJobDelay;
  }
  rearm(job);
}

void Batch::State::rearm(Job& job) {
  Timestamp at = job.acts_at;
  if (can_end(job.record.state)) at = std::min(at, wall_clock_end(job.record));
  timers.set(job.alarm, &job, at);
}

void Batch::State::alarm(Job& job) {
  if (job.record.state == JobState::deleting) return remove(job);
  const bool expired = wall_clock_end(job.record) <= now;
  job.acts_at = kNever;
  end(job, std::string(expired ? kMaxWallClockTimeExpiry : kAllTasksComplete));
}

void Batch::State::remove(Job& job) {
  for (auto& [id, task] : job.tasks) {
    if (task.node != nullptr) {
      notices.emplace_back(RemoveTaskFiles{.node = task.node->record.key, .task = task.record.key});
      forget_resident(task);
    }
    timers.set(task.alarm, &task, kNever);
    changed_tasks.forget(task);
  }
  keep_statistics(job);
  drop_auto_pool(job);
  if (JobSchedule* schedule = find_schedule(job.record.schedule)) {
    schedule->jobs.erase(job.record.id);
    unsettled_schedules.add(*schedule);
  }
  unbind(job);
  timers.set(job.alarm, &job, kNever);
  changed_jobs.forget(job);
  unsettled_jobs.forget(job);
  const JobId id = job.record.id;
  removals.emplace_back(JobRemoved{id});
  jobs.erase(id);
}

}  // namespace emulator::core
