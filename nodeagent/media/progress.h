// The progress line and the final summary.
#pragma once

#include <chrono>
#include <vector>

#include "nodeagent/media/plan.h"

namespace nodeagent::media {

using OutputFiles = std::vector<std::unique_ptr<OutputFile>>;

class Progress {
 public:
  /// How often a line is printed at most (-stats_period's default).
  static constexpr std::chrono::milliseconds kPeriod{500};

  Progress(const OutputFiles& outputs, const Tracks& tracks, bool wanted)
      : outputs_(outputs), tracks_(tracks), wanted_(wanted) {}

  /// The conversion begins now: what speeds are measured from.
  void start() { started_ = last_ = SteadyClock::now(); }
  /// Prints a line if it is time for one; the first as soon as all outputs have their headers.
  void update();
  /// Prints the last line and the summary; outputs are closed.
  void finish();

 private:
  using SteadyClock = std::chrono::steady_clock;
  void print_line(bool last);
  void print_summary() const;

  const OutputFiles& outputs_;
  const Tracks& tracks_;
  bool wanted_;
  bool first_ = true;
  SteadyClock::time_point started_ = SteadyClock::now();
  SteadyClock::time_point last_ = SteadyClock::now();
};

}  // namespace nodeagent::media
