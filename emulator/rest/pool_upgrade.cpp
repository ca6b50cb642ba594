// Upgrade OS, until 7.0 (contract 1.2). The nodes of a cloud service pool run on this machine's own system whatever
// guest OS the pool names, so an upgrade is over as soon as it is written down: the pool is never seen in state
// upgrading, nodes and their tasks are not disturbed, and two upgrades never meet (UpgradePoolVersionConflict).
#include "emulator/rest/commands_from_json.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/responses.h"
#include "emulator/rest/views.h"
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"
#include "wire/batch/schema.h"

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::ErrorCode;
using wire::batch::make_error;

base::Result<json> upgraded_pool(const PoolView& pool, const std::string& version) {
  auto document = parse_document(pool.record.document);
  const auto* service = member(document, {"cloudServiceConfiguration"});
  if (service == nullptr) return make_error(ErrorCode::PoolNotEligibleForOSVersionUpgrade);
  RETURN_IF_ERROR(wire::batch::check_os_version(text_member(*service, {"osFamily"}), version));
  if (base::equal_ignoring_case(text_member(*service, {"osVersion"}), version)) {
    return make_error(ErrorCode::PoolVersionEqualsUpgradeVersion);
  }
  document["cloudServiceConfiguration"]["osVersion"] = version;
  return document;
}

}  // namespace

Answer upgrade_pool_os(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto body,
                      wire::batch::validate(call.version, wire::batch::RequestType::pool_upgrade_os, call.body));
  for (int attempt = 1;; ++attempt) {
    CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
    CO_ASSIGN_OR_RETURN(const auto upgraded, upgraded_pool(pool, text_member(body, {"osVersion"})));
    core::UpdatePool command{.id = pool.record.id,
                             .conditions = call.conditions,
                             .seen = pool.record.version,
                             .document = make_document(upgraded),
                             .start_task = start_task_document(upgraded),
                             .start_task_waits = boolean_member(upgraded, {"startTask", "waitForSuccess"}, true)};
    auto version = co_await execute(call, std::move(command));
    if (version) co_return written_response(call, *version);
    if (!is_write_conflict(version.error()) || attempt == kMostMergeAttempts) co_return std::move(version).error();
  }
}

}  // namespace emulator::rest
