// Resources: applications and packages as the management operations show them, and the answers they travel in.
#pragma once

#include "emulator/management/call.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace emulator::management {

/// How long a package's storageUrl can be used: the service gives four hours.
inline constexpr std::chrono::hours kStorageUrlLifetime{4};

nlohmann::ordered_json application_resource(const Call& call, const core::ApplicationRecord& application);
nlohmann::ordered_json package_resource(const Call& call, const core::ApplicationRecord& application,
                                        const core::ApplicationPackage& package);

/// 200 with the resource, and its ETag as a header too.
http::Response resource_response(const nlohmann::ordered_json& resource);
/// {"value": [...], "nextLink"?}
http::Response list_response(const Call& call, nlohmann::ordered_json values, bool more, std::string_view last_key);
http::Response empty_response(int status);
/// {"error": {"code", "message", "target"?}} with the status of the error's code.
http::Response error_response(const base::Error& error, const http::Request& request, base::Timestamp now);

/// ApplicationNotFound.
base::Async<base::Result<core::ApplicationRecord>> find_application(const Call& call);
/// The package of the call's version, null when there is none.
const core::ApplicationPackage* find_package(const Call& call, const core::ApplicationRecord& application);

}  // namespace emulator::management
