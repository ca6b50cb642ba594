// Nodes: list and get (contract 4.2).
#include "emulator/rest/documents.h"
#include "emulator/rest/entities.h"
#include "emulator/rest/filters.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/projection.h"
#include "emulator/rest/responses.h"
#include "wire/batch/errors.h"

namespace emulator::rest {
namespace {

using wire::batch::EntityType;
using wire::batch::ErrorCode;

struct NodePage {
  Page<NodeView> page;
  core::Document pool;
};

}  // namespace

Answer list_nodes(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::node));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::nodes));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto look = [&](const core::Batch& batch) -> base::Result<NodePage> {
    const auto* pool = batch.find_pool(call.pool_id());
    if (pool == nullptr) return wire::batch::make_error(ErrorCode::PoolNotFound);
    NodePage found{.page = {}, .pool = pool->document};
    std::optional<core::NodeId> from;
    if (after) from = core::NodeId{*after};
    batch.visit_nodes(pool->id, from, [&](const core::NodeRecord& node) {
      if (!found.page.take(call.parameters, node.key.node.text())) return false;
      if (matches(filter, node)) found.page.add(view_of(batch, node), node.start_task);
      return true;
    });
    return found;
  };
  CO_ASSIGN_OR_RETURN(const auto found, co_await call.service().read(std::move(look)));
  const auto pool = parse_document(found.pool);
  auto values = nlohmann::ordered_json::array();
  for (const auto& node : found.page.entries) {
    values.push_back(projection.show(node_entity(call.base_url, node, pool)));
  }
  co_return json_response(call, "nodes", list_body(call, std::move(values), found.page.more, found.page.last_key));
}

Answer get_node(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::node));
  CO_ASSIGN_OR_RETURN(const auto node, co_await find_node(call));
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  const auto document = parse_document(pool.record.document);
  co_return json_response(call, "nodes/@Element", projection.show(node_entity(call.base_url, node, document)));
}

}  // namespace emulator::rest
