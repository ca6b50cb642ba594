#include "emulator/core/scheduler.h"

#include "base/text.h"

#include <iterator>

namespace emulator::core {

void WaitingTasks::erase(std::uint64_t sequence, std::int32_t slots) {
  const auto bucket = by_slots_.find(slots);
  if (bucket == by_slots_.end()) return;
  bucket->second.erase(sequence);
  if (bucket->second.empty()) by_slots_.erase(bucket);
}

std::size_t WaitingTasks::size() const {
  std::size_t count = 0;
  for (const auto& [slots, tasks] : by_slots_) count += tasks.size();
  return count;
}

std::optional<WaitingTasks::Found> WaitingTasks::oldest_fitting(std::int32_t room) const {
  std::optional<Found> best;
  std::uint64_t best_sequence = 0;
  for (const auto& [slots, tasks] : by_slots_) {
    if (slots > room) break;
    const auto& [sequence, item] = *tasks.begin();
    if (best && sequence > best_sequence) continue;
    best = Found{.item = item, .slots = slots};
    best_sequence = sequence;
  }
  return best;
}

std::vector<WaitingTasks::Found> WaitingTasks::oldest(std::size_t most) const {
  std::map<std::uint64_t, Found> merged;
  for (const auto& [slots, tasks] : by_slots_) {
    std::size_t taken = 0;
    for (auto at = tasks.begin(); at != tasks.end() && taken < most; ++at, ++taken) {
      merged.emplace(at->first, Found{.item = at->second, .slots = slots});
    }
  }
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

std::optional<Placement> place(const JobsInOrder& jobs, const FreeSlots& nodes, wire::batch::NodeFillType fill) {
  if (nodes.most() == 0) return std::nullopt;
  for (const JobQueue* job : jobs) {
    if (job->room <= 0) continue;
    if (job->manager) {
      if (Node* node = nodes.choose(wish_of(*job->manager, *job), fill)) {
        return Placement{.task = job->manager->item.task, .node = node};
      }
      if (job->manager->again) continue;
    }
    const auto found = job->waiting.oldest_fitting(nodes.most(job->barred));
    if (!found) continue;
    const NodeWish wish{.slots = found->slots, .affinity = found->item.affinity, .barred = &job->barred};
    return Placement{.task = found->item.task, .node = nodes.choose(wish, fill)};
  }
  return std::nullopt;
}

}  // namespace emulator::core
