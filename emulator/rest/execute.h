// Commands from handlers to the service.
#pragma once

#include "emulator/rest/call.h"

namespace emulator::rest {

/// A read-merge-write that meets another write between its read and its write is tried again so often.
inline constexpr int kMostMergeAttempts = 8;

/// Executes one command and answers with the version after it.
base::Async<base::Result<core::Version>> execute(const Call& call, core::Command command);

/// Whether a merging command has to read again (commands.h: UpdatePool::seen).
bool is_write_conflict(const base::Error& error);

}  // namespace emulator::rest
