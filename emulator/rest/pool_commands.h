// What the management plane shares with `POST /pools`: the same checks, the same command.
#pragma once

#include "emulator/rest/call.h"

namespace emulator::rest {

/// The command of a call whose body is that of Pool_Add in the call's version. All the errors of that operation that
/// need no state.
base::Result<core::AddPool> add_pool_command(const Call& call);

}  // namespace emulator::rest
