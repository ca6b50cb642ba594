#include "emulator/core/scheduler.h"

#include "base/text.h"

#include <algorithm>
#include <iterator>

namespace emulator::core {

void WaitingTasks::insert(std::uint64_t sequence, Need need, Item item) {
  if (need.instances > 0) {
    by_instances_[need.instances].emplace(sequence, item);
  } else {
    by_slots_[need.slots].emplace(sequence, item);
  }
  instances_ += std::max(need.instances, 1);
}

void WaitingTasks::erase(std::uint64_t sequence, Need need) {
  BySize& tasks = need.instances > 0 ? by_instances_ : by_slots_;
  const auto bucket = tasks.find(need.instances > 0 ? need.instances : need.slots);
  if (bucket == tasks.end() || bucket->second.erase(sequence) == 0) return;
  if (bucket->second.empty()) tasks.erase(bucket);
  instances_ -= std::max(need.instances, 1);
}

std::size_t WaitingTasks::size() const {
  std::size_t count = 0;
  for (const auto& [slots, tasks] : by_slots_) count += tasks.size();
  for (const auto& [instances, tasks] : by_instances_) count += tasks.size();
  return count;
}

std::optional<WaitingTasks::Found> WaitingTasks::oldest_fitting(std::int32_t room, std::int32_t nodes) const {
  std::optional<Found> best;
  std::uint64_t best_sequence = 0;
  const auto look = [&](const BySize& all, std::int32_t limit, bool several) {
    for (const auto& [size, tasks] : all) {
      if (size > limit) break;
      const auto& [sequence, item] = *tasks.begin();
      if (best && sequence > best_sequence) continue;
      best = Found{.item = item, .need = several ? Need{1, size} : Need{size, 0}};
      best_sequence = sequence;
    }
  };
  look(by_slots_, room, false);
  look(by_instances_, nodes, true);
  return best;
}

std::vector<WaitingTasks::Found> WaitingTasks::oldest(std::size_t most) const {
  std::map<std::uint64_t, Found> merged;
  const auto take = [&](const BySize& all, bool several) {
    for (const auto& [size, tasks] : all) {
      std::size_t taken = 0;
      for (auto at = tasks.begin(); at != tasks.end() && taken < most; ++at, ++taken) {
        merged.emplace(at->first, Found{.item = at->second, .need = several ? Need{1, size} : Need{size, 0}});
      }
    }
  };
  take(by_slots_, false);
  take(by_instances_, true);
  std::vector<Found> found;
  for (const auto& [sequence, entry] : merged) {
    if (found.size() == most) break;
    found.push_back(entry);
  }
  return found;
}

void FreeSlots::offer(NodeOffer& node, std::int32_t free) {
  if (node.free == free) return;
  if (node.free > 0) by_free_.erase({node.free, node.number});
  if (node.free == 0) by_affinity_.emplace(node.affinity, &node);
  node.free = free;
  if (free > 0) by_free_.emplace(std::pair{free, node.number}, &node);
  if (free == 0) by_affinity_.erase(node.affinity);
}

std::int32_t FreeSlots::most(const std::set<const Node*>& barred) const {
  for (auto at = by_free_.rbegin(); at != by_free_.rend(); ++at) {
    if (barred.empty() || !barred.contains(at->second->node)) return at->first.first;
  }
  return 0;
}

Node* FreeSlots::choose(const NodeWish& wish, wire::batch::NodeFillType fill) const {
  if (wish.affinity != nullptr && !wish.affinity->empty()) {
    const auto wanted = by_affinity_.find(base::lower_case(*wish.affinity));
    if (wanted != by_affinity_.end() && wish.accepts(*wanted->second, wanted->second->free)) {
      return wanted->second->node;
    }
  }
  const auto first_in = [&](auto at, const auto& end) -> Node* {
    for (; at != end; ++at) {
      if (wish.accepts(*at->second, at->first.first)) return at->second->node;
    }
    return nullptr;
  };
  if (fill == wire::batch::NodeFillType::pack) return first_in(by_free_.lower_bound({wish.slots, 0}), by_free_.end());
  // Level by level from the emptiest nodes down, the oldest node of a level first.
  auto end = by_free_.end();
  while (end != by_free_.begin()) {
    const auto begin = by_free_.lower_bound({std::prev(end)->first.first, 0});
    if (begin->first.first < wish.slots) return nullptr;
    if (Node* node = first_in(begin, end)) return node;
    end = begin;
  }
  return nullptr;
}

NodeWish wish_of(const WaitingManager& manager, const JobQueue& job) {
  return {.slots = manager.slots,
          .whole_node = manager.exclusive,
          .dedicated_only = !manager.low_priority_nodes,
          .affinity = manager.item.affinity,
          .barred = &job.barred};
}

std::int32_t FreeSlots::nodes(const std::set<const Node*>& barred) const {
  if (barred.empty()) return static_cast<std::int32_t>(by_free_.size());
  return static_cast<std::int32_t>(
      std::ranges::count_if(by_free_, [&](const auto& entry) { return !barred.contains(entry.second->node); }));
}

std::vector<Node*> FreeSlots::others(const Node* primary, std::int32_t count,
                                     const std::set<const Node*>& barred) const {
  std::vector<Node*> chosen;
  for (const auto& [key, offer] : by_free_) {
    if (static_cast<std::int32_t>(chosen.size()) == count) break;
    if (offer->node != primary && !barred.contains(offer->node)) chosen.push_back(offer->node);
  }
  return chosen;
}

std::optional<Placement> place(const JobsInOrder& jobs, const FreeSlots& nodes, PlacementRules rules) {
  if (nodes.most() == 0) return std::nullopt;
  for (const JobQueue* job : jobs) {
    if (job->room <= 0) continue;
    if (job->manager) {
      if (Node* node = nodes.choose(wish_of(*job->manager, *job), rules.fill)) {
        return Placement{.task = job->manager->item.task, .node = node, .others = {}};
      }
      if (job->manager->holds_others) continue;
    }
    const std::int32_t several = rules.multi_instance ? nodes.nodes(job->barred) : 0;
    const auto found = job->waiting.oldest_fitting(nodes.most(job->barred), several);
    if (!found) continue;
    const NodeWish wish{.slots = found->need.slots, .affinity = found->item.affinity, .barred = &job->barred};
    Node* node = nodes.choose(wish, rules.fill);
    Placement placement{.task = found->item.task, .node = node, .others = {}};
    if (found->need.instances > 1) placement.others = nodes.others(node, found->need.instances - 1, job->barred);
    return placement;
  }
  return std::nullopt;
}

}  // namespace emulator::core
