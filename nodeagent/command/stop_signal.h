// StopSignal: how a run is asked to end. One way, once, seen by everybody who waits for it.
//
// Used on one executor, like the runs it stops. A run is stopped with this and not by cancelling its coroutine, because
// it must still kill its processes, which takes awaits that a cancelled coroutine is not allowed.
#pragma once

#include "base/async.h"

#include <memory>
#include <vector>

namespace nodeagent::command {

class StopSignal {
 public:
  /// Asks for the end. Idempotent; wakes every waiter.
  void stop();
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  /// Returns when stop() has been called (at once if it was), or when the waiting coroutine is cancelled.
  base::Async<void> wait();

 private:
  bool stopped_ = false;
  std::vector<std::weak_ptr<boost::asio::steady_timer>> waiters_;
};

/// Runs `operation` until it ends or `stop` is given, whichever is first: stopped, it is cancelled (and waited for) and
/// the result is Errc::cancelled.
base::Async<base::Result<void>> until_stopped(base::Async<base::Result<void>> operation,
                                              std::shared_ptr<StopSignal> stop);

}  // namespace nodeagent::command
