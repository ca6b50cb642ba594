// The states of a task (contract 5.6). `preparing` is entered only in jobs with a preparation task: the task has its
// slots on the node, and nothing of it runs there yet.
#pragma once

#include "emulator/core/records.h"
#include "emulator/core/states.h"

#include <string_view>

namespace emulator::core {

enum class TaskEvent {
  assigned,
  assigned_unprepared,  ///< to a node whose preparation has to succeed first
  prepared,
  preparation_failed,
  finished,          ///< for good, with success or failure
  retried,           ///< failed with retries left
  requeued,          ///< ended by a user's request that lets it run again
  node_lost,         ///< its node's agent died: runs again, and nothing is counted
  terminated_early,  ///< ended by a user's request before it ran
  reactivated,
};
constexpr auto names_of(TaskEvent) {
  return std::to_array<std::string_view>({"assigned", "assigned to an unprepared node", "prepared",
                                          "preparation failed", "finished", "retried", "requeued", "node lost",
                                          "terminated early", "reactivated"});
}

using TaskTransition = Transition<wire::batch::TaskState, TaskEvent>;
inline constexpr auto kTaskTransitions = [] {
  using enum wire::batch::TaskState;
  using enum TaskEvent;
  return std::to_array<TaskTransition>({
      {active, assigned, running},
      {active, assigned_unprepared, preparing},
      {active, terminated_early, completed},
      {preparing, prepared, running},
      {preparing, TaskEvent::preparation_failed, active},
      {preparing, finished, completed},
      {preparing, requeued, active},
      {preparing, node_lost, active},
      {running, finished, completed},
      {running, retried, active},
      {running, requeued, active},
      {running, node_lost, active},
      {completed, reactivated, active},
  });
}();
static_assert(unambiguous(kTaskTransitions));

/// The state of a new task: active.
void begin(TaskRecord& task, Timestamp now);
/// Applies the event and remembers the state before; a pair that is not in the table is a bug.
void transition(TaskRecord& task, TaskEvent event, Timestamp now);

}  // namespace emulator::core
