// Commands about nodes: what users ask of them, and what their agents and those who look after the processes report.
//
// A report that is not about the present (another incarnation, another attempt, a node or task that is gone) answers
// Errc::not_found and changes nothing.
#pragma once

#include "emulator/core/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace emulator::core {

/// An agent has registered; the outcome's notices are what it has to be told (Batch::notices_for). `running` are the
/// attempts that it has under way (after an emulator restart). The node's token hash was stored when the agent was
/// asked for.
struct NodeJoined {
  NodeKey node;
  Incarnation incarnation = 0;
  std::string agent_version;
  std::vector<std::pair<TaskKey, Attempt>> running;
  bool start_task_running = false;
  bool adopted = false;  ///< the same agent process was there before the emulator restarted
};
/// The token of the agent that is about to be started.
struct SetNodeSecret {
  NodeKey node;
  Incarnation incarnation = 0;
  std::string secret_hash;
};
/// The agent process of this incarnation has died or has been silent for too long.
struct NodeLost {
  NodeKey node;
  Incarnation incarnation = 0;
  std::string reason;
};
/// Reboots, reimages or deallocates the node as soon as the option lets it (contract 6.6). Not for removal, which is a
/// matter of the pool.
struct ActOnNode {
  NodeKey node;
  NodeAction action = NodeAction::reboot;
  wire::batch::DeallocationOption option = wire::batch::DeallocationOption::requeue;
};
/// A deallocated node is wanted again.
struct StartNode {
  NodeKey node;
};
/// `option` is not retaineddata.
struct DisableNodeScheduling {
  NodeKey node;
  wire::batch::DeallocationOption option = wire::batch::DeallocationOption::requeue;
};
struct EnableNodeScheduling {
  NodeKey node;
};
/// The machine of a low-priority node is taken away; and capacity for it is there again.
struct PreemptNode {
  NodeKey node;
};
struct RestoreNode {
  NodeKey node;
};
struct AddNodeUser {
  NodeKey node;
  NodeUser user;
};
/// Replaces what can be changed of the user of that name: all but isAdmin.
struct UpdateNodeUser {
  NodeKey node;
  NodeUser user;
};
struct DeleteNodeUser {
  NodeKey node;
  std::string name;
};
/// Nothing of the node's agent and its tasks is left, after HaltNode asked for it.
struct NodeHalted {
  NodeKey node;
  Incarnation incarnation = 0;
};
/// The agent asks nothing any more, though its process is there; and it does again.
struct NodeSilent {
  NodeKey node;
  Incarnation incarnation = 0;
};
struct NodeHeard {
  NodeKey node;
  Incarnation incarnation = 0;
};
/// A leaving node's processes and directories are gone.
struct NodeGone {
  NodeKey node;
  Incarnation incarnation = 0;
};
/// The agent could not be started at all, or it says that it cannot run tasks (its disk is full): the node becomes
/// unusable with this error.
struct NodeUnusable {
  NodeKey node;
  Incarnation incarnation = 0;
  ResourceError error;
};
/// The node has what its pool wants on it (PrepareNode), or cannot get it: then it becomes unusable with this error.
struct NodePrepared {
  NodeKey node;
  Incarnation incarnation = 0;
  std::optional<ResourceError> error;
};
struct StartTaskStarted {
  NodeKey node;
  Incarnation incarnation = 0;
  Timestamp at{};
  std::int32_t retry_count = 0;
};
struct StartTaskFinished {
  NodeKey node;
  Incarnation incarnation = 0;
  Timestamp started{};
  Timestamp ended{};
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  std::int32_t retry_count = 0;
  std::optional<Timestamp> last_retry;
  std::optional<ContainerInfo> container;
};

/// How a run of a task ended, as its agent saw it.
enum class RunEnd {
  exited,  ///< the process ran and ended by itself (exit_code set); uploads done or failed (failure set then)
  pre_processing_error,  ///< files, directories or command could not be set up (failure set)
  wall_clock_expired,    ///< killed by its own time limit (exit_code of the kill)
  stopped,               ///< ended because StopTask asked for it
};
struct TaskFinished {
  TaskKey task;
  Attempt attempt = 0;
  RunEnd end{};
  Timestamp ended{};
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  Usage usage;                  ///< without wall_clock, which the core counts itself
  std::optional<NodeKey> node;  ///< who reports; a report of a node that does not run this attempt is stale
  std::optional<ContainerInfo> container;
};
/// The coordination command of an instance of a multi-instance task has exited with 0 (contract 6.10).
struct CoordinationFinished {
  TaskKey task;
  Attempt attempt = 0;
  NodeKey node;
};

}  // namespace emulator::core
