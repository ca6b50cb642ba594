// The marketplace images of `GET /supportedimages` and the node agent SKU that belongs to each.
//
// The emulator runs every pool on its own machine; the table is what clients look up and what pools are checked
// against.
#pragma once

#include "wire/batch/vocabulary.h"

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

namespace wire::batch {

struct SupportedImage {
  std::string_view node_agent_sku;
  std::string_view publisher;
  std::string_view offer;
  std::string_view sku;
  OsType os;
  VerificationType verification;
  std::string_view capabilities;    ///< separated by spaces; may be empty
  std::string_view end_of_support;  ///< batchSupportEndOfLife, "" when none is announced
};

std::span<const SupportedImage> supported_images();

/// The entity that project(EntityType::supported_image) shows.
nlohmann::json image_entity(const SupportedImage& image);

/// The node agents that run an image of the table, by name.
std::span<const std::string_view> node_agent_skus();
/// The entity that project(EntityType::node_agent_sku) shows: the agent and the verified images it runs.
nlohmann::json node_agent_sku_entity(std::string_view sku);

/// Whether any image has that node agent SKU (any casing).
bool is_known_node_agent_sku(std::string_view sku);
/// "batch.node.windows amd64" and its kin run Windows.
OsType os_of_node_agent_sku(std::string_view sku);
/// The image of that publisher, offer and sku (any casing), or null.
const SupportedImage* find_image(std::string_view publisher, std::string_view offer, std::string_view sku);

}  // namespace wire::batch
