// A clock in the test's hand. Safe from every thread, like the real one.
#pragma once

#include "base/clock.h"

#include <atomic>

namespace fakes {

class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] base::Timestamp now() const override { return start() + base::Ticks{ticks_.load()}; }
  [[nodiscard]] base::SteadyTime steady_now() const override {
    return base::SteadyTime{std::chrono::duration_cast<base::SteadyTime::duration>(base::Ticks{ticks_.load()})};
  }
  void advance(base::Ticks by) { ticks_ += by.count(); }

 private:
  static base::Timestamp start() { return std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}; }
  std::atomic<base::Ticks::rep> ticks_{0};
};

}  // namespace fakes
