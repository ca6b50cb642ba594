// The session of a command at its emulator (emulator/sessions_api.h), from the outside.
#pragma once

#include "base/result.h"
#include "emulator/running_file.h"
#include "emulator/sessions.h"
#include "wire/proxy_environment.h"

namespace emulator::run {

/// Opens a session on these terms, which ends with the process `owner` unless that is 0. unavailable when the emulator
/// does not answer or refuses.
base::Result<wire::ProxySettings> open_session(const RunningEmulator& running, const SessionTerms& terms, pid_t owner);
/// An emulator that is gone has no sessions; nobody is told.
void close_session(const RunningEmulator& running, const std::string& name);

}  // namespace emulator::run
