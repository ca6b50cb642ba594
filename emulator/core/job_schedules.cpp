// Job schedules: when they make jobs, and how they end (contract 4.4, 5.5, 6.11).
//
// `next_run` is the occasion that comes next or is due. A due occasion waits for the job before it and for an enabled
// schedule, but not longer than the start window; then it is lost and the next one counts from it. What the contract
// leaves open: an occasion that came due while the schedule was disabled is made up for at enabling, if the window
// still allows it; an active schedule is not enabled, nor a disabled one disabled again (409); an occasion that the
// account's quota forbids waits like one whose predecessor still runs.
#include "emulator/core/state.h"

namespace emulator::core {
namespace {

using wire::batch::JobScheduleState;
using wire::batch::PoolLifetimeOption;

constexpr std::string_view kTerminateJobSchedule = "TerminateJobSchedule";  // terminateReason, contract 5.4
/// How soon an occasion that the quota forbade is tried again.
constexpr Ticks kQuotaRetry = std::chrono::seconds{10};

bool is_over(JobScheduleState state) {
  return state == JobScheduleState::completed || state == JobScheduleState::deleting;
}

bool can_end(JobScheduleState state) {
  return next_state(kJobScheduleTransitions, state, JobScheduleEvent::end_asked).has_value();
}

base::Result<void> require_open(const JobScheduleRecord& schedule) {
  switch (schedule.state) {
    case JobScheduleState::active:
    case JobScheduleState::disabled: return {};
    case JobScheduleState::terminating: return wire::batch::make_error(ErrorCode::JobScheduleBeingTerminated);
    case JobScheduleState::completed: return wire::batch::make_error(ErrorCode::JobScheduleCompleted);
    case JobScheduleState::deleting: return wire::batch::make_error(ErrorCode::JobScheduleBeingDeleted);
  }
  return {};
}

/// Until when an occasion may be used. A window as long as the recurrence is as good as an endless one: the next
/// occasion begins before this one is lost.
Timestamp window_end(const ScheduleTimes& times, Timestamp occasion) {
  if (times.recurrence && times.start_window >= *times.recurrence) return kNever;
  return after(occasion, times.start_window);
}

/// The first occasion, or the one after the job that was started last.
std::optional<Timestamp> plan(const JobScheduleRecord& schedule) {
  const ScheduleTimes& times = schedule.times;
  Timestamp next = schedule.created;
  if (schedule.last_start) {
    if (!times.recurrence) return std::nullopt;
    next = after(*schedule.last_start, *times.recurrence);
  }
  if (times.do_not_run_until) next = std::max(next, *times.do_not_run_until);
  return next == kNever ? std::nullopt : std::optional(next);
}

/// Drops occasions whose window is over, and those that doNotRunAfter forbids.
void drop_lost_occasions(JobScheduleRecord& schedule, Timestamp now) {
  const ScheduleTimes& times = schedule.times;
  while (schedule.next_run && window_end(times, *schedule.next_run) <= now) {
    Timestamp next = kNever;
    if (times.recurrence && *times.recurrence < kNever - now) {
      next = *schedule.next_run +
             *times.recurrence * ((now - times.start_window - *schedule.next_run) / *times.recurrence + 1);
    }
    schedule.next_run.reset();
    if (next != kNever) schedule.next_run = next;
  }
  const bool forbidden =
      times.do_not_run_after && (now >= *times.do_not_run_after || schedule.next_run >= times.do_not_run_after);
  if (forbidden) schedule.next_run.reset();
}

/// No job will be made any more (contract 5.5).
bool nothing_to_come(const JobScheduleRecord& schedule, Timestamp now) {
  if (schedule.times.do_not_run_after && now >= *schedule.times.do_not_run_after) return true;
  return !schedule.times.recurrence && !schedule.next_run;
}

}  // namespace

base::Result<JobSchedule*> Batch::State::existing_schedule(const JobScheduleId& id, const Conditions& conditions) {
  JobSchedule* schedule = find_schedule(id);
  if (schedule == nullptr) return wire::batch::make_error(ErrorCode::JobScheduleNotFound);
  RETURN_IF_ERROR(check_conditions(conditions, schedule->record.version));
  return schedule;
}

Batch::State::Replied Batch::State::on(AddJobSchedule& command) {
  if (const JobSchedule* existing = find_schedule(command.schedule.id)) {
    const bool deleting = existing->record.state == JobScheduleState::deleting;
    return wire::batch::make_error(deleting ? ErrorCode::JobScheduleBeingDeleted : ErrorCode::JobScheduleExists);
  }
  if (find_job(JobId{command.schedule.id.text()}) != nullptr) {
    return wire::batch::make_error(ErrorCode::JobWithSameIdExists);
  }
  if (quota_reached()) return wire::batch::make_error(ErrorCode::ActiveJobAndScheduleQuotaReached);
  JobSchedule& schedule = schedules[command.schedule.id];
  schedule.record = std::move(command.schedule);
  JobScheduleRecord& record = schedule.record;
  schedule.alarm.serial = ++last_serial;
  record.created = now;
  record.next_job_number = 1;
  record.recent_job = {};
  record.last_start.reset();
  record.ended.reset();
  record.auto_pool = {};
  begin(record, now);
  ++active_schedules;
  record.next_run = plan(record);
  changed_schedules.add(schedule);
  unsettled_schedules.add(schedule);
  return Reply{.written = touch(record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(UpdateJobSchedule& command) {
  ASSIGN_OR_RETURN(JobSchedule * schedule, existing_schedule(command.schedule.id, command.conditions));
  JobScheduleRecord& record = schedule->record;
  RETURN_IF_ERROR(require_open(record));
  if (record.version.last_modified != command.seen.last_modified) {
    return base::Error(base::Errc::unavailable, "job schedule " + record.id.text() + " was changed by another request");
  }
  const bool other_times = record.times != command.schedule.times;
  record.document = std::move(command.schedule.document);
  record.times = command.schedule.times;
  record.specification = std::move(command.schedule.specification);
  if (other_times) record.next_run = plan(record);
  changed_schedules.add(*schedule);
  unsettled_schedules.add(*schedule);
  return Reply{.written = touch(record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(DisableJobSchedule& command) {
  ASSIGN_OR_RETURN(JobSchedule * schedule, existing_schedule(command.id, command.conditions));
  RETURN_IF_ERROR(require_open(schedule->record));
  if (schedule->record.state == JobScheduleState::disabled) {
    return wire::batch::make_error(ErrorCode::JobScheduleDisabled);
  }
  change_state(*schedule, JobScheduleEvent::disable_asked);
  return Reply{.written = Written{schedule->record.version}, .each = {}};
}

Batch::State::Replied Batch::State::on(EnableJobSchedule& command) {
  ASSIGN_OR_RETURN(JobSchedule * schedule, existing_schedule(command.id, command.conditions));
  RETURN_IF_ERROR(require_open(schedule->record));
  if (schedule->record.state == JobScheduleState::active) {
    return wire::batch::make_error(ErrorCode::OperationInvalidForCurrentState);
  }
  change_state(*schedule, JobScheduleEvent::enable_asked);
  return Reply{.written = Written{schedule->record.version}, .each = {}};
}

Batch::State::Replied Batch::State::on(TerminateJobSchedule& command) {
  ASSIGN_OR_RETURN(JobSchedule * schedule, existing_schedule(command.id, command.conditions));
  // Force also ends what an earlier termination is still waiting for.
  if (!command.force || schedule->record.state != JobScheduleState::terminating) {
    RETURN_IF_ERROR(require_open(schedule->record));
    change_state(*schedule, JobScheduleEvent::end_asked);
  }
  if (const Job* job = active_job(*schedule)) {
    TerminateJob end_job{.id = job->record.id, .conditions = {}, .reason = std::string(kTerminateJobSchedule)};
    // A job that is ending or being deleted already is only waited for.
    if (job->record.state != JobState::deleting) std::ignore = on(end_job);
  }
  return Reply{.written = Written{schedule->record.version}, .each = {}};
}

Batch::State::Replied Batch::State::on(DeleteJobSchedule& command) {
  ASSIGN_OR_RETURN(JobSchedule * schedule, existing_schedule(command.id, command.conditions));
  const bool again = schedule->record.state == JobScheduleState::deleting;
  if (again && !command.force) return wire::batch::make_error(ErrorCode::JobScheduleBeingDeleted);
  if (!again) change_state(*schedule, JobScheduleEvent::delete_asked);
  for (const auto& [id, job] : schedule->jobs) {
    DeleteJob delete_job{.id = id, .conditions = {}};
    std::ignore = on(delete_job);  // who is being deleted already says so
  }
  return Reply{.written = Written{schedule->record.version}, .each = {}};
}

Job* Batch::State::active_job(const JobSchedule& schedule) {
  Job* job = find_job(schedule.record.recent_job);
  return job == nullptr || job->record.state == JobState::completed ? nullptr : job;
}

bool Batch::State::quota_reached() const {
  return active_jobs + active_schedules >= options.max_active_jobs;
}

void Batch::State::change_state(JobSchedule& schedule, JobScheduleEvent event) {
  const bool was_over = is_over(schedule.record.state);
  transition(schedule.record, event, now);
  touch(schedule.record.version);
  if (!was_over && is_over(schedule.record.state)) --active_schedules;
  changed_schedules.add(schedule);
  unsettled_schedules.add(schedule);
}

void Batch::State::settle(JobSchedule& schedule) {
  JobScheduleRecord& record = schedule.record;
  if (can_end(record.state)) {
    const auto before = record.next_run;
    drop_lost_occasions(record, now);
    if (record.next_run != before) changed_schedules.add(schedule);
    const bool due = record.next_run && *record.next_run <= now;
    if (due && record.state == JobScheduleState::active && active_job(schedule) == nullptr) start_job(schedule);
    if (nothing_to_come(record, now) && active_job(schedule) == nullptr) {
      change_state(schedule, JobScheduleEvent::end_asked);
    }
  }
  if (record.state == JobScheduleState::terminating && active_job(schedule) == nullptr) {
    record.ended = now;
    record.next_run.reset();
    change_state(schedule, JobScheduleEvent::ended);
    drop_auto_pool(schedule);
  }
  if (record.state == JobScheduleState::deleting && schedule.jobs.empty() && schedule.goes_at == kNever) {
    schedule.goes_at = now + kOneTick;
  }
  rearm(schedule);
}

void Batch::State::start_job(JobSchedule& schedule) {
  JobScheduleRecord& record = schedule.record;
  AddJob command = *record.specification;
  command.job.id = JobId{record.id.text() + ":job-" + std::to_string(record.next_job_number)};
  command.job.schedule = record.id;
  const auto& pool_rules = command.job.auto_pool;
  const bool shares_pool = pool_rules && pool_rules->lifetime == PoolLifetimeOption::jobschedule;
  if (shares_pool) command.job.pool = present_auto_pool(record.auto_pool);
  const auto job = create_job(command);
  if (job.has_error()) return;  // the quota: rearm() says when it is tried again
  ++record.next_job_number;
  record.recent_job = (*job)->record.id;
  record.last_start = now;
  record.next_run = plan(record);
  drop_lost_occasions(record, now);
  if (shares_pool) record.auto_pool = (*job)->record.pool;
  changed_schedules.add(schedule);
}

void Batch::State::rearm(JobSchedule& schedule) {
  const JobScheduleRecord& record = schedule.record;
  Timestamp at = schedule.goes_at;
  if (can_end(record.state)) {
    const bool blocked = record.state == JobScheduleState::disabled || active_job(schedule) != nullptr;
    if (record.next_run) {
      const Timestamp tries = *record.next_run > now ? *record.next_run : now + kQuotaRetry;
      at = std::min(at, blocked ? window_end(record.times, *record.next_run) : tries);
    }
    const auto& last = record.times.do_not_run_after;
    if (last && *last > now) at = std::min(at, *last);
  }
  timers.set(schedule.alarm, &schedule, at);
}

void Batch::State::alarm(JobSchedule& schedule) {
  if (schedule.record.state == JobScheduleState::deleting) return remove(schedule);
  unsettled_schedules.add(schedule);
}

void Batch::State::remove(JobSchedule& schedule) {
  drop_auto_pool(schedule);
  timers.set(schedule.alarm, &schedule, kNever);
  changed_schedules.forget(schedule);
  unsettled_schedules.forget(schedule);
  const JobScheduleId id = schedule.record.id;
  removals.emplace_back(JobScheduleRemoved{id});
  schedules.erase(id);
}

}  // namespace emulator::core
