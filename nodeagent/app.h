// App: where the agent's objects are made and joined.
#pragma once

#include "base/result.h"
#include "nodeagent/options.h"

namespace nodeagent {

/// Runs the agent until it ends; afterwards no process that it started is alive.
base::Result<void> run_app(const Options& options);

}  // namespace nodeagent
