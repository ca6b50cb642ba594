// What a reader asked to see: $select and $expand, applied to entities.
#pragma once

#include "emulator/rest/call.h"
#include "wire/batch/schema.h"
#include "wire/odata.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace emulator::rest {

/// $select and $expand of a call, checked against the entity.
class Projection {
 public:
  static base::Result<Projection> of(const Call& call, wire::batch::EntityType type);
  /// Whether `stats` were asked for. With $select they must be named there too (contract 4.7); show() sees to that.
  [[nodiscard]] bool shows_stats() const { return stats_; }
  [[nodiscard]] nlohmann::ordered_json show(const nlohmann::json& entity) const;

 private:
  Projection(wire::batch::Version version, wire::batch::EntityType type) : version_(version), type_(type) {}
  wire::batch::Version version_;
  wire::batch::EntityType type_;
  std::optional<wire::odata::Select> select_;
  bool stats_ = false;
};

}  // namespace emulator::rest
