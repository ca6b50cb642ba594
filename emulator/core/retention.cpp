// What time alone does to tasks and their directories (contract 6.3): wall clocks, retention, the longest life.
#include "emulator/core/state.h"

namespace emulator::core {
namespace {

Timestamp life_end(const TaskRecord& task) {
  return after(task.created, wire::batch::kTaskLifetime);
}

Timestamp wall_clock_end(const TaskRecord& task) {
  return after(*task.execution.started, task.rules.constraints.max_wall_clock.value_or(kUnlimited));
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
      if (task.node != nullptr) {
        at =
            after(*record.execution.ended, record.rules.constraints.retention.value_or(wire::batch::kDefaultRetention));
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
    case TaskState::completed:
      if (task.node != nullptr) remove_files(task);
      break;
  }
}

void Batch::State::remove_files(Task& task) {
  task.record.files_removed = true;
  changed_tasks.add(task);
  discard_files(*task.node, task.record.key);
  forget_resident(task);
}

void Batch::State::forget_resident(Task& task) {
  Node& node = *task.node;
  node.residents.erase(task.record.sequence);
  task.node = nullptr;
  act_when_free(node);
}

}  // namespace emulator::core
