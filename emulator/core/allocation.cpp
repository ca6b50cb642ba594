// Allocation: how the nodes of a pool follow its targets, and what ends a resize (contract 5.2, 6.6).
//
// A resize ends when the targets are reached, when its time is over, or when what is missing cannot be had: the
// account's cores or the machine's nodes are used up. Then the targets stay, and an error for each kind of node says
// why.
#include "emulator/core/failures.h"
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

std::int32_t target_of(const PoolRecord& pool, bool dedicated) {
  return dedicated ? pool.target_dedicated : pool.target_low_priority;
}
std::int32_t current_of(const Pool& pool, bool dedicated) {
  return dedicated ? pool.current_dedicated : pool.current_low_priority;
}

bool runs_a_manager(const Node& node) {
  return std::ranges::any_of(node.runs, [](const auto& entry) {
    const Task* task = entry.second.task;
    return task != nullptr && task->record.rules.manager.has_value();
  });
}

/// Which nodes go first: those that serve nobody, idle ones, then the least busy; among equals the youngest. Nodes of
/// job managers go last.
auto reluctance(const Node& node) {
  return std::tuple(serves(node.record), runs_a_manager(node), node.runs.size(), ~node.offer.number);
}

/// What is said of a resize whose time is over: nodes that did not come, or that would not go. That the latter is
/// RemoveNodesFailed is inferred from the words: the contract leaves it open (5.2).
ResourceError timed_out(bool dedicated, std::int32_t current, std::int32_t target) {
  return current < target ? allocation_timed_out(dedicated, current, target)
                          : remove_nodes_failed(dedicated, current, target);
}

/// Cores of all pools' nodes of that kind. Nodes that are leaving still have theirs, preempted and deallocated ones
/// have none.
std::int64_t cores_in_use(const std::map<PoolId, Pool>& pools, bool dedicated) {
  std::int64_t cores = 0;
  for (const auto& [id, pool] : pools) {
    const auto nodes = std::ranges::count_if(pool.nodes, [&](const auto& entry) {
      const NodeRecord& node = entry.second.record;
      return node.dedicated == dedicated && node.state != NodeState::preempted && node.state != NodeState::deallocated;
    });
    cores += nodes * pool.record.cores_per_node;
  }
  return cores;
}

}  // namespace

std::optional<ResourceError> Batch::State::refusal_of_a_node(const Pool& pool, bool dedicated) const {
  constexpr std::int32_t kOff = std::numeric_limits<std::int32_t>::max();
  const std::int32_t current = current_of(pool, dedicated);
  const std::int32_t target = target_of(pool.record, dedicated);
  const std::int32_t quota = dedicated ? options.max_dedicated_cores : options.max_low_priority_cores;
  if (quota != kOff && cores_in_use(pools, dedicated) + pool.record.cores_per_node > quota) {
    return core_quota_reached(dedicated, current, target);
  }
  const auto count = static_cast<std::int64_t>(pool.nodes.size());
  if (pool.record.inter_node_communication && count >= options.max_inter_node_nodes) {
    return allocation_failed("A pool with inter-node communication has at most " +
                                 std::to_string(options.max_inter_node_nodes) + " nodes in this account",
                             dedicated, current, target);
  }
  if (options.max_nodes == kOff) return std::nullopt;
  std::int64_t everywhere = 0;
  for (const auto& [id, other] : pools) everywhere += static_cast<std::int64_t>(other.nodes.size());
  if (everywhere < options.max_nodes) return std::nullopt;
  return allocation_failed("This machine carries at most " + std::to_string(options.max_nodes) + " nodes", dedicated,
                           current, target);
}

void Batch::State::adjust(Pool& pool) {
  for (const bool dedicated : {true, false}) {
    std::int32_t present = 0;
    std::vector<Node*> going;  // asked to leave, but their tasks hold them
    for (auto& [id, node] : pool.nodes) {
      if (node.record.dedicated != dedicated) continue;
      if (!is_to_leave(node)) {
        ++present;
      } else if (!is_leaving(node)) {
        going.push_back(&node);
      }
    }
    const std::int32_t target = target_of(pool.record, dedicated);
    for (Node* node : going) {
      if (present >= target) break;
      stay(*node);
      ++present;
    }
    for (; present < target; ++present) {
      if (refusal_of_a_node(pool, dedicated)) break;
      create_node(pool, dedicated);
    }
    if (present > target) shrink(pool, dedicated, present - target);
  }
}

void Batch::State::shrink(Pool& pool, bool dedicated, std::int32_t by) {
  std::vector<Node*> candidates;
  for (auto& [id, node] : pool.nodes) {
    if (node.record.dedicated == dedicated && !is_to_leave(node)) candidates.push_back(&node);
  }
  std::ranges::sort(candidates, {}, [](const Node* node) { return reluctance(*node); });
  candidates.resize(static_cast<std::size_t>(by));
  for (Node* node : candidates) ask_to_leave(*node, pool.record.resize.deallocation);
}

bool Batch::State::short_for_good(const Pool& pool) const {
  const auto settled = [&](bool dedicated) {
    const std::int32_t current = current_of(pool, dedicated);
    const std::int32_t target = target_of(pool.record, dedicated);
    return current == target || (current < target && refusal_of_a_node(pool, dedicated).has_value());
  };
  return settled(true) && settled(false);
}

Timestamp Batch::State::allocation_ends(const Pool& pool) const {
  const PoolRecord& record = pool.record;
  if (record.state == PoolState::deleting) return pool.nodes.empty() ? pool.settles_at : kNever;
  switch (record.allocation_state) {
    case AllocationState::steady: return kNever;
    case AllocationState::resizing:
      return targets_reached(pool) || short_for_good(pool) ? pool.settles_at
                                                           : after(record.resize.started, record.resize.timeout);
    case AllocationState::stopping: {
      const bool leaving = std::ranges::any_of(pool.nodes, [](const auto& entry) { return is_leaving(entry.second); });
      return leaving ? kNever : pool.settles_at;
    }
  }
  return kNever;
}

void Batch::State::note_missed_targets(Pool& pool, ResourceError (*otherwise)(bool, std::int32_t, std::int32_t)) {
  for (const bool dedicated : {true, false}) {
    const std::int32_t current = current_of(pool, dedicated);
    const std::int32_t target = target_of(pool.record, dedicated);
    if (current == target) continue;
    std::optional<ResourceError> error;
    if (current < target) error = refusal_of_a_node(pool, dedicated);
    pool.record.resize_errors.push_back(error ? std::move(*error) : otherwise(dedicated, current, target));
  }
}

void Batch::State::end_allocation(Pool& pool) {
  PoolRecord& record = pool.record;
  changed_pools.add(pool);
  if (record.allocation_state == AllocationState::stopping) {
    note_missed_targets(pool, resize_stopped);
    transition(record, AllocationEvent::stopped, now);
  } else if (targets_reached(pool)) {
    transition(record, AllocationEvent::targets_reached, now);
  } else {
    const bool refused = short_for_good(pool);
    note_missed_targets(pool, timed_out);
    transition(record, refused ? AllocationEvent::refused : AllocationEvent::timed_out, now);
    for (auto& [id, node] : pool.nodes) stay(node);
  }
  raise_resize_completed(pool);
}

void Batch::State::rearm(Pool& pool) {
  timers.set(pool.alarm, &pool, std::min(allocation_ends(pool), evaluation_due(pool)));
}

void Batch::State::alarm(Pool& pool) {
  if (allocation_ends(pool) <= now) {
    if (pool.record.state == PoolState::deleting) return remove(pool);
    end_allocation(pool);
  } else if (pool.record.allocation_state == AllocationState::resizing) {
    adjust(pool);  // room may have come since nothing more was to be had
  }
  if (evaluation_due(pool) <= now) scale(pool);
  rearm(pool);
}

}  // namespace emulator::core
