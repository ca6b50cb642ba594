// ResourceGroups: the resource groups that were made by name. A group also is there while an account is in it.
//
// They are kept in a file, which is written before a change returns.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::management {

struct ResourceGroup {
  std::string subscription;
  std::string name;  ///< as it was made
  std::string location;
  nlohmann::json tags = nlohmann::json::object();
};

class ResourceGroups {
 public:
  /// In memory only.
  ResourceGroups() = default;
  /// Of a file, which need not be there. corrupt when it is not what put() wrote; io.
  static base::Result<std::unique_ptr<ResourceGroups>> open(std::filesystem::path file);

  /// Names compare without case.
  [[nodiscard]] std::optional<ResourceGroup> find(std::string_view subscription, std::string_view name) const;
  [[nodiscard]] std::vector<ResourceGroup> of(std::string_view subscription) const;
  /// Makes or replaces it. io, no_space.
  base::Result<void> put(ResourceGroup group);
  base::Result<void> remove(std::string_view subscription, std::string_view name);

 private:
  [[nodiscard]] base::Result<void> save() const;

  std::filesystem::path file_;
  std::map<std::pair<std::string, std::string>, ResourceGroup> groups_;  ///< by both names in lower case
};

}  // namespace emulator::management
