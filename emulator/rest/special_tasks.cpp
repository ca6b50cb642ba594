// What a job's preparation and release tasks did on its nodes (contract 5.9), including nodes that are gone.
#include "emulator/core/special_tasks.h"
#include "emulator/rest/entities.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/filters.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/projection.h"
#include "emulator/rest/responses.h"
#include "wire/batch/errors.h"

#include <nlohmann/json.hpp>

namespace emulator::rest {
namespace {

using core::SpecialTask;
using wire::batch::EntityType;
using wire::batch::ErrorCode;
using wire::batch::make_error;

/// The key of an entry in its list; no id holds a slash.
std::string key_of(const core::NodeKey& node) {
  return node.pool.text() + "/" + node.node.text();
}

std::optional<core::NodeKey> node_of(const std::optional<std::string>& key) {
  if (!key) return std::nullopt;
  const auto slash = key->find('/');
  if (slash == std::string::npos) return std::nullopt;
  return core::NodeKey{core::PoolId{key->substr(0, slash)}, core::NodeId{key->substr(slash + 1)}};
}

/// The status of a task that the job does not have cannot be asked for; the list itself is the preparation's.
base::Result<void> check_specified(const core::JobRecord& job, const Call& call) {
  if (!job.preparation) return make_error(ErrorCode::JobPreparationTaskNotSpecified);
  const auto& filter = call.parameters.filter;
  const bool asks_for_release = filter && filter->find("jobReleaseTaskExecutionInfo") != std::string::npos;
  if (asks_for_release && !job.release) return make_error(ErrorCode::JobReleaseTaskNotSpecified);
  return {};
}

struct StatusPage {
  Page<core::JobNodeRecord> page;
  core::JobRecord job;
};

}  // namespace

Answer list_preparation_and_release_status(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::job_preparation_and_release_status));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::preparation_and_release_status));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto look = [&](const core::Batch& batch) -> base::Result<StatusPage> {
    const auto* job = batch.find_job(call.job_id());
    if (job == nullptr) return make_error(ErrorCode::JobNotFound);
    RETURN_IF_ERROR(check_specified(*job, call));
    StatusPage found{.page = {}, .job = *job};
    batch.visit_job_nodes(job->id, node_of(after), [&](const core::JobNodeRecord& at) {
      if (!found.page.take(call.parameters, key_of(at.key.node))) return false;
      if ((at.preparation || at.release) && matches(filter, at)) found.page.entries.push_back(at);
      return true;
    });
    return found;
  };
  CO_ASSIGN_OR_RETURN(const auto found, co_await call.service().read(std::move(look)));
  auto values = nlohmann::ordered_json::array();
  for (const auto& at : found.page.entries) {
    values.push_back(projection.show(job_node_entity(call.base_url, found.job, at)));
  }
  co_return json_response(call, "jobpreparationandreleasetaskstatuslist",
                          list_body(call, std::move(values), found.page.more, found.page.last_key));
}

}  // namespace emulator::rest
