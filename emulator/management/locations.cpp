// What a region offers: names that are free, quotas, sizes of VMs.
#include "base/text.h"
#include "emulator/management/body.h"
#include "emulator/management/handlers.h"
#include "emulator/management/operation.h"
#include "emulator/management/places.h"
#include "emulator/management/responses.h"
#include "emulator/management/vm_families.h"
#include "emulator/names.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/paging.h"
#include "wire/batch/vm_sizes.h"
#include "wire/odata.h"

#include <array>
#include <limits>

namespace emulator::management {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr auto kNameMembers = std::to_array<Member>({{"name", MemberKind::text}, {"type", MemberKind::text}});
constexpr std::int32_t kMibPerGib = 1024;

base::Result<void> check_location(const Call& call) {
  const auto& name = call.path.get("locationName");
  if (find_region(name) != nullptr) return {};
  return make_error(ErrorCode::NoRegisteredProviderFound, "No registered resource provider found for location '" +
                                                              name + "' and API version '" + call.api_version +
                                                              "' for type 'locations'.");
}

base::Result<std::string> name_to_check(Call& call, std::string_view type) {
  RETURN_IF_ERROR(check_members(call.body, kNameMembers));
  for (const auto* required : {"name", "type"}) {
    if (call.body.is_null() || !call.body.contains(required)) {
      return make_error(ErrorCode::MissingRequiredProperty, {{"Target", required}});
    }
  }
  if (!base::equal_ignoring_case(call.body["type"].get_ref<const std::string&>(), type)) {
    return make_error(ErrorCode::InvalidPropertyValue, {{"Target", "type"}});
  }
  return call.body["name"].get<std::string>();
}

http::Response unavailable_name(std::string_view reason, const std::string& message) {
  return json_response(200, ordered_json{{"nameAvailable", false}, {"reason", reason}, {"message", message}});
}

ordered_json capability(std::string_view name, std::string value) {
  return {{"name", name}, {"value", std::move(value)}};
}

ordered_json sku_of(const wire::batch::VmSize& size) {
  // Sizes of memory as the service writes them: "3.5".
  auto memory = json(static_cast<double>(size.memory_mib) / kMibPerGib).dump();
  if (memory.ends_with(".0")) memory.resize(memory.size() - 2);
  const auto volume = static_cast<std::int64_t>(size.temporary_disk_gib) * kMibPerGib;
  return {{"name", display_name_of_size(size.name)},
          {"familyName", family_of_size(size.name)},
          {"capabilities",
           ordered_json::array({capability("MaxResourceVolumeMB", std::to_string(volume)),
                                capability("vCPUs", std::to_string(size.cores)), capability("MemoryGB", memory),
                                capability("LowPriorityCapable", "True"),
                                capability("VMDeploymentTypes", is_cloud_service_size(size.name) ? "PaaS" : "IaaS"),
                                capability("vCPUsAvailable", std::to_string(size.cores))})}};
}

base::Result<http::Response> list_skus(const Call& call, bool of_cloud_services) {
  using wire::odata::FilterProperty;
  using wire::odata::ValueType;
  constexpr auto kProperties = std::to_array<FilterProperty>(
      {{"familyName", ValueType::text, wire::odata::kEquality}, {"name", ValueType::text, wire::odata::kEquality}});
  RETURN_IF_ERROR(check_location(call));
  std::optional<wire::odata::Filter> filter;
  if (call.parameters.filter) {
    auto parsed = wire::odata::Filter::parse(*call.parameters.filter, kProperties);
    if (!parsed) return make_error(ErrorCode::InvalidQueryParameterValue, {{"Target", "$filter"}});
    filter = *std::move(parsed);
  }
  ASSIGN_OR_RETURN(const auto after, rest::key_after(call.parameters));
  rest::Page<ordered_json> page;
  for (const auto& size : wire::batch::vm_sizes()) {
    const std::string key(size.name);
    if (is_cloud_service_size(size.name) != of_cloud_services || (after && key <= *after)) continue;
    if (!page.take(call.parameters, key)) break;
    auto sku = sku_of(size);
    const auto lookup = [&](std::string_view property) -> std::optional<wire::odata::Value> {
      return sku[property == "name" ? "name" : "familyName"].get<std::string>();
    };
    if (!filter || filter->matches(lookup)) page.add(std::move(sku), nullptr);
  }
  return list_response(call, ordered_json(std::move(page.entries)), page.more, page.last_key);
}

}  // namespace

Answer check_batch_name_availability(Call& call) {
  CO_RETURN_IF_ERROR(check_location(call));
  CO_ASSIGN_OR_RETURN(const auto name, name_to_check(call, "Microsoft.Batch/batchAccounts"));
  if (!is_account_name(name)) {
    co_return unavailable_name("Invalid",
                               "The requested account name is invalid. It has to have 3 to 24 characters, "
                               "which are lower-case letters and digits.");
  }
  if (call.accounts().find_batch_account(name)) {
    co_return unavailable_name("AlreadyExists", "An account named '" + name + "' is already in use.");
  }
  co_return json_response(200, ordered_json{{"nameAvailable", true}});
}

Answer check_storage_name_availability(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto name, name_to_check(call, "Microsoft.Storage/storageAccounts"));
  if (!is_account_name(name)) {
    co_return unavailable_name("AccountNameInvalid",
                               name +
                                   " is not a valid storage account name. Storage account name must be between 3 "
                                   "and 24 characters in length and use numbers and lower-case letters only.");
  }
  if (call.accounts().find_storage_account(name)) {
    co_return unavailable_name("AlreadyExists", "The storage account named " + name + " is already taken.");
  }
  co_return json_response(200, ordered_json{{"nameAvailable", true}});
}

// No number of accounts is too many here.
Answer get_location_quotas(Call& call) {
  CO_RETURN_IF_ERROR(check_location(call));
  co_return json_response(200, ordered_json{{"accountQuota", std::numeric_limits<std::int32_t>::max()}});
}

Answer list_virtual_machine_skus(Call& call) {
  co_return list_skus(call, false);
}

Answer list_cloud_service_skus(Call& call) {
  co_return list_skus(call, true);
}

Answer list_batch_operations(Call& call) {
  auto values = ordered_json::array();
  constexpr auto kDescribed = std::to_array<std::array<std::string_view, 4>>({
      {"Microsoft.Batch/batchAccounts/read", "Batch Accounts", "List or Get Batch Accounts", "user,system"},
      {"Microsoft.Batch/batchAccounts/write", "Batch Accounts", "Create or Update Batch Account", "user,system"},
      {"Microsoft.Batch/batchAccounts/delete", "Batch Accounts", "Delete Batch Account", "user,system"},
      {"Microsoft.Batch/batchAccounts/listkeys/action", "Batch Accounts", "List Batch Account Keys", "user,system"},
      {"Microsoft.Batch/batchAccounts/regeneratekeys/action", "Batch Accounts", "Regenerate Batch Account key",
       "user,system"},
      {"Microsoft.Batch/batchAccounts/syncAutoStorageKeys/action", "Batch Accounts", "Synchronize Auto Storage Keys",
       "user,system"},
      {"Microsoft.Batch/batchAccounts/pools/read", "Pool", "List or Get Pools", "user,system"},
      {"Microsoft.Batch/batchAccounts/pools/write", "Pool", "Create or Update Pool", "user,system"},
      {"Microsoft.Batch/batchAccounts/pools/delete", "Pool", "Delete Pool", "user,system"},
      {"Microsoft.Batch/batchAccounts/applications/read", "Application", "List or Get Applications", "user,system"},
      {"Microsoft.Batch/batchAccounts/applications/write", "Application", "Create or Update Application",
       "user,system"},
      {"Microsoft.Batch/batchAccounts/applications/delete", "Application", "Delete Application", "user,system"},
  });
  for (const auto& [name, resource, operation, origin] : kDescribed) {
    values.push_back({{"name", name},
                      {"isDataAction", false},
                      {"display",
                       {{"provider", "Microsoft Azure Batch"},
                        {"resource", resource},
                        {"operation", operation},
                        {"description", operation}}},
                      {"origin", origin}});
  }
  co_return list_response(call, std::move(values));
}

}  // namespace emulator::management
