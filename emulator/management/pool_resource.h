// A pool as Azure Resource Manager shows it, and the calls of the Batch service that management calls stand on.
#pragma once

#include "emulator/management/call.h"
#include "emulator/rest/call.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/views.h"

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace emulator::management {

/// The version of the Batch service that is as new as the call's.
wire::batch::Version batch_version_of(const Call& call);

/// Whether the call's version knows taskSlotsPerNode as maxTasksPerNode.
bool calls_slots_tasks(const Call& call);

/// A call of the Batch service's operation with this body, on the pool of the path. It refers to `call`.
rest::Call batch_call(const Call& call, std::string_view operation, nlohmann::json body);

/// PoolNotFound.
base::Async<base::Result<rest::PoolView>> find_pool(const Call& call);

nlohmann::ordered_json pool_resource(const Call& call, const rest::PoolView& pool);
/// 200 with the pool as it is now, its ETag and Last-Modified. PoolNotFound.
base::Async<base::Result<http::Response>> show_pool(const Call& call);

/// The body's identity as the pool's document keeps it. MissingRequiredProperty, InvalidPropertyValue.
base::Result<nlohmann::json> pool_identity(const nlohmann::json& body);

}  // namespace emulator::management
