#include "emulator/management/resources.h"

#include "base/text.h"
#include "emulator/management/places.h"
#include "emulator/management/responses.h"
#include "emulator/names.h"
#include "wire/time_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace emulator::management {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kType = "Microsoft.Batch/batchAccounts/applications";

std::string application_path(const Call& call, const core::ApplicationRecord& application) {
  return account_id(call) + "/applications/" + application.id.text();
}

/// Who asked for management.azure.com also has the Blob service under its own name.
std::string storage_url(const Call& call, const std::string& account) {
  const auto host = call.request->headers.get("Host");
  if (base::starts_with_ignoring_case(host, kManagementHost)) return "https://" + account + std::string(kBlobDomain);
  return call.services->blob_url + "/" + account;
}

}  // namespace

ordered_json application_resource(const Call& call, const core::ApplicationRecord& application) {
  ordered_json properties;
  if (!application.display_name.empty()) properties["displayName"] = application.display_name;
  properties["allowUpdates"] = application.allow_updates;
  if (!application.default_version.empty()) properties["defaultVersion"] = application.default_version;
  return {{"id", application_path(call, application)},
          {"name", application.id.text()},
          {"type", kType},
          {"etag", weak_etag(application.version)},
          {"properties", std::move(properties)}};
}

ordered_json package_resource(const Call& call, const core::ApplicationRecord& application,
                              const core::ApplicationPackage& package, const PackageStorage& storage) {
  const bool active = package.state == core::PackageState::active;
  const auto expiry = call.now() + kStorageUrlLifetime;
  ordered_json properties{{"state", active ? "Active" : "Pending"}};
  if (active) properties["format"] = package.format;
  properties["storageUrl"] = storage.url_for_upload(application.container, package.blob, expiry);
  properties["storageUrlExpiry"] = wire::print_timestamp(expiry);
  if (package.activated) properties["lastActivationTime"] = wire::print_timestamp(*package.activated);
  return {{"id", application_path(call, application) + "/versions/" + package.version_name},
          {"name", package.version_name},
          {"type", std::string(kType) + "/versions"},
          {"etag", weak_etag(package.version)},
          {"properties", std::move(properties)}};
}

base::Result<PackageStorage> package_storage(const Call& call) {
  ASSIGN_OR_RETURN(const auto info, batch_account_of_path(call));
  if (info.auto_storage.empty()) {
    return wire::management::make_error(wire::management::ErrorCode::AutoStorageNotConfigured);
  }
  ASSIGN_OR_RETURN(const auto keys, call.accounts().keys(AccountKind::storage, info.auto_storage));
  ASSIGN_OR_RETURN(auto key, base::base64_decode(keys[0]));
  StorageAccess access{.account = info.auto_storage,
                       .key = std::move(key),
                       .url = storage_url(call, info.auto_storage),
                       .send = call.services->send};
  return PackageStorage(std::move(access), *call.services->surroundings.clock);
}

base::Async<base::Result<core::ApplicationRecord>> find_application(const Call& call) {
  const auto id = call.application();
  auto look = [id](const core::Batch& batch) -> base::Result<core::ApplicationRecord> {
    const auto* found = batch.find_application(id);
    if (found == nullptr) return wire::management::make_error(wire::management::ErrorCode::ApplicationNotFound);
    return *found;
  };
  co_return co_await call.service().read(std::move(look));
}

const core::ApplicationPackage* find_package(const Call& call, const core::ApplicationRecord& application) {
  const auto found = std::ranges::find_if(application.packages, [&](const auto& package) {
    return base::equal_ignoring_case(package.version_name, call.version_name());
  });
  return found == application.packages.end() ? nullptr : &*found;
}

}  // namespace emulator::management
