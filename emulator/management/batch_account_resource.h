// A Batch account as Azure Resource Manager shows it, and the settings that its maker gave.
#pragma once

#include "emulator/management/call.h"

#include <nlohmann/json_fwd.hpp>

namespace emulator::management {

nlohmann::ordered_json batch_account_resource(const Call& call, const BatchAccountInfo& info);

/// Checks a body of create or update and lays it over `info`: tags, identity, properties and the link to auto storage.
/// InvalidRequestBody, InvalidPropertyValue, InvalidAutoStorageAccount.
base::Result<void> apply_batch_account_settings(const Call& call, nlohmann::json body, BatchAccountInfo& info);

}  // namespace emulator::management
