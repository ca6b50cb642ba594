// The names that the management operations give VM sizes and their families: derived from the sizes that pools may
// name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emulator::management {

/// "standard_d2s_v3" is "Standard_D2s_v3".
std::string display_name_of_size(std::string_view size);
/// "standard_d2s_v3" is of "standardDSv3Family".
std::string family_of_size(std::string_view size);
/// Whether it is one of the sizes of cloud services ("small"), which have no VM family of their own.
bool is_cloud_service_size(std::string_view size);
/// Of all sizes, each once, sorted.
std::vector<std::string> vm_families();

}  // namespace emulator::management
