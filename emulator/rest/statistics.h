// The `stats` of $expand=stats (contract 9.1), of this moment: the service shows them half an hour late.
#pragma once

#include "emulator/rest/call.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace emulator::rest {

/// Of a job, a job schedule or all jobs ever. `url` is the resource's own.
nlohmann::json work_statistics(const std::string& url, core::Timestamp since, core::Timestamp now,
                               const core::WorkStatistics& statistics);
/// Of a pool or all pools ever. What nobody measures (memory, disk space, network) is 0.
nlohmann::json pool_statistics(const std::string& url, core::Timestamp since, core::Timestamp now,
                               const core::PoolUsage& usage);
nlohmann::json task_statistics(const std::string& url, core::Timestamp now, const core::TaskRecord& task);

}  // namespace emulator::rest
