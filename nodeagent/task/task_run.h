// One run of one task on this node, from empty directory to report.
//
// Steps (contract 7.5): directories, certificates, packages, environment, resource files in, command (process or
// transcode), output files out. A run is started by the agent, may be stopped at any moment, and ends exactly once with
// an Ending. Runs are not cancelled with their coroutine (they ignore it): only StopSignal ends one, because its
// processes must be killed.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "nodeagent/command/command_runner.h"
#include "nodeagent/command/stop_signal.h"
#include "nodeagent/task/node_context.h"
#include "wire/node/protocol.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace nodeagent::task {

using command::StopSignal;

/// How a run ended; becomes a report.
struct Ending {
  wire::node::RunEnd end{};
  base::Timestamp started{};
  base::Timestamp ended{};
  /// Set when the command ran, also when it was killed.
  std::optional<std::int32_t> exit_code;
  command::ResourceUse used;  ///< by all its commands
  /// Set for pre_processing_error, and for exited and wall_clock_expired when an output file could not be uploaded. The
  /// failures that follow from `end` and `exit_code` alone (FailureExitCode, TaskEnded) are the service's to word.
  std::optional<wire::node::Failure> failure;
  std::optional<wire::node::ContainerInfo> container;
};

/// How an instance of a multi-instance task and the service agree on the start of the primary (contract 6.10).
struct Coordination {
  std::function<void()> finished;  ///< called when the coordination command has exited with 0
  StopSignal start;                ///< ends the primary's waiting: it may run its command
};

/// Runs the task to its end. When it returns no process of the run is left alive. `coordination` is there for an
/// instance of a multi-instance task; a subtask ends with its coordination command, when that fails, or when stopped.
base::Async<Ending> run_task(NodeContext& context, wire::node::RunTask order, std::shared_ptr<StopSignal> stop,
                             std::shared_ptr<Coordination> coordination = nullptr);

/// Runs the start task once (retries are the agent's).
base::Async<Ending> run_start_task(NodeContext& context, wire::node::RunStartTask order,
                                   std::shared_ptr<StopSignal> stop);

/// Brings what the pool wants on the node, and keeps it in mind for every task. Why it cannot, or nothing.
base::Async<std::optional<wire::node::Failure>> prepare_node(NodeContext& context, wire::node::PrepareNode order,
                                                             std::shared_ptr<StopSignal> stop);

/// Removes the task's directory, whatever is in it; the job's too when it was the last. No error if it is not there.
/// Blocks: for a worker.
base::Result<void> remove_task_files(const NodeContext& context, const std::string& job_id, const std::string& task_id);

}  // namespace nodeagent::task
