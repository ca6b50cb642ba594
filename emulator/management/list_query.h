// $filter and $select of the lists of pools and certificates, over the resources as they are shown: "name" and paths
// below "properties" ("properties/allocationState").
#pragma once

#include "emulator/management/call.h"
#include "wire/odata.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace emulator::management {

class ListQuery {
 public:
  /// InvalidQueryParameterValue with Target.
  static base::Result<ListQuery> of(const Call& call, std::span<const wire::odata::FilterProperty> properties);

  [[nodiscard]] bool matches(const nlohmann::ordered_json& resource) const;
  /// With $select: id, name, type and etag, and of the properties what was asked for.
  [[nodiscard]] nlohmann::ordered_json show(nlohmann::ordered_json resource) const;

 private:
  std::optional<wire::odata::Filter> filter_;
  std::vector<wire::odata::FilterProperty> properties_;
  std::vector<std::string> select_;
};

}  // namespace emulator::management
