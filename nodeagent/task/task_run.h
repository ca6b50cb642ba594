// One run of one task on this node, from empty directory to report.
//
// Steps (contract 7.5): directories, environment, resource files in, command (process or transcode), output files out.
// A run is started by the agent, may be stopped at any moment, and ends exactly once with an Ending.
#pragma once

#include "base/async.h"
#include "nodeagent/task/paths.h"
#include "wire/node/protocol.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace client::api {
class BlobTransfer;
}

namespace nodeagent::task {

/// What every run on this node shares; owned by the agent, outlives all runs.
struct NodeContext {
  NodePaths paths;
  wire::node::NodeSettings settings;
  base::Workers* workers = nullptr;
  const base::Clock* clock = nullptr;
};

/// How a run ended; becomes a report.
struct Ending {
  wire::node::RunEnd end{};
  base::Timestamp started{};
  base::Timestamp ended{};
  std::optional<std::int32_t> exit_code;
  std::optional<wire::node::Failure> failure;
};

/// Asks a run to end: TERM to its processes, KILL after the grace. Idempotent.
class StopSignal {
 public:
  void stop();
  [[nodiscard]] bool stopped() const noexcept;

 private:
  friend class StopWaiter;
  bool stopped_ = false;
  std::vector<std::function<void()>> waiters_;
};

/// Runs the task to its end. When it returns no process of the run is left alive.
base::Async<Ending> run_task(NodeContext& context, wire::node::RunTask order, std::shared_ptr<StopSignal> stop);

/// Runs the start task once (retries are the agent's).
base::Async<Ending> run_start_task(NodeContext& context, wire::node::RunStartTask order, std::shared_ptr<StopSignal> stop);

/// Removes the task's directory, whatever is in it.
base::Result<void> remove_task_files(const NodeContext& context, const std::string& job_id, const std::string& task_id);

}  // namespace nodeagent::task
