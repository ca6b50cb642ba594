// The states of a node (contract 5.3), as far as something here can cause them: the others (offline, rebooting, ...)
// come with the operations that lead to them.
#pragma once

#include "emulator/core/records.h"
#include "emulator/core/states.h"

#include <string_view>

namespace emulator::core {

enum class NodeEvent {
  booted,                  ///< the machine is up: its agent is asked for
  joined,                  ///< the agent has registered, and nothing keeps tasks away
  joined_with_start_task,  ///< the agent has registered, tasks wait for the start task
  start_task_succeeded,
  start_task_failed,
  first_task_started,
  last_task_ended,
  agent_lost,  ///< the agent died; another one is asked for
  gave_up,     ///< the node cannot be used (its agent dies again and again, or cannot be started)
  removed,     ///< the node has to leave
};
constexpr auto names_of(NodeEvent) {
  return std::to_array<std::string_view>({"booted", "joined", "joined, start task first", "start task succeeded",
                                          "start task failed", "first task started", "last task ended", "agent lost",
                                          "gave up", "removed"});
}

using NodeTransition = Transition<wire::batch::NodeState, NodeEvent>;
inline constexpr auto kNodeTransitions = [] {
  using enum wire::batch::NodeState;
  using enum NodeEvent;
  return std::to_array<NodeTransition>({
      {creating, booted, starting},
      {starting, joined, idle},
      {starting, joined_with_start_task, waitingforstarttask},
      {waitingforstarttask, start_task_succeeded, idle},
      {waitingforstarttask, NodeEvent::start_task_failed, starttaskfailed},
      {idle, first_task_started, running},
      {running, last_task_ended, idle},
      {starting, agent_lost, starting},
      {waitingforstarttask, agent_lost, starting},
      {starttaskfailed, agent_lost, starting},
      {idle, agent_lost, starting},
      {running, agent_lost, starting},
      {starting, gave_up, unusable},
      {waitingforstarttask, gave_up, unusable},
      {starttaskfailed, gave_up, unusable},
      {idle, gave_up, unusable},
      {running, gave_up, unusable},
      {creating, removed, leavingpool},
      {starting, removed, leavingpool},
      {waitingforstarttask, removed, leavingpool},
      {starttaskfailed, removed, leavingpool},
      {idle, removed, leavingpool},
      {running, removed, leavingpool},
      {unusable, removed, leavingpool},
  });
}();
static_assert(unambiguous(kNodeTransitions));

/// The state of a new node: creating.
void begin(NodeRecord& node, Timestamp now);
/// Applies the event; a pair that is not in the table is a bug.
void transition(NodeRecord& node, NodeEvent event, Timestamp now);

}  // namespace emulator::core
