// The account as a whole: supported images and node counts (contract 4.6, 9.1).
#include "emulator/rest/filters.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/projection.h"
#include "emulator/rest/responses.h"
#include "wire/batch/supported_images.h"
#include "wire/batch/vocabulary.h"

#include <array>
#include <charconv>

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::EntityType;
using wire::odata::Value;

using StateCounts = std::array<std::int32_t, wire::batch::kCount<wire::batch::NodeState>>;

struct PoolCounts {
  core::PoolId pool;
  StateCounts dedicated{};
  StateCounts low_priority{};
};

/// The members' names in the order of NodeState: camel case here, though states are lower case elsewhere.
constexpr auto kCountNames = std::to_array<std::string_view>(
    {"creating", "starting", "waitingForStartTask", "startTaskFailed", "idle", "running", "offline", "rebooting",
     "reimaging", "upgradingOS", "unusable", "unknown", "leavingPool", "preempted", "deallocating", "deallocated"});
static_assert(kCountNames.size() == std::tuple_size_v<StateCounts>);

json counts_entity(const StateCounts& counts) {
  json entity;
  std::int32_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    entity[std::string{kCountNames[i]}] = counts[i];
    total += counts[i];
  }
  entity["total"] = total;
  return entity;
}

PoolCounts count_nodes(const core::Batch& batch, const core::PoolId& pool) {
  PoolCounts counts{.pool = pool};
  batch.visit_nodes(pool, std::nullopt, [&](const core::NodeRecord& node) {
    ++(node.dedicated ? counts.dedicated : counts.low_priority)[static_cast<std::size_t>(node.state)];
    return true;
  });
  return counts;
}

std::optional<Value> image_value(const wire::batch::SupportedImage& image, std::string_view property) {
  if (property == "osType") return Value{std::string{wire::batch::name_of(image.os)}};
  if (property == "verificationType") return Value{std::string{wire::batch::name_of(image.verification)}};
  if (property == "nodeAgentSKUId") return Value{std::string{image.node_agent_sku}};
  return std::nullopt;
}

/// Images have no id: a page continues after a row of the table.
std::size_t row_after(const std::optional<std::string>& key) {
  std::size_t row = 0;
  if (key) std::from_chars(key->data(), key->data() + key->size(), row);
  return row;
}

}  // namespace

Answer list_supported_images(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::supported_image));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::supported_images));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  const auto images = wire::batch::supported_images();
  Page<const wire::batch::SupportedImage*> page;
  for (std::size_t row = row_after(after); row < images.size(); ++row) {
    if (!page.take(call.parameters, std::to_string(row + 1))) break;
    const auto& image = images[row];
    const auto lookup = [&image](std::string_view property) { return image_value(image, property); };
    if (!filter || filter->matches(lookup)) page.entries.push_back(&image);
  }
  auto values = nlohmann::ordered_json::array();
  for (const auto* image : page.entries) values.push_back(projection.show(wire::batch::image_entity(*image)));
  co_return json_response(call, "supportedimages", list_body(call, std::move(values), page.more, page.last_key));
}

Answer list_node_agent_skus(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::node_agent_sku));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::node_agent_skus));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  Page<std::string_view> page;
  for (const auto sku : wire::batch::node_agent_skus()) {
    if (after && sku <= *after) continue;
    if (!page.take(call.parameters, std::string{sku})) break;
    const auto lookup = [sku](std::string_view property) -> std::optional<Value> {
      if (property == "id") return Value{std::string{sku}};
      return Value{std::string{wire::batch::name_of(wire::batch::os_of_node_agent_sku(sku))}};
    };
    if (!filter || filter->matches(lookup)) page.entries.push_back(sku);
  }
  auto values = nlohmann::ordered_json::array();
  for (const auto sku : page.entries) values.push_back(projection.show(wire::batch::node_agent_sku_entity(sku)));
  co_return json_response(call, "nodeagentskus", list_body(call, std::move(values), page.more, page.last_key));
}

Answer list_pool_node_counts(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::pool_node_counts));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::node_counts));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto look = [&](const core::Batch& batch) {
    Page<PoolCounts> page;
    std::optional<core::PoolId> from;
    if (after) from = core::PoolId{*after};
    batch.visit_pools(from, [&](const core::PoolRecord& pool) {
      if (!page.take(call.parameters, pool.id.text())) return false;
      const auto lookup = [&pool](std::string_view) { return std::optional<Value>{Value{pool.id.text()}}; };
      if (!filter || filter->matches(lookup)) page.entries.push_back(count_nodes(batch, pool.id));
      return true;
    });
    return page;
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await call.service().read(std::move(look)));
  auto values = nlohmann::ordered_json::array();
  for (const auto& counts : page.entries) {
    const json entity{{"poolId", counts.pool.text()},
                      {"dedicated", counts_entity(counts.dedicated)},
                      {"lowPriority", counts_entity(counts.low_priority)}};
    values.push_back(projection.show(entity));
  }
  co_return json_response(call, "poolnodecounts", list_body(call, std::move(values), page.more, page.last_key));
}

}  // namespace emulator::rest
