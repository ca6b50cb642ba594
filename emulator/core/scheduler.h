// Scheduler: which waiting task goes next, and to which node (contract 6.1). Pure: it looks at three indexes and names
// one pair; whoever asked carries the assignment out, which changes the indexes, and asks again.
//
// The indexes make a decision cheap however many tasks wait: jobs in order of priority, a job's waiting tasks by the
// slots they need and then by age, nodes by free slots.
#pragma once

#include "emulator/core/records.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace emulator::core {

struct Task;
struct Node;

/// What a task needs to start: slots of one node, or with `instances` so many nodes at once with a slot each.
struct Need {
  std::int32_t slots = 1;
  std::int32_t instances = 0;  ///< 0 = an ordinary task
};
inline Need need_of(const TaskRules& rules) {
  return {rules.required_slots, rules.instances};
}

/// The tasks of one job that could run now. Oldest first among those that fit.
class WaitingTasks {
 public:
  struct Item {
    Task* task = nullptr;
    const std::string* affinity = nullptr;  ///< the task's affinityId
  };
  void insert(std::uint64_t sequence, Need need, Item item);
  void erase(std::uint64_t sequence, Need need);
  [[nodiscard]] bool empty() const { return by_slots_.empty() && by_instances_.empty(); }
  [[nodiscard]] std::size_t size() const;
  /// The tasks, each multi-instance task as its number of instances: what $ActiveTasks counts (contract 8.5).
  [[nodiscard]] std::int64_t instances() const { return instances_; }

  struct Found {
    Item item;
    Need need;
  };
  /// The oldest that needs at most `room` slots of a node, or at most `nodes` nodes at once.
  [[nodiscard]] std::optional<Found> oldest_fitting(std::int32_t room, std::int32_t nodes) const;
  /// The oldest `most` of all, in order of age.
  [[nodiscard]] std::vector<Found> oldest(std::size_t most) const;

 private:
  using BySize = std::map<std::int32_t, std::map<std::uint64_t, Item>>;
  BySize by_slots_;
  BySize by_instances_;  ///< multi-instance tasks
  std::int64_t instances_ = 0;
};

/// A job manager task that could run now (contract 6.8).
struct WaitingManager {
  WaitingTasks::Item item;
  std::int32_t slots = 1;
  bool exclusive = false;  ///< takes a whole node
  bool low_priority_nodes = true;
  bool again = false;  ///< it has run before
  /// Nothing else of the job starts until it runs, and it may take the place of what runs.
  bool holds_others = false;
};

/// A job as the scheduler sees it.
struct JobQueue {
  std::int32_t priority = 0;
  std::uint64_t sequence = 0;
  std::int64_t room = 0;  ///< how many more of its tasks may run (maxParallelTasks)
  WaitingTasks waiting;
  std::optional<WaitingManager> manager;  ///< beside `waiting`
  std::set<const Node*> barred;           ///< where the job's preparation task failed

  [[nodiscard]] bool empty() const { return waiting.empty() && !manager; }
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
  bool dedicated = true;
  std::int32_t total = 1;  ///< slots it has
  std::int32_t free = 0;   ///< as last offered
};

/// What a task asks of its node.
struct NodeWish {
  std::int32_t slots = 1;
  bool whole_node = false;
  bool dedicated_only = false;
  const std::string* affinity = nullptr;
  const std::set<const Node*>* barred = nullptr;

  /// Whether the node would do, had it `free` slots.
  [[nodiscard]] bool accepts(const NodeOffer& offer, std::int32_t free) const {
    return free >= (whole_node ? std::max(offer.total, slots) : slots) && (!dedicated_only || offer.dedicated) &&
           (barred == nullptr || !barred->contains(offer.node));
  }
};

/// The nodes of one pool that have free slots.
class FreeSlots {
 public:
  /// Sets what the node offers; 0 takes it out.
  void offer(NodeOffer& node, std::int32_t free);
  /// The most that any node offers that is not among `barred`.
  [[nodiscard]] std::int32_t most(const std::set<const Node*>& barred = {}) const;
  /// The node for a task: the one named by its affinity if it has room, else the emptiest (spread) or the fullest
  /// (pack) that has; null when none has. Ties go to the node that is longest there.
  [[nodiscard]] Node* choose(const NodeWish& wish, wire::batch::NodeFillType fill) const;
  /// How many nodes that are not among `barred` have free slots.
  [[nodiscard]] std::int32_t nodes(const std::set<const Node*>& barred = {}) const;
  /// `count` such nodes besides `primary`, those first that are longest there; there must be so many.
  [[nodiscard]] std::vector<Node*> others(const Node* primary, std::int32_t count,
                                          const std::set<const Node*>& barred) const;

 private:
  std::map<std::pair<std::int32_t, std::uint64_t>, NodeOffer*> by_free_;
  std::unordered_map<std::string, NodeOffer*> by_affinity_;
};

NodeWish wish_of(const WaitingManager& manager, const JobQueue& job);

struct Placement {
  Task* task = nullptr;
  Node* node = nullptr;
  std::vector<Node*> others;  ///< of the subtasks, when the task is a multi-instance task
};

/// What of a pool decides where a task goes.
struct PlacementRules {
  wire::batch::NodeFillType fill = wire::batch::NodeFillType::spread;
  bool multi_instance = false;  ///< inter-node communication and one slot per node (contract 6.10)
};
inline PlacementRules placement_rules(const PoolRecord& pool) {
  return {pool.fill, pool.inter_node_communication && pool.task_slots_per_node == 1};
}

/// The next task to start, or nothing when no waiting task fits anywhere.
std::optional<Placement> place(const JobsInOrder& jobs, const FreeSlots& nodes, PlacementRules rules);

}  // namespace emulator::core
