// Runs: a task on a node, from its assignment to the moment when no process of it is left
// (contract 5.6, 5.7, 6.2, 6.6).
#include "base/check.h"
#include "emulator/core/failures.h"
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

using wire::batch::TaskResult;

/// The agent found nothing wrong but the exit code.
bool is_exit_code_failure(const std::optional<Failure>& failure) {
  return !failure || failure->code == failure_exit_code().code;
}

bool retries_left(const Task& task) {
  const std::int32_t limit = task.record.rules.constraints.max_retries.value_or(task.job->record.max_task_retries);
  return limit < 0 || task.record.execution.retry_count < limit;
}

/// What a stop means that nobody asked the task for: its node is leaving, or its agent shuts down with the emulator.
/// What other actions of a node do to its tasks, they ask the tasks for.
std::optional<StopReason> stop_reason(const Task& task) {
  if (task.record.stopping) return task.record.stopping;
  if (!is_to_leave(*task.node)) return std::nullopt;
  const auto option = task.node->record.pending;
  if (option == DeallocationOption::terminate) return StopReason::terminate;
  if (option == DeallocationOption::requeue) return StopReason::requeue;
  return std::nullopt;
}

}  // namespace

void Batch::State::schedule(PoolQueue& queue) {
  if (queue.pool == nullptr) return;
  const Pool& pool = *queue.pool;
  while (const auto placement = place(queue.waiting, pool.free, pool.record.fill)) {
    assign(*placement->task, *placement->node);
  }
  preempt(queue);
}

void Batch::State::assign(Task& task, Node& node) {
  TaskRecord& record = task.record;
  Job& job = *task.job;
  if (task.node != nullptr && task.node != &node) {
    notices.emplace_back(RemoveTaskFiles{.node = task.node->record.key, .task = record.key});
    forget_resident(task);
  }
  stop_waiting(task);
  ++record.attempt;
  TaskExecution& execution = record.execution;
  execution.started.reset();
  execution.ended.reset();
  execution.exit_code.reset();
  execution.failure.reset();
  execution.result.reset();
  record.node = node.record.key;
  record.node_gone = false;
  record.files_removed = false;
  task.node = &node;
  job.running.emplace(record.sequence, &task);
  update_queue(job);

  const std::int32_t slots = slots_taken(record, node);
  node.residents.emplace(record.sequence, &task);
  node.runs.emplace(record.key, Run{.attempt = record.attempt, .slots = slots, .task = &task});
  node.used_slots += slots;
  if (node.record.state == NodeState::idle) transition(node.record, NodeEvent::first_task_started, now);
  if (must_prepare(task, node)) {
    change_state(task, TaskEvent::assigned_unprepared);
    note_recent(task, true);
  } else {
    start(task, TaskEvent::assigned);
  }
  refresh(node);
}

/// The task has its slots, and its node is prepared: it is ordered there.
void Batch::State::start(Task& task, TaskEvent event) {
  TaskRecord& record = task.record;
  record.execution.started = now;
  change_state(task, event);
  note_recent(task, true);
  raise(TaskStarted{figures_of(task)});
  if (task.job->record.preparation) {
    JobNode& at = job_node(*task.job, *task.node);
    at.record.ran_tasks = true;
    changed_job_nodes.add(at);
  }
  notices.emplace_back(RunTask{.node = task.node->record.key, .task = record.key, .attempt = record.attempt});
}

void Batch::State::stop(Task& task, StopReason reason) {
  TaskRecord& record = task.record;
  if (record.stopping) {
    // Who was to run again may still be ended for good, not the other way round.
    if (record.stopping == StopReason::requeue) record.stopping = reason;
  } else {
    record.stopping = reason;
    if (record.state == TaskState::preparing) {
      halted_tasks.add(task);
    } else if (!is_ending(*task.node)) {
      notices.emplace_back(StopTask{.node = task.node->record.key, .task = record.key, .attempt = record.attempt});
    }
  }
  changed_tasks.add(task);
}

Batch::State::Replied Batch::State::on(TaskFinished& command) {
  if (Job* job = find_job(command.task.job)) {
    if (const auto special = special_task_of(job->record, command.task.task)) {
      RETURN_IF_ERROR(finish_special(*job, *special, command));
      return Reply{};
    }
  }
  Task* task = find_task(command.task);
  const bool current = task != nullptr && task->record.state == TaskState::running &&
                       task->record.attempt == command.attempt && (!command.node || *command.node == task->record.node);
  if (!current) {
    RETURN_IF_ERROR(finish_deleted(command));
    return Reply{};
  }
  note_run(*task, command.usage);
  if (command.end == RunEnd::stopped) {
    finish_stopped(*task, stop_reason(*task), command.exit_code);
  } else {
    finish_exited(*task, command);
  }
  return Reply{};
}

base::Result<void> Batch::State::finish_deleted(const TaskFinished& report) {
  const auto [first, last] = ending.equal_range(report.task);
  for (auto at = first; at != last; ++at) {
    Node& node = *find_node(at->second);
    if (report.node && *report.node != node.record.key) continue;
    if (node.runs.at(report.task).attempt != report.attempt) continue;
    release_deleted(node, report.task);
    return {};
  }
  return stale_report("attempt " + std::to_string(report.attempt) + " of task " + report.task.task.text() + " of job " +
                      report.task.job.text());
}

void Batch::State::finish_exited(Task& task, TaskFinished& report) {
  TaskExecution& execution = task.record.execution;
  const bool for_good = task.record.stopping && *task.record.stopping != StopReason::requeue;
  TaskEnding ending_kind = TaskEnding::exited;
  switch (report.end) {
    case RunEnd::exited:
      if (!is_exit_code_failure(report.failure)) {
        ending_kind = TaskEnding::upload_failed;
        execution.failure = std::move(report.failure);
      } else if (report.exit_code != 0) {
        if (!for_good && retries_left(task)) {
          ++execution.retry_count;
          execution.last_retry = now;
          return back_to_active(task, TaskEvent::retried);
        }
        execution.failure = failure_exit_code();
      }
      execution.exit_code = report.exit_code;
      break;
    case RunEnd::pre_processing_error:
      ending_kind = TaskEnding::not_started;
      execution.failure = report.failure ? std::move(report.failure)
                                         : Failure{.category = wire::batch::FailureCategory::servererror,
                                                   .code = "Unknown",
                                                   .message = "The task could not be set up",
                                                   .details = {}};
      break;
    case RunEnd::wall_clock_expired:
    case RunEnd::stopped:
      ending_kind = TaskEnding::ended;
      execution.failure = task_wall_clock_over();
      execution.exit_code = report.exit_code;
      break;
  }
  execution.ended = std::clamp(report.ended, *execution.started, std::max(now, *execution.started));
  complete(task, ending_kind);
}

void Batch::State::finish_stopped(Task& task, std::optional<StopReason> reason, std::optional<std::int32_t> exit_code) {
  TaskExecution& execution = task.record.execution;
  if (!reason) return back_to_active(task, TaskEvent::node_lost);
  switch (*reason) {
    case StopReason::requeue:
      ++execution.requeue_count;
      execution.last_requeue = now;
      return back_to_active(task, TaskEvent::requeued);
    case StopReason::terminate: execution.failure = task_ended(); break;
    case StopReason::wall_clock: execution.failure = task_wall_clock_over(); break;
  }
  execution.exit_code = exit_code;
  execution.ended = std::max(now, execution.started.value_or(now));
  complete(task, TaskEnding::ended);
}

void Batch::State::complete(Task& task, TaskEnding ending_kind) {
  TaskExecution& execution = task.record.execution;
  execution.result = execution.failure ? TaskResult::failure : TaskResult::success;
  change_state(task, TaskEvent::finished);
  if (execution.started) ++task.node->record.total_tasks_run;
  if (execution.result == TaskResult::success) ++task.node->record.total_tasks_succeeded;
  raise(TaskCompleted{figures_of(task)});
  if (execution.failure) raise(TaskFailed{figures_of(task)});
  leave_node(task);
  conclude(task, ending_kind);
}

void Batch::State::back_to_active(Task& task, TaskEvent event) {
  TaskExecution& execution = task.record.execution;
  // A retry after a failure and a recovery are the service's own matter; a requeue was asked for.
  if (event == TaskEvent::requeued) raise(TaskRequeued{figures_of(task)});
  execution.started.reset();
  change_state(task, event);
  leave_node(task);
  unsettled_jobs.add(*task.job);
  wait_if_ready(task);
}

void Batch::State::leave_node(Task& task) {
  halted_tasks.forget(task);
  task.record.stopping.reset();
  task.job->running.erase(task.record.sequence);
  if (const auto at = task.job->nodes.find(task.node->record.key); at != task.job->nodes.end()) {
    at->second.preparing.erase(task.record.sequence);
  }
  update_queue(*task.job);
  note_recent(task, false);
  if (!ending.empty() && has_ending_run(task.record.key, *task.node))
    return;  // abandoned: its processes keep the slots
  release(*task.node, task.record.key);
}

void Batch::State::release(Node& node, const TaskKey& key) {
  const auto run = node.runs.find(key);
  CHECK(run != node.runs.end(), "releasing task " + key.task.text());
  node.used_slots -= run->second.slots;
  node.runs.erase(run);
  if (node.runs.empty() && node.record.state == NodeState::running) {
    transition(node.record, NodeEvent::last_task_ended, now);
    if (!node.record.scheduling_enabled) transition(node.record, NodeEvent::scheduling_disabled, now);
  }
  changed_nodes.add(node);
  refresh(node);
  act_when_free(node);
}

/// The node has runs that no task of its own brought.
void Batch::State::occupy(Node& node) {
  if (node.record.state == NodeState::offline) transition(node.record, NodeEvent::scheduling_enabled, now);
  if (node.record.state == NodeState::idle) transition(node.record, NodeEvent::first_task_started, now);
  changed_nodes.add(node);
}

// The key by value: it may be the one of the entries that are erased here.
void Batch::State::release_deleted(Node& node, TaskKey ended) {
  const auto [first, last] = ending.equal_range(ended);
  const auto entry = std::find_if(first, last, [&](const auto& item) { return item.second == node.record.key; });
  ending.erase(entry);
  release(node, ended);
  if (!is_leaving(node) && !keeps_files(ended, node)) {
    notices.emplace_back(RemoveTaskFiles{.node = node.record.key, .task = ended});
  }
  if (Task* successor = find_task(ended)) wait_if_ready(*successor);
  // Its job may wait for it with a release task.
  if (Job* job = find_job(ended.job)) unsettled_jobs.add(*job);
}

/// Whether the directory belongs to something that is still known: it was abandoned, not deleted.
bool Batch::State::keeps_files(const TaskKey& key, const Node& node) {
  if (const Task* task = find_task(key)) return task->node == &node;
  const JobNode* at = find_job_node({key.job, node.record.key});
  const auto kind = at == nullptr ? std::nullopt : special_task_of(at->job->record, key.task);
  if (!kind) return false;
  return kind == SpecialTask::preparation ? !at->record.preparation_files_removed : !at->record.release_files_removed;
}

/// The directory may go: at once, or when the processes of an abandoned run in it have ended (release_deleted).
void Batch::State::discard_files(const Node& node, const TaskKey& key) {
  if (!ending.empty() && has_ending_run(key, node)) return;
  notices.emplace_back(RemoveTaskFiles{.node = node.record.key, .task = key});
}

bool Batch::State::has_ending_run(const TaskKey& key, const Node& node) const {
  const auto [first, last] = ending.equal_range(key);
  return std::any_of(first, last, [&](const auto& item) { return item.second == node.record.key; });
}

void Batch::State::lose_run(Node& node, const TaskKey& key, bool crashed) {
  Task* task = node.runs.at(key).task;
  if (task == nullptr) return release_deleted(node, key);
  const auto reason = stop_reason(*task);
  if (!reason && crashed && task->record.state == TaskState::running) ++task->record.crashes;
  note_run(*task, {});
  finish_stopped(*task, reason, std::nullopt);
}

void Batch::State::lose_all_runs(Node& node) {
  // An agent that ended while the emulator was away says nothing about the tasks it ran.
  const bool crashed = std::exchange(node.joined, false);
  while (!node.runs.empty()) {
    const TaskKey key = node.runs.begin()->first;
    lose_run(node, key, crashed);
  }
  while (!node.specials.empty()) lose(*node.specials.begin()->second);
  for (const auto& [id, at] : node.job_nodes) unsettled_jobs.add(*at->job);
}

void Batch::State::note_recent(Task& task, bool started) {
  std::vector<RecentTask>& recent = task.node->record.recent_tasks;
  const TaskRecord& record = task.record;
  auto entry = std::ranges::find_if(
      recent, [&](const RecentTask& item) { return item.task == record.key.task && item.job == record.key.job; });
  if (started) {
    if (entry != recent.end()) recent.erase(entry);
    if (recent.size() >= wire::batch::kMaxRecentTasks) recent.pop_back();
    entry = recent.insert(recent.begin(), RecentTask{.job = record.key.job, .task = record.key.task});
  }
  changed_nodes.add(*task.node);
  if (entry == recent.end()) return;
  const TaskExecution& execution = record.execution;
  entry->state = record.state;
  entry->started = execution.started;
  entry->ended = execution.ended;
  entry->exit_code = execution.exit_code;
  entry->failure = execution.failure;
  entry->retry_count = execution.retry_count;
  entry->requeue_count = execution.requeue_count;
}

}  // namespace emulator::core
