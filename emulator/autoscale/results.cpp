// `results` as text (contract 8.8): the three service variables, then the user's in alphabetical order.
#include "emulator/autoscale/evaluate.h"

#include <algorithm>

namespace emulator::autoscale {

std::string Evaluator::results(const Evaluation& evaluation) {
  std::string text = "$TargetDedicatedNodes=" + std::to_string(evaluation.target_dedicated) +
                     ";$TargetLowPriorityNodes=" + std::to_string(evaluation.target_low_priority) +
                     ";$NodeDeallocationOption=" + std::string(wire::batch::name_of(evaluation.deallocation));
  std::vector<std::pair<std::string, const Value*>> shown;
  for (const auto& [name, value] : variables_) {
    shown.emplace_back(name.starts_with('$') ? name : '$' + name, &value);
  }
  std::ranges::stable_sort(shown, {}, [](const auto& variable) { return variable.first; });
  for (const auto& [name, value] : shown) {
    // A samples object whose latest value cannot be had any more shows nothing.
    const auto printed = print(workspace_, *value);
    text += ';' + name + '=' + (printed ? *printed : std::string{});
  }
  return text;
}

}  // namespace emulator::autoscale
