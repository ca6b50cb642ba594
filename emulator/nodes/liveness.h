// Liveness: is this agent still there? Decided from times alone: when its process began, when it was last heard.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace emulator::nodes {

/// A deadline that is noticed later than this was missed by the emulator itself (it was stopped, or the machine was
/// busy): the agent gets the whole time again.
inline constexpr std::chrono::milliseconds kOwnLateness{2'000};

class Liveness {
 public:
  struct Limits {
    std::chrono::milliseconds join;      ///< from start to registration
    std::chrono::milliseconds adoption;  ///< from being found alive to registration
    std::chrono::milliseconds silence;   ///< between two requests
    std::chrono::milliseconds unknown;   ///< from there until it is given up
  };
  explicit Liveness(Limits limits) : limits_(limits) {}

  void started(base::SteadyTime now) { become(Phase::starting, now); }
  /// The agent was alive when this emulator started.
  void found(base::SteadyTime now) { become(Phase::returning, now); }
  void joined(base::SteadyTime now) { become(Phase::joined, now); }
  /// False when it had been silent.
  bool heard(base::SteadyTime now) {
    since_ = now;
    return std::exchange(phase_, Phase::joined) == Phase::joined;
  }
  void ended() { phase_ = Phase::absent; }

  [[nodiscard]] bool has_joined() const noexcept { return phase_ == Phase::joined || phase_ == Phase::silent; }
  /// True once, when an agent that had joined has been silent for too long; it is then given up later.
  [[nodiscard]] bool falls_silent(base::SteadyTime now);
  /// When the agent falls silent, or will be given up, unless it is heard; nothing when there is none.
  [[nodiscard]] std::optional<base::SteadyTime> deadline() const;
  /// True when it must be given up.
  [[nodiscard]] bool overdue(base::SteadyTime now);
  /// Why it was given up.
  [[nodiscard]] std::string reason() const;

 private:
  enum class Phase { absent, starting, returning, joined, silent };
  void become(Phase phase, base::SteadyTime now) {
    phase_ = phase;
    since_ = now;
  }
  [[nodiscard]] std::chrono::milliseconds limit() const;

  Limits limits_;
  Phase phase_ = Phase::absent;
  base::SteadyTime since_{};
};

}  // namespace emulator::nodes
