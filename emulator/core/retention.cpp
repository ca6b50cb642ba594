// What time alone does to tasks and their directories (contract 6.3): wall clocks, retention, the longest life.
#include "emulator/core/state.h"

namespace emulator::core {
namespace {

Timestamp life_end(const TaskRecord& task) {
  return after(task.created, task.rules.short_lived ? wire::batch::kShortTaskLifetime : wire::batch::kTaskLifetime);
}

Timestamp wall_clock_end(const TaskRecord& task) {
  return after(*task.execution.started, task.rules.constraints.max_wall_clock.value_or(kUnlimited));
}

Timestamp files_end(const TaskRecord& task) {
  return after(*task.execution.ended, task.rules.constraints.retention.value_or(wire::batch::kDefaultRetention));
}
Timestamp files_end(const TaskRecord& task, const SubtaskRecord& subtask) {
  return after(*task.execution.ended, subtask.retention);
}

}  // namespace

void Batch::State::rearm(Task& task) {
  const TaskRecord& record = task.record;
  Timestamp at = kNever;
  switch (record.state) {
    case TaskState::active:
      // In a job that is over, a task stays active for ever.
      if (require_open(task.job->record).has_value()) at = life_end(record);
      break;
    case TaskState::preparing:
      if (!record.stopping || record.stopping == StopReason::requeue) at = life_end(record);
      break;
    case TaskState::running:
      if (!record.stopping || record.stopping == StopReason::requeue) {
        at = std::min(life_end(record), wall_clock_end(record));
      }
      break;
    case TaskState::completed:
      if (task.node != nullptr) at = files_end(record);
      for (std::size_t i = 0; i < task.subtask_nodes.size(); ++i) {
        if (task.subtask_nodes[i] != nullptr) at = std::min(at, files_end(record, record.subtasks[i]));
      }
      break;
  }
  timers.set(task.alarm, &task, at);
}

void Batch::State::alarm(Task& task) {
  switch (task.record.state) {
    case TaskState::active:
      if (require_open(task.job->record).has_value()) end_unstarted(task);
      break;
    case TaskState::preparing: stop(task, StopReason::terminate); break;
    case TaskState::running:
      stop(task, wall_clock_end(task.record) <= now ? StopReason::wall_clock : StopReason::terminate);
      break;
    case TaskState::completed: {
      TaskRecord& record = task.record;
      if (task.node != nullptr && files_end(record) <= now) {
        record.files_removed = true;
        remove_directory(task, task.node);
      }
      for (std::size_t i = 0; i < task.subtask_nodes.size(); ++i) {
        if (task.subtask_nodes[i] == nullptr || files_end(record, record.subtasks[i]) > now) continue;
        record.subtasks[i].files_removed = true;
        remove_directory(task, task.subtask_nodes[i]);
      }
      changed_tasks.add(task);
      break;
    }
  }
}

void Batch::State::remove_directories(Task& task) {
  remove_directory(task, task.node);
  for (Node*& place : task.subtask_nodes) remove_directory(task, place);
}

void Batch::State::remove_directory(Task& task, Node*& place) {
  if (place == nullptr) return;
  discard_files(*place, task.record.key);
  forget_resident(task, place);
}

void Batch::State::forget_resident(Task& task, Node*& place) {
  if (place == nullptr) return;
  Node& node = *std::exchange(place, nullptr);
  node.residents.erase(task.record.sequence);
  act_when_free(node);
}

void Batch::State::forget_place(Task& task, const Node& node) {
  if (task.node == &node) task.node = nullptr;
  for (Node*& place : task.subtask_nodes) {
    if (place == &node) place = nullptr;
  }
}

}  // namespace emulator::core
