// Who this program says it is, and how it ends.
#pragma once

#include <string_view>

namespace emulator {

inline constexpr std::string_view kVersion = BATCH_EMULATOR_VERSION;
inline constexpr int kUsageExitCode = 2;    ///< the arguments are wrong
inline constexpr int kFailureExitCode = 1;  ///< what was asked for did not work

}  // namespace emulator
