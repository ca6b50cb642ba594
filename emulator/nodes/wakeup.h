// Wakeup: coroutines of one strand wait until something changed, or until a time.
#pragma once

#include "base/async.h"
#include "base/clock.h"

#include <list>
#include <optional>

namespace emulator::nodes {

/// Used on one strand. A notify() between a test and the wait that follows it without a suspension cannot be lost.
class Wakeup {
 public:
  explicit Wakeup(base::Executor executor) : executor_(std::move(executor)) {}
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  /// Wakes all who wait.
  void notify();
  /// Returns at notify(), at `until`, or when the coroutine is cancelled.
  base::Async<void> wait(std::optional<base::SteadyTime> until);

 private:
  base::Executor executor_;
  std::list<boost::asio::steady_timer*> waiting_;
};

}  // namespace emulator::nodes
