#include "base/clock.h"

namespace base {

Timestamp SystemClock::now() const {
  return std::chrono::floor<Ticks>(std::chrono::system_clock::now());
}
SteadyTime SystemClock::steady_now() const {
  return std::chrono::steady_clock::now();
}

}  // namespace base
