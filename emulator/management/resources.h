// Resources: applications and packages as the management operations show them, and where packages are.
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
                                        const core::ApplicationPackage& package, const PackageStorage& storage);

/// Where the packages of the path's account are: in its auto storage. AutoStorageNotConfigured.
base::Result<PackageStorage> package_storage(const Call& call);

/// ApplicationNotFound.
base::Async<base::Result<core::ApplicationRecord>> find_application(const Call& call);
/// The package of the call's version, null when there is none.
const core::ApplicationPackage* find_package(const Call& call, const core::ApplicationRecord& application);

}  // namespace emulator::management
