// Epochs: each retirement ends one; it waits for the readers of that epoch and of earlier ones.
#include "blobstore/store/collector.h"

#include <unordered_set>

namespace blobstore::store {

using engine::ExtentId;

Collector::Reading Collector::begin_reading() {
  const std::lock_guard lock(mutex_);
  readers_.insert(epoch_);
  return Reading(shared_from_this(), epoch_);
}

void Collector::end_reading(std::uint64_t epoch) {
  std::vector<ExtentId> removable;
  {
    const std::lock_guard lock(mutex_);
    readers_.erase(readers_.find(epoch));
    removable = take_removable();
  }
  remove_later(std::move(removable));
}

void Collector::retire(std::vector<ExtentId> extents) {
  if (extents.empty()) return;
  std::vector<ExtentId> removable;
  {
    const std::lock_guard lock(mutex_);
    retired_.emplace_back(epoch_++, std::move(extents));
    removable = take_removable();
  }
  remove_later(std::move(removable));
}

std::vector<ExtentId> Collector::take_removable() {
  std::vector<ExtentId> removable;
  while (!retired_.empty() && (readers_.empty() || *readers_.begin() > retired_.front().first)) {
    auto& extents = retired_.front().second;
    removable.insert(removable.end(), extents.begin(), extents.end());
    retired_.pop_front();
  }
  return removable;
}

void Collector::remove_later(std::vector<ExtentId> extents) {
  if (extents.empty()) return;
  run_([store = extents_, extents = std::move(extents)] {
    // A block may stand in a list twice, so its extent comes twice. What cannot be removed is collected at the next
    // start; nothing is wrong with the data meanwhile.
    for (const auto extent : extents) [[maybe_unused]] const auto removed = store->remove(extent);
  });
}

base::Result<std::size_t> Collector::collect_leftovers(const std::vector<ExtentId>& in_use) {
  const std::unordered_set<ExtentId> used(in_use.begin(), in_use.end());
  ASSIGN_OR_RETURN(const auto all, extents_->list());
  std::size_t removed = 0;
  for (const auto extent : all) {
    if (used.contains(extent)) continue;
    RETURN_IF_ERROR(extents_->remove(extent));
    ++removed;
  }
  return removed;
}

}  // namespace blobstore::store
