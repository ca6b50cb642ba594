// Pools: list, create, get, update, delete, disable autoscale, stop resize. Definitions are translated
// (pool_document.h) and then go the way of the Batch service's own operations, so that both planes check and do the
// same.
#include "base/text.h"
#include "emulator/management/body.h"
#include "emulator/management/handlers.h"
#include "emulator/management/list_query.h"
#include "emulator/management/places.h"
#include "emulator/management/pool_document.h"
#include "emulator/management/pool_resource.h"
#include "emulator/management/responses.h"
#include "emulator/rest/commands_from_json.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/operation.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/pool_commands.h"
#include "emulator/rest/request_head.h"
#include "wire/batch/errors.h"
#include "wire/batch/schema.h"

#include <algorithm>
#include <array>
#include <optional>

namespace emulator::management {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using wire::batch::RequestType;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr std::string_view kDeletion = "delete-";
constexpr int kNothingToDelete = 204;

constexpr auto kMembers = std::to_array<Member>({
    {"properties", MemberKind::free},
    {"identity", MemberKind::object},
    {"identity/type", MemberKind::choice, "UserAssigned|None"},
    {"identity/userAssignedIdentities", MemberKind::map},
    {"id", MemberKind::ignored},
    {"name", MemberKind::ignored},
    {"type", MemberKind::ignored},
    {"etag", MemberKind::ignored},
});
constexpr auto kFilterProperties = std::to_array<wire::odata::FilterProperty>({
    {"name", wire::odata::ValueType::text, wire::odata::kOrderingAndPrefix},
    {"properties/allocationState", wire::odata::ValueType::text, wire::odata::kEquality},
    {"properties/allocationStateTransitionTime", wire::odata::ValueType::time, wire::odata::kOrdering},
    {"properties/creationTime", wire::odata::ValueType::time, wire::odata::kOrdering},
    {"properties/interNodeCommunication", wire::odata::ValueType::text, wire::odata::kEquality},
    {"properties/lastModified", wire::odata::ValueType::time, wire::odata::kOrdering},
    {"properties/provisioningState", wire::odata::ValueType::text, wire::odata::kEquality},
    {"properties/provisioningStateTransitionTime", wire::odata::ValueType::time, wire::odata::kOrdering},
    {"properties/vmSize", wire::odata::ValueType::text, wire::odata::kOrderingAndPrefix},
});
/// What a PUT may change of a pool that is there; all else has to be as it is.
constexpr auto kReplaced = std::to_array<const char*>(
    {"startTask", "certificateReferences", "applicationPackageReferences", "metadata", "targetNodeCommunicationMode"});
constexpr auto kScale =
    std::to_array<const char*>({"targetDedicatedNodes", "targetLowPriorityNodes", "resizeTimeout", "enableAutoScale",
                                "autoScaleFormula", "autoScaleEvaluationInterval"});

/// The pool's definition out of the body, and what it says about its scale apart, as the Batch service's own operations
/// about that take it.
struct Definition {
  json pool;
  std::optional<json> formula;  ///< body of Pool_EnableAutoScale, canonical
  std::optional<json> resize;   ///< body of Pool_Resize, canonical
};

base::Result<void> read_scale(const Call& call, const json& properties, Definition& definition) {
  const auto body_of = [&](std::initializer_list<const char*> names) {
    json body = json::object();
    for (const auto* name : names) {
      if (definition.pool.contains(name)) body[name] = definition.pool[name];
    }
    return body;
  };
  const auto version = batch_version_of(call);
  if (definition.pool.contains("enableAutoScale")) {
    const auto body = body_of({"autoScaleFormula", "autoScaleEvaluationInterval"});
    ASSIGN_OR_RETURN(definition.formula, wire::batch::validate(version, RequestType::pool_enable_auto_scale, body));
    return {};
  }
  auto body = body_of({"targetDedicatedNodes", "targetLowPriorityNodes", "resizeTimeout"});
  const auto* option = rest::member(properties, {"scaleSettings", "fixedScale", "nodeDeallocationOption"});
  if (option != nullptr) body["nodeDeallocationOption"] = *option;
  ASSIGN_OR_RETURN(body, wire::batch::validate(version, RequestType::pool_resize, body));
  const bool has_target = body.contains("targetDedicatedNodes") || body.contains("targetLowPriorityNodes");
  if (has_target) definition.resize = std::move(body);
  return {};
}

base::Result<Definition> read_definition(Call& call) {
  RETURN_IF_ERROR(check_members(call.body, kMembers));
  auto properties = call.body.is_null() ? json::object() : call.body.value("properties", json::object());
  if (!properties.is_object()) return make_error(ErrorCode::InvalidPropertyValue, {{"Target", "properties"}});
  if (calls_slots_tasks(call) && properties.contains("maxTasksPerNode")) {
    properties["taskSlotsPerNode"] = properties["maxTasksPerNode"];
    properties.erase("maxTasksPerNode");
  }
  Definition definition;
  ASSIGN_OR_RETURN(definition.pool, batch_pool_from_arm(properties));
  RETURN_IF_ERROR(read_scale(call, properties, definition));
  return definition;
}

base::Result<core::Conditions> conditions_of(const Call& call) {
  const auto all = rest::operations();
  // A row of the Batch service that takes all of them.
  const auto row = std::ranges::find(all, std::string_view("Pool_Patch"), &rest::Operation::name);
  return rest::read_conditions(*row, batch_version_of(call), call.request->headers);
}

base::Async<base::Result<void>> run(rest::Call inner, rest::Handler handler) {
  CO_RETURN_IF_ERROR(co_await handler(inner));
  co_return base::Result<void>();
}

bool is_same(const core::AutoScale& now, const json& formula) {
  const auto interval = rest::duration_member(formula, {"autoScaleEvaluationInterval"});
  return now.formula == rest::text_member(formula, {"autoScaleFormula"}) &&
         interval.value_or(now.interval) == now.interval;
}

bool has_targets(const core::PoolRecord& now, const json& resize) {
  return rest::integer_member(resize, {"targetDedicatedNodes"}).value_or(now.target_dedicated) ==
             now.target_dedicated &&
         rest::integer_member(resize, {"targetLowPriorityNodes"}).value_or(now.target_low_priority) ==
             now.target_low_priority;
}

/// Scales as the definition says, where that is not what the pool does already.
base::Async<base::Result<void>> scale(const Call& call, Definition definition, rest::PoolView pool) {
  const auto& now = pool.record;
  if (definition.formula) {
    if (now.auto_scale && is_same(*now.auto_scale, *definition.formula)) co_return base::Result<void>();
    auto inner = batch_call(call, "Pool_EnableAutoScale", *std::move(definition.formula));
    co_return co_await run(std::move(inner), &rest::enable_pool_auto_scale);
  }
  if (!definition.resize) co_return base::Result<void>();
  if (now.auto_scale) {
    auto inner = batch_call(call, "Pool_DisableAutoScale", nullptr);
    CO_RETURN_IF_ERROR(co_await run(std::move(inner), &rest::disable_pool_auto_scale));
  }
  if (has_targets(now, *definition.resize)) co_return base::Result<void>();
  auto inner = batch_call(call, "Pool_Resize", *std::move(definition.resize));
  co_return co_await run(std::move(inner), &rest::resize_pool);
}

/// Whether what was sent says nothing new: the pool has all of it, whatever the casing.
bool has_already(const json& now, const json& sent) {
  if (sent.is_object()) {
    return now.is_object() && std::ranges::all_of(sent.items(), [&](const auto& member) {
             return now.contains(member.key()) && has_already(now[member.key()], member.value());
           });
  }
  if (sent.is_array()) return now.is_array() && std::ranges::equal(now, sent, has_already);
  if (!sent.is_string() || !now.is_string()) return now == sent;
  return base::equal_ignoring_case(now.get_ref<const std::string&>(), sent.get_ref<const std::string&>());
}

/// What of a definition a PATCH is about. Clients send whole pools back, and some of them defaults with everything.
json changed_members(const Definition& definition, const core::PoolRecord& record) {
  const auto now = rest::parse_document(record.document);
  auto changed = definition.pool;
  for (const auto* name : kScale) changed.erase(name);
  for (const auto& [name, value] : definition.pool.items()) {
    const bool is_replaced = std::ranges::find(kReplaced, name) != kReplaced.end();
    if (!is_replaced && now.contains(name) && has_already(now[name], value)) changed.erase(name);
  }
  return changed;
}

/// PropertyCannotBeUpdated when the whole definition differs from the pool in what is fixed.
base::Result<void> check_fixed_members(const json& wanted, const core::PoolRecord& record) {
  auto now = rest::parse_document(record.document);
  auto then = wanted;
  for (auto* document : {&now, &then}) {
    for (const auto* name : kReplaced) document->erase(name);
    for (const auto* name : kScale) document->erase(name);
    for (const auto* name : {"id", "identity"}) document->erase(name);
  }
  if (now == then) return {};
  for (const auto& [name, value] : then.items()) {
    if (now.contains(name) && now[name] == value) continue;
    return make_error(ErrorCode::PropertyCannotBeUpdated, {{"Target", "properties." + name}});
  }
  return make_error(ErrorCode::PropertyCannotBeUpdated, {{"Target", "properties"}});
}

/// PUT of a pool that is there: what may be changed becomes what the body says, given or not.
base::Async<base::Result<http::Response>> replace(const Call& call, Definition definition, core::AddPool whole,
                                                  rest::PoolView pool, core::Conditions conditions) {
  const auto wanted = rest::parse_document(whole.pool.document);
  CO_RETURN_IF_ERROR(check_fixed_members(wanted, pool.record));
  json body{{"certificateReferences", json::array()},
            {"applicationPackageReferences", json::array()},
            {"metadata", json::array()}};
  for (const auto* name : kReplaced) {
    if (definition.pool.contains(name)) body[name] = definition.pool[name];
  }
  auto inner = batch_call(call, "Pool_UpdateProperties", std::move(body));
  inner.conditions = std::move(conditions);
  CO_RETURN_IF_ERROR(co_await run(std::move(inner), &rest::update_pool_properties));
  CO_RETURN_IF_ERROR(co_await scale(call, std::move(definition), std::move(pool)));
  co_return co_await show_pool(call);
}

std::string deletion_path(const Call& call) {
  return account_id(call) + "/poolOperationResults/" + std::string(kDeletion) + call.path.get("poolName");
}

bool is_deleting(const rest::PoolView& pool) {
  return pool.record.state == wire::batch::PoolState::deleting;
}

}  // namespace

Answer list_pools(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto query, ListQuery::of(call, kFilterProperties));
  CO_ASSIGN_OR_RETURN(const auto after, rest::key_after(call.parameters));
  auto look = [&](const core::Batch& batch) {
    rest::Page<ordered_json> page;
    std::optional<core::PoolId> from;
    if (after) from = core::PoolId{*after};
    batch.visit_pools(from, [&](const core::PoolRecord& pool) {
      if (!page.take(call.parameters, pool.id.text())) return false;
      auto resource = pool_resource(call, rest::view_of(batch, pool, call.now()));
      if (query.matches(resource)) page.add(query.show(std::move(resource)), pool.document);
      return true;
    });
    return page;
  };
  CO_ASSIGN_OR_RETURN(auto page, co_await call.service().read(std::move(look)));
  co_return list_response(call, ordered_json(std::move(page.entries)), page.more, page.last_key);
}

Answer get_pool(Call& call) {
  co_return co_await show_pool(call);
}

Answer create_pool(Call& call) {
  CO_ASSIGN_OR_RETURN(auto definition, read_definition(call));
  CO_ASSIGN_OR_RETURN(auto conditions, conditions_of(call));
  auto body = definition.pool;
  body["id"] = call.path.get("poolName");
  const auto inner = batch_call(call, "Pool_Add", std::move(body));
  CO_ASSIGN_OR_RETURN(auto command, rest::add_pool_command(inner));
  if (call.body.is_object() && call.body.contains("identity")) {
    CO_ASSIGN_OR_RETURN(auto identity, pool_identity(call.body));
    auto document = rest::parse_document(command.pool.document);
    document["identity"] = std::move(identity);
    command.pool.document = rest::make_document(document);
  }
  const auto known = co_await find_pool(call);
  if (known) {
    if (conditions.if_none_match && conditions.if_none_match->any) co_return make_error(ErrorCode::ConditionNotMet);
    co_return co_await replace(call, std::move(definition), std::move(command), *known, std::move(conditions));
  }
  if (conditions.if_match) co_return make_error(ErrorCode::ConditionNotMet);
  CO_RETURN_IF_ERROR(co_await rest::execute(inner, std::move(command)));
  co_return co_await show_pool(call);
}

Answer update_pool(Call& call) {
  CO_ASSIGN_OR_RETURN(auto definition, read_definition(call));
  CO_ASSIGN_OR_RETURN(auto conditions, conditions_of(call));
  CO_ASSIGN_OR_RETURN(auto pool, co_await find_pool(call));
  CO_RETURN_IF_ERROR(core::check_conditions(conditions, pool.record.version));
  if (auto body = changed_members(definition, pool.record); !body.empty()) {
    auto inner = batch_call(call, "Pool_Patch", std::move(body));
    inner.conditions = std::move(conditions);
    CO_RETURN_IF_ERROR(co_await run(std::move(inner), &rest::patch_pool));
  }
  CO_RETURN_IF_ERROR(co_await scale(call, std::move(definition), std::move(pool)));
  co_return co_await show_pool(call);
}

Answer delete_pool(Call& call) {
  const auto pool = co_await find_pool(call);
  if (!pool) co_return empty_response(kNothingToDelete);
  if (!is_deleting(*pool)) {
    auto inner = batch_call(call, "Pool_Delete", nullptr);
    CO_RETURN_IF_ERROR(co_await run(std::move(inner), &rest::delete_pool));
  }
  co_return accepted_response(call, deletion_path(call));
}

Answer get_pool_operation_result(Call& call) {
  const auto id = call.path.get("operationId");
  if (!id.starts_with(kDeletion)) co_return make_error(ErrorCode::NotFound);
  call.path.add("poolName", id.substr(kDeletion.size()));
  const auto pool = co_await find_pool(call);
  if (pool && is_deleting(*pool)) co_return accepted_response(call, deletion_path(call));
  co_return empty_response(200);
}

Answer disable_pool_auto_scale(Call& call) {
  auto inner = batch_call(call, "Pool_DisableAutoScale", nullptr);
  CO_RETURN_IF_ERROR(co_await run(std::move(inner), &rest::disable_pool_auto_scale));
  co_return co_await show_pool(call);
}

Answer stop_pool_resize(Call& call) {
  auto inner = batch_call(call, "Pool_StopResize", nullptr);
  CO_RETURN_IF_ERROR(co_await run(std::move(inner), &rest::stop_pool_resize));
  co_return co_await show_pool(call);
}

}  // namespace emulator::management
