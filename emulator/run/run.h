// `batch-emulator run`: an emulator, a session, the command in its environment; and in the end nothing is left.
#pragma once

#include "emulator/run/arguments.h"

#include <string>
#include <vector>

namespace emulator::run {

/// The command's exit code; 127 when it cannot be found, 126 when it cannot be started, kFailureExitCode when there is
/// no emulator, 128 and the number of a signal that came before the command was started. What there is to say appears
/// on standard error, each line with the program's name in front.
int run_command(const Arguments& arguments, const std::vector<std::string>& environment);

}  // namespace emulator::run
