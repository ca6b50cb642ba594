// Scheduler: which waiting task goes next, and to which node (contract 6.1). Pure: it looks at three indexes and names
// one pair; whoever asked carries the assignment out, which changes the indexes, and asks again.
//
// The indexes make a decision cheap however many tasks wait: jobs in order of priority, a job's waiting tasks by the
// slots they need and then by age, nodes by free slots.
#pragma once

#include "emulator/core/records.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace emulator::core {

struct Task;
struct Node;

/// The tasks of one job that could run now. Oldest first among those that fit.
class WaitingTasks {
 public:
  struct Item {
    Task* task = nullptr;
    const std::string* affinity = nullptr;  ///< the task's affinityId
  };
  void insert(std::uint64_t sequence, std::int32_t slots, Item item) { by_slots_[slots].emplace(sequence, item); }
  void erase(std::uint64_t sequence, std::int32_t slots);
  [[nodiscard]] bool empty() const { return by_slots_.empty(); }
  [[nodiscard]] std::size_t size() const;

  struct Found {
    Item item;
    std::int32_t slots = 0;
  };
  /// The oldest that needs at most `room` slots.
  [[nodiscard]] std::optional<Found> oldest_fitting(std::int32_t room) const;

 private:
  std::map<std::int32_t, std::map<std::uint64_t, Item>> by_slots_;
};

/// A job as the scheduler sees it.
struct JobQueue {
  std::int32_t priority = 0;
  std::uint64_t sequence = 0;
  std::int64_t room = 0;  ///< how many more of its tasks may run (maxParallelTasks)
  WaitingTasks waiting;
};
/// Higher priority first, then older jobs.
struct BeforeInQueue {
  bool operator()(const JobQueue* a, const JobQueue* b) const {
    return a->priority != b->priority ? a->priority > b->priority : a->sequence < b->sequence;
  }
};
using JobsInOrder = std::set<JobQueue*, BeforeInQueue>;

/// A node as the scheduler sees it.
struct NodeOffer {
  Node* node = nullptr;
  std::uint64_t number = 0;  ///< order of allocation
  std::string affinity;      ///< "TVM:" and the id, in lower case
  std::int32_t free = 0;     ///< as last offered
};

/// The nodes of one pool that have free slots.
class FreeSlots {
 public:
  /// Sets what the node offers; 0 takes it out.
  void offer(NodeOffer& node, std::int32_t free);
  /// The most that any node offers.
  [[nodiscard]] std::int32_t most() const;
  /// The node for a task that needs `slots`: the one named by `affinity` if it has room, else the emptiest (spread) or
  /// the fullest (pack) that has; null when none has. Ties go to the node that is longest there.
  [[nodiscard]] Node* choose(std::int32_t slots, wire::batch::NodeFillType fill, const std::string& affinity) const;

 private:
  std::map<std::pair<std::int32_t, std::uint64_t>, NodeOffer*> by_free_;
  std::unordered_map<std::string, NodeOffer*> by_affinity_;
};

struct Placement {
  Task* task = nullptr;
  Node* node = nullptr;
};

/// The next task to start, or nothing when no waiting task fits anywhere.
std::optional<Placement> place(const JobsInOrder& jobs, const FreeSlots& nodes, wire::batch::NodeFillType fill);

}  // namespace emulator::core
