// Pools: add, get, list, exists, patch, delete, resize, stop resize (contract 4.1, 5.1, 5.2).
#include "emulator/rest/commands_from_json.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/entities.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/filters.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/projection.h"
#include "emulator/rest/refused_features.h"
#include "emulator/rest/responses.h"
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"

#include <array>

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::EntityType;
using wire::batch::ErrorCode;
using wire::batch::make_error;
using wire::batch::RequestType;

base::Result<core::AddPool> add_pool_command(const Call& call) {
  ASSIGN_OR_RETURN(auto pool, wire::batch::validate(call.version, RequestType::pool_add, call.body));
  RETURN_IF_ERROR(refuse_unoffered_in_pool(pool));
  RETURN_IF_ERROR(wire::batch::check_pool_add(pool));
  pool = wire::batch::apply_defaults(call.version, EntityType::pool, std::move(pool));
  return core::AddPool{.pool = pool_from_json(pool)};
}

/// Members that PATCH may change at any time, and those of 20.0 that it may change while the pool is empty. Of the
/// latter, three decide where tasks fit and cannot be changed here.
constexpr auto kAlwaysPatched = std::to_array<std::string_view>(
    {"startTask", "certificateReferences", "applicationPackageReferences", "metadata", "targetNodeCommunicationMode"});
constexpr auto kPatchedWhileEmpty = std::to_array<std::string_view>(
    {"displayName", "virtualMachineConfiguration", "networkConfiguration", "userAccounts", "mountConfiguration",
     "upgradePolicy", "enableInterNodeCommunication", "resourceTags"});
constexpr auto kPatchedNever = std::to_array<std::string_view>({"vmSize", "taskSlotsPerNode", "taskSchedulingPolicy"});

template <std::size_t N>
bool has_any(const json& object, const std::array<std::string_view, N>& names) {
  for (const auto name : names) {
    if (object.contains(name)) return true;
  }
  return false;
}

base::Result<json> patched_pool(const Call& call, const PoolView& pool, const json& patch) {
  for (const auto name : kPatchedNever) {
    if (!patch.contains(name)) continue;
    auto error = make_error(ErrorCode::NotImplemented, {{"PropertyName", std::string{name}}});
    error.message = "The emulator does not change the property " + std::string{name} + " of an existing pool";
    return error;
  }
  const bool is_empty = pool.current_dedicated + pool.current_low_priority + pool.record.target_dedicated +
                            pool.record.target_low_priority ==
                        0;
  if (!is_empty && has_any(patch, kPatchedWhileEmpty)) return make_error(ErrorCode::OperationInvalidForCurrentState);
  auto merged = parse_document(pool.record.document);
  for (const auto& [name, value] : patch.items()) merged[name] = value;
  return wire::batch::apply_defaults(call.version, EntityType::pool, std::move(merged));
}

base::Result<core::ResizePool> resize_command(const Call& call) {
  ASSIGN_OR_RETURN(const auto body, wire::batch::validate(call.version, RequestType::pool_resize, call.body));
  RETURN_IF_ERROR(wire::batch::check_pool_resize(body));
  return core::ResizePool{.id = call.pool_id(),
                          .conditions = call.conditions,
                          .target_dedicated = integer_member(body, {"targetDedicatedNodes"}),
                          .target_low_priority = integer_member(body, {"targetLowPriorityNodes"}),
                          .timeout = duration_member(body, {"resizeTimeout"}),
                          .deallocation = enum_member<wire::batch::DeallocationOption>(body, {"nodeDeallocationOption"})
                                              .value_or(wire::batch::DeallocationOption::requeue)};
}

}  // namespace

Answer add_pool(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, add_pool_command(call));
  const auto path = "/pools/" + command.pool.id.text();
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return created_response(call, path, version);
}

Answer get_pool(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::pool));
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  CO_RETURN_IF_ERROR(core::check_conditions(call.conditions, pool.record.version));
  auto response = json_response(call, "pools/@Element", projection.show(pool_entity(call.base_url, pool)));
  set_version(response, pool.record.version);
  co_return response;
}

Answer pool_exists(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  CO_RETURN_IF_ERROR(core::check_conditions(call.conditions, pool.record.version));
  auto response = empty_response(call);
  set_version(response, pool.record.version);
  co_return response;
}

Answer list_pools(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::pool));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::pools));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto look = [&](const core::Batch& batch) {
    Page<PoolView> page;
    std::optional<core::PoolId> from;
    if (after) from = core::PoolId{*after};
    batch.visit_pools(from, [&](const core::PoolRecord& pool) {
      if (!page.take(call.parameters, pool.id.text())) return false;
      if (matches(filter, pool)) page.add(view_of(batch, pool), pool.document);
      return true;
    });
    return page;
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await call.service().read(std::move(look)));
  auto values = nlohmann::ordered_json::array();
  for (const auto& pool : page.entries) values.push_back(projection.show(pool_entity(call.base_url, pool)));
  co_return json_response(call, "pools", list_body(call, std::move(values), page.more, page.last_key));
}

Answer patch_pool(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto patch, wire::batch::validate(call.version, RequestType::pool_patch, call.body));
  CO_RETURN_IF_ERROR(refuse_unoffered_in_pool(patch));
  CO_RETURN_IF_ERROR(wire::batch::check_pool_patch(patch));
  for (int attempt = 1;; ++attempt) {
    CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
    CO_ASSIGN_OR_RETURN(const auto merged, patched_pool(call, pool, patch));
    core::UpdatePool command{.id = pool.record.id,
                             .conditions = call.conditions,
                             .seen = pool.record.version,
                             .document = make_document(merged),
                             .start_task = start_task_document(merged),
                             .start_task_waits = boolean_member(merged, {"startTask", "waitForSuccess"}, true)};
    auto version = co_await execute(call, std::move(command));
    if (version) co_return written_response(call, *version);
    if (!is_write_conflict(version.error()) || attempt == kMostMergeAttempts) co_return std::move(version).error();
  }
}

Answer delete_pool(Call& call) {
  core::DeletePool command{.id = call.pool_id(), .conditions = call.conditions};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return empty_response(call);
}

Answer resize_pool(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, resize_command(call));
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer stop_pool_resize(Call& call) {
  core::StopPoolResize command{.id = call.pool_id(), .conditions = call.conditions};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

}  // namespace emulator::rest
