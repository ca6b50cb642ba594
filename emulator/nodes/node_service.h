// NodeService: the emulator's side of its nodes. Carries out the core's notices, keeps one agent process per node, and
// answers what agents ask (docs/node_protocol.md).
//
// A node is an agent process and a directory `<data-dir>/nodes/<pool-id lower case>/<node-id>/` (node_directory.h).
// Agents outlive a killed emulator: at the next start those that are alive register again and are adopted with the
// tasks they run; the others are reported as lost, and the core asks for new ones.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "emulator/core/notice.h"
#include "emulator/core/place.h"
#include "emulator/core/records.h"
#include "emulator/service/batch_service.h"
#include "http/message.h"
#include "wire/node/protocol.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::nodes {

/// What nodes and their agents are told, and the limits of looking after them.
struct NodeOptions {
  std::filesystem::path data_dir;
  std::filesystem::path agent_program;  ///< batch-nodeagent
  bool host_packages = false;
  std::string ffmpeg = "builtin";  ///< or "host"
  std::string account_name;
  std::function<std::string()> account_url;  ///< asked at every registration
  std::vector<std::string> storage_accounts;
  std::string blob_endpoint;                 ///< "127.0.0.1:10000"
  std::optional<wire::ProxySettings> proxy;  ///< with --names, with the credential of the nodes

  std::chrono::milliseconds task_kill_grace{5'000};       ///< between TERM and KILL of a task
  std::chrono::milliseconds emulator_away_limit{60'000};  ///< agents end themselves after so long without the emulator
  std::chrono::milliseconds silence_limit{30'000};        ///< an agent that asks nothing for so long is lost
  std::chrono::milliseconds join_limit{30'000};           ///< from the start of an agent to its registration
  std::chrono::milliseconds adoption_limit{5'000};        ///< for agents that were alive when this emulator started
  std::chrono::milliseconds unknown_limit{30'000};        ///< a silent agent is given up so long after that
  std::int64_t disk_reserve = 0;                          ///< MiB that must be free on a node's disk for a run to begin
  std::size_t most_starts_at_once = 8;
};

/// What a node is prepared with.
struct Preparation {
  std::vector<core::DeployablePackage> packages;
  core::Document certificate_references;
  std::vector<core::CertificateRecord> certificates;
  std::shared_ptr<const core::PoolRecord> pool;  ///< for its mounts and containers
};

/// Makes the protocol's orders out of records (contract 7.2, 7.5, 7.6). Called on the node service's strand; must not
/// block. An error ends the task with a pre-processing error, respectively fails the start task.
struct AssignmentSource {
  std::function<base::Result<wire::node::RunTask>(const core::TaskRecord&, const core::JobRecord&,
                                                  const core::PoolRecord&, const core::TaskPlace&)>
      task;
  /// A preparation or release task.
  std::function<base::Result<wire::node::RunTask>(core::SpecialTask, core::Attempt, const core::JobRecord&,
                                                  const core::PoolRecord&)>
      special_task;
  std::function<base::Result<wire::node::RunStartTask>(const core::NodeRecord&, const core::PoolRecord&)> start_task;
  std::function<wire::node::Package(const core::DeployablePackage&)> package;
  std::function<wire::node::PrepareNode(const Preparation&)> preparation;
};

/// Safe from every thread; its state lives on a strand of `executor`.
///
/// Makes this process a child subreaper and takes SIGCHLD: processes whose agent was killed become its children and are
/// ended and reaped here. No other part of the emulator starts processes.
class NodeService {
 public:
  /// Creates `<data-dir>/nodes`; unsupported on a kernel without pidfds. `service`, `workers` and `clock` outlive it.
  /// Agents find the emulator through
  /// `<data-dir>/endpoint.json` (wire::node::Endpoint), which the caller writes once its port is known and before
  /// service.start().
  static base::Result<std::unique_ptr<NodeService>> open(base::Executor executor, base::Workers& workers,
                                                         const base::Clock& clock, service::BatchService& service,
                                                         NodeOptions options, AssignmentSource assignments);
  ~NodeService();
  NodeService(const NodeService&) = delete;
  NodeService& operator=(const NodeService&) = delete;

  /// Carries out a notice; the NoticeHandler of the batch service. Returns at once.
  void deliver(const core::Notice& notice);

  /// True for paths of the node protocol: "/.node/...".
  static bool owns(std::string_view path);
  /// Answers such a request. It is authenticated here (NodeToken), not by the account's key.
  base::Async<http::Response> handle(http::Request& request);

  /// Ends all agents and their tasks in parallel: TERM, after `grace` KILL, then no process of any node is left. Node
  /// records stay; agents start again with the next emulator. The batch service must still run, the HTTP server need
  /// not.
  base::Async<void> stop(std::chrono::milliseconds grace);

  /// What became of an upload of logs.
  struct UploadedLogs {
    std::string directory;  ///< the blobs' names begin with it
    std::int32_t files = 0;
    std::string failure;  ///< empty: all are there
  };
  /// Has the node's agent bring its logs to a container (`id` and `directory` of the order are filled here).
  /// unavailable when the node has no agent that listens or it does not answer in time.
  base::Async<base::Result<UploadedLogs>> upload_logs(core::NodeKey node, wire::node::UploadLogs order);

  /// Figures for /status.
  struct Figures {
    std::size_t agents = 0;          ///< processes alive
    std::size_t orders_waiting = 0;  ///< not yet acknowledged by their agents
    std::uint64_t orders = 0;        ///< so far
    std::uint64_t reports = 0;       ///< so far
  };
  base::Async<Figures> figures();

 private:
  struct State;
  explicit NodeService(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace emulator::nodes
