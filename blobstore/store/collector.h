// Removes extents that nothing names any more: at start-up what a crash left, later what changes set free.
//
// A reader learns extents from a row and opens them afterwards; meanwhile the row may be gone. So a reader announces
// itself before it looks (begin_reading), and an extent set free waits until every reader that had begun by then has
// ended.
#pragma once

#include "base/result.h"
#include "blobstore/store/extent_store.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace blobstore::store {

class Collector : public std::enable_shared_from_this<Collector> {
 public:
  /// Runs a function somewhere where blocking is fine.
  using Run = std::function<void(std::function<void()>)>;
  Collector(std::shared_ptr<ExtentStore> extents, Run run) : extents_(std::move(extents)), run_(std::move(run)) {}

  /// Held by a reader from before it looks until it has read all it wants. Move only.
  class Reading {
   public:
    Reading() = default;
    Reading(Reading&& other) noexcept : collector_(std::move(other.collector_)), epoch_(other.epoch_) {}
    Reading& operator=(Reading&&) = delete;
    ~Reading() {
      if (collector_) collector_->end_reading(epoch_);
    }

   private:
    friend class Collector;
    Reading(std::shared_ptr<Collector> collector, std::uint64_t epoch)
        : collector_(std::move(collector)), epoch_(epoch) {}
    std::shared_ptr<Collector> collector_;
    std::uint64_t epoch_ = 0;
  };
  [[nodiscard]] Reading begin_reading();

  /// These were set free by a change that is durable.
  void retire(std::vector<engine::ExtentId> extents);
  /// Blocks: removes every extent that is not in use; returns how many. Only before there are readers and writers.
  base::Result<std::size_t> collect_leftovers(const std::vector<engine::ExtentId>& in_use);

 private:
  void end_reading(std::uint64_t epoch);
  /// Takes what may go now out of `retired_`.
  std::vector<engine::ExtentId> take_removable();
  void remove_later(std::vector<engine::ExtentId> extents);

  const std::shared_ptr<ExtentStore> extents_;
  const Run run_;
  std::mutex mutex_;  ///< guards all below
  std::uint64_t epoch_ = 0;
  std::multiset<std::uint64_t> readers_;                                         ///< the epoch each began in
  std::deque<std::pair<std::uint64_t, std::vector<engine::ExtentId>>> retired_;  ///< with the epoch that they ended
};

}  // namespace blobstore::store
