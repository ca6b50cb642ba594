// Time as the product sees it: wall time in the service's own ticks of 100 ns, and steady time for waits.
//
// Code that decides takes `now` as an argument; code that waits holds a Clock&.
#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>

namespace base {

/// 100 ns, the resolution of every time the Batch service shows (contract 1.5).
using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
/// A wall time in UTC with that resolution.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, Ticks>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// The two clocks. Safe from every thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
  virtual SteadyTime steady_now() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  SteadyTime steady_now() const override;
};

}  // namespace base
