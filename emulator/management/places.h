// Places: which subscription, resource group and location a resource is shown in, and whether a path finds it.
#pragma once

#include "emulator/management/call.h"

#include <span>
#include <string>
#include <string_view>

namespace emulator::management {

/// A region of the public cloud.
struct Region {
  std::string_view name;          ///< "eastus"
  std::string_view display_name;  ///< "East US"
  std::string_view geography;     ///< "US"
};
std::span<const Region> regions();
/// "East US", "EastUS" and "eastus" are one; null for no region of ours.
const Region* find_region(std::string_view name);

bool is_guid(std::string_view text);
/// A GUID that stays the same for the same text.
std::string guid_of(std::string_view text);

/// Where accounts are that were not made by a management operation.
Place default_place();
/// Whether an account there is shown under the call's subscription, and, with a resource group in the path, there.
bool is_found(const Call& call, const Place& place);
/// Whether a list of the call's subscription, or of its resource group, has an account there.
bool is_listed(const Call& call, const Place& place);
/// The subscription and resource group that the call's answer shows for it.
Place shown_place(const Call& call, const Place& place);
/// "/subscriptions/{s}/resourceGroups/{g}/providers/{type}/{name}"
std::string resource_id(const Place& shown, std::string_view type, std::string_view name);
/// The same of the Batch account that the path is in.
std::string account_id(const Call& call);

/// The Batch account of the path: may be made on the spot for the request's session. ResourceNotFound.
base::Result<std::shared_ptr<const rest::Account>> account_of_path(const Call& call);
/// What ARM knows of it. ResourceNotFound.
base::Result<BatchAccountInfo> batch_account_of_path(const Call& call);
base::Result<StorageAccountInfo> storage_account_of_path(const Call& call);
/// "The Resource '...' under resource group '...' was not found."
base::Error resource_not_found(const Call& call, std::string_view type, std::string_view name);

/// The location of a new resource, normalised. LocationRequired, LocationNotAvailableForResourceType.
base::Result<std::string> location_of(const nlohmann::json& body, std::string_view type);

}  // namespace emulator::management
