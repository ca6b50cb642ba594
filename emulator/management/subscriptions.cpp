// Subscriptions, tenants and their locations.
//
// There is one subscription to be listed, which `az login` and its like take as their own. Every other GUID that a
// client was configured with is taken as a subscription too.
#include "base/text.h"
#include "emulator/management/handlers.h"
#include "emulator/management/places.h"
#include "emulator/management/responses.h"
#include "emulator/names.h"

namespace emulator::management {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kDisplayName = "Batch Emulator";
constexpr std::string_view kDomain = "batch-emulator.onmicrosoft.com";

ordered_json subscription_resource(const std::string& id) {
  return {
      {"id", "/subscriptions/" + id},
      {"authorizationSource", "RoleBased"},
      {"managedByTenants", ordered_json::array()},
      {"subscriptionId", id},
      {"tenantId", kDefaultTenant},
      {"displayName", kDisplayName},
      {"state", "Enabled"},
      {"subscriptionPolicies",
       {{"locationPlacementId", "Public_2014-09-01"}, {"quotaId", "PayAsYouGo_2014-09-01"}, {"spendingLimit", "Off"}}}};
}

/// A page of one, with the count that newer versions give.
http::Response counted_list(ordered_json values) {
  const auto count = values.size();
  return json_response(200,
                       ordered_json{{"value", std::move(values)}, {"count", {{"type", "Total"}, {"value", count}}}});
}

}  // namespace

Answer list_subscriptions(Call&) {
  auto values = ordered_json::array();
  values.push_back(subscription_resource(std::string(kDefaultSubscription)));
  co_return counted_list(std::move(values));
}

Answer get_subscription(Call& call) {
  co_return resource_response(subscription_resource(base::lower_case(call.subscription())));
}

Answer list_tenants(Call& call) {
  ordered_json tenant{{"id", "/tenants/" + std::string(kDefaultTenant)},
                      {"tenantId", kDefaultTenant},
                      {"countryCode", "US"},
                      {"displayName", kDisplayName},
                      {"domains", ordered_json::array({kDomain})},
                      {"tenantCategory", "Home"},
                      {"defaultDomain", kDomain},
                      {"tenantType", "AAD"}};
  auto values = ordered_json::array();
  values.push_back(std::move(tenant));
  co_return list_response(call, std::move(values));
}

Answer list_locations(Call& call) {
  auto values = ordered_json::array();
  for (const auto& region : regions()) {
    ordered_json metadata{{"regionType", "Physical"},
                          {"regionCategory", "Recommended"},
                          {"geography", region.geography},
                          {"geographyGroup", region.geography}};
    values.push_back(
        {{"id", "/subscriptions/" + call.subscription() + "/locations/" + std::string(region.name)},
         {"name", region.name},
         {"type", "Region"},
         {"displayName", region.display_name},
         {"regionalDisplayName", "(" + std::string(region.geography) + ") " + std::string(region.display_name)},
         {"metadata", std::move(metadata)}});
  }
  co_return list_response(call, std::move(values));
}

}  // namespace emulator::management
