// NodeContext: what every run on a node shares.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "client/api/retry.h"
#include "nodeagent/command/command_runner.h"
#include "nodeagent/task/paths.h"
#include "nodeagent/task/provisions.h"
#include "wire/node/protocol.h"

#include <vector>

namespace http {
class Client;
}

namespace nodeagent::task {

class Mounts;

/// What every run on this node shares; owned by the agent, outlives all runs. All of it is needed. Usual order:
///   NodePaths paths(directory); paths.create(); stand_ins::create(paths.stand_ins(), settings...);
///   ChildWatch children(executor); ProcessRunner processes(children);
///   TranscodeRunner commands(processes, paths.stand_ins());
struct NodeContext {
  NodePaths paths;
  wire::node::NodeSettings settings;
  base::Workers* workers = nullptr;  ///< for file bytes
  const base::Clock* clock = nullptr;
  http::Client* http = nullptr;  ///< for resource and output files
  command::CommandRunner* commands = nullptr;
  client::api::RetryPolicy retry;                ///< of transfers
  Mounts* mounts = nullptr;                      ///< the pool's file systems; null = there are none
  std::vector<wire::node::Registry> registries;  ///< the pool's, known when the node has been set up
  std::shared_ptr<Provisions> provisions = std::make_shared<Provisions>();
};

}  // namespace nodeagent::task
