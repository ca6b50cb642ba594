#include "emulator/management/places.h"

#include "base/text.h"
#include "emulator/names.h"
#include "emulator/rest/documents.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace emulator::management {
namespace {

using wire::management::ErrorCode;
using wire::management::make_error;

constexpr std::string_view kBatchType = "Microsoft.Batch/batchAccounts";
constexpr std::string_view kStorageType = "Microsoft.Storage/storageAccounts";

constexpr auto kRegions = std::to_array<Region>({
    {"eastus", "East US", "US"},
    {"eastus2", "East US 2", "US"},
    {"centralus", "Central US", "US"},
    {"northcentralus", "North Central US", "US"},
    {"southcentralus", "South Central US", "US"},
    {"westcentralus", "West Central US", "US"},
    {"westus", "West US", "US"},
    {"westus2", "West US 2", "US"},
    {"westus3", "West US 3", "US"},
    {"canadacentral", "Canada Central", "Canada"},
    {"canadaeast", "Canada East", "Canada"},
    {"brazilsouth", "Brazil South", "South America"},
    {"northeurope", "North Europe", "Europe"},
    {"westeurope", "West Europe", "Europe"},
    {"francecentral", "France Central", "Europe"},
    {"germanywestcentral", "Germany West Central", "Europe"},
    {"italynorth", "Italy North", "Europe"},
    {"norwayeast", "Norway East", "Europe"},
    {"polandcentral", "Poland Central", "Europe"},
    {"swedencentral", "Sweden Central", "Europe"},
    {"switzerlandnorth", "Switzerland North", "Europe"},
    {"uksouth", "UK South", "Europe"},
    {"ukwest", "UK West", "Europe"},
    {"uaenorth", "UAE North", "Middle East"},
    {"southafricanorth", "South Africa North", "Africa"},
    {"australiacentral", "Australia Central", "Asia Pacific"},
    {"australiaeast", "Australia East", "Asia Pacific"},
    {"australiasoutheast", "Australia Southeast", "Asia Pacific"},
    {"centralindia", "Central India", "Asia Pacific"},
    {"southindia", "South India", "Asia Pacific"},
    {"eastasia", "East Asia", "Asia Pacific"},
    {"southeastasia", "Southeast Asia", "Asia Pacific"},
    {"japaneast", "Japan East", "Asia Pacific"},
    {"japanwest", "Japan West", "Asia Pacific"},
    {"koreacentral", "Korea Central", "Asia Pacific"},
    {"koreasouth", "Korea South", "Asia Pacific"},
});

bool same(std::string_view a, std::string_view b) {
  return base::equal_ignoring_case(a, b);
}

bool is_default(const Place& place) {
  return same(place.subscription, kDefaultSubscription) && same(place.resource_group, kDefaultResourceGroup);
}

}  // namespace

std::span<const Region> regions() {
  return kRegions;
}

const Region* find_region(std::string_view name) {
  std::string wanted;
  for (const char c : name) {
    if (c != ' ') wanted += c;
  }
  const auto* found = std::ranges::find_if(kRegions, [&](const Region& region) { return same(region.name, wanted); });
  return found == kRegions.end() ? nullptr : found;
}

bool is_guid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return text.size() == kForm.size() && std::ranges::equal(text, kForm, [](char c, char form) {
           return form == '-' ? c == '-' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
         });
}

std::string guid_of(std::string_view text) {
  const auto hex = base::hex_encode(base::sha256(text));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

Place default_place() {
  return {.subscription = std::string(kDefaultSubscription),
          .resource_group = std::string(kDefaultResourceGroup),
          .location = std::string(kDefaultLocation)};
}

bool is_found(const Call& call, const Place& place) {
  if (is_default(place)) return true;
  return same(place.subscription, call.subscription()) &&
         (call.group().empty() || same(place.resource_group, call.group()));
}

bool is_listed(const Call& call, const Place& place) {
  const bool in_subscription = is_default(place) || same(place.subscription, call.subscription());
  return in_subscription && (call.group().empty() || same(place.resource_group, call.group()));
}

Place shown_place(const Call& call, const Place& place) {
  if (!is_default(place)) return place;
  auto shown = place;
  if (!call.subscription().empty()) shown.subscription = call.subscription();
  if (!call.group().empty()) shown.resource_group = call.group();
  return shown;
}

std::string resource_id(const Place& shown, std::string_view type, std::string_view name) {
  std::string id = "/subscriptions/" + shown.subscription + "/resourceGroups/" + shown.resource_group + "/providers/";
  return id.append(type).append("/").append(name);
}

std::string account_id(const Call& call) {
  const auto info = call.accounts().find_batch_account(call.account->name);
  return resource_id(shown_place(call, info ? info->place : default_place()), kBatchType, call.account->name);
}

base::Error resource_not_found(const Call& call, std::string_view type, std::string_view name) {
  std::string message = "The Resource '" + std::string(type) + "/" + std::string(name) + "' under resource group '";
  message += call.group() + "' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix";
  return make_error(ErrorCode::ResourceNotFound, std::move(message));
}

base::Result<std::shared_ptr<const rest::Account>> account_of_path(const Call& call) {
  const auto& name = call.path.get("accountName");
  auto account = call.services->account_source->find(name, call.request->session);
  if (account == nullptr) return resource_not_found(call, kBatchType, name);
  const auto info = call.accounts().find_batch_account(name);
  if (!info || !is_found(call, info->place)) return resource_not_found(call, kBatchType, name);
  return account;
}

base::Result<BatchAccountInfo> batch_account_of_path(const Call& call) {
  const auto& name = call.path.get("accountName");
  auto info = call.accounts().find_batch_account(name);
  if (!info || !is_found(call, info->place)) return resource_not_found(call, kBatchType, name);
  return *std::move(info);
}

base::Result<StorageAccountInfo> storage_account_of_path(const Call& call) {
  const auto& name = call.path.get("accountName");
  auto info = call.find_storage_account(name);
  if (!info || !is_found(call, info->place)) return resource_not_found(call, kStorageType, name);
  return *std::move(info);
}

base::Result<std::string> location_of(const nlohmann::json& body, std::string_view type) {
  const auto* given = body.is_object() ? rest::member(body, {"location"}) : nullptr;
  if (given == nullptr || !given->is_string() || given->get_ref<const std::string&>().empty()) {
    return make_error(ErrorCode::LocationRequired);
  }
  const auto& text = given->get_ref<const std::string&>();
  if (const auto* region = find_region(text)) return std::string(region->name);
  std::string list;
  for (const auto& region : kRegions) list += (list.empty() ? "" : ",") + std::string(region.name);
  return make_error(ErrorCode::LocationNotAvailableForResourceType,
                    "The provided location '" + text + "' is not available for resource type '" + std::string(type) +
                        "'. List of available regions for the resource type is '" + list + "'.");
}

}  // namespace emulator::management
