// Parser: tokens to statements. Not for use outside this folder.
#pragma once

#include "emulator/autoscale/syntax.h"

namespace emulator::autoscale {

/// AutoScalingFormulaSyntaxError: what is no formula, names an unknown function or gives one a wrong number of
/// arguments, has too many statements, or is nested too deeply.
base::Result<std::vector<Statement>> parse_statements(std::string_view formula);

}  // namespace emulator::autoscale
