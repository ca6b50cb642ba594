// The subtasks of multi-instance tasks (contract 6.10). A multi-instance task is one task with a run on each of several
// nodes at once. The primary's run is the task's own, and the task's life follows it alone: a subtask that fails or is
// lost has the primary stopped, and with the primary's end, whatever it comes to, the subtasks are over for the task.
// Their processes are then ended in the background, and hold their slots until they are gone.
#include "base/check.h"
#include "base/text.h"
#include "emulator/core/failures.h"
#include "emulator/core/place.h"
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

using wire::batch::SubtaskState;
using wire::batch::TaskResult;

SubtaskRecord& subtask_of(Task& task, std::int32_t instance) {
  return task.record.subtasks.at(static_cast<std::size_t>(instance - 1));
}

RecentTask recent_entry(const TaskRecord& task, std::int32_t instance, const SubtaskRecord& subtask) {
  RecentTask entry{.job = task.key.job, .task = task.key.task, .subtask = instance};
  switch (subtask.state) {
    case SubtaskState::preparing: entry.state = TaskState::preparing; break;
    case SubtaskState::running: entry.state = TaskState::running; break;
    case SubtaskState::completed: entry.state = TaskState::completed; break;
  }
  entry.started = subtask.started;
  entry.ended = subtask.ended;
  entry.exit_code = subtask.exit_code;
  entry.failure = subtask.failure;
  entry.container = subtask.container;
  entry.retry_count = task.execution.retry_count;
  entry.requeue_count = task.execution.requeue_count;
  return entry;
}

Failure subtask_lost(const NodeKey& node) {
  return {.category = wire::batch::FailureCategory::servererror,
          .code = "Unknown",
          .message = "The node of the subtask was lost",
          .details = {{"NodeId", node.node.text()}}};
}

}  // namespace

bool all_coordinated(const TaskRecord& task) {
  return task.coordinated && std::ranges::all_of(task.subtasks, &SubtaskRecord::coordinated);
}

std::optional<StopReason> reason_of_leaving(const Node& node) {
  if (!is_to_leave(node)) return std::nullopt;
  if (node.record.pending == DeallocationOption::terminate) return StopReason::terminate;
  if (node.record.pending == DeallocationOption::requeue) return StopReason::requeue;
  return std::nullopt;
}

std::string loopback_address(const NodeRecord& node) {
  // One of 254 networks for each pool, so that pools seldom meet; then the node's place in its pool, as in 10.x.y.z.
  constexpr std::size_t kNetworks = 254;
  const auto digest = base::sha256(base::lower_case(node.key.pool.text()));
  const auto network = static_cast<unsigned char>(digest[0]) % kNetworks + 1;
  const auto host = node.ip_address.find('.', node.ip_address.find('.') + 1);
  if (host == std::string::npos) return "127.0.0.1";
  return "127." + std::to_string(network) + node.ip_address.substr(host);
}

void Batch::State::assign_subtasks(Task& task, const std::vector<Node*>& nodes) {
  TaskRecord& record = task.record;
  for (Node*& place : task.subtask_nodes) {
    const bool stays = place == task.node || std::ranges::find(nodes, place) != nodes.end();
    if (place != nullptr && !stays) remove_directory(task, place);
  }
  record.subtasks.clear();
  task.subtask_nodes = nodes;
  const Ticks retention = record.rules.constraints.retention.value_or(wire::batch::kDefaultRetention);
  std::int32_t instance = 0;
  for (Node* node : nodes) {
    const SubtaskRecord& subtask = record.subtasks.emplace_back(SubtaskRecord{.node = node->record.key,
                                                                              .state = SubtaskState::preparing,
                                                                              .state_since = now,
                                                                              .started = now,
                                                                              .retention = retention});
    occupy(task, *node, ++instance);
    note_recent(*node, recent_entry(record, instance, subtask), true);
  }
}

/// With the task: files and packages belong to the running of a subtask as to that of a task.
void Batch::State::start_subtasks(Task& task) {
  std::int32_t instance = 0;
  for (SubtaskRecord& subtask : task.record.subtasks) {
    if (subtask.state_since != now) {
      subtask.previous_state = subtask.state;
      subtask.previous_state_since = subtask.state_since;
    }
    subtask.state = SubtaskState::running;
    subtask.state_since = now;
    subtask.started = now;
    note_recent(*find_node(subtask.node), recent_entry(task.record, ++instance, subtask), false);
  }
}

/// Where the task has its place: the primary's node first.
std::vector<Node*> Batch::State::nodes_of(const Task& task) {
  std::vector<Node*> nodes{task.node};
  for (const SubtaskRecord& subtask : task.record.subtasks) {
    if (Node* node = find_node(subtask.node)) nodes.push_back(node);
  }
  return nodes;
}

bool Batch::State::waits_for_preparation(const Task& task) {
  return std::ranges::any_of(nodes_of(task), [&](const Node* node) {
    const auto at = task.job->nodes.find(node->record.key);
    return at != task.job->nodes.end() && at->second.preparing.contains(task.record.sequence);
  });
}

void Batch::State::forget_preparations(Task& task) {
  for (const Node* node : nodes_of(task)) {
    const auto at = task.job->nodes.find(node->record.key);
    if (at != task.job->nodes.end()) at->second.preparing.erase(task.record.sequence);
  }
}

Batch::State::Replied Batch::State::on(CoordinationFinished& command) {
  Task* task = find_task(command.task);
  Node* node = find_node(command.node);
  const auto run = node == nullptr ? std::map<TaskKey, Run>::iterator{} : node->runs.find(command.task);
  const bool current = task != nullptr && node != nullptr && run != node->runs.end() && run->second.task == task &&
                       run->second.attempt == command.attempt && task->record.state == TaskState::running &&
                       task->record.rules.instances > 0;
  if (!current) return stale_report("coordination of task " + command.task.task.text());
  bool& coordinated =
      run->second.instance == 0 ? task->record.coordinated : subtask_of(*task, run->second.instance).coordinated;
  if (std::exchange(coordinated, true)) return Reply{};
  changed_tasks.add(*task);
  start_primary_if_coordinated(*task);
  return Reply{};
}

void Batch::State::start_primary_if_coordinated(Task& task) {
  const TaskRecord& record = task.record;
  if (!all_coordinated(record) || record.stopping) return;
  notices.emplace_back(StartPrimary{.node = task.node->record.key, .task = record.key, .attempt = record.attempt});
}

void Batch::State::complete_subtask(Task& task, std::int32_t instance, std::optional<std::int32_t> exit_code,
                                    std::optional<Failure> failure) {
  SubtaskRecord& subtask = subtask_of(task, instance);
  subtask.previous_state = subtask.state;
  subtask.previous_state_since = subtask.state_since;
  subtask.state = SubtaskState::completed;
  subtask.state_since = now;
  subtask.ended = std::max(now, subtask.started);
  subtask.exit_code = exit_code;
  subtask.result = failure ? TaskResult::failure : TaskResult::success;
  subtask.failure = std::move(failure);
  changed_tasks.add(task);
  const bool ran = subtask.previous_state == SubtaskState::running;
  if (Node* node = find_node(subtask.node)) {
    if (ran) ++node->record.total_tasks_run;
    if (subtask.result == TaskResult::success) ++node->record.total_tasks_succeeded;
    note_recent(*node, recent_entry(task.record, instance, subtask), false);
  }
}

void Batch::State::finish_subtask(Task& task, std::int32_t instance, TaskFinished& report) {
  Node& node = *find_node(subtask_of(task, instance).node);
  subtask_of(task, instance).container = std::move(report.container);
  if (report.end == RunEnd::stopped) return lose_subtask(task, instance, node, false);
  std::optional<Failure> failure = std::move(report.failure);
  if (report.end == RunEnd::wall_clock_expired) failure = task_wall_clock_over();
  if (!failure && report.exit_code != 0) failure = failure_exit_code();
  const bool failed = failure.has_value();
  complete_subtask(task, instance, report.exit_code, std::move(failure));
  subtask_of(task, instance).processes_gone = true;
  release(node, TaskKey{task.record.key});
  if (report.end == RunEnd::wall_clock_expired) return stop(task, StopReason::wall_clock);
  if (failed) return stop(task, StopReason::subtask_failed);
  // Agents keep a subtask until they are told to end it; one that ended well by itself has coordinated.
  if (!std::exchange(subtask_of(task, instance).coordinated, true)) start_primary_if_coordinated(task);
}

void Batch::State::lose_subtask(Task& task, std::int32_t instance, Node& node, bool crashed) {
  const auto reason = task.record.stopping ? task.record.stopping : reason_of_leaving(node);
  if (!reason && crashed) ++task.record.crashes;
  complete_subtask(task, instance, std::nullopt, reason ? task_ended() : subtask_lost(node.record.key));
  subtask_of(task, instance).processes_gone = true;
  release(node, TaskKey{task.record.key});
  stop(task, reason.value_or(StopReason::recovery));
}

void Batch::State::fail_as_a_whole(Task& task) {
  const auto& subtasks = task.record.subtasks;
  const auto failed = std::ranges::find_if(
      subtasks, [](const SubtaskRecord& subtask) { return subtask.result == TaskResult::failure; });
  CHECK(failed != subtasks.end(), "no subtask of " + task.record.key.task.text() + " has failed");
  TaskFinished report{.task = task.record.key, .attempt = task.record.attempt};
  report.end = failed->exit_code ? RunEnd::exited : RunEnd::pre_processing_error;
  report.ended = now;
  report.exit_code = failed->exit_code;
  report.failure = failed->failure;
  task.record.stopping.reset();
  finish_exited(task, report);
}

void Batch::State::end_subtasks(Task& task) {
  for (std::int32_t instance = 1; instance <= static_cast<std::int32_t>(task.record.subtasks.size()); ++instance) {
    const SubtaskRecord& subtask = subtask_of(task, instance);
    if (subtask.state == SubtaskState::completed) continue;
    if (subtask.state == SubtaskState::preparing) {
      // Nothing of it has been ordered.
      complete_subtask(task, instance, std::nullopt, task_ended());
      subtask_of(task, instance).processes_gone = true;
      release(*find_node(subtask.node), TaskKey{task.record.key});
      continue;
    }
    // What it was there for, it has done: the end by the service is no failure (inferred).
    if (subtask.coordinated) {
      complete_subtask(task, instance, 0, std::nullopt);
    } else {
      complete_subtask(task, instance, std::nullopt, task_ended());
    }
    detach(*find_node(subtask.node), task.record.key);
  }
}

void Batch::State::detach(Node& node, const TaskKey& key) {
  Run& run = node.runs.at(key);
  const bool already_told = run.instance == 0 && run.task != nullptr && run.task->record.stopping;
  run.task = nullptr;  // keeps its slots until the agent says that nothing is left
  ending.emplace(key, node.record.key);
  if (!already_told && !is_ending(node)) {
    notices.emplace_back(StopTask{.node = node.record.key, .task = key, .attempt = run.attempt});
  }
}

}  // namespace emulator::core
