// JSON bodies from strangers, through reader, schema, checks, defaults and projection. The first two bytes choose
// version and request.
#include "wire/batch/checks.h"
#include "wire/batch/json_reader.h"
#include "wire/batch/schema.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

namespace {

using namespace wire::batch;

void check(RequestType type, const nlohmann::json& body) {
  switch (type) {
    case RequestType::pool_add: (void)check_pool_add(body); break;
    case RequestType::pool_patch: (void)check_pool_patch(body); break;
    case RequestType::pool_resize: (void)check_pool_resize(body); break;
    case RequestType::pool_remove_nodes: (void)check_pool_remove_nodes(body); break;
    case RequestType::job_add: (void)check_job_add(body); break;
    case RequestType::job_patch: (void)check_job_patch(body); break;
    case RequestType::job_schedule_add: (void)check_job_schedule_add(body); break;
    case RequestType::task_add:
      (void)check_task_add(body);
      (void)check_task_for_job(wire::batch::kOldestVersion, body, nlohmann::json::object());
      break;
    default: break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHeader = 2;
  if (size < kHeader) return 0;
  auto version = static_cast<Version>(data[0] % (static_cast<int>(kNewestVersion) + 1));
  auto type = static_cast<RequestType>(data[1] % (static_cast<int>(RequestType::certificate_add) + 1));
  auto body = parse_request_json({reinterpret_cast<const char*>(data) + kHeader, size - kHeader});
  if (!body) return 0;
  auto canonical = validate(version, type, *body);
  if (!canonical) return 0;
  check(type, *canonical);
  auto entity = type == RequestType::pool_add  ? EntityType::pool
                : type == RequestType::job_add ? EntityType::job
                                               : EntityType::task;
  bool has_defaults = type == RequestType::pool_add || type == RequestType::job_add || type == RequestType::task_add;
  if (has_defaults) (void)project(version, entity, apply_defaults(version, entity, *canonical)).dump();
  return 0;
}
