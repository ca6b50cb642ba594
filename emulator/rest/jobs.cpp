// Jobs: add, get, list, patch, update, delete, enable, disable, terminate, task counts (contract 4.3, 5.4, 9.1).
#include "emulator/rest/commands_from_json.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/entities.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/filters.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/projection.h"
#include "emulator/rest/refused_features.h"
#include "emulator/rest/responses.h"
#include "emulator/rest/statistics.h"
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"

#include <array>

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::EntityType;
using wire::batch::ErrorCode;
using wire::batch::make_error;
using wire::batch::RequestType;

/// Where `Location` and `DataServiceId` of every new job point, whatever its id (contract 1.4, seen on the live
/// service). No client can rely on it, and some test for it.
constexpr std::string_view kLocationOfEveryJob = "/jobs/job-1";
constexpr std::string_view kUserTerminate = "UserTerminate";

base::Result<core::AddJob> add_job_command(const Call& call) {
  ASSIGN_OR_RETURN(auto job, wire::batch::validate(call.version, RequestType::job_add, call.body));
  RETURN_IF_ERROR(refuse_unoffered_in_job(job));
  RETURN_IF_ERROR(wire::batch::check_job_add(job));
  job = wire::batch::apply_defaults(call.version, EntityType::job, std::move(job));
  return add_job_from_json(call.version, job);
}

/// Members that PUT resets when they are left out.
constexpr auto kResetByUpdate = std::to_array<std::string_view>(
    {"priority", "maxParallelTasks", "allowTaskPreemption", "constraints", "onAllTasksComplete", "metadata"});

/// How a body changes a job: PATCH replaces what is given, PUT also resets what is not.
struct JobChange {
  json body;
  bool resets = false;
};

base::Result<JobChange> job_change(const Call& call, RequestType type) {
  ASSIGN_OR_RETURN(auto body, wire::batch::validate(call.version, type, call.body));
  RETURN_IF_ERROR(refuse_unoffered_in_job(body));
  const bool resets = type == RequestType::job_update;
  RETURN_IF_ERROR(resets ? wire::batch::check_job_update(body) : wire::batch::check_job_patch(body));
  return JobChange{std::move(body), resets};
}

/// Of an auto pool only keepAlive may change, and only when the pool is the job's own (contract 4.3). A change of
/// anything else is refused as an invalid property (the code is inferred).
base::Result<void> check_auto_pool_change(const json& before, const json& after) {
  const auto* now = member(after, {"poolInfo", "autoPoolSpecification"});
  if (now == nullptr) return {};
  const auto* was = member(before, {"poolInfo", "autoPoolSpecification"});
  auto only_keep_alive = was == nullptr ? json{} : *was;
  const bool is_jobs_own = text_member(*now, {"poolLifetimeOption"}) == name_of(wire::batch::PoolLifetimeOption::job);
  if (was != nullptr && is_jobs_own) only_keep_alive["keepAlive"] = now->value("keepAlive", false);
  if (only_keep_alive == *now) return {};
  return wire::batch::invalid_property("autoPoolSpecification", "",
                                       "Only keepAlive of a job's own auto pool can be changed");
}

/// The merged job. Whether its state allows the change, its pool may change and terminatejob stays is the core's to
/// say.
base::Result<core::UpdateJob> update_job_command(const Call& call, const core::JobRecord& current,
                                                 const JobChange& change) {
  auto merged = parse_document(current.document);
  if (change.resets) {
    for (const auto name : kResetByUpdate) merged.erase(std::string{name});
  }
  for (const auto& [name, value] : change.body.items()) merged[name] = value;
  merged = wire::batch::apply_defaults(call.version, EntityType::job, std::move(merged));
  RETURN_IF_ERROR(check_auto_pool_change(parse_document(current.document), merged));
  core::UpdateJob command{.job = job_from_json(merged), .conditions = call.conditions, .seen = current.version};
  command.job.id = current.id;
  return command;
}

Answer change_job(Call& call, RequestType type) {
  CO_ASSIGN_OR_RETURN(const auto change, job_change(call, type));
  for (int attempt = 1;; ++attempt) {
    CO_ASSIGN_OR_RETURN(const auto current, co_await find_job(call));
    CO_ASSIGN_OR_RETURN(auto command, update_job_command(call, current, change));
    auto version = co_await execute(call, std::move(command));
    if (version) co_return written_response(call, *version);
    if (!is_write_conflict(version.error()) || attempt == kMostMergeAttempts) co_return std::move(version).error();
  }
}

base::Result<core::DisableJob> disable_command(const Call& call) {
  ASSIGN_OR_RETURN(const auto body, wire::batch::validate(call.version, RequestType::job_disable, call.body));
  const auto option = enum_member<wire::batch::DisableTasksOption>(body, {"disableTasks"});
  if (!option) return wire::batch::missing_property("disableTasks");
  return core::DisableJob{.id = call.job_id(), .conditions = call.conditions, .option = *option};
}

base::Result<core::TerminateJob> terminate_command(const Call& call) {
  core::TerminateJob command{.id = call.job_id(), .conditions = call.conditions, .reason = std::string{kUserTerminate}};
  command.force = call.parameters.force;
  if (call.body.is_object()) {
    ASSIGN_OR_RETURN(const auto body, wire::batch::validate(call.version, RequestType::job_terminate, call.body));
    if (auto reason = text_member(body, {"terminateReason"}); !reason.empty()) command.reason = std::move(reason);
  }
  return command;
}

/// A job and, when they were asked for, its statistics.
struct JobView {
  core::JobRecord record;
  core::WorkStatistics statistics;
};

JobView view_of(const core::Batch& batch, const core::JobRecord& record, const Projection& projection) {
  JobView view{.record = record};
  if (projection.shows_stats()) view.statistics = batch.statistics_of(record.id);
  return view;
}

nlohmann::ordered_json shown(const Call& call, const JobView& job, const Projection& projection) {
  auto entity = job_entity(call.base_url, job.record);
  if (projection.shows_stats()) {
    entity["stats"] =
        work_statistics(job_url(call.base_url, job.record.id), job.record.created, call.now(), job.statistics);
  }
  return projection.show(entity);
}

/// The page of the list whose jobs `visit` walks.
template <class Visit>
Answer answer_jobs(Call& call, wire::batch::ListKind kind, Visit visit) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::job));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, kind));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto look = [&](const core::Batch& batch) -> base::Result<Page<JobView>> {
    Page<JobView> page;
    std::optional<core::JobId> from;
    if (after) from = core::JobId{*after};
    auto take = [&](const core::JobRecord& job) {
      if (!page.take(call.parameters, job.id.text())) return false;
      if (matches(filter, job)) page.add(view_of(batch, job, projection), job.document);
      return true;
    };
    RETURN_IF_ERROR(visit(batch, from, take));
    return page;
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await call.service().read(std::move(look)));
  auto values = nlohmann::ordered_json::array();
  for (const auto& job : page.entries) values.push_back(shown(call, job, projection));
  co_return json_response(call, "jobs", list_body(call, std::move(values), page.more, page.last_key));
}

json counts_of(const core::TaskCounts& counts) {
  return {{"active", counts.active},
          {"running", counts.running},
          {"completed", counts.completed},
          {"succeeded", counts.succeeded},
          {"failed", counts.failed}};
}

}  // namespace

Answer add_job(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, add_job_command(call));
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return created_response(call, kLocationOfEveryJob, version);
}

Answer get_job(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::job));
  auto look = [&](const core::Batch& batch) -> base::Result<JobView> {
    const auto* job = batch.find_job(call.job_id());
    if (job == nullptr) return make_error(ErrorCode::JobNotFound);
    return view_of(batch, *job, projection);
  };
  CO_ASSIGN_OR_RETURN(const auto job, co_await call.service().read(std::move(look)));
  CO_RETURN_IF_ERROR(core::check_conditions(call.conditions, job.record.version));
  auto response = json_response(call, "jobs/@Element", shown(call, job, projection));
  set_version(response, job.record.version);
  co_return response;
}

Answer list_jobs(Call& call) {
  auto visit = [](const core::Batch& batch, const std::optional<core::JobId>& from,
                  const core::Batch::JobVisitor& take) -> base::Result<void> {
    batch.visit_jobs(from, take);
    return {};
  };
  co_return co_await answer_jobs(call, wire::batch::ListKind::jobs, visit);
}

Answer list_jobs_from_job_schedule(Call& call) {
  auto visit = [id = call.job_schedule_id()](const core::Batch& batch, const std::optional<core::JobId>& from,
                                             const core::Batch::JobVisitor& take) -> base::Result<void> {
    if (batch.find_job_schedule(id) == nullptr) return make_error(ErrorCode::JobScheduleNotFound);
    batch.visit_jobs_of(id, from, take);
    return {};
  };
  co_return co_await answer_jobs(call, wire::batch::ListKind::jobs_of_schedule, visit);
}

Answer patch_job(Call& call) {
  co_return co_await change_job(call, RequestType::job_patch);
}

Answer update_job(Call& call) {
  co_return co_await change_job(call, RequestType::job_update);
}

Answer delete_job(Call& call) {
  core::DeleteJob command{.id = call.job_id(), .conditions = call.conditions, .force = call.parameters.force};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return empty_response(call);
}

Answer enable_job(Call& call) {
  core::EnableJob command{.id = call.job_id(), .conditions = call.conditions};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer disable_job(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, disable_command(call));
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer terminate_job(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, terminate_command(call));
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer get_task_counts(Call& call) {
  auto look = [&](const core::Batch& batch) -> base::Result<std::pair<core::TaskCounts, core::TaskCounts>> {
    if (batch.find_job(call.job_id()) == nullptr) return make_error(ErrorCode::JobNotFound);
    return std::pair{batch.task_counts(call.job_id()), batch.task_slot_counts(call.job_id())};
  };
  CO_ASSIGN_OR_RETURN(const auto counts, co_await call.service().read(std::move(look)));
  nlohmann::ordered_json body;
  if (call.version >= wire::batch::Version::v12_0) {
    body["taskCounts"] = counts_of(counts.first);
    body["taskSlotCounts"] = counts_of(counts.second);
  } else {
    body = counts_of(counts.first);
    // Until 6.1 the service said whether it had compared the counts with the tasks' states. They are never apart here.
    if (call.version < wire::batch::Version::v7_0) body["validationStatus"] = "validated";
  }
  co_return json_response(call, "taskcountsresult/@Element", std::move(body));
}

}  // namespace emulator::rest
