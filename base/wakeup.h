// Wakeup: coroutines of one executor (a strand, a single thread) wait until something changed, or until a time.
#pragma once

#include "base/async.h"
#include "base/clock.h"

#include <list>
#include <optional>

namespace base {

/// Used on one executor only. A notify() between a test and the wait that follows it without a suspension cannot be
/// lost.
class Wakeup {
 public:
  explicit Wakeup(Executor executor) : executor_(std::move(executor)) {}
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  /// Wakes all who wait.
  void notify();
  /// Returns at notify(), at `until`, or when the coroutine is cancelled.
  Async<void> wait(std::optional<SteadyTime> until);

 private:
  Executor executor_;
  std::list<boost::asio::steady_timer*> waiting_;
};

}  // namespace base
