// The states of a node (contract 5.3). Only upgradingos is missing: nothing here upgrades an operating system.
//
// A node whose last task ends while its scheduling is disabled passes through idle to offline in the same moment; one
// whose agent is heard again passes through the states that its start task and its tasks lead to.
#pragma once

#include "emulator/core/records.h"
#include "emulator/core/states.h"

#include <string_view>

namespace emulator::core {

enum class NodeEvent {
  booted,                  ///< the machine is up (again): its agent is asked for
  joined,                  ///< the agent has registered, and nothing keeps tasks away
  joined_with_start_task,  ///< the agent has registered, tasks wait for the start task
  start_task_succeeded,
  start_task_failed,
  first_task_started,
  last_task_ended,
  scheduling_disabled,
  scheduling_enabled,
  reboot_began,
  reimage_began,
  deallocation_began,
  deallocation_ended,
  start_asked,
  taken_away,    ///< preemption: the machine is not ours any more
  restored,      ///< there is capacity for it again
  agent_silent,  ///< the agent asks nothing any more, though its process is there
  agent_lost,    ///< the agent died; another one is asked for
  gave_up,       ///< the node cannot be used (its agent dies again and again, its disk is full, ...)
  removed,       ///< the node has to leave
};
constexpr auto names_of(NodeEvent) {
  return std::to_array<std::string_view>({"booted",
                                          "joined",
                                          "joined, start task first",
                                          "start task succeeded",
                                          "start task failed",
                                          "first task started",
                                          "last task ended",
                                          "scheduling disabled",
                                          "scheduling enabled",
                                          "reboot began",
                                          "reimage began",
                                          "deallocation began",
                                          "deallocation ended",
                                          "start asked",
                                          "taken away",
                                          "restored",
                                          "agent silent",
                                          "agent lost",
                                          "gave up",
                                          "removed"});
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
      {idle, scheduling_disabled, offline},
      {offline, scheduling_enabled, idle},
      {idle, reboot_began, rebooting},
      {offline, reboot_began, rebooting},
      {rebooting, booted, starting},
      {idle, reimage_began, reimaging},
      {offline, reimage_began, reimaging},
      {reimaging, booted, starting},
      {idle, deallocation_began, deallocating},
      {offline, deallocation_began, deallocating},
      {deallocating, deallocation_ended, deallocated},
      {deallocated, start_asked, starting},
      {starting, taken_away, preempted},
      {waitingforstarttask, taken_away, preempted},
      {starttaskfailed, taken_away, preempted},
      {idle, taken_away, preempted},
      {running, taken_away, preempted},
      {offline, taken_away, preempted},
      {unknown, taken_away, preempted},
      {preempted, restored, creating},
      {waitingforstarttask, agent_silent, unknown},
      {starttaskfailed, agent_silent, unknown},
      {idle, agent_silent, unknown},
      {running, agent_silent, unknown},
      {offline, agent_silent, unknown},
      {unknown, joined, idle},
      {unknown, joined_with_start_task, waitingforstarttask},
      {starting, agent_lost, starting},
      {waitingforstarttask, agent_lost, starting},
      {starttaskfailed, agent_lost, starting},
      {idle, agent_lost, starting},
      {running, agent_lost, starting},
      {offline, agent_lost, starting},
      {unknown, agent_lost, starting},
      {starting, gave_up, unusable},
      {waitingforstarttask, gave_up, unusable},
      {starttaskfailed, gave_up, unusable},
      {idle, gave_up, unusable},
      {running, gave_up, unusable},
      {offline, gave_up, unusable},
      {unknown, gave_up, unusable},
      {creating, removed, leavingpool},
      {starting, removed, leavingpool},
      {waitingforstarttask, removed, leavingpool},
      {starttaskfailed, removed, leavingpool},
      {idle, removed, leavingpool},
      {running, removed, leavingpool},
      {offline, removed, leavingpool},
      {unknown, removed, leavingpool},
      {rebooting, removed, leavingpool},
      {reimaging, removed, leavingpool},
      {unusable, removed, leavingpool},
      {preempted, removed, leavingpool},
      {deallocating, removed, leavingpool},
      {deallocated, removed, leavingpool},
  });
}();
static_assert(unambiguous(kNodeTransitions));

/// The state of a new node: creating.
void begin(NodeRecord& node, Timestamp now);
/// Applies the event; a pair that is not in the table is a bug.
void transition(NodeRecord& node, NodeEvent event, Timestamp now);

}  // namespace emulator::core
