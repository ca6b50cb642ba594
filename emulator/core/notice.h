// Notice: what the rules want done outside, after the changes beside it have been committed. Notices may be lost (the
// process dies): whoever carries them out asks again after a restart (Batch::notices_after_restart).
#pragma once

#include "emulator/core/ids.h"

#include <optional>
#include <variant>

namespace emulator::core {

/// Start an agent process for the node (directories, token, process).
struct StartAgent {
  NodeKey node;
  Incarnation incarnation = 0;
  bool wipe = false;  ///< what is on the node's disk is removed before
};
/// End the node's tasks and its agent, but keep the node; then report NodeHalted. An agent that is started afterwards
/// finds the node's files, unless they are wiped.
struct HaltNode {
  NodeKey node;
  Incarnation incarnation = 0;
  bool wipe = false;
  bool at_once = false;  ///< the machine is taken away: nobody is asked to end
};
/// The node has been told to leave: end its tasks and its agent, remove its directories, then report NodeGone.
struct StopAgent {
  NodeKey node;
  Incarnation incarnation = 0;
};
/// Bring the pool's packages and certificates to the node before it takes part in anything. The agent reports
/// NodePrepared.
struct PrepareNode {
  NodeKey node;
  Incarnation incarnation = 0;
};
/// Run the start task on the node.
struct RunStartTask {
  NodeKey node;
  Incarnation incarnation = 0;
};
/// Run this attempt of the task on the node; of a multi-instance task the instance that has its place there.
struct RunTask {
  NodeKey node;
  TaskKey task;
  Attempt attempt = 0;
};
/// All instances are coordinated: the primary may run its command.
struct StartPrimary {
  NodeKey node;
  TaskKey task;
  Attempt attempt = 0;
};
/// End this attempt's processes. The agent reports TaskFinished with RunEnd::stopped when no descendant is left.
struct StopTask {
  NodeKey node;
  TaskKey task;
  Attempt attempt = 0;
};
/// The task's directory on the node may go (task deleted, retention over, job deleted, task runs elsewhere). Comes only
/// when no run of the task is left there.
struct RemoveTaskFiles {
  NodeKey node;
  TaskKey task;
};

using Notice = std::variant<StartAgent, HaltNode, StopAgent, PrepareNode, RunStartTask, RunTask, StartPrimary, StopTask,
                            RemoveTaskFiles>;

}  // namespace emulator::core
