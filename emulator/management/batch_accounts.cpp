// Batch accounts: list, get, create, update, delete.
//
// Creating and deleting are done when their request is answered. They are answered 202 all the same, as by the live
// service, and the place to poll has the result.
#include "emulator/management/batch_account_resource.h"
#include "emulator/management/handlers.h"
#include "emulator/management/places.h"
#include "emulator/management/responses.h"
#include "emulator/names.h"

#include "base/random.h"
#include "base/text.h"
#include "emulator/rest/documents.h"

#include <algorithm>

namespace emulator::management {
namespace {

using nlohmann::ordered_json;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr std::string_view kType = "Microsoft.Batch/batchAccounts";
constexpr std::string_view kDeletion = "delete-";
constexpr int kNothingToDelete = 204;

http::Response list(const Call& call) {
  auto values = ordered_json::array();
  for (const auto& account : call.accounts().batch_accounts()) {
    if (is_listed(call, account.place)) values.push_back(batch_account_resource(call, account));
  }
  return list_response(call, std::move(values));
}

std::string operation_path(const Call& call, std::string_view name, const std::string& id) {
  const Place place{.subscription = call.subscription(), .resource_group = call.group(), .location = {}};
  return resource_id(place, kType, name) + "/operationResults/" + id;
}

/// PUT of an account that is there changes it, as long as what cannot be changed stays.
base::Result<http::Response> replace(const Call& call, BatchAccountInfo info) {
  ASSIGN_OR_RETURN(const auto location, location_of(call.body, kType));
  if (location != info.place.location) {
    return make_error(ErrorCode::InvalidLocation,
                      "The resource '" + info.name + "' already exists in location '" + info.place.location +
                          "'. A resource with the same name cannot be created in location '" + location + "'.");
  }
  const nlohmann::json::json_pointer mode("/properties/poolAllocationMode");
  const std::string before = info.settings.value(mode, "BatchService");
  RETURN_IF_ERROR(apply_batch_account_settings(call, call.body, info));
  if (info.settings.value(mode, "BatchService") != before) {
    return make_error(ErrorCode::PropertyCannotBeUpdated, {{"Target", "properties.poolAllocationMode"}});
  }
  RETURN_IF_ERROR(call.accounts().change_batch_account(info));
  return resource_response(batch_account_resource(call, info));
}

/// What the emulator lacks is refused by name: nothing it runs is in anybody's subscription or key vault.
base::Result<void> refuse_unoffered(const BatchAccountInfo& info) {
  const auto properties = info.settings.value("properties", nlohmann::json::object());
  if (properties.value("poolAllocationMode", "") == "UserSubscription") {
    return wire::management::not_implemented("BatchAccount_Create with poolAllocationMode UserSubscription");
  }
  return {};
}

}  // namespace

Answer list_batch_accounts(Call& call) {
  co_return list(call);
}

Answer list_batch_accounts_of_group(Call& call) {
  co_return list(call);
}

Answer get_batch_account(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto info, batch_account_of_path(call));
  co_return resource_response(batch_account_resource(call, info));
}

Answer create_batch_account(Call& call) {
  const auto& name = call.path.get("accountName");
  if (auto known = call.accounts().find_batch_account(name)) {
    if (!is_found(call, known->place)) co_return make_error(ErrorCode::AccountAlreadyExists);
    co_return replace(call, *std::move(known));
  }
  if (!is_account_name(name)) co_return make_error(ErrorCode::AccountNameInvalid);
  BatchAccountInfo info{.name = name,
                        .place = {.subscription = call.subscription(), .resource_group = call.group(), .location = {}},
                        .auto_storage = {},
                        .settings = nlohmann::json::object(),
                        .created = call.now()};
  CO_ASSIGN_OR_RETURN(info.place.location, location_of(call.body, kType));
  CO_RETURN_IF_ERROR(apply_batch_account_settings(call, call.body, info));
  CO_RETURN_IF_ERROR(refuse_unoffered(info));
  CO_RETURN_IF_ERROR(call.accounts().create_batch_account(std::move(info)));
  co_return accepted_response(call, operation_path(call, name, base::random_guid()));
}

Answer update_batch_account(Call& call) {
  CO_ASSIGN_OR_RETURN(auto info, batch_account_of_path(call));
  CO_RETURN_IF_ERROR(apply_batch_account_settings(call, call.body, info));
  CO_RETURN_IF_ERROR(call.accounts().change_batch_account(info));
  co_return resource_response(batch_account_resource(call, info));
}

Answer delete_batch_account(Call& call) {
  const auto info = batch_account_of_path(call);
  if (!info) co_return empty_response(kNothingToDelete);
  const auto deleted = co_await call.accounts().delete_batch_account(info->name);
  if (deleted.has_error()) {
    if (deleted.error().code == base::Errc::not_found) co_return empty_response(kNothingToDelete);
    if (deleted.error().code == base::Errc::invalid_argument) co_return make_error(ErrorCode::AccountCannotBeDeleted);
    co_return deleted.error();
  }
  co_return accepted_response(call, operation_path(call, info->name, std::string(kDeletion) + base::random_guid()));
}

Answer get_batch_account_operation_result(Call& call) {
  if (call.path.get("operationId").starts_with(kDeletion)) co_return empty_response(200);
  co_return co_await get_batch_account(call);
}

}  // namespace emulator::management
