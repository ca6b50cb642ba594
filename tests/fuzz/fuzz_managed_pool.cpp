// Pools of the management plane from strangers: the translation into the Batch service's own shape, its schema, and
// back.
#include "emulator/management/pool_document.h"
#include "wire/batch/json_reader.h"
#include "wire/batch/schema.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wire::batch;
  const auto body = parse_request_json({reinterpret_cast<const char*>(data), size});
  if (!body) return 0;
  auto pool = emulator::management::batch_pool_from_arm(*body);
  if (!pool) return 0;
  (*pool)["id"] = "p";
  const auto canonical = validate(Version::v19_0, RequestType::pool_add, *pool);
  if (!canonical) return 0;
  const auto shown = project(Version::v19_0, EntityType::pool, *canonical);
  (void)emulator::management::arm_pool_properties(shown, "/account").dump();
  return 0;
}
