// The resource providers of a subscription: those that are here, always registered.
#include "base/text.h"
#include "emulator/management/handlers.h"
#include "emulator/management/operation.h"
#include "emulator/management/places.h"
#include "emulator/management/responses.h"

#include <array>

namespace emulator::management {
namespace {

using nlohmann::ordered_json;
using wire::management::ErrorCode;
using wire::management::make_error;

struct ResourceType {
  std::string_view space;
  std::string_view name;
  bool has_location;
};
constexpr auto kResourceTypes = std::to_array<ResourceType>({
    {"Microsoft.Batch", "batchAccounts", true},
    {"Microsoft.Batch", "batchAccounts/pools", true},
    {"Microsoft.Batch", "batchAccounts/certificates", true},
    {"Microsoft.Batch", "operations", false},
    {"Microsoft.Batch", "locations", false},
    {"Microsoft.Batch", "locations/quotas", true},
    {"Microsoft.Batch", "locations/checkNameAvailability", true},
    {"Microsoft.Batch", "locations/virtualMachineSkus", true},
    {"Microsoft.Batch", "locations/cloudServiceSkus", true},
    {"Microsoft.Resources", "subscriptions", false},
    {"Microsoft.Resources", "subscriptions/locations", false},
    {"Microsoft.Resources", "subscriptions/providers", false},
    {"Microsoft.Resources", "subscriptions/resourceGroups", true},
    {"Microsoft.Resources", "tenants", false},
    {"Microsoft.Storage", "storageAccounts", true},
    {"Microsoft.Storage", "checkNameAvailability", false},
});
constexpr auto kNamespaces =
    std::to_array<std::string_view>({"Microsoft.Batch", "Microsoft.Resources", "Microsoft.Storage"});

/// Those that the clients of today send, newest first. Any other version of the form is accepted too
/// (api_versions.cpp).
constexpr auto kStorageVersions = std::to_array<std::string_view>(
    {"2024-01-01", "2023-05-01", "2023-01-01", "2022-09-01", "2021-09-01", "2019-06-01"});
constexpr auto kResourcesVersions =
    std::to_array<std::string_view>({"2024-11-01", "2022-12-01", "2021-04-01", "2019-11-01", "2016-06-01"});

ordered_json versions_of(std::string_view space) {
  auto list = ordered_json::array();
  if (space == "Microsoft.Batch") {
    const auto versions = batch_api_versions();
    for (auto at = versions.rbegin(); at != versions.rend(); ++at) list.push_back(*at);
  } else if (space == "Microsoft.Storage") {
    for (const auto version : kStorageVersions) list.push_back(version);
  } else {
    for (const auto version : kResourcesVersions) list.push_back(version);
  }
  return list;
}

ordered_json provider_resource(const Call& call, std::string_view space) {
  auto types = ordered_json::array();
  for (const auto& type : kResourceTypes) {
    if (type.space != space) continue;
    auto locations = ordered_json::array();
    if (type.has_location) {
      for (const auto& region : regions()) locations.push_back(region.display_name);
    }
    types.push_back({{"resourceType", type.name},
                     {"locations", std::move(locations)},
                     {"apiVersions", versions_of(space)},
                     {"capabilities", "None"}});
  }
  ordered_json resource;
  if (!call.subscription().empty()) {
    resource["id"] = "/subscriptions/" + call.subscription() + "/providers/" + std::string(space);
  }
  resource["namespace"] = space;
  resource["resourceTypes"] = std::move(types);
  if (!call.subscription().empty()) {
    resource["registrationState"] = "Registered";
    resource["registrationPolicy"] = "RegistrationFree";
  }
  return resource;
}

base::Result<ordered_json> provider_of_path(const Call& call) {
  const auto& wanted = call.path.get("providerNamespace");
  for (const auto space : kNamespaces) {
    if (base::equal_ignoring_case(space, wanted)) return provider_resource(call, space);
  }
  return make_error(ErrorCode::InvalidResourceNamespace, "The resource namespace '" + wanted +
                                                             "' is not offered by the emulator, which has "
                                                             "Microsoft.Batch and Microsoft.Storage.");
}

}  // namespace

Answer list_providers(Call& call) {
  auto values = ordered_json::array();
  for (const auto space : kNamespaces) values.push_back(provider_resource(call, space));
  co_return list_response(call, std::move(values));
}

Answer get_provider(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto provider, provider_of_path(call));
  co_return resource_response(provider);
}

Answer register_provider(Call& call) {
  co_return co_await get_provider(call);
}

}  // namespace emulator::management
