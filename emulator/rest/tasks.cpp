// Tasks: add, add collection, get, list, update, delete, terminate, reactivate (contract 4.5, 5.6).
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
#include "wire/time_text.h"

namespace emulator::rest {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using wire::batch::EntityType;
using wire::batch::ErrorCode;
using wire::batch::make_error;
using wire::batch::RequestType;
using wire::batch::TaskAddStatus;

/// One task as sent, checked as far as no state is needed.
base::Result<json> checked_task(const Call& call, const json& sent) {
  ASSIGN_OR_RETURN(auto task, wire::batch::validate(call.version, RequestType::task_add, sent));
  RETURN_IF_ERROR(refuse_unoffered_in_task(task));
  RETURN_IF_ERROR(wire::batch::check_task_add(task));
  return task;
}

/// A checked task against its job.
base::Result<core::NewTask> new_task(const Call& call, json task, const json& job) {
  RETURN_IF_ERROR(wire::batch::check_task_for_job(call.version, task, job));
  task = wire::batch::apply_defaults(call.version, EntityType::task, std::move(task));
  return task_from_json(call.version, task);
}

base::Result<core::NewTask> collection_task(const Call& call, const json& sent, const json& job) {
  ASSIGN_OR_RETURN(auto checked, checked_task(call, sent));
  return new_task(call, std::move(checked), job);
}

/// What became of one item of an add-collection request.
struct CollectionItem {
  std::string id;
  base::Result<core::Written> result = core::Written{};
};

json result_of(const Call& call, const core::JobId& job, const CollectionItem& item) {
  json entry;
  if (item.result) {
    const auto& version = item.result->version;
    entry["status"] = name_of(TaskAddStatus::success);
    entry["taskId"] = item.id;
    entry["eTag"] = wire::etag_of(version.last_modified);
    entry["lastModified"] = wire::print_timestamp(version.last_modified);
    entry["location"] = task_url(call.base_url, {job, core::TaskId{item.id}});
    return entry;
  }
  const auto& error = item.result.error();
  const bool is_servers_fault = wire::batch::http_status(wire::batch::code_of(error)) >= 500 &&
                                wire::batch::code_of(error) != ErrorCode::NotImplemented;
  entry["status"] = name_of(is_servers_fault ? TaskAddStatus::servererror : TaskAddStatus::clienterror);
  entry["taskId"] = item.id;
  const wire::batch::ErrorContext context{
      .base_url = call.base_url, .request_id = call.request->request_id, .time = call.now()};
  entry["error"] = wire::batch::error_object(error, context);
  return entry;
}

/// Replaces the constraints in the task's document; absent ones take their defaults (contract 4.5).
base::Result<core::UpdateTask> update_command(const Call& call, const TaskView& task) {
  ASSIGN_OR_RETURN(const auto body, wire::batch::validate(call.version, RequestType::task_update, call.body));
  RETURN_IF_ERROR(wire::batch::check_task_update(body));
  auto document = parse_document(task.record.document);
  document.erase("constraints");
  if (body.contains("constraints")) document["constraints"] = body["constraints"];
  document = wire::batch::apply_defaults(call.version, EntityType::task, std::move(document));
  return core::UpdateTask{.key = task.record.key,
                          .conditions = call.conditions,
                          .constraints = constraints_from_json(document),
                          .document = make_document(document)};
}

ordered_json shown(const Call& call, const TaskView& task, const Projection& projection) {
  auto entity = task_entity(call.base_url, task);
  if (projection.shows_stats()) {
    entity["stats"] = task_statistics(task_url(call.base_url, task.record.key), call.now(), task.record);
  }
  return projection.show(entity);
}

struct TaskPage {
  Page<core::TaskRecord> page;
  std::int32_t job_max_task_retries = 0;
};

}  // namespace

Answer add_task(Call& call) {
  CO_ASSIGN_OR_RETURN(auto checked, checked_task(call, call.body));
  CO_ASSIGN_OR_RETURN(const auto job, co_await find_job(call));
  CO_ASSIGN_OR_RETURN(auto task, new_task(call, std::move(checked), parse_document(job.document)));
  const auto path = task_url("", {job.id, task.id});
  core::AddTask command{.job = job.id, .task = std::move(task)};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return created_response(call, path, version);
}

Answer add_task_collection(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto collection,
                      wire::batch::validate(call.version, RequestType::task_add_collection, call.body));
  CO_RETURN_IF_ERROR(wire::batch::check_task_add_collection(collection));
  CO_ASSIGN_OR_RETURN(const auto job, co_await find_job(call));
  const auto document = parse_document(job.document);
  std::vector<CollectionItem> items;
  std::vector<std::size_t> asked;  // which items the core is asked to add
  core::AddTasks command{.job = job.id, .tasks = {}};
  for (const auto& sent : array_member(collection, {"value"})) {
    items.push_back({.id = text_member(sent, {"id"})});
    auto task = collection_task(call, sent, document);
    if (!task) {
      items.back().result = std::move(task).error();
      continue;
    }
    asked.push_back(items.size() - 1);
    command.tasks.push_back(std::move(*task));
  }
  // The core is asked even when no item is left: the job's state is the whole call's matter.
  auto reply = co_await call.service().execute(std::move(command));
  if (!reply) co_return std::move(reply).error();
  for (std::size_t i = 0; i < asked.size() && i < reply->each.size(); ++i) {
    items[asked[i]].result = std::move(reply->each[i]);
  }
  auto values = ordered_json::array();
  for (const auto& item : items) {
    values.push_back(wire::batch::project(call.version, EntityType::task_add_result, result_of(call, job.id, item)));
  }
  co_return json_response(call, "taskaddresult", list_body(call, std::move(values), false, ""));
}

Answer get_task(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::task));
  CO_ASSIGN_OR_RETURN(const auto task, co_await find_task(call));
  CO_RETURN_IF_ERROR(core::check_conditions(call.conditions, task.record.version));
  auto response = json_response(call, "tasks/@Element", shown(call, task, projection));
  // The description promises a DataServiceId as well; the live service sends none.
  set_version(response, task.record.version);
  co_return response;
}

Answer list_tasks(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::task));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::tasks));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto look = [&](const core::Batch& batch) -> base::Result<TaskPage> {
    const auto* job = batch.find_job(call.job_id());
    if (job == nullptr) return make_error(ErrorCode::JobNotFound);
    TaskPage found{.page = {}, .job_max_task_retries = job->max_task_retries};
    std::optional<core::TaskId> from;
    if (after) from = core::TaskId{*after};
    batch.visit_tasks(job->id, from, [&](const core::TaskRecord& task) {
      if (!found.page.take(call.parameters, task.key.task.text())) return false;
      if (matches(filter, task)) found.page.add(task, task.document);
      return true;
    });
    return found;
  };
  CO_ASSIGN_OR_RETURN(auto found, co_await call.service().read(std::move(look)));
  auto values = ordered_json::array();
  for (auto& record : found.page.entries) {
    const TaskView task{std::move(record), found.job_max_task_retries};
    values.push_back(shown(call, task, projection));
  }
  co_return json_response(call, "tasks", list_body(call, std::move(values), found.page.more, found.page.last_key));
}

Answer list_subtasks(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::subtask));
  CO_ASSIGN_OR_RETURN(const auto task, co_await find_task(call));
  auto values = ordered_json::array();
  for (const auto& entity : subtask_entities(call.base_url, task.record)) values.push_back(projection.show(entity));
  co_return json_response(call, "subtasks", list_body(call, std::move(values), false, ""));
}

Answer update_task(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto task, co_await find_task(call));
  CO_ASSIGN_OR_RETURN(auto command, update_command(call, task));
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer delete_task(Call& call) {
  core::DeleteTask command{.key = call.task_key(), .conditions = call.conditions};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return empty_response(call);
}

Answer terminate_task(Call& call) {
  core::TerminateTask command{.key = call.task_key(), .conditions = call.conditions};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer reactivate_task(Call& call) {
  core::ReactivateTask command{.key = call.task_key(), .conditions = call.conditions};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

}  // namespace emulator::rest
