// A pool's definition in the two shapes that it has: that of Azure Resource Manager, where it is nested and
// enumerations are in PascalCase, and that of the Batch service, as which the emulator keeps and checks it.
#pragma once

#include "base/result.h"
#include "wire/batch/versions.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace emulator::management {

/// The members of a body's "properties" as Pool_Add and Pool_Patch of the Batch service take them; what only the
/// service sets is left out. The values are checked there. InvalidRequestBody for a member that the table lacks,
/// InvalidPropertyValue where it cannot even be translated.
base::Result<nlohmann::json> batch_pool_from_arm(const nlohmann::json& properties);

/// What a reader is shown of a pool (wire::batch::project) as "properties". `account` is the account's resource id.
nlohmann::ordered_json arm_pool_properties(const nlohmann::ordered_json& shown, const std::string& account);

/// "0123..." of "{account}/certificates/sha1-0123..." or "sha1-0123...".
std::string thumbprint_of_id(std::string_view id);

}  // namespace emulator::management
