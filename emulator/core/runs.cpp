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
  return reason_of_leaving(*task.node);
}

/// A stop gives way to a weightier one: who was to run again may still be ended for good, not the other way round.
int weight_of(StopReason reason) {
  switch (reason) {
    case StopReason::recovery: return 0;
    case StopReason::requeue:
    case StopReason::subtask_failed: return 1;
    case StopReason::terminate:
    case StopReason::wall_clock: return 2;
  }
  return 0;
}

bool ends_for_good(const std::optional<StopReason>& reason) {
  return reason == StopReason::terminate || reason == StopReason::wall_clock;
}

}  // namespace

void Batch::State::schedule(PoolQueue& queue) {
  if (queue.pool == nullptr) return;
  const Pool& pool = *queue.pool;
  hold_back(queue);
  while (const auto placement = place(queue.waiting, pool.free, placement_rules(pool.record))) assign(*placement);
  preempt(queue);
}

void Batch::State::assign(const Placement& placement) {
  Task& task = *placement.task;
  Node& node = *placement.node;
  TaskRecord& record = task.record;
  Job& job = *task.job;
  if (task.node != nullptr && task.node != &node) remove_directory(task, task.node);
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
  record.coordinated = false;
  task.node = &node;
  job.running.emplace(record.sequence, &task);
  update_queue(job);
  occupy(task, node, 0);
  assign_subtasks(task, placement.others);
  bool waits = false;
  for (Node* each : nodes_of(task)) waits = must_prepare(task, *each) || waits;
  if (waits) {
    change_state(task, TaskEvent::assigned_unprepared);
    note_recent(task, true);
  } else {
    start(task, TaskEvent::assigned);
  }
}

/// The task gets its slots of a node.
void Batch::State::occupy(Task& task, Node& node, std::int32_t instance) {
  const TaskRecord& record = task.record;
  const std::int32_t slots = slots_taken(record, node);
  node.residents.emplace(record.sequence, &task);
  node.runs.emplace(record.key, Run{.attempt = record.attempt, .slots = slots, .task = &task, .instance = instance});
  node.used_slots += slots;
  if (node.record.state == NodeState::idle) transition(node.record, NodeEvent::first_task_started, now);
  changed_nodes.add(node);
  refresh(node);
}

/// The task has its slots, and its nodes are prepared: it is ordered there.
void Batch::State::start(Task& task, TaskEvent event) {
  TaskRecord& record = task.record;
  record.execution.started = now;
  change_state(task, event);
  note_recent(task, true);
  start_subtasks(task);
  raise(TaskStarted{figures_of(task)});
  for (Node* node : nodes_of(task)) {
    if (task.job->record.preparation) {
      JobNode& at = job_node(*task.job, *node);
      at.record.ran_tasks = true;
      changed_job_nodes.add(at);
    }
    notices.emplace_back(RunTask{.node = node->record.key, .task = record.key, .attempt = record.attempt});
  }
}

void Batch::State::stop(Task& task, StopReason reason) {
  TaskRecord& record = task.record;
  if (record.stopping) {
    if (weight_of(reason) > weight_of(*record.stopping)) record.stopping = reason;
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
  const bool current =
      task != nullptr && task->record.state == TaskState::running && task->record.attempt == command.attempt;
  const Node* reporter = current && command.node ? find_node(*command.node) : current ? task->node : nullptr;
  const auto run = reporter == nullptr ? std::map<TaskKey, Run>::const_iterator{} : reporter->runs.find(command.task);
  const bool holds_it = reporter != nullptr && run != reporter->runs.end() && run->second.task == task;
  if (!holds_it) {
    // A subtask that was let go, and a run of a deleted task, are known to their nodes alone.
    RETURN_IF_ERROR(finish_deleted(command));
    return Reply{};
  }
  if (run->second.instance > 0) {
    finish_subtask(*task, run->second.instance, command);
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
  const bool for_good = ends_for_good(task.record.stopping);
  execution.container = std::move(report.container);
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
    case StopReason::recovery: return back_to_active(task, TaskEvent::node_lost);
    case StopReason::subtask_failed: return fail_as_a_whole(task);
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
  forget_preparations(task);
  end_subtasks(task);
  task.record.stopping.reset();
  task.job->running.erase(task.record.sequence);
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
  if (Task* task = find_task(ended)) {
    for (SubtaskRecord& subtask : task->record.subtasks) {
      if (subtask.node != node.record.key || subtask.processes_gone) continue;
      subtask.processes_gone = true;
      changed_tasks.add(*task);
    }
    wait_if_ready(*task);
  }
  // Its job may wait for it with a release task.
  if (Job* job = find_job(ended.job)) unsettled_jobs.add(*job);
}

/// Whether the directory belongs to something that is still known: it was abandoned, not deleted.
bool Batch::State::keeps_files(const TaskKey& key, const Node& node) {
  if (const Task* task = find_task(key)) return node.residents.contains(task->record.sequence);
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
  const Run run = node.runs.at(key);
  Task* task = run.task;
  if (task == nullptr) return release_deleted(node, key);
  if (run.instance > 0) return lose_subtask(*task, run.instance, node, crashed);
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
  const TaskRecord& record = task.record;
  const TaskExecution& execution = record.execution;
  RecentTask entry{.job = record.key.job, .task = record.key.task};
  if (record.rules.instances > 0) entry.subtask = 0;
  entry.state = record.state;
  entry.started = execution.started;
  entry.ended = execution.ended;
  entry.exit_code = execution.exit_code;
  entry.failure = execution.failure;
  entry.container = execution.container;
  entry.retry_count = execution.retry_count;
  entry.requeue_count = execution.requeue_count;
  note_recent(*task.node, std::move(entry), started);
}

void Batch::State::note_recent(Node& node, RecentTask entry, bool started) {
  std::vector<RecentTask>& recent = node.record.recent_tasks;
  const auto known = std::ranges::find_if(
      recent, [&](const RecentTask& item) { return item.task == entry.task && item.job == entry.job; });
  changed_nodes.add(node);
  if (!started) {
    if (known != recent.end()) *known = std::move(entry);
    return;
  }
  if (known != recent.end()) recent.erase(known);
  if (recent.size() >= wire::batch::kMaxRecentTasks) recent.pop_back();
  recent.insert(recent.begin(), std::move(entry));
}

}  // namespace emulator::core
