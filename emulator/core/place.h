// TaskPlace: which instance of a multi-instance task a node runs, and how the instances find each other
// (contract 6.10, 7.2).
#pragma once

#include "emulator/core/records.h"

#include <cstdint>
#include <string>
#include <vector>

namespace emulator::core {

struct TaskPlace {
  std::int32_t instance = 0;       ///< 0 = the primary, and every ordinary task
  std::vector<std::string> hosts;  ///< addresses of the instances 0, 1, ...; empty for an ordinary task
};

/// Where the commands of a multi-instance task find this node. All nodes are this machine, so it is an address of the
/// loopback network of the node's own: 127.{pool}.y.z for a node whose address is 10.x.y.z.
std::string loopback_address(const NodeRecord& node);

}  // namespace emulator::core
