// Containers and mounts: from stored documents to what a node is told of them (contract 7.7).
#pragma once

#include "emulator/rest/assignment.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace emulator::rest {

/// The containerSettings of a task; nothing when it has none.
std::optional<wire::node::Container> container_of(const nlohmann::json& task);
/// Whether nodes of the pool have to be set up before their start task.
bool sets_up_nodes(const nlohmann::json& pool);

}  // namespace emulator::rest
