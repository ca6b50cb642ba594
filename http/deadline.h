// One lazily armed timer that guards the waits of one stream, one after the other.
#pragma once

#include "base/async.h"

#include <chrono>
#include <functional>
#include <memory>

namespace http {

/// Used from one strand. Arming a timer for each read would cost more than the read, so the timer is left armed and
/// compares with the current deadline only when it fires.
class Deadline {
 public:
  using Steady = std::chrono::steady_clock;
  /// `on_expiry` must end the wait; it is not called after the object is gone.
  Deadline(const base::Executor& executor, std::function<void()> on_expiry);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  /// A wait begins that may last until then.
  void guard(Steady::time_point until);
  /// The wait is over. True when its deadline had passed.
  bool release();

 private:
  struct State;
  static void arm(const std::shared_ptr<State>& state, Steady::time_point at);
  std::shared_ptr<State> state_;
};

}  // namespace http
