#include "emulator/management/pool_resource.h"

#include "base/text.h"
#include "emulator/management/places.h"
#include "emulator/management/pool_document.h"
#include "emulator/management/responses.h"
#include "emulator/rest/entities.h"
#include "emulator/rest/operation.h"
#include "wire/batch/schema.h"
#include "wire/batch/vocabulary.h"
#include "wire/time_text.h"

#include <algorithm>

namespace emulator::management {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using wire::batch::EntityType;
using wire::batch::Version;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr std::string_view kType = "Microsoft.Batch/batchAccounts/pools";
constexpr std::chrono::seconds kTimeout{30};

std::string_view deallocation_name(wire::batch::DeallocationOption option) {
  using wire::batch::DeallocationOption;
  switch (option) {
    case DeallocationOption::requeue: return "Requeue";
    case DeallocationOption::terminate: return "Terminate";
    case DeallocationOption::taskcompletion: return "TaskCompletion";
    case DeallocationOption::retaineddata: return "RetainedData";
  }
  return "Requeue";
}

/// The resize under way, or the last one.
ordered_json resize_status(const rest::PoolView& pool, const ordered_json& shown) {
  const auto& record = pool.record;
  ordered_json status{{"targetDedicatedNodes", record.target_dedicated},
                      {"targetLowPriorityNodes", record.target_low_priority},
                      {"nodeDeallocationOption", deallocation_name(record.resize.deallocation)},
                      {"resizeTimeout", wire::print_duration(record.resize.timeout)},
                      {"startTime", wire::print_timestamp(record.resize.started)}};
  for (const auto& error : shown.value("resizeErrors", ordered_json::array())) {
    status["errors"].push_back({{"code", error.value("code", "")}, {"message", error.value("message", "")}});
  }
  return status;
}

ordered_json shown_identity(const ordered_json& identity) {
  ordered_json shown{{"type", identity.value("type", "None")}};
  for (const auto& user : identity.value("userAssignedIdentities", ordered_json::array())) {
    shown["userAssignedIdentities"][user.value("resourceId", "")] = {{"principalId", user.value("principalId", "")},
                                                                     {"clientId", user.value("clientId", "")}};
  }
  return shown;
}

}  // namespace

Version batch_version_of(const Call& call) {
  return call.api_version >= "2024-07-01" ? Version::v20_0 : Version::v19_0;
}

bool calls_slots_tasks(const Call& call) {
  return call.api_version < "2021-01-01";
}

rest::Call batch_call(const Call& call, std::string_view operation, json body) {
  const auto all = rest::operations();
  rest::Call made;
  made.surroundings = &call.services->surroundings;
  made.account = call.account;
  made.operation = &*std::ranges::find(all, operation, &rest::Operation::name);
  made.request = call.request;
  made.base_url = call.request->base_url();
  made.path.add("poolId", call.path.get("poolName"));
  made.version = batch_version_of(call);
  made.parameters = call.parameters;
  made.body = std::move(body);
  made.deadline = std::chrono::steady_clock::now() + kTimeout;
  return made;
}

base::Async<base::Result<rest::PoolView>> find_pool(const Call& call) {
  const auto inner = batch_call(call, "Pool_Get", nullptr);
  co_return co_await rest::find_pool(inner);
}

ordered_json pool_resource(const Call& call, const rest::PoolView& pool) {
  const auto entity = rest::pool_entity("", pool);
  const auto shown = wire::batch::project(Version::v19_0, EntityType::pool, entity);
  const auto account = account_id(call);
  auto properties = arm_pool_properties(shown, account);
  properties["resizeOperationStatus"] = resize_status(pool, shown);
  if (calls_slots_tasks(call)) properties["maxTasksPerNode"] = properties["taskSlotsPerNode"];
  ordered_json resource{{"id", account + "/pools/" + pool.record.id.text()},
                        {"name", pool.record.id.text()},
                        {"type", kType},
                        {"etag", weak_etag(pool.record.version)},
                        {"properties", std::move(properties)}};
  if (shown.contains("identity")) resource["identity"] = shown_identity(shown["identity"]);
  return resource;
}

base::Async<base::Result<http::Response>> show_pool(const Call& call) {
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  auto response = resource_response(pool_resource(call, pool));
  response.headers.set("Last-Modified", wire::print_http_date(pool.record.version.last_modified));
  co_return response;
}

// There is no Microsoft.ManagedIdentity here: every id that is named is taken as that of an identity.
base::Result<json> pool_identity(const json& body) {
  const auto& identity = body.at("identity");
  const auto type = identity.value("type", "");
  if (type.empty()) return make_error(ErrorCode::MissingRequiredProperty, {{"Target", "identity.type"}});
  json kept{{"type", type}};
  const auto& users = identity.value("userAssignedIdentities", json::object());
  if (!users.is_object() || (type == "UserAssigned") == users.empty()) {
    return make_error(ErrorCode::InvalidPropertyValue, {{"Target", "identity.userAssignedIdentities"}});
  }
  for (const auto& [id, ignored] : users.items()) {
    kept["userAssignedIdentities"].push_back({{"resourceId", id},
                                              {"clientId", guid_of("client of " + base::lower_case(id))},
                                              {"principalId", guid_of("principal of " + base::lower_case(id))}});
  }
  return kept;
}

}  // namespace emulator::management
