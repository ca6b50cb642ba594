// docs/states.md as text: the tables of core/*_states.h.
#pragma once

#include <string>

namespace emulator::core {

std::string states_document();

}  // namespace emulator::core
