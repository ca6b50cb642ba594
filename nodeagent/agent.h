// Agent: one node's process from registration to exit.
//
// It registers, fetches orders, has them carried out (Runs, StartTask) and reports (Link), over and over, also across
// restarts of the emulator. It ends when it is told to, when the emulator does not know it any more, on SIGTERM, or
// when the emulator stays away for too long; in each case nothing that it started is alive afterwards.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "base/coroutine_group.h"
#include "base/wakeup.h"
#include "nodeagent/link.h"
#include "nodeagent/runs.h"
#include "wire/node/protocol.h"

#include <functional>
#include <string>

namespace nodeagent {

/// Reports that are not yet acknowledged get this long when an order ends the agent.
inline constexpr std::chrono::milliseconds kLastReports{1'000};

/// How the agent meets its surroundings.
struct AgentSurroundings {
  Post post;
  /// Since when the emulator has not been heard.
  std::function<base::SteadyTime()> last_heard;
  TaskActions actions;
  /// Brings the agent's own logs to a container; empty: there are none.
  std::function<base::Async<wire::node::LogsUploaded>(wire::node::UploadLogs order)> upload_logs;
  /// Called with the settings at every registration, before any order is carried out.
  std::function<base::Result<void>(const wire::node::NodeSettings&)> settle;
};

/// Used on one executor.
class Agent {
 public:
  Agent(base::Executor executor, const base::Clock& clock, wire::node::Handover identity,
        AgentSurroundings surroundings);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Returns when all runs have ended.
  base::Async<void> run();
  /// Ends everything (SIGTERM). Idempotent.
  void drain(std::string why);

 private:
  base::Async<void> serve();
  base::Async<bool> register_once();
  base::Async<bool> fetch_once();
  base::Async<void> prepare(wire::node::PrepareNode order);
  void carry_out(wire::node::Order order);
  base::Async<void> upload_logs(wire::node::UploadLogs order);
  void obey(Verdict verdict);
  void check_away();
  [[nodiscard]] std::string registration() const;

  const base::Clock& clock_;
  wire::node::Handover identity_;
  AgentSurroundings surroundings_;
  Link link_;
  Runs runs_;
  StartTask start_task_;
  base::CoroutineGroup services_;
  base::CoroutineGroup preparations_;
  base::CoroutineGroup uploads_;  ///< of logs
  std::shared_ptr<StopSignal> preparation_stop_ = std::make_shared<StopSignal>();
  base::Wakeup drained_;
  Backoff backoff_;

  wire::node::NodeSettings settings_;
  bool registered_ = false;
  bool known_before_ = false;
  std::uint64_t last_order_ = 0;
  bool draining_ = false;
  bool last_reports_wanted_ = false;
};

}  // namespace nodeagent
