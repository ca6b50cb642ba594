#include "emulator/core/scheduler.h"

#include "base/text.h"

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

void FreeSlots::offer(NodeOffer& node, std::int32_t free) {
  if (node.free == free) return;
  if (node.free > 0) by_free_.erase({node.free, node.number});
  if (node.free == 0) by_affinity_.emplace(node.affinity, &node);
  node.free = free;
  if (free > 0) by_free_.emplace(std::pair{free, node.number}, &node);
  if (free == 0) by_affinity_.erase(node.affinity);
}

std::int32_t FreeSlots::most() const {
  return by_free_.empty() ? 0 : by_free_.rbegin()->first.first;
}

Node* FreeSlots::choose(std::int32_t slots, wire::batch::NodeFillType fill, const std::string& affinity) const {
  if (most() < slots) return nullptr;
  if (!affinity.empty()) {
    const auto wanted = by_affinity_.find(base::lower_case(affinity));
    if (wanted != by_affinity_.end() && wanted->second->free >= slots) return wanted->second->node;
  }
  const std::int32_t room = fill == wire::batch::NodeFillType::spread ? most() : slots;
  return by_free_.lower_bound({room, 0})->second->node;
}

std::optional<Placement> place(const JobsInOrder& jobs, const FreeSlots& nodes, wire::batch::NodeFillType fill) {
  const std::int32_t room = nodes.most();
  if (room == 0) return std::nullopt;
  for (const JobQueue* job : jobs) {
    if (job->room <= 0) continue;
    const auto found = job->waiting.oldest_fitting(room);
    if (!found) continue;
    return Placement{.task = found->item.task, .node = nodes.choose(found->slots, fill, *found->item.affinity)};
  }
  return std::nullopt;
}

}  // namespace emulator::core
