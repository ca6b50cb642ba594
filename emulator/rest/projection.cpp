#include "emulator/rest/projection.h"

#include "wire/batch/filter.h"

#include <nlohmann/json.hpp>

namespace emulator::rest {

base::Result<Projection> Projection::of(const Call& call, wire::batch::EntityType type) {
  Projection projection{call.version, type};
  if (call.parameters.select) {
    ASSIGN_OR_RETURN(projection.select_, wire::batch::parse_select(call.version, type, *call.parameters.select));
  }
  if (call.parameters.expand) {
    ASSIGN_OR_RETURN(projection.stats_, wire::batch::parse_expand(type, *call.parameters.expand));
  }
  return projection;
}

nlohmann::ordered_json Projection::show(const nlohmann::json& entity) const {
  auto shown = wire::batch::project(version_, type_, entity, select_ ? &*select_ : nullptr);
  if (!stats_) shown.erase("stats");
  return shown;
}

}  // namespace emulator::rest
