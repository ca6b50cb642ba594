// Special tasks: what a job runs once on each of its nodes, before its first task there and after its last
// (contract 5.9, 6.7). Each is ordered, stopped and reported like a run of a task under its own id; it takes no slots.
//
// A job node exists from the first assignment of one of the job's tasks to the node. While its preparation runs, tasks
// that need it wait in `preparing`; a preparation that is lost with the node's agent is forgotten, and the next
// assignment begins it again. A release task that is lost runs again, for the job waits for it.
#include "emulator/core/failures.h"
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

/// The wait before the n-th retry of a preparation on its node: none at first, so that a short list of retries is
/// quick; then longer, so that endless ones do not keep the machine busy. (inferred: the service's pause is not
/// documented)
Ticks retry_wait(std::int32_t retry) {
  constexpr std::int32_t kQuickRetries = 3;
  constexpr std::int32_t kMostDoublings = 6;
  constexpr std::chrono::milliseconds kFirst{100};
  if (retry <= kQuickRetries) return Ticks::zero();
  return kFirst * (1 << std::min(retry - kQuickRetries - 1, kMostDoublings));
}

std::optional<SpecialTaskInfo>& slot_of(JobNodeRecord& record, SpecialTask kind) {
  return kind == SpecialTask::preparation ? record.preparation : record.release;
}

SpecialTaskInfo& current(JobNode& at) {
  return *slot_of(at.record, *under_way(at.record));
}

Ticks wall_clock_of(const JobRecord& job, SpecialTask kind) {
  return kind == SpecialTask::preparation ? job.preparation->max_wall_clock : job.release->max_wall_clock;
}

/// A directory may go when its retention is over, but a preparation's not before its job: tasks may read it.
Timestamp files_end(const JobNode& at, SpecialTask kind) {
  const JobRecord& job = at.job->record;
  const JobNodeRecord& record = at.record;
  const auto& info = kind == SpecialTask::preparation ? record.preparation : record.release;
  const bool removed =
      kind == SpecialTask::preparation ? record.preparation_files_removed : record.release_files_removed;
  if (at.node == nullptr || removed || !job.ended || !info || !info->ended) return kNever;
  const Ticks retention = kind == SpecialTask::preparation ? job.preparation->retention : job.release->retention;
  return std::max(*job.ended, after(*info->ended, retention));
}

}  // namespace

std::optional<SpecialTask> special_task_of(const JobRecord& job, const TaskId& id) {
  if (job.preparation && job.preparation->id == id) return SpecialTask::preparation;
  if (job.release && job.release->id == id) return SpecialTask::release;
  return std::nullopt;
}

TaskKey special_key(const JobRecord& job, SpecialTask kind) {
  return {job.id, kind == SpecialTask::preparation ? job.preparation->id : job.release->id};
}

std::optional<SpecialTask> under_way(const JobNodeRecord& record) {
  if (record.preparation && record.preparation->running) return SpecialTask::preparation;
  if (record.release && record.release->running) return SpecialTask::release;
  return std::nullopt;
}

JobNode& Batch::State::job_node(Job& job, Node& node) {
  const auto [found, is_new] = job.nodes.try_emplace(node.record.key);
  JobNode& at = found->second;
  if (is_new) {
    at.record.key = {job.record.id, node.record.key};
    // Attempts of an earlier job of this name are not met again: what is left of one is told apart by its number.
    at.record.attempt = job.record.sequence;
    at.job = &job;
    at.node = &node;
    at.alarm.serial = ++last_serial;
    node.job_nodes.emplace(job.record.id, &at);
    changed_job_nodes.add(at);
  }
  return at;
}

/// Whether the task, which has just been assigned, has to wait for the node's preparation. Begins it when it is due.
bool Batch::State::must_prepare(Task& task, Node& node) {
  Job& job = *task.job;
  if (!job.record.preparation) return false;
  JobNode& at = job_node(job, node);
  if (at.record.prepared) return false;
  if (!under_way(at.record)) begin_special(at, SpecialTask::preparation);
  if (!job.record.preparation->wait_for_success) return false;
  at.preparing.emplace(task.record.sequence, &task);
  return true;
}

void Batch::State::begin_special(JobNode& at, SpecialTask kind) {
  JobNodeRecord& record = at.record;
  slot_of(record, kind) = SpecialTaskInfo{.running = true, .attempt = ++record.attempt, .started = now};
  (kind == SpecialTask::preparation ? record.preparation_files_removed : record.release_files_removed) = false;
  at.node->specials.emplace(special_key(at.job->record, kind), &at);
  order(at);
}

void Batch::State::order(JobNode& at) {
  const SpecialTask kind = *under_way(at.record);
  at.retry_at.reset();
  changed_job_nodes.add(at);
  notices.emplace_back(RunTask{.node = at.record.key.node,
                               .task = special_key(at.job->record, kind),
                               .attempt = info_of(at.record, kind).attempt});
}

void Batch::State::stop(JobNode& at, StopReason reason) {
  SpecialTaskInfo& info = current(at);
  if (info.stopping) return;
  info.stopping = reason;
  changed_job_nodes.add(at);
  if (at.retry_at) return lose(at);  // nothing runs between two retries
  if (is_ending(*at.node)) return;
  notices.emplace_back(StopTask{
      .node = at.record.key.node, .task = special_key(at.job->record, *under_way(at.record)), .attempt = info.attempt});
}

base::Result<void> Batch::State::finish_special(Job& job, SpecialTask kind, TaskFinished& report) {
  JobNode* at = report.node ? find_job_node({job.record.id, *report.node}) : nullptr;
  const bool is_current = at != nullptr && under_way(at->record) == kind && current(*at).attempt == report.attempt;
  if (!is_current) return finish_deleted(report);
  SpecialTaskInfo& info = current(*at);
  if (report.end == RunEnd::stopped && !info.stopping) {
    lose(*at);  // the agent ended it with itself
    return {};
  }
  info.exit_code = report.exit_code;
  info.failure.reset();
  switch (report.end) {
    case RunEnd::exited:
      if (report.exit_code == 0) break;
      if (kind == SpecialTask::preparation && !info.stopping) {
        const std::int32_t limit = job.record.preparation->max_retries;
        if (limit < 0 || info.retry_count < limit) {
          retry(*at);
          return {};
        }
      }
      info.failure = failure_exit_code();
      break;
    case RunEnd::pre_processing_error: info.failure = std::move(report.failure); break;
    case RunEnd::wall_clock_expired: info.failure = task_wall_clock_over(); break;
    case RunEnd::stopped:
      info.failure = info.stopping == StopReason::wall_clock ? task_wall_clock_over() : task_ended();
      break;
  }
  info.ended = std::clamp(report.ended, info.started, std::max(now, info.started));
  conclude(*at, kind);
  return {};
}

void Batch::State::retry(JobNode& at) {
  SpecialTaskInfo& info = current(at);
  info.attempt = ++at.record.attempt;
  info.exit_code.reset();
  info.last_retry = now;
  info.started = now;
  const Ticks wait = retry_wait(++info.retry_count);
  if (wait == Ticks::zero()) return order(at);
  at.retry_at = now + wait;
  changed_job_nodes.add(at);
}

/// The run is over: its times, exit code and failure are set.
void Batch::State::conclude(JobNode& at, SpecialTask kind) {
  SpecialTaskInfo& info = *slot_of(at.record, kind);
  const bool was_cut_off = info.stopping == StopReason::terminate;
  info.running = false;
  info.stopping.reset();
  at.retry_at.reset();
  at.node->specials.erase(special_key(at.job->record, kind));
  changed_job_nodes.add(at);
  unsettled_jobs.add(*at.job);
  raise(SpecialTaskEnded{.job = at.job->record.id,
                         .task = special_key(at.job->record, kind).task,
                         .release = kind == SpecialTask::release,
                         .node = at.record.key.node,
                         .started = info.started,
                         .ended = *info.ended,
                         .exit_code = info.exit_code,
                         .failure = info.failure});
  act_when_free(*at.node);
  if (kind == SpecialTask::release) return;

  const auto waiting = at.preparing;
  if (was_cut_off) {
    // With its job, whose tasks have been told to end; or with its node: then those who wait are lost as well.
    for (const auto& [sequence, task] : waiting) {
      if (!task->record.stopping) lose_run(*at.node, TaskKey{task->record.key}, false);
    }
    return;
  }
  const bool must_succeed = at.job->record.preparation->wait_for_success;
  if (!info.failure || !must_succeed) {
    at.record.prepared = true;
    for (const auto& [sequence, task] : waiting) {
      at.preparing.erase(sequence);
      // A multi-instance task waits for all its nodes.
      if (!task->record.stopping && !waits_for_preparation(*task)) start(*task, TaskEvent::prepared);
    }
    return;
  }
  at.record.barred = true;
  at.job->waiting.barred.insert(at.node);
  for (const auto& [sequence, task] : waiting) {
    if (task->record.stopping) continue;
    raise(TaskScheduleFailed{.task = figures_of(*task), .error = core::preparation_failed()});
    back_to_active(*task, TaskEvent::preparation_failed);
  }
}

/// The run is over without a word about it: its agent is gone, or never had it.
void Batch::State::lose(JobNode& at) {
  const SpecialTask kind = *under_way(at.record);
  SpecialTaskInfo& info = current(at);
  if (info.stopping || is_leaving(*at.node)) {
    info.failure = info.stopping == StopReason::wall_clock ? task_wall_clock_over() : task_ended();
    info.stopping = info.stopping.value_or(StopReason::terminate);
    info.ended = std::max(now, info.started);
    return conclude(at, kind);
  }
  slot_of(at.record, kind).reset();
  at.retry_at.reset();
  at.node->specials.erase(special_key(at.job->record, kind));
  changed_job_nodes.add(at);
  unsettled_jobs.add(*at.job);
  act_when_free(*at.node);
  // Who waited for it is placed anew: alone, its own stop told by nobody, a preparation is lost only with its agent.
  const auto waiting = at.preparing;
  for (const auto& [sequence, task] : waiting) {
    if (!task->record.stopping) back_to_active(*task, TaskEvent::node_lost);
  }
}

/// The job ends now, whatever the node still does.
void Batch::State::abandon(JobNode& at) {
  const SpecialTask kind = *under_way(at.record);
  SpecialTaskInfo& info = current(at);
  Node& node = *at.node;
  const TaskKey key = special_key(at.job->record, kind);
  if (!at.retry_at) {
    if (!info.stopping && !is_ending(node)) {
      notices.emplace_back(StopTask{.node = node.record.key, .task = key, .attempt = info.attempt});
    }
    node.runs.emplace(key, Run{.attempt = info.attempt, .slots = 0, .task = nullptr});
    ending.emplace(key, node.record.key);
    occupy(node);
  }
  info.failure = task_ended();
  info.stopping = StopReason::terminate;
  info.ended = std::max(now, info.started);
  conclude(at, kind);
}

void Batch::State::rearm(JobNode& at) {
  Timestamp when = std::min(files_end(at, SpecialTask::preparation), files_end(at, SpecialTask::release));
  if (at.retry_at) {
    when = *at.retry_at;
  } else if (const auto kind = under_way(at.record)) {
    const SpecialTaskInfo& info = info_of(at.record, *kind);
    if (!info.stopping) when = after(info.started, wall_clock_of(at.job->record, *kind));
  }
  timers.set(at.alarm, &at, when);
}

void Batch::State::alarm(JobNode& at) {
  if (at.retry_at) {
    order(at);
  } else if (under_way(at.record)) {
    stop(at, StopReason::wall_clock);
    // An agent that is there ends the run and reports it; nobody waits for one that may never come.
    if (under_way(at.record) && !at.node->joined) lose(at);
  } else {
    for (const auto kind : {SpecialTask::preparation, SpecialTask::release}) {
      if (files_end(at, kind) <= now) remove_files(at, kind);
    }
  }
}

void Batch::State::remove_files(JobNode& at, SpecialTask kind) {
  JobNodeRecord& record = at.record;
  (kind == SpecialTask::preparation ? record.preparation_files_removed : record.release_files_removed) = true;
  discard_files(*at.node, special_key(at.job->record, kind));
  changed_job_nodes.add(at);
}

/// With its job.
void Batch::State::remove(JobNode& at) {
  if (at.node != nullptr) {
    if (at.record.preparation && !at.record.preparation_files_removed) remove_files(at, SpecialTask::preparation);
    if (at.record.release && !at.record.release_files_removed) remove_files(at, SpecialTask::release);
    at.node->job_nodes.erase(at.record.key.job);
  }
  timers.set(at.alarm, &at, kNever);
  changed_job_nodes.forget(at);
}

void Batch::State::prepare_after_reboot(Node& node) {
  for (const auto& [id, at] : node.job_nodes) {
    const PreparationRules& rules = *at->job->record.preparation;
    const bool succeeded = at->record.preparation && !at->record.preparation->failure;
    if (!at->record.prepared || (succeeded && !rules.rerun_after_reboot)) continue;
    at->record.prepared = false;
    changed_job_nodes.add(*at);
  }
}

void Batch::State::prepare_after_reimage(Node& node) {
  for (const auto& [id, at] : node.job_nodes) {
    at->record.prepared = false;
    at->record.ran_tasks = false;
    at->record.barred = false;
    at->record.preparation_files_removed = true;
    at->record.release_files_removed = true;
    at->job->waiting.barred.erase(&node);
    changed_job_nodes.add(*at);
    unsettled_jobs.add(*at->job);
    if (at->job->queue != nullptr) unscheduled.add(*at->job->queue);
  }
}

void Batch::State::forget_job_nodes(Node& node) {
  for (const auto& [id, at] : node.job_nodes) {
    at->job->waiting.barred.erase(&node);
    at->node = nullptr;
    timers.set(at->alarm, at, kNever);
    unsettled_jobs.add(*at->job);
  }
}

}  // namespace emulator::core
