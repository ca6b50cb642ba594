// Autoscale formulas from strangers: any text is read or refused, and what is read ends within its budget.
#include "emulator/autoscale/formula.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using emulator::autoscale::Formula;
  using emulator::autoscale::Metric;
  using emulator::autoscale::Sample;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto formula = Formula::parse(text);
  if (!formula) return 0;
  emulator::autoscale::Situation situation;
  situation.now = base::Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  situation.target_dedicated = 3;
  situation.samples = [](Metric, base::Timestamp after, base::Timestamp until) {
    std::vector<Sample> found;
    base::Timestamp at = until - std::chrono::hours{1};
    for (double value = 0; at <= until; at += emulator::autoscale::kSamplePeriod) {
      if (at > after) found.push_back({.at = at, .value = ++value});
    }
    return found;
  };
  situation.current = [](Metric) { return 1.0; };
  const auto evaluation = formula->evaluate(situation);
  if (evaluation.target_dedicated < 0 || evaluation.target_low_priority < 0) __builtin_trap();
  return 0;
}
