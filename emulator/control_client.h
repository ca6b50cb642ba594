// The small client of the emulator's own commands: one signed request to a running emulator, one answer with
// Connection: close.
#pragma once

#include "base/result.h"
#include "emulator/running_file.h"

#include <string>
#include <string_view>

namespace emulator {

struct ControlAnswer {
  int status = 0;
  std::string body;
};

/// `path` begins with "/.emulator/". Blocks, at most some seconds for each step. unavailable when nobody answers.
base::Result<ControlAnswer> ask_emulator(const RunningEmulator& running, std::string_view method, std::string_view path,
                                         std::string_view body = {});

}  // namespace emulator
