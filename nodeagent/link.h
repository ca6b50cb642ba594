// Link: reports kept until the emulator has acknowledged them.
//
// An acknowledged report is durable in the emulator's store; until then it is sent again, also to a restarted emulator.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "base/wakeup.h"
#include "nodeagent/emulator_client.h"
#include "wire/node/protocol.h"

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace nodeagent {

/// Waits between attempts to reach the emulator: doubling from the first to the last.
inline constexpr std::chrono::milliseconds kFirstRetryWait{20};
inline constexpr std::chrono::milliseconds kLongestRetryWait{1'000};

class Backoff {
 public:
  std::chrono::milliseconds next();
  void reset() { wait_ = kFirstRetryWait; }

 private:
  std::chrono::milliseconds wait_ = kFirstRetryWait;
};

/// What a status of the node protocol asks of the agent.
enum class Verdict {
  accepted,
  register_again,  ///< 409
  end,             ///< 401, 426: this agent is not wanted any more
  try_again        ///< anything else
};
Verdict verdict_on(const Answer& answer);

/// Used on one executor.
class Link {
 public:
  /// `on_verdict` hears of register_again and end.
  Link(base::Executor executor, const base::Clock& clock, Post post, std::function<void(Verdict)> on_verdict);

  /// Keeps the report and sends it as soon as it can.
  void report(wire::node::ReportBody body);
  /// The emulator has accepted our registration: reports go out under this session.
  void registered(std::string session);
  /// Until then nothing is sent.
  void unregistered();
  /// Sends what comes, until cancelled.
  base::Async<void> run();
  /// Returns when nothing is unacknowledged, or at `until`.
  base::Async<void> drained(base::SteadyTime until);

  [[nodiscard]] std::size_t unacknowledged() const noexcept { return reports_.size(); }
  /// Runs whose end has been reported, but not acknowledged: the emulator still has to hear of them.
  [[nodiscard]] std::vector<wire::node::TaskRun> unacknowledged_runs() const;
  [[nodiscard]] bool start_task_unacknowledged() const;

 private:
  [[nodiscard]] std::string next_message() const;
  base::Async<Verdict> send_once();

  const base::Clock& clock_;
  Post post_;
  std::function<void(Verdict)> on_verdict_;
  base::Wakeup changed_;
  base::Wakeup drained_;
  std::string session_;  ///< empty: not registered
  std::uint64_t next_number_ = 1;
  std::deque<wire::node::Report> reports_;
};

}  // namespace nodeagent
