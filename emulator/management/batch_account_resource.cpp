// What a maker set is kept as it was sent, below "tags", "identity" and "properties" (BatchAccountInfo::settings); what
// the service itself knows is laid over it.
#include "emulator/management/batch_account_resource.h"

#include "base/text.h"
#include "emulator/management/body.h"
#include "emulator/management/places.h"
#include "emulator/management/vm_families.h"
#include "emulator/names.h"
#include "emulator/rest/documents.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <limits>

namespace emulator::management {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr std::string_view kType = "Microsoft.Batch/batchAccounts";
constexpr std::string_view kStorageType = "Microsoft.Storage/storageAccounts";

constexpr auto kMembers = std::to_array<Member>({
    {"location", MemberKind::text},
    {"tags", MemberKind::texts},
    {"identity", MemberKind::object},
    {"identity/type", MemberKind::choice, "SystemAssigned|UserAssigned|None"},
    {"identity/userAssignedIdentities", MemberKind::map},
    {"identity/principalId", MemberKind::ignored},
    {"identity/tenantId", MemberKind::ignored},
    {"properties", MemberKind::object},
    {"properties/autoStorage", MemberKind::object},
    {"properties/autoStorage/storageAccountId", MemberKind::text},
    {"properties/autoStorage/authenticationMode", MemberKind::choice, "StorageKeys|BatchAccountManagedIdentity"},
    {"properties/autoStorage/nodeIdentityReference", MemberKind::free},
    {"properties/autoStorage/lastKeySync", MemberKind::ignored},
    {"properties/poolAllocationMode", MemberKind::choice, "BatchService|UserSubscription"},
    {"properties/keyVaultReference", MemberKind::free},
    {"properties/publicNetworkAccess", MemberKind::choice, "Enabled|Disabled|SecuredByPerimeter"},
    {"properties/networkProfile", MemberKind::free},
    {"properties/encryption", MemberKind::object},
    {"properties/encryption/keySource", MemberKind::choice, "Microsoft.Batch|Microsoft.KeyVault"},
    {"properties/encryption/keyVaultProperties", MemberKind::free},
    {"properties/allowedAuthenticationModes", MemberKind::choices, "SharedKey|AAD|TaskAuthenticationToken"},
    // What a client sends back of a resource that it read.
    {"id", MemberKind::ignored},
    {"name", MemberKind::ignored},
    {"type", MemberKind::ignored},
    {"properties/accountEndpoint", MemberKind::ignored},
    {"properties/nodeManagementEndpoint", MemberKind::ignored},
    {"properties/provisioningState", MemberKind::ignored},
    {"properties/privateEndpointConnections", MemberKind::ignored},
    {"properties/dedicatedCoreQuota", MemberKind::ignored},
    {"properties/lowPriorityCoreQuota", MemberKind::ignored},
    {"properties/dedicatedCoreQuotaPerVMFamily", MemberKind::ignored},
    {"properties/dedicatedCoreQuotaPerVMFamilyEnforced", MemberKind::ignored},
    {"properties/poolQuota", MemberKind::ignored},
    {"properties/activeJobAndJobScheduleQuota", MemberKind::ignored},
});

/// The account of "/subscriptions/.../Microsoft.Storage/storageAccounts/{name}", whatever place the id names.
base::Result<std::string> storage_account_of_id(const Call& call, const std::string& id) {
  const auto name = base::lower_case(id.substr(id.rfind('/') + 1));
  const bool is_id = base::lower_case(id).find("/microsoft.storage/storageaccounts/") != std::string::npos;
  if (is_id && call.find_storage_account(name)) return name;
  auto error = make_error(ErrorCode::InvalidAutoStorageAccount,
                          "The specified auto storage account '" + id + "' does not exist.");
  error.details.push_back({"Target", "properties.autoStorage.storageAccountId"});
  return error;
}

ordered_json auto_storage_of(const Call& call, const BatchAccountInfo& info) {
  const auto kept = info.settings.value(json::json_pointer("/properties/autoStorage"), json::object());
  const auto storage = call.accounts().find_storage_account(info.auto_storage);
  const auto place = shown_place(call, storage ? storage->place : default_place());
  const auto synced = kept.value("lastKeySync", wire::print_timestamp(info.created));
  ordered_json shown{{"storageAccountId", resource_id(place, kStorageType, info.auto_storage)},
                     {"lastKeySync", synced},
                     {"authenticationMode", kept.value("authenticationMode", "StorageKeys")}};
  if (kept.contains("nodeIdentityReference")) shown["nodeIdentityReference"] = kept["nodeIdentityReference"];
  return shown;
}

void add_quotas(const Quotas& quotas, ordered_json& properties) {
  auto families = ordered_json::array();
  for (const auto& family : vm_families()) {
    families.push_back({{"name", family}, {"coreQuota", quotas.dedicated_cores}});
  }
  properties["dedicatedCoreQuota"] = quotas.dedicated_cores;
  properties["dedicatedCoreQuotaPerVMFamily"] = std::move(families);
  // Only the sum counts here.
  properties["dedicatedCoreQuotaPerVMFamilyEnforced"] = false;
  properties["lowPriorityCoreQuota"] = quotas.low_priority_cores;
  properties["poolQuota"] = quotas.pools;
  properties["activeJobAndJobScheduleQuota"] = quotas.active_jobs;
}

ordered_json identity_of(const BatchAccountInfo& info) {
  const auto kept = info.settings.value("identity", json{{"type", "None"}});
  ordered_json shown = kept;
  const auto type = kept.value("type", "None");
  if (type == "SystemAssigned") {
    shown["principalId"] = guid_of("principal of " + info.name);
    shown["tenantId"] = kDefaultTenant;
  }
  if (type == "UserAssigned" && kept.contains("userAssignedIdentities")) {
    for (const auto& [id, ignored] : kept["userAssignedIdentities"].items()) {
      shown["userAssignedIdentities"][id] = {{"principalId", guid_of("principal of " + base::lower_case(id))},
                                             {"clientId", guid_of("client of " + base::lower_case(id))}};
    }
  }
  return shown;
}

/// The values that the service takes for what was not given.
constexpr auto kAllModes = std::to_array<std::string_view>({"SharedKey", "AAD", "TaskAuthenticationToken"});

void add_settings(const json& kept, ordered_json& properties) {
  properties["poolAllocationMode"] = kept.value("poolAllocationMode", "BatchService");
  if (kept.contains("keyVaultReference")) properties["keyVaultReference"] = kept["keyVaultReference"];
  properties["publicNetworkAccess"] = kept.value("publicNetworkAccess", "Enabled");
  if (kept.contains("networkProfile")) properties["networkProfile"] = kept["networkProfile"];
  properties["privateEndpointConnections"] = ordered_json::array();
  properties["encryption"] = kept.value("encryption", json{{"keySource", "Microsoft.Batch"}});
  if (kept.contains("allowedAuthenticationModes")) {
    properties["allowedAuthenticationModes"] = kept["allowedAuthenticationModes"];
    return;
  }
  auto modes = ordered_json::array();
  for (const auto mode : kAllModes) modes.push_back(mode);
  properties["allowedAuthenticationModes"] = std::move(modes);
}

}  // namespace

ordered_json batch_account_resource(const Call& call, const BatchAccountInfo& info) {
  const auto domain = "." + info.place.location + std::string(kBatchDomain);
  ordered_json properties{{"accountEndpoint", info.name + domain},
                          {"nodeManagementEndpoint", guid_of("nodes of " + info.name) + "." + info.place.location +
                                                         ".service" + std::string(kBatchDomain)},
                          {"provisioningState", "Succeeded"}};
  add_quotas(call.services->quotas, properties);
  add_settings(info.settings.value("properties", json::object()), properties);
  if (!info.auto_storage.empty()) properties["autoStorage"] = auto_storage_of(call, info);
  ordered_json resource{{"id", resource_id(shown_place(call, info.place), kType, info.name)},
                        {"name", info.name},
                        {"type", kType},
                        {"location", info.place.location},
                        {"properties", std::move(properties)},
                        {"identity", identity_of(info)}};
  if (info.settings.contains("tags")) resource["tags"] = info.settings["tags"];
  return resource;
}

base::Result<void> apply_batch_account_settings(const Call& call, json body, BatchAccountInfo& info) {
  // A null takes the link away; check_members drops nulls.
  const bool unlinks = body.contains(json::json_pointer("/properties/autoStorage")) &&
                       body[json::json_pointer("/properties/autoStorage")].is_null();
  RETURN_IF_ERROR(check_members(body, kMembers));
  if (body.is_null()) return {};
  if (body.contains("tags")) info.settings["tags"] = body["tags"];
  if (body.contains("identity")) info.settings["identity"] = body["identity"];
  const auto given = body.value("properties", json::object());
  if (const auto link = given.find("autoStorage"); link != given.end()) {
    const auto id = rest::text_member(*link, {"storageAccountId"});
    if (id.empty()) {
      return make_error(ErrorCode::MissingRequiredProperty, {{"Target", "properties.autoStorage.storageAccountId"}});
    }
    ASSIGN_OR_RETURN(info.auto_storage, storage_account_of_id(call, id));
  }
  for (const auto& [name, value] : given.items()) info.settings["properties"][name] = value;
  if (given.contains("autoStorage")) {
    info.settings["properties"]["autoStorage"]["lastKeySync"] = wire::print_timestamp(call.now());
  }
  if (unlinks) {
    info.auto_storage.clear();
    info.settings["properties"].erase("autoStorage");
  }
  return {};
}

}  // namespace emulator::management
