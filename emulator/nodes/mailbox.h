// Mailbox: the orders that wait for one node's agent, numbered, repeated until acknowledged.
//
// Nothing here is durable: after a restart, and whenever an agent registers, orders are made anew from the state.
#pragma once

#include "wire/node/protocol.h"

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace emulator::nodes {

/// More orders than this never wait for one node: its slots bound the runs, and removals beyond it are left to the
/// removal of the node.
inline constexpr std::size_t kMostOrdersWaiting = 65'536;

class Mailbox {
 public:
  /// Begins anew for an agent that has carried out orders up to `last_order` and has `runs` under way. Only removals of
  /// files stay from before.
  void reset(std::uint64_t last_order, const std::vector<wire::node::TaskRun>& runs);
  /// Adds an order. A run that the agent has, or has been told to start, is not ordered again; false then, and when the
  /// box is full.
  bool post(wire::node::OrderBody body);
  /// Orders up to this number have arrived.
  void acknowledge(std::uint64_t last_order);
  /// The run was reported as ended: the same attempt may not come again, and need not be remembered.
  void run_ended(const wire::node::TaskRun& run);

  [[nodiscard]] bool empty() const noexcept { return orders_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return orders_.size(); }
  /// The oldest unacknowledged orders as a message, under the protocol's count and size.
  [[nodiscard]] std::string message() const;
  /// Orders posted since construction.
  [[nodiscard]] std::uint64_t posted() const noexcept { return posted_; }

 private:
  struct Waiting {
    std::uint64_t number = 0;
    std::string text;
    bool removal = false;
    wire::node::RemoveTaskFiles files;  ///< of a removal
  };
  using Run = std::tuple<std::string, std::string, std::uint64_t>;
  static Run key(const wire::node::TaskRun& run);

  std::uint64_t next_ = 1;
  std::uint64_t posted_ = 0;
  std::deque<Waiting> orders_;
  std::set<Run> runs_;
};

}  // namespace emulator::nodes
