// Jobs: their lives, and what a change of state does to their tasks (contract 5.4, 6.3, 6.5, 6.6).
#include "base/check.h"
#include "emulator/core/failures.h"
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

/// Whether the preparation came to its end there, ever since the node has its disk: also when a reboot made it due
/// again.
bool was_prepared(const JobNode& at) {
  if (at.record.prepared || at.job->record.preparation->wait_for_success) return at.record.ran_tasks;
  const auto& info = at.record.preparation;
  const bool was_cut_off = info && info->failure && info->failure->code == task_ended().code;
  return at.record.ran_tasks && info && !info->running && !was_cut_off;
}

/// Whether the release task has to run there before the job is over (contract 6.7): not where the node is gone, was
/// reimaged or cannot run it any more, nor when the job has been over before.
bool release_due(const JobNode& at) {
  const Job& job = *at.job;
  if (!job.record.release || job.record.ended || at.node == nullptr) return false;
  if (!was_prepared(at) || at.record.release) return false;
  switch (at.node->record.state) {
    case NodeState::starting:
    case NodeState::waitingforstarttask:
    case NodeState::starttaskfailed:
    case NodeState::idle:
    case NodeState::running:
    case NodeState::offline:
    case NodeState::rebooting:
    case NodeState::upgradingos:
    case NodeState::unknown: return true;
    case NodeState::creating:
    case NodeState::reimaging:
    case NodeState::unusable:
    case NodeState::leavingpool:
    case NodeState::preempted:
    case NodeState::deallocating:
    case NodeState::deallocated: return false;
  }
  return false;
}

/// Whether processes of the job's tasks may be left there, those of deleted tasks included.
bool runs_any(const Node& node, const Job& job) {
  const auto first = node.runs.lower_bound(TaskKey{job.record.id, TaskId{}});
  return first != node.runs.end() && first->first.job == job.record.id;
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
  if (command.manager) {
    const auto added = add(job, *command.manager);
    CHECK(added.has_value(), "adding the manager task of job " + record.id.text());
  }
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
  record.allow_task_preemption = command.job.allow_task_preemption;
  bind(*job, command.job.pool);
  unscheduled.add(*job->queue);
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
  // Force also ends what an earlier termination is still waiting for.
  if (!command.force || job->record.state != JobState::terminating) {
    RETURN_IF_ERROR(require_open(job->record));
    end(*job, command.reason.empty() ? std::string(kUserTerminate) : std::move(command.reason));
  }
  if (command.force) force_end(*job);
  return Reply{.written = Written{job->record.version}, .each = {}};
}

Batch::State::Replied Batch::State::on(DeleteJob& command) {
  ASSIGN_OR_RETURN(Job * job, existing_job(command.id, command.conditions));
  if (job->record.state != JobState::deleting) {
    change_state(*job, JobEvent::delete_asked);
    stop_all(*job, StopReason::terminate);
  } else if (!command.force) {
    return wire::batch::make_error(ErrorCode::JobBeingDeleted);
  }
  if (command.force) force_end(*job);
  return Reply{.written = Written{job->record.version}, .each = {}};
}

void Batch::State::bind(Job& job, const PoolId& pool) {
  PoolQueue& queue = queues[pool];
  queue.id = pool;
  ++queue.jobs;
  if (job.record.allow_task_preemption) ++queue.preemptible;
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
  if (job.record.allow_task_preemption) --queue.preemptible;
  if (--queue.jobs > 0 || queue.pool != nullptr) return;
  unscheduled.forget(queue);
  queues.erase(PoolId{queue.id});
}

void Batch::State::update_queue(Job& job) {
  if (job.queue == nullptr) return;
  const std::int32_t limit = job.record.max_parallel_tasks;
  job.waiting.room =
      limit < 0 ? std::numeric_limits<std::int64_t>::max() : limit - static_cast<std::int64_t>(job.running.size());
  const bool queued = job.record.state == JobState::active && !job.waiting.empty();
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
  stop_all(job, option == DisableTasksOption::requeue ? StopReason::requeue : StopReason::terminate);
}

void Batch::State::end(Job& job, std::string reason) {
  job.record.terminate_reason = std::move(reason);
  change_state(job, JobEvent::end_asked);
  stop_all(job, StopReason::terminate);
}

void Batch::State::stop_all(Job& job, StopReason reason) {
  for (auto& [sequence, task] : job.running) stop(*task, reason);
  if (require_open(job.record).has_value()) return;  // a job that goes on keeps its nodes prepared
  for (auto& [key, at] : job.nodes) {
    if (under_way(at.record) == SpecialTask::preparation) stop(at, reason);
  }
}

// The job ends without its nodes: what they still run is ended as if its task had been deleted.
void Batch::State::force_end(Job& job) {
  while (!job.running.empty()) end_abandoned(*job.running.begin()->second);
  for (auto& [key, at] : job.nodes) {
    if (under_way(at.record)) abandon(at);
  }
  job.record.ended = now;  // no release task is begun any more
  if (job.record.state == JobState::terminating) change_state(job, JobEvent::ended);
  unsettled_jobs.add(job);
}

/// Whether nothing of the ending job is left to be done. Begins the release tasks whose turn has come.
bool Batch::State::wind_up(Job& job) {
  if (!job.running.empty()) return false;
  bool over = true;
  for (auto& [key, at] : job.nodes) {
    const bool is_due = !under_way(at.record) && release_due(at);
    if (is_due && !runs_any(*at.node, job)) begin_special(at, SpecialTask::release);
    if (is_due || under_way(at.record)) over = false;
  }
  return over;
}

void Batch::State::settle(Job& job) {
  const JobRecord& record = job.record;
  if (record.state == JobState::disabling && job.running.empty()) change_state(job, JobEvent::disabled);
  if (record.state == JobState::terminating && wind_up(job)) {
    job.record.ended = now;
    change_state(job, JobEvent::ended);
    for (auto& [key, at] : job.nodes) rearm(at);
  }
  if (record.state == JobState::deleting) {
    if (job.acts_at == kNever && wind_up(job)) job.acts_at = now + kOneTick;
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
    remove_directories(task);
    timers.set(task.alarm, &task, kNever);
    changed_tasks.forget(task);
  }
  keep_statistics(job);
  drop_auto_pool(job);
  if (JobSchedule* schedule = find_schedule(job.record.schedule)) {
    schedule->jobs.erase(job.record.id);
    unsettled_schedules.add(*schedule);
  }
  for (auto& [key, at] : job.nodes) remove(at);
  if (job.waiting.manager && job.waiting.manager->again) --managers_waiting_again;
  unbind(job);
  timers.set(job.alarm, &job, kNever);
  changed_jobs.forget(job);
  unsettled_jobs.forget(job);
  const JobId id = job.record.id;
  removals.emplace_back(JobRemoved{id});
  jobs.erase(id);
}

}  // namespace emulator::core
