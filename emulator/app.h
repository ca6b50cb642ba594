// App: the only place where the emulator's objects are made, started and joined.
#pragma once

#include "base/result.h"
#include "emulator/options.h"

namespace emulator {

/// Runs the emulator until SIGTERM or SIGINT and returns the process's exit code. What goes wrong before both endpoints
/// answer is logged and ends with a failure code; nothing of the data directory is touched when another emulator holds
/// it.
int run_emulator(const Options& options);

}  // namespace emulator
