// NodeLife: one node from the first agent that is asked for to the removal of its directory.
//
// A coroutine (run) does everything that takes time, one thing after the other: start or adopt an agent, notice its
// death or silence, end it, clean up. Everybody else only says what happened and wakes it.
#pragma once

#include "emulator/core/notice.h"
#include "emulator/core/records.h"
#include "emulator/nodes/liveness.h"
#include "emulator/nodes/mailbox.h"
#include "emulator/nodes/node_directory.h"
#include "emulator/nodes/orders.h"
#include "emulator/nodes/process_table.h"
#include "emulator/nodes/shared.h"
#include "wire/node/protocol.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace emulator::nodes {

/// After the order to shut down an agent has the tasks' kill grace and this long to be gone.
inline constexpr std::chrono::milliseconds kShutDownMargin{3'000};
/// Between TERM and KILL of an agent that ignored the order.
inline constexpr std::chrono::milliseconds kAgentTermGrace{1'000};
/// For a killed process to be gone, and for the sweep after it.
inline constexpr std::chrono::milliseconds kSweepLimit{10'000};
/// An agent that lived for so long clears the record of earlier failures.
inline constexpr std::chrono::milliseconds kStableAfter{10'000};
/// Waits before the agent is started again: none after the first failure, then doubling.
inline constexpr std::chrono::milliseconds kFirstRestartWait{100};
inline constexpr std::chrono::milliseconds kLongestRestartWait{2'000};
/// So many agents in a row that never registered make the node unusable.
inline constexpr int kMostFailedStarts = 5;

/// Lives on the strand.
class NodeLife : public std::enable_shared_from_this<NodeLife> {
 public:
  /// `on_gone` is called when the node's directory is gone, before the core is told.
  NodeLife(Shared& shared, core::NodeKey key, std::function<void()> on_gone);

  /// What must happen; returns at once.
  void start_agent(const core::StartAgent& notice);
  void halt(const core::HaltNode& notice);
  void leave(core::Incarnation incarnation);
  void shut_down(base::SteadyTime kill_at);
  /// Until the node is gone or the emulator stops. Runs once, in the service's group.
  base::Async<void> run();

  // For the protocol.
  /// The agent of this incarnation may register: it is being waited for, or has registered before.
  [[nodiscard]] bool expects(core::Incarnation incarnation) const;
  /// The core has accepted the registration; `work` is all the agent has to do.
  void joined(const wire::node::Registration& registration, const std::string& token_hash,
              std::vector<NoticedWork> work);
  /// True for the token of the agent that has registered.
  [[nodiscard]] bool knows(const std::string& token_hash) const;
  [[nodiscard]] const std::string& token_hash() const noexcept { return token_hash_; }
  void heard();
  void deliver(const NoticedWork& work);
  /// An order that the core knows nothing of.
  void order(wire::node::OrderBody body);
  /// Acknowledges, and waits for orders until there are some, `wait` is over or another fetch came: the Orders message.
  base::Async<std::string> fetch(std::uint64_t last_order, std::chrono::milliseconds wait);
  Mailbox& mailbox() noexcept { return mailbox_; }

  [[nodiscard]] const core::NodeKey& key() const noexcept { return key_; }
  [[nodiscard]] core::Incarnation incarnation() const noexcept { return incarnation_; }
  [[nodiscard]] bool has_process() const noexcept { return process_ && !process_->ended; }
  [[nodiscard]] bool has_joined() const noexcept { return liveness_.has_joined(); }
  /// Number of the last report that is durable.
  std::uint64_t last_report = 0;

 private:
  struct Process {
    pid_t pid = 0;
    base::FileDescriptor handle;
    base::SteadyTime since{};
    bool ended = false;
  };

  base::Async<void> start(core::StartAgent notice);
  base::Async<bool> take_over_previous(core::Incarnation incarnation);
  base::Async<void> start_process(core::StartAgent notice);
  base::Async<void> lost(std::string reason);
  base::Async<void> be_halted(core::HaltNode notice);
  base::Async<void> be_gone();
  base::Async<void> end_agent(bool at_once);
  base::Async<void> remove_tree();
  base::Async<void> end_for_shut_down();
  base::Async<void> end_process(base::SteadyTime term_at, base::SteadyTime kill_at);
  base::Async<bool> wait_end(base::SteadyTime until);
  base::Async<void> sweep();
  static base::Async<void> tell(Shared& shared, std::string node, core::Command command);
  base::Result<void> watch(pid_t pid, std::uint64_t start_time, bool child);
  base::Async<void> watch_end(std::shared_ptr<NodeLife> self, std::shared_ptr<Process> process,
                              base::FileDescriptor handle);
  void forget_agent();
  void unusable(std::string message);
  [[nodiscard]] std::optional<base::SteadyTime> restart_at() const;
  [[nodiscard]] bool may_restart() const;
  [[nodiscard]] base::SteadyTime now() const { return shared_.clock.steady_now(); }

  Shared& shared_;
  core::NodeKey key_;
  std::function<void()> on_gone_;
  base::Wakeup wakeup_;
  base::Wakeup orders_;
  Liveness liveness_;
  Mailbox mailbox_;
  core::Incarnation incarnation_ = 0;
  std::string token_hash_;
  /// The agent has been told to run the start task, or is running it; a node runs it once in the life of an agent.
  bool start_task_ordered_ = false;
  std::shared_ptr<Process> process_;
  std::uint64_t fetches_ = 0;

  std::optional<core::StartAgent> start_wanted_;
  std::optional<core::HaltNode> halt_wanted_;
  std::optional<core::Incarnation> leave_wanted_;
  std::optional<base::SteadyTime> shut_down_by_;
  bool looked_for_previous_ = false;
  int failures_ = 0;       ///< agents lost soon after their start
  int failed_starts_ = 0;  ///< of those, in a row, the ones that never registered
  base::SteadyTime last_failure_{};
};

}  // namespace emulator::nodes
