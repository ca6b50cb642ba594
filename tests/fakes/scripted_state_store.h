// A memory store that a test can hold at a commit and let fail at the n-th, and that remembers what was committed when.
#pragma once

#include "emulator/store/state_store.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace fakes {

/// Shared between the test and the store that the service owns.
class CommitScript {
 public:
  /// Commits wait from now on until release().
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  /// Waits until a commit is under way.
  void wait_for_commit() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return under_way_; });
  }
  /// The n-th commit from now (1 = the next) fails.
  void fail_at(int commit) {
    const std::lock_guard lock(mutex_);
    fail_in_ = commit;
  }
  /// The number of changes of every commit that succeeded.
  [[nodiscard]] std::vector<std::size_t> commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }

 private:
  friend class ScriptedStateStore;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool under_way_ = false;
  int fail_in_ = 0;
  std::vector<std::size_t> commits_;
};

class ScriptedStateStore final : public emulator::store::StateStore {
 public:
  explicit ScriptedStateStore(std::shared_ptr<CommitScript> script) : script_(std::move(script)) {}

  base::Result<emulator::core::Snapshot> load() override { return memory_->load(); }
  base::Result<void> commit(std::span<const emulator::core::Change> changes) override {
    std::unique_lock lock(script_->mutex_);
    script_->under_way_ = true;
    script_->changed_.notify_all();
    script_->changed_.wait(lock, [&] { return !script_->held_; });
    script_->under_way_ = false;
    if (script_->fail_in_ > 0 && --script_->fail_in_ == 0) {
      return base::Error(base::Errc::no_space, "the disk is full");
    }
    script_->commits_.push_back(changes.size());
    return memory_->commit(changes);
  }

 private:
  std::shared_ptr<CommitScript> script_;
  std::unique_ptr<emulator::store::StateStore> memory_ = emulator::store::make_memory_state_store();
};

}  // namespace fakes
