// How a node is reached from outside (contract 4.2), as far as its pool says so. Nothing listens at these addresses:
// no host account is made, and tasks listen on the machine itself.
#pragma once

#include "emulator/core/records.h"

#include <nlohmann/json_fwd.hpp>

namespace emulator::rest {

/// Whether the pool's nodes show themselves as Windows: by its agent SKU, or as nodes of a cloud service.
bool runs_windows(const nlohmann::json& pool);

/// `inboundEndpoints`: remote login (SSH, or RDP on Windows), then the pool's NAT pools. Empty without public
/// addresses.
nlohmann::json inbound_endpoints(const core::NodeRecord& node, const nlohmann::json& pool);

/// `virtualMachineInfo.imageReference`: the pool's, with the version that "latest" stands for.
nlohmann::json exact_image(const nlohmann::json& image);

}  // namespace emulator::rest
