// Job schedules: add, get, list, exists, patch, update, delete, enable, disable, terminate, their jobs
// (contract 4.4, 5.5).
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

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::EntityType;
using wire::batch::ErrorCode;
using wire::batch::make_error;
using wire::batch::RequestType;

constexpr std::string_view kSpecification = "jobSpecification";

base::Result<void> refuse_unoffered(const json& schedule) {
  const auto* specification = member(schedule, {kSpecification});
  return specification == nullptr ? base::Result<void>{} : refuse_unoffered_in_job(*specification);
}

base::Result<core::AddJobSchedule> add_command(const Call& call) {
  ASSIGN_OR_RETURN(auto schedule, wire::batch::validate(call.version, RequestType::job_schedule_add, call.body));
  RETURN_IF_ERROR(refuse_unoffered(schedule));
  RETURN_IF_ERROR(wire::batch::check_job_schedule_add(schedule));
  schedule = wire::batch::apply_defaults(call.version, EntityType::job_schedule, std::move(schedule));
  return core::AddJobSchedule{.schedule = job_schedule_from_json(call.version, schedule)};
}

/// How a body changes a schedule: PATCH replaces what is given, PUT also deletes the metadata that is not.
struct Change {
  json body;
  bool resets = false;
};

base::Result<Change> change_of(const Call& call, RequestType type) {
  ASSIGN_OR_RETURN(auto body, wire::batch::validate(call.version, type, call.body));
  RETURN_IF_ERROR(refuse_unoffered(body));
  const bool resets = type == RequestType::job_schedule_update;
  RETURN_IF_ERROR(resets ? wire::batch::check_job_schedule_update(body) : wire::batch::check_job_schedule_patch(body));
  return Change{std::move(body), resets};
}

core::UpdateJobSchedule update_command(const Call& call, const core::JobScheduleRecord& current, const Change& change) {
  auto merged = parse_document(current.document);
  if (change.resets) merged.erase("metadata");
  for (const auto& [name, value] : change.body.items()) merged[name] = value;
  merged = wire::batch::apply_defaults(call.version, EntityType::job_schedule, std::move(merged));
  core::UpdateJobSchedule command{
      .schedule = job_schedule_from_json(call.version, merged), .conditions = call.conditions, .seen = current.version};
  command.schedule.id = current.id;
  return command;
}

base::Async<base::Result<core::JobScheduleRecord>> find_schedule(const Call& call) {
  auto look = [id = call.job_schedule_id()](const core::Batch& batch) -> base::Result<core::JobScheduleRecord> {
    const auto* schedule = batch.find_job_schedule(id);
    if (schedule == nullptr) return make_error(ErrorCode::JobScheduleNotFound);
    return *schedule;
  };
  co_return co_await call.service().read(std::move(look));
}

Answer change_schedule(Call& call, RequestType type) {
  CO_ASSIGN_OR_RETURN(const auto change, change_of(call, type));
  for (int attempt = 1;; ++attempt) {
    CO_ASSIGN_OR_RETURN(const auto current, co_await find_schedule(call));
    auto command = update_command(call, current, change);
    auto version = co_await execute(call, std::move(command));
    if (version) co_return written_response(call, *version);
    if (!is_write_conflict(version.error()) || attempt == kMostMergeAttempts) co_return std::move(version).error();
  }
}

/// A schedule and, when they were asked for, its statistics.
struct ScheduleView {
  core::JobScheduleRecord record;
  core::WorkStatistics statistics;
};

ScheduleView view_of(const core::Batch& batch, const core::JobScheduleRecord& record, const Projection& projection) {
  ScheduleView view{.record = record};
  if (projection.shows_stats()) view.statistics = batch.statistics_of(record.id);
  return view;
}

nlohmann::ordered_json shown(const Call& call, const ScheduleView& schedule, const Projection& projection) {
  auto entity = job_schedule_entity(call.base_url, schedule.record);
  if (projection.shows_stats()) {
    entity["stats"] = work_statistics(job_schedule_url(call.base_url, schedule.record.id), schedule.record.created,
                                      call.now(), schedule.statistics);
  }
  return projection.show(entity);
}

}  // namespace

Answer add_job_schedule(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, add_command(call));
  const auto path = job_schedule_url("", command.schedule.id);
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return created_response(call, path, version);
}

Answer get_job_schedule(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::job_schedule));
  auto look = [&](const core::Batch& batch) -> base::Result<ScheduleView> {
    const auto* schedule = batch.find_job_schedule(call.job_schedule_id());
    if (schedule == nullptr) return make_error(ErrorCode::JobScheduleNotFound);
    return view_of(batch, *schedule, projection);
  };
  CO_ASSIGN_OR_RETURN(const auto schedule, co_await call.service().read(std::move(look)));
  CO_RETURN_IF_ERROR(core::check_conditions(call.conditions, schedule.record.version));
  auto response = json_response(call, "jobschedules/@Element", shown(call, schedule, projection));
  set_version(response, schedule.record.version);
  co_return response;
}

Answer job_schedule_exists(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto schedule, co_await find_schedule(call));
  CO_RETURN_IF_ERROR(core::check_conditions(call.conditions, schedule.version));
  auto response = empty_response(call);
  set_version(response, schedule.version);
  co_return response;
}

Answer list_job_schedules(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::job_schedule));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::job_schedules));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto look = [&](const core::Batch& batch) {
    Page<ScheduleView> page;
    std::optional<core::JobScheduleId> from;
    if (after) from = core::JobScheduleId{*after};
    batch.visit_job_schedules(from, [&](const core::JobScheduleRecord& schedule) {
      if (!page.take(call.parameters, schedule.id.text())) return false;
      if (matches(filter, schedule)) page.add(view_of(batch, schedule, projection), schedule.document);
      return true;
    });
    return page;
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await call.service().read(std::move(look)));
  auto values = nlohmann::ordered_json::array();
  for (const auto& schedule : page.entries) values.push_back(shown(call, schedule, projection));
  co_return json_response(call, "jobschedules", list_body(call, std::move(values), page.more, page.last_key));
}

Answer patch_job_schedule(Call& call) {
  co_return co_await change_schedule(call, RequestType::job_schedule_patch);
}

Answer update_job_schedule(Call& call) {
  co_return co_await change_schedule(call, RequestType::job_schedule_update);
}

Answer delete_job_schedule(Call& call) {
  core::DeleteJobSchedule command{
      .id = call.job_schedule_id(), .conditions = call.conditions, .force = call.parameters.force};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return empty_response(call);
}

Answer enable_job_schedule(Call& call) {
  core::EnableJobSchedule command{.id = call.job_schedule_id(), .conditions = call.conditions};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer disable_job_schedule(Call& call) {
  core::DisableJobSchedule command{.id = call.job_schedule_id(), .conditions = call.conditions};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer terminate_job_schedule(Call& call) {
  core::TerminateJobSchedule command{
      .id = call.job_schedule_id(), .conditions = call.conditions, .force = call.parameters.force};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

}  // namespace emulator::rest
