// Features of pools, jobs and tasks that the emulator does not offer: refused by name with 501, never ignored.
#pragma once

#include "base/result.h"

#include <nlohmann/json_fwd.hpp>

namespace emulator::rest {

/// All take canonical JSON. NotImplemented with PropertyName.
base::Result<void> refuse_unoffered_in_pool(const nlohmann::json& pool);
base::Result<void> refuse_unoffered_in_job(const nlohmann::json& job);
base::Result<void> refuse_unoffered_in_task(const nlohmann::json& task);

}  // namespace emulator::rest
