// Resource groups, and the lists of what is in them.
//
// A group is there when it was made, when an account is in it, or when it is the one of the accounts that options made.
// Accounts may be made in any group, as if somebody had made that before.
#include "base/text.h"
#include "emulator/management/body.h"
#include "emulator/management/handlers.h"
#include "emulator/management/places.h"
#include "emulator/management/responses.h"
#include "emulator/names.h"
#include "emulator/rest/documents.h"
#include "wire/odata.h"

#include <array>
#include <map>

namespace emulator::management {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr int kCreated = 201;
constexpr int kExists = 204;

constexpr auto kMembers = std::to_array<Member>({{"location", MemberKind::text},
                                                 {"tags", MemberKind::texts},
                                                 {"id", MemberKind::ignored},
                                                 {"name", MemberKind::ignored},
                                                 {"type", MemberKind::ignored},
                                                 {"managedBy", MemberKind::ignored},
                                                 {"properties", MemberKind::ignored}});

/// Every group of the call's subscription, by name in lower case.
std::map<std::string, ResourceGroup> groups_of(const Call& call) {
  std::map<std::string, ResourceGroup> groups;
  const auto add = [&](const Place& place) {
    const auto shown = shown_place(call, place);
    if (!base::equal_ignoring_case(shown.subscription, call.subscription())) return;
    // Not where the path looks, but where it is.
    groups.try_emplace(base::lower_case(place.resource_group), ResourceGroup{.subscription = call.subscription(),
                                                                             .name = place.resource_group,
                                                                             .location = place.location,
                                                                             .tags = json::object()});
  };
  for (auto& group : call.groups->of(call.subscription()))
    groups.emplace(base::lower_case(group.name), std::move(group));
  add(default_place());
  for (const auto& account : call.accounts().batch_accounts()) add(account.place);
  for (const auto& account : call.accounts().storage_accounts()) add(account.place);
  return groups;
}

ordered_json group_resource(const ResourceGroup& group) {
  ordered_json resource{{"id", "/subscriptions/" + group.subscription + "/resourceGroups/" + group.name},
                        {"name", group.name},
                        {"type", "Microsoft.Resources/resourceGroups"},
                        {"location", group.location}};
  if (!group.tags.empty()) resource["tags"] = group.tags;
  resource["properties"] = {{"provisioningState", "Succeeded"}};
  return resource;
}

base::Result<ResourceGroup> group_of_path(const Call& call) {
  const auto groups = groups_of(call);
  const auto found = groups.find(base::lower_case(call.group()));
  if (found != groups.end()) return found->second;
  return make_error(ErrorCode::ResourceGroupNotFound, "Resource group '" + call.group() + "' could not be found.");
}

bool is_in_group(const Call& call, const Place& place) {
  return is_listed(call, place);
}

struct Contents {
  std::vector<std::string> batch;
  std::vector<std::string> storage;
};

Contents contents_of_group(const Call& call) {
  Contents contents;
  for (const auto& account : call.accounts().batch_accounts()) {
    if (is_in_group(call, account.place)) contents.batch.push_back(account.name);
  }
  for (const auto& account : call.accounts().storage_accounts()) {
    if (is_in_group(call, account.place)) contents.storage.push_back(account.name);
  }
  return contents;
}

/// "resourceType eq 'Microsoft.Batch/batchAccounts'", the one filter that clients use.
base::Result<std::optional<wire::odata::Filter>> resource_filter(const Call& call) {
  using wire::odata::FilterProperty;
  using wire::odata::ValueType;
  constexpr auto kProperties =
      std::to_array<FilterProperty>({{"resourceType", ValueType::text, wire::odata::kEquality},
                                     {"resourceGroup", ValueType::text, wire::odata::kEquality},
                                     {"location", ValueType::text, wire::odata::kEquality},
                                     {"name", ValueType::text, wire::odata::kEquality}});
  if (call.parameters.filter.value_or("").empty()) return std::optional<wire::odata::Filter>{};
  auto filter = wire::odata::Filter::parse(*call.parameters.filter, kProperties);
  if (!filter) return make_error(ErrorCode::InvalidQueryParameterValue, {{"Target", "$filter"}});
  return std::optional(*std::move(filter));
}

}  // namespace

Answer list_groups(Call& call) {
  auto values = ordered_json::array();
  for (const auto& [key, group] : groups_of(call)) values.push_back(group_resource(group));
  co_return list_response(call, std::move(values));
}

Answer get_group(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto group, group_of_path(call));
  co_return resource_response(group_resource(group));
}

Answer group_exists(Call& call) {
  CO_RETURN_IF_ERROR(group_of_path(call));
  co_return empty_response(kExists);
}

Answer put_group(Call& call) {
  CO_RETURN_IF_ERROR(check_members(call.body, kMembers));
  CO_ASSIGN_OR_RETURN(auto location, location_of(call.body, "Microsoft.Resources/resourceGroups"));
  const auto known = group_of_path(call);
  if (known && known->location != location) {
    co_return make_error(ErrorCode::InvalidLocation, "Invalid resource group location '" + location +
                                                         "'. The Resource group already exists in location '" +
                                                         known->location + "'.");
  }
  ResourceGroup group{.subscription = call.subscription(),
                      .name = known ? known->name : call.group(),
                      .location = std::move(location),
                      .tags = call.body.value("tags", json::object())};
  CO_RETURN_IF_ERROR(call.groups->put(group));
  auto response = resource_response(group_resource(group));
  if (!known) response.status = kCreated;
  co_return response;
}

// With all that is in it, in this one request. Accounts that may not be deleted are refused before anything is.
Answer delete_group(Call& call) {
  CO_RETURN_IF_ERROR(group_of_path(call));
  const auto contents = contents_of_group(call);
  if (base::equal_ignoring_case(call.group(), kDefaultResourceGroup) && !contents.batch.empty()) {
    co_return make_error(ErrorCode::ResourceGroupNotEmpty);
  }
  for (const auto& name : contents.batch) CO_RETURN_IF_ERROR(co_await call.accounts().delete_batch_account(name));
  for (const auto& name : contents.storage) CO_RETURN_IF_ERROR(co_await call.accounts().delete_storage_account(name));
  CO_RETURN_IF_ERROR(call.groups->remove(call.subscription(), call.group()));
  co_return empty_response(200);
}

Answer list_resources(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto filter, resource_filter(call));
  auto values = ordered_json::array();
  const auto add = [&](const auto& account, std::string_view type) {
    if (!is_listed(call, account.place)) return;
    const auto shown = shown_place(call, account.place);
    const auto lookup = [&](std::string_view property) -> std::optional<wire::odata::Value> {
      if (property == "resourceType") return std::string(type);
      if (property == "resourceGroup") return shown.resource_group;
      if (property == "location") return shown.location;
      return account.name;
    };
    if (filter && !filter->matches(lookup)) return;
    ordered_json resource{{"id", resource_id(shown, type, account.name)},
                          {"name", account.name},
                          {"type", type},
                          {"location", account.place.location}};
    if (account.settings.contains("tags")) resource["tags"] = account.settings["tags"];
    values.push_back(std::move(resource));
  };
  for (const auto& account : call.accounts().batch_accounts()) add(account, "Microsoft.Batch/batchAccounts");
  for (const auto& account : call.accounts().storage_accounts()) add(account, "Microsoft.Storage/storageAccounts");
  co_return list_response(call, std::move(values));
}

}  // namespace emulator::management
