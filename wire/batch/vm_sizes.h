// The VM sizes that pools may name: what a node of that size has. To offer another size, add a row to vm_sizes.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace wire::batch {

struct VmSize {
  std::string_view name;  ///< lower case, as echoed
  std::int32_t cores;
  std::int32_t memory_mib;
  std::int32_t temporary_disk_gib;  ///< 0 for sizes without one
};

/// All sizes, sorted by name.
std::span<const VmSize> vm_sizes();

/// Any casing.
std::optional<VmSize> find_vm_size(std::string_view name);

}  // namespace wire::batch
