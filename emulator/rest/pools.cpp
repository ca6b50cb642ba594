// Pools: add, get, list, exists, patch, updateproperties, delete (contract 4.1, 5.1). What changes the number of their
// nodes is in pool_scaling.cpp.
#include "emulator/rest/commands_from_json.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/entities.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/filters.h"
#include "emulator/rest/formulas.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/pool_commands.h"
#include "emulator/rest/projection.h"
#include "emulator/rest/refused_features.h"
#include "emulator/rest/responses.h"
#include "emulator/rest/statistics.h"
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"

#include <algorithm>
#include <array>

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::EntityType;
using wire::batch::RequestType;

/// Members of 20.0 that PATCH may change while the pool is empty; all others it may change at any time.
constexpr auto kPatchedWhileEmpty = std::to_array<std::string_view>(
    {"displayName", "vmSize", "virtualMachineConfiguration", "taskSlotsPerNode", "taskSchedulingPolicy",
     "networkConfiguration", "userAccounts", "mountConfiguration", "upgradePolicy", "enableInterNodeCommunication"});

/// What updateproperties replaces, whether given or not.
constexpr auto kProperties = std::to_array<std::string_view>(
    {"startTask", "certificateReferences", "applicationPackageReferences", "metadata", "targetNodeCommunicationMode"});

bool needs_an_empty_pool(const json& patch) {
  return std::ranges::any_of(kPatchedWhileEmpty, [&](const auto name) { return patch.contains(name); });
}

/// The command that gives the pool this whole new definition.
core::UpdatePool update_command(const Call& call, const core::PoolRecord& record, const json& merged) {
  return {.id = record.id,
          .conditions = call.conditions,
          .seen = record.version,
          .document = pool_document(merged),
          .start_task = start_task_document(merged),
          .start_task_waits = boolean_member(merged, {"startTask", "waitForSuccess"}, true),
          .shape = {},
          .packages = {},
          .certificates = {}};
}

base::Result<core::UpdatePool> patch_command(const Call& call, const core::PoolRecord& record, const json& patch) {
  auto merged = parse_document(record.document);
  for (const auto& [name, value] : patch.items()) merged[name] = value;
  merged = wire::batch::apply_defaults(call.version, EntityType::pool, std::move(merged));
  auto command = update_command(call, record, merged);
  take_references(command, patch);
  if (!needs_an_empty_pool(patch)) return command;
  RETURN_IF_ERROR(wire::batch::check_patched_pool(merged));
  const auto reshaped = pool_from_json(merged);
  command.shape = core::UpdatePool::Shape{.task_slots_per_node = reshaped.task_slots_per_node,
                                          .fill = reshaped.fill,
                                          .cores_per_node = reshaped.cores_per_node,
                                          .inter_node_communication = reshaped.inter_node_communication};
  return command;
}

base::Result<core::UpdatePool> properties_command(const Call& call, const core::PoolRecord& record,
                                                  const json& properties) {
  auto merged = parse_document(record.document);
  for (const auto name : kProperties) merged.erase(std::string{name});
  for (const auto& [name, value] : properties.items()) merged[name] = value;
  auto command =
      update_command(call, record, wire::batch::apply_defaults(call.version, EntityType::pool, std::move(merged)));
  command.packages = package_references(properties);
  command.certificates = certificate_references(properties);
  return command;
}

using MakeUpdate = base::Result<core::UpdatePool> (*)(const Call& call, const core::PoolRecord& record,
                                                      const json& change);

/// Merges the change into the pool as it is, again while other requests come between.
base::Async<base::Result<core::Version>> update_pool(const Call& call, json change, MakeUpdate make_update) {
  for (int attempt = 1;; ++attempt) {
    CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
    CO_ASSIGN_OR_RETURN(auto command, make_update(call, pool.record, change));
    auto version = co_await execute(call, std::move(command));
    if (version || !is_write_conflict(version.error()) || attempt == kMostMergeAttempts) co_return version;
  }
}

nlohmann::ordered_json shown(const Call& call, const PoolView& pool, const Projection& projection) {
  auto entity = pool_entity(call.base_url, pool);
  if (projection.shows_stats()) {
    entity["stats"] =
        pool_statistics(pool_url(call.base_url, pool.record.id), pool.record.created, call.now(), pool.usage);
  }
  return projection.show(entity);
}

}  // namespace

base::Result<core::AddPool> add_pool_command(const Call& call) {
  ASSIGN_OR_RETURN(auto pool, wire::batch::validate(call.version, RequestType::pool_add, call.body));
  RETURN_IF_ERROR(refuse_unoffered_in_pool(pool));
  RETURN_IF_ERROR(wire::batch::check_pool_add(pool));
  RETURN_IF_ERROR(check_formula_syntax(pool));
  pool = wire::batch::apply_defaults(call.version, EntityType::pool, std::move(pool));
  return core::AddPool{.pool = pool_from_json(pool)};
}

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
  auto response = json_response(call, "pools/@Element", shown(call, pool, projection));
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
      if (matches(filter, pool)) page.add(view_of(batch, pool, call.now()), pool.document);
      return true;
    });
    return page;
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await call.service().read(std::move(look)));
  auto values = nlohmann::ordered_json::array();
  for (const auto& pool : page.entries) values.push_back(shown(call, pool, projection));
  co_return json_response(call, "pools", list_body(call, std::move(values), page.more, page.last_key));
}

Answer patch_pool(Call& call) {
  CO_ASSIGN_OR_RETURN(auto patch, wire::batch::validate(call.version, RequestType::pool_patch, call.body));
  CO_RETURN_IF_ERROR(refuse_unoffered_in_pool(patch));
  CO_RETURN_IF_ERROR(wire::batch::check_pool_patch(patch));
  CO_ASSIGN_OR_RETURN(const auto version, co_await update_pool(call, std::move(patch), &patch_command));
  co_return written_response(call, version);
}

Answer update_pool_properties(Call& call) {
  CO_ASSIGN_OR_RETURN(auto properties,
                      wire::batch::validate(call.version, RequestType::pool_update_properties, call.body));
  CO_RETURN_IF_ERROR(refuse_unoffered_in_pool(properties));
  CO_RETURN_IF_ERROR(wire::batch::check_pool_update_properties(properties));
  CO_ASSIGN_OR_RETURN(const auto version, co_await update_pool(call, std::move(properties), &properties_command));
  co_return written_response(call, version);
}

Answer delete_pool(Call& call) {
  core::DeletePool command{.id = call.pool_id(), .conditions = call.conditions};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return empty_response(call);
}

}  // namespace emulator::rest
