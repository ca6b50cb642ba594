// `batch-emulator status`: the figures at GET /.emulator/status, and the small client that asks for them.
#pragma once

#include "base/async.h"
#include "emulator/running_file.h"
#include "emulator/service/batch_service.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace emulator {

inline constexpr std::string_view kStatusPath = "/.emulator/status";

/// Pools, nodes and tasks by state, and what the service has committed, for one account.
base::Async<base::Result<nlohmann::json>> account_figures(service::BatchService& service);

/// Asks a running emulator, signed with its account's key. Blocks, at most some seconds for each step.
/// unavailable when it does not answer.
base::Result<nlohmann::json> ask_for_status(const RunningEmulator& running);
/// The figures as lines for people.
std::string status_lines(const nlohmann::json& status);

}  // namespace emulator
