// Formulas in requests: pools, auto pools and the calls about autoscale are given them.
#pragma once

#include "base/result.h"

#include <nlohmann/json_fwd.hpp>

namespace emulator::rest {

/// Whether `autoScaleFormula`, if the object has it, is a formula: AutoScalingFormulaSyntaxError,
/// AutoScalingFormulaTooLong.
base::Result<void> check_formula_syntax(const nlohmann::json& settings);

}  // namespace emulator::rest
