// Storage accounts: list, get, create, update, delete, keys. Their blobs are those of the Blob service; there are no
// files, queues or tables.
#include "emulator/management/body.h"
#include "emulator/management/handlers.h"
#include "emulator/management/places.h"
#include "emulator/management/responses.h"
#include "emulator/names.h"

#include "base/random.h"
#include "base/text.h"
#include "wire/time_text.h"

#include <array>

namespace emulator::management {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr std::string_view kType = "Microsoft.Storage/storageAccounts";
constexpr int kNothingToDelete = 204;

constexpr auto kMembers = std::to_array<Member>({
    {"location", MemberKind::text},
    {"tags", MemberKind::texts},
    {"kind", MemberKind::choice, "Storage|StorageV2|BlobStorage|FileStorage|BlockBlobStorage"},
    {"sku", MemberKind::object},
    {"sku/name", MemberKind::choice,
     "Standard_LRS|Standard_GRS|Standard_RAGRS|Standard_ZRS|Premium_LRS|Premium_ZRS|Standard_GZRS|Standard_RAGZRS"},
    {"sku/tier", MemberKind::ignored},
    {"identity", MemberKind::free},
    // Switches of the real service's fronts, kept and shown; the emulator's own security is that of its ports.
    {"properties", MemberKind::free},
    {"id", MemberKind::ignored},
    {"name", MemberKind::ignored},
    {"type", MemberKind::ignored},
});
constexpr auto kKeyMembers = std::to_array<Member>({{"keyName", MemberKind::choice, "key1|key2"}});
/// What the service alone sets among the properties.
constexpr auto kOwnProperties = std::to_array<std::string_view>(
    {"provisioningState", "creationTime", "primaryLocation", "statusOfPrimary", "primaryEndpoints", "keyCreationTime",
     "secondaryLocation", "statusOfSecondary", "secondaryEndpoints", "privateEndpointConnections"});

std::string tier_of(const std::string& sku) {
  return sku.substr(0, sku.find('_'));
}

ordered_json storage_account_resource(const Call& call, const StorageAccountInfo& info) {
  const std::string sku = info.settings.value(json::json_pointer("/sku/name"), "Standard_LRS");
  ordered_json properties = info.settings.value("properties", json::object());
  const auto created = wire::print_timestamp(info.created);
  properties["keyCreationTime"] = {{"key1", created}, {"key2", created}};
  properties["privateEndpointConnections"] = ordered_json::array();
  properties["encryption"] = {{"services", {{"blob", {{"keyType", "Account"}, {"enabled", true}}}}},
                              {"keySource", "Microsoft.Storage"}};
  properties["provisioningState"] = "Succeeded";
  properties["creationTime"] = created;
  properties["primaryEndpoints"] = {{"blob", "https://" + info.name + std::string(kBlobDomain) + "/"}};
  properties["primaryLocation"] = info.place.location;
  properties["statusOfPrimary"] = "available";
  if (!properties.contains("supportsHttpsTrafficOnly")) properties["supportsHttpsTrafficOnly"] = false;
  ordered_json resource{{"sku", {{"name", sku}, {"tier", tier_of(sku)}}},
                        {"kind", info.settings.value("kind", "StorageV2")},
                        {"id", resource_id(shown_place(call, info.place), kType, info.name)},
                        {"name", info.name},
                        {"type", kType},
                        {"location", info.place.location},
                        {"tags", info.settings.value("tags", json::object())}};
  if (info.settings.contains("identity")) resource["identity"] = info.settings["identity"];
  resource["properties"] = std::move(properties);
  return resource;
}

http::Response list(const Call& call) {
  auto values = ordered_json::array();
  for (const auto& account : call.accounts().storage_accounts()) {
    if (is_listed(call, account.place)) values.push_back(storage_account_resource(call, account));
  }
  return list_response(call, std::move(values));
}

base::Result<void> apply_settings(json body, StorageAccountInfo& info) {
  RETURN_IF_ERROR(check_members(body, kMembers));
  for (const auto* whole : {"tags", "kind", "identity", "sku"}) {
    if (body.contains(whole)) info.settings[whole] = body[whole];
  }
  if (!body.contains("properties")) return {};
  if (!body["properties"].is_object()) return make_error(ErrorCode::InvalidPropertyValue, {{"Target", "properties"}});
  for (const auto& [name, value] : body["properties"].items()) info.settings["properties"][name] = value;
  for (const auto name : kOwnProperties) info.settings["properties"].erase(std::string(name));
  return {};
}

http::Response keys_response(const KeyPair& keys) {
  auto list = ordered_json::array();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    list.push_back({{"keyName", "key" + std::to_string(i + 1)}, {"value", keys.at(i)}, {"permissions", "FULL"}});
  }
  return json_response(200, ordered_json{{"keys", std::move(list)}});
}

std::string operation_path(const Call& call, const StorageAccountInfo& info) {
  return "/subscriptions/" + call.subscription() + "/providers/Microsoft.Storage/locations/" + info.place.location +
         "/asyncoperations/" + info.name + "-" + base::random_guid();
}

}  // namespace

Answer list_storage_accounts(Call& call) {
  co_return list(call);
}

Answer list_storage_accounts_of_group(Call& call) {
  co_return list(call);
}

Answer get_storage_account(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto info, storage_account_of_path(call));
  co_return resource_response(storage_account_resource(call, info));
}

Answer create_storage_account(Call& call) {
  const auto& name = call.path.get("accountName");
  if (auto known = call.accounts().find_storage_account(name)) {
    if (!is_found(call, known->place)) {
      co_return make_error(ErrorCode::StorageAccountAlreadyTaken,
                           "The storage account named " + name + " is already taken.");
    }
    co_return co_await update_storage_account(call);
  }
  if (!is_account_name(name)) co_return make_error(ErrorCode::AccountNameInvalid);
  StorageAccountInfo info{
      .name = name,
      .place = {.subscription = call.subscription(), .resource_group = call.group(), .location = {}},
      .settings = json::object(),
      .created = call.now()};
  CO_ASSIGN_OR_RETURN(info.place.location, location_of(call.body, kType));
  CO_RETURN_IF_ERROR(apply_settings(call.body, info));
  CO_RETURN_IF_ERROR(call.accounts().create_storage_account(info));
  co_return accepted_response(call, operation_path(call, info));
}

Answer update_storage_account(Call& call) {
  CO_ASSIGN_OR_RETURN(auto info, storage_account_of_path(call));
  CO_RETURN_IF_ERROR(apply_settings(call.body, info));
  CO_RETURN_IF_ERROR(call.accounts().change_storage_account(info));
  co_return resource_response(storage_account_resource(call, info));
}

// Answered when it is done, as the live service does.
Answer delete_storage_account(Call& call) {
  const auto info = storage_account_of_path(call);
  if (!info) co_return empty_response(kNothingToDelete);
  const auto deleted = co_await call.accounts().delete_storage_account(info->name);
  if (deleted.has_error()) {
    if (deleted.error().code == base::Errc::not_found) co_return empty_response(kNothingToDelete);
    if (deleted.error().code == base::Errc::invalid_argument) co_return make_error(ErrorCode::AccountCannotBeDeleted);
    co_return deleted.error();
  }
  co_return empty_response(200);
}

// "{account}-{guid}": accounts are made before their request is answered, so that the result is the account.
Answer get_storage_account_operation_result(Call& call) {
  const auto& id = call.path.get("operationId");
  const auto name = id.substr(0, id.find('-'));
  const auto info = call.accounts().find_storage_account(name);
  const bool is_here = info && (is_listed(call, info->place) || is_found(call, info->place));
  if (!is_here) co_return make_error(ErrorCode::ResourceNotFound);
  co_return resource_response(storage_account_resource(call, *info));
}

Answer list_storage_account_keys(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto info, storage_account_of_path(call));
  CO_ASSIGN_OR_RETURN(const auto keys, call.accounts().keys(AccountKind::storage, info.name));
  co_return keys_response(keys);
}

Answer regenerate_storage_account_key(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto info, storage_account_of_path(call));
  CO_RETURN_IF_ERROR(check_members(call.body, kKeyMembers));
  if (!call.body.contains("keyName")) {
    co_return make_error(ErrorCode::MissingRequiredProperty, {{"Target", "keyName"}});
  }
  const std::size_t which = call.body["keyName"] == "key1" ? 0 : 1;
  CO_ASSIGN_OR_RETURN(const auto keys, call.accounts().regenerate_key(AccountKind::storage, info.name, which));
  co_return keys_response(keys);
}

}  // namespace emulator::management
