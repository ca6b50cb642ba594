#include "emulator/rest/entities.h"

#include "base/text.h"
#include "emulator/core/special_tasks.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/node_access.h"
#include "wire/time_text.h"

#include <nlohmann/json.hpp>

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::name_of;

std::string text_of(core::Timestamp time) {
  return wire::print_timestamp(time);
}

void set_time(json& object, const char* name, const std::optional<core::Timestamp>& time) {
  if (time) object[name] = text_of(*time);
}

json name_values(const core::NameValues& pairs) {
  auto list = json::array();
  for (const auto& [name, value] : pairs) list.push_back({{"name", name}, {"value", value}});
  return list;
}

json failure_entity(const core::Failure& failure) {
  json value{{"category", name_of(failure.category)}, {"code", failure.code}, {"message", failure.message}};
  if (!failure.details.empty()) value["details"] = name_values(failure.details);
  return value;
}

/// Items of a pool's resizeErrors ("values") and of a node's errors ("errorDetails").
json error_entities(const std::vector<core::ResourceError>& errors, const char* details) {
  auto list = json::array();
  for (const auto& error : errors) {
    json item{{"code", error.code}, {"message", error.message}};
    if (!error.values.empty()) item[details] = name_values(error.values);
    list.push_back(std::move(item));
  }
  return list;
}

void set_version_members(json& entity, const core::Version& version, core::Timestamp created) {
  entity["eTag"] = wire::etag_of(version.last_modified);
  entity["lastModified"] = text_of(version.last_modified);
  entity["creationTime"] = text_of(created);
}

/// executionInfo's members that a finished or running process has.
void set_ending(json& info, const std::optional<std::int32_t>& exit_code, const std::optional<core::Failure>& failure) {
  if (exit_code) info["exitCode"] = *exit_code;
  if (failure) info["failureInfo"] = failure_entity(*failure);
}

void set_container(json& info, const std::optional<core::ContainerInfo>& container) {
  if (!container) return;
  json entity = json::object();
  if (!container->id.empty()) entity["containerId"] = container->id;
  if (!container->state.empty()) entity["state"] = container->state;
  if (!container->error.empty()) entity["error"] = container->error;
  info["containerInfo"] = std::move(entity);
}

json start_task_info(const core::StartTaskInfo& info) {
  json value{{"state", info.running ? "running" : "completed"},
             {"startTime", text_of(info.started)},
             {"retryCount", info.retry_count}};
  set_time(value, "endTime", info.ended);
  set_time(value, "lastRetryTime", info.last_retry);
  set_ending(value, info.exit_code, info.failure);
  set_container(value, info.container);
  if (!info.running) {
    value["result"] = name_of(info.failure ? wire::batch::TaskResult::failure : wire::batch::TaskResult::success);
  }
  return value;
}

json recent_task(const std::string& base_url, const core::RecentTask& task) {
  json info{{"retryCount", task.retry_count}, {"requeueCount", task.requeue_count}};
  set_time(info, "startTime", task.started);
  set_time(info, "endTime", task.ended);
  set_ending(info, task.exit_code, task.failure);
  set_container(info, task.container);
  if (task.state == wire::batch::TaskState::completed) {
    info["result"] = name_of(task.failure ? wire::batch::TaskResult::failure : wire::batch::TaskResult::success);
  }
  json entity{{"taskUrl", task_url(base_url, {task.job, task.task})},
              {"jobId", task.job.text()},
              {"taskId", task.task.text()},
              {"taskState", name_of(task.state)},
              {"executionInfo", std::move(info)}};
  if (task.subtask) entity["subtaskId"] = *task.subtask;
  return entity;
}

json execution_info(const core::TaskExecution& execution) {
  json info{{"retryCount", execution.retry_count}, {"requeueCount", execution.requeue_count}};
  set_time(info, "startTime", execution.started);
  set_time(info, "endTime", execution.ended);
  set_time(info, "lastRetryTime", execution.last_retry);
  set_time(info, "lastRequeueTime", execution.last_requeue);
  set_ending(info, execution.exit_code, execution.failure);
  set_container(info, execution.container);
  if (execution.result) info["result"] = name_of(*execution.result);
  return info;
}

json node_info(const std::string& base_url, const core::NodeKey& node, const std::string& directory) {
  const auto url = node_url(base_url, node);
  return {{"affinityId", "TVM:" + node.node.text()},
          {"nodeUrl", url},
          {"poolId", node.pool.text()},
          {"nodeId", node.node.text()},
          {"taskRootDirectory", directory},
          {"taskRootDirectoryUrl", url + "/files/" + directory}};
}

json special_task_info(const std::string& base_url, const core::JobRecord& job, const core::NodeKey& node,
                       core::SpecialTask kind, const core::SpecialTaskInfo& info) {
  const auto directory = task_root_directory(core::special_key(job, kind));
  json value{{"state", info.running ? "running" : "completed"},
             {"startTime", text_of(info.started)},
             {"taskRootDirectory", directory},
             {"taskRootDirectoryUrl", node_url(base_url, node) + "/files/" + directory}};
  set_time(value, "endTime", info.ended);
  set_ending(value, info.exit_code, info.failure);
  if (!info.running) {
    value["result"] = name_of(info.failure ? wire::batch::TaskResult::failure : wire::batch::TaskResult::success);
  }
  if (kind == core::SpecialTask::release) return value;
  value["retryCount"] = info.retry_count;
  set_time(value, "lastRetryTime", info.last_retry);
  return value;
}

/// States in which a node's agent has not reported yet, so that nodeAgentInfo and certificates are absent
/// (contract 4.2).
bool has_joined(const core::NodeRecord& node) {
  return node.state != wire::batch::NodeState::creating && node.state != wire::batch::NodeState::starting;
}

void set_auto_scale(json& entity, const std::optional<core::AutoScale>& scaling) {
  entity["enableAutoScale"] = scaling.has_value();
  if (!scaling) return;
  entity["autoScaleFormula"] = scaling->formula;
  entity["autoScaleEvaluationInterval"] = wire::print_duration(scaling->interval);
  if (scaling->run) entity["autoScaleRun"] = auto_scale_run_entity(*scaling->run);
}

}  // namespace

json auto_scale_run_entity(const core::AutoScaleRun& run) {
  json entity{{"timestamp", text_of(run.at)}, {"results", run.results}};
  if (run.error) entity["error"] = error_entities({*run.error}, "values")[0];
  return entity;
}

std::string pool_url(const std::string& base_url, const core::PoolId& pool) {
  return base_url + "/pools/" + pool.text();
}

std::string node_url(const std::string& base_url, const core::NodeKey& node) {
  return pool_url(base_url, node.pool) + "/nodes/" + node.node.text();
}

std::string job_url(const std::string& base_url, const core::JobId& job) {
  return base_url + "/jobs/" + job.text();
}

std::string task_url(const std::string& base_url, const core::TaskKey& task) {
  return job_url(base_url, task.job) + "/tasks/" + task.task.text();
}

std::string job_schedule_url(const std::string& base_url, const core::JobScheduleId& schedule) {
  return base_url + "/jobschedules/" + schedule.text();
}

std::string task_root_directory(const core::TaskKey& task) {
  const auto& job = task.job.text();
  const auto colon = job.find(':');
  const auto directories =
      colon == std::string::npos ? job + "/job-1" : job.substr(0, colon) + "/" + job.substr(colon + 1);
  return "workitems/" + directories + "/" + task.task.text();
}

json pool_entity(const std::string& base_url, const PoolView& pool) {
  const auto& record = pool.record;
  auto entity = parse_document(record.document);
  entity["id"] = record.id.text();
  entity["url"] = pool_url(base_url, record.id);
  set_version_members(entity, record.version, record.created);
  entity["state"] = name_of(record.state);
  entity["stateTransitionTime"] = text_of(record.state_since);
  entity["allocationState"] = name_of(record.allocation_state);
  entity["allocationStateTransitionTime"] = text_of(record.allocation_state_since);
  entity["resizeTimeout"] = wire::print_duration(record.resize.timeout);
  if (record.allocation_state == wire::batch::AllocationState::steady && !record.resize_errors.empty()) {
    entity["resizeErrors"] = error_entities(record.resize_errors, "values");
  }
  entity["currentDedicatedNodes"] = pool.current_dedicated;
  entity["currentLowPriorityNodes"] = pool.current_low_priority;
  entity["targetDedicatedNodes"] = record.target_dedicated;
  entity["targetLowPriorityNodes"] = record.target_low_priority;
  set_auto_scale(entity, record.auto_scale);
  // What a pool that names no mode communicates with now.
  const auto mode = text_member(entity, {"targetNodeCommunicationMode"});
  entity["currentNodeCommunicationMode"] = base::equal_ignoring_case(mode, "classic") ? "classic" : "simplified";
  return entity;
}

json node_entity(const std::string& base_url, const NodeView& node, const json& pool) {
  const auto& record = node.record;
  json entity{{"id", record.key.node.text()},
              {"url", node_url(base_url, record.key)},
              {"vmSize", text_member(pool, {"vmSize"})},
              {"isDedicated", record.dedicated},
              {"state", name_of(record.state)},
              {"stateTransitionTime", text_of(record.state_since)},
              {"schedulingState", record.scheduling_enabled ? "enabled" : "disabled"},
              {"allocationTime", text_of(record.allocated)},
              {"ipAddress", record.ip_address},
              {"affinityId", "TVM:" + record.key.node.text()},
              {"totalTasksRun", record.total_tasks_run},
              {"totalTasksSucceeded", record.total_tasks_succeeded},
              {"runningTasksCount", node.running_tasks},
              {"runningTaskSlotsCount", node.running_slots}};
  set_time(entity, "lastBootTime", record.last_boot);
  for (const auto& task : record.recent_tasks) entity["recentTasks"].push_back(recent_task(base_url, task));
  if (record.start_task != nullptr) entity["startTask"] = parse_document(record.start_task);
  if (record.start_task_info) entity["startTaskInfo"] = start_task_info(*record.start_task_info);
  if (!record.errors.empty()) entity["errors"] = error_entities(record.errors, "errorDetails");
  entity["endpointConfiguration"] = {{"inboundEndpoints", inbound_endpoints(record, pool)}};
  if (has_joined(record)) {
    entity["certificateReferences"] =
        record.certificate_references ? parse_document(record.certificate_references) : json::array();
    if (!record.agent_version.empty()) {
      entity["nodeAgentInfo"] = {{"version", record.agent_version}};
      set_time(entity["nodeAgentInfo"], "lastUpdateTime", record.agent_updated);
    }
  }
  if (const auto* image = member(pool, {"virtualMachineConfiguration", "imageReference"})) {
    entity["virtualMachineInfo"] = {{"imageReference", exact_image(*image)}};
  }
  return entity;
}

json job_entity(const std::string& base_url, const core::JobRecord& job) {
  auto entity = parse_document(job.document);
  entity["id"] = job.id.text();
  entity["url"] = job_url(base_url, job.id);
  set_version_members(entity, job.version, job.created);
  entity["state"] = name_of(job.state);
  entity["stateTransitionTime"] = text_of(job.state_since);
  if (job.previous_state) entity["previousState"] = name_of(*job.previous_state);
  set_time(entity, "previousStateTransitionTime", job.previous_state_since);
  json info{{"startTime", text_of(job.started)}};
  if (!job.pool.empty()) info["poolId"] = job.pool.text();
  if (job.scheduling_error) info["schedulingError"] = failure_entity(*job.scheduling_error);
  set_time(info, "endTime", job.ended);
  if (!job.terminate_reason.empty() && job.state == wire::batch::JobState::completed) {
    info["terminateReason"] = job.terminate_reason;
  }
  entity["executionInfo"] = std::move(info);
  return entity;
}

json job_schedule_entity(const std::string& base_url, const core::JobScheduleRecord& schedule) {
  auto entity = parse_document(schedule.document);
  entity["id"] = schedule.id.text();
  entity["url"] = job_schedule_url(base_url, schedule.id);
  set_version_members(entity, schedule.version, schedule.created);
  entity["state"] = name_of(schedule.state);
  entity["stateTransitionTime"] = text_of(schedule.state_since);
  if (schedule.previous_state) entity["previousState"] = name_of(*schedule.previous_state);
  set_time(entity, "previousStateTransitionTime", schedule.previous_state_since);
  auto info = json::object();
  set_time(info, "nextRunTime", schedule.next_run);
  if (!schedule.recent_job.empty()) {
    info["recentJob"] = {{"id", schedule.recent_job.text()}, {"url", job_url(base_url, schedule.recent_job)}};
  }
  set_time(info, "endTime", schedule.ended);
  entity["executionInfo"] = std::move(info);
  return entity;
}

json job_node_entity(const std::string& base_url, const core::JobRecord& job, const core::JobNodeRecord& at) {
  const auto& node = at.key.node;
  json entity{{"poolId", node.pool.text()}, {"nodeId", node.node.text()}, {"nodeUrl", node_url(base_url, node)}};
  const auto set_info = [&](const char* name, core::SpecialTask kind) {
    if (const auto& info = core::find_info(at, kind)) {
      entity[name] = special_task_info(base_url, job, node, kind, *info);
    }
  };
  set_info("jobPreparationTaskExecutionInfo", core::SpecialTask::preparation);
  set_info("jobReleaseTaskExecutionInfo", core::SpecialTask::release);
  return entity;
}

json task_entity(const std::string& base_url, const TaskView& task) {
  const auto& record = task.record;
  auto entity = parse_document(record.document);
  entity["id"] = record.key.task.text();
  entity["url"] = task_url(base_url, record.key);
  set_version_members(entity, record.version, record.created);
  entity["state"] = name_of(record.state);
  entity["stateTransitionTime"] = text_of(record.state_since);
  if (record.previous_state) entity["previousState"] = name_of(*record.previous_state);
  set_time(entity, "previousStateTransitionTime", record.previous_state_since);
  entity["constraints"]["maxTaskRetryCount"] = record.rules.constraints.max_retries.value_or(task.job_max_task_retries);
  entity["executionInfo"] = execution_info(record.execution);
  if (record.node) entity["nodeInfo"] = node_info(base_url, *record.node, task_root_directory(record.key));
  return entity;
}

json application_entity(const core::ApplicationRecord& application) {
  // displayName is required in the description; one that was not given is empty.
  json entity{{"id", application.id.text()}, {"displayName", application.display_name}, {"versions", json::array()}};
  for (const auto& package : application.packages) {
    if (package.state == core::PackageState::active) entity["versions"].push_back(package.version_name);
  }
  return entity;
}

json certificate_entity(const std::string& base_url, const core::CertificateRecord& certificate) {
  const auto& thumbprint = certificate.thumbprint.text();
  // Only what is public is taken out of the document.
  json entity{{"thumbprint", thumbprint},
              {"thumbprintAlgorithm", "sha1"},
              {"url", base_url + "/certificates(thumbprintAlgorithm=sha1,thumbprint=" + thumbprint + ")"},
              {"state", name_of(certificate.state)},
              {"stateTransitionTime", text_of(certificate.state_since)},
              {"publicData", text_member(parse_document(certificate.document), {"publicData"})}};
  if (certificate.previous_state) entity["previousState"] = name_of(*certificate.previous_state);
  set_time(entity, "previousStateTransitionTime", certificate.previous_state_since);
  if (certificate.delete_error) {
    entity["deleteCertificateError"] = error_entities({*certificate.delete_error}, "values").at(0);
  }
  return entity;
}

std::vector<json> subtask_entities(const std::string& base_url, const core::TaskRecord& task) {
  std::vector<json> entities;
  std::int32_t id = 0;
  for (const auto& subtask : task.subtasks) {
    const auto directory = task_root_directory(task.key) + "/" + std::to_string(++id);
    json entity{{"id", id},
                {"nodeInfo", node_info(base_url, subtask.node, directory)},
                {"startTime", text_of(subtask.started)},
                {"state", name_of(subtask.state)},
                {"stateTransitionTime", text_of(subtask.state_since)}};
    if (subtask.previous_state) entity["previousState"] = name_of(*subtask.previous_state);
    set_time(entity, "previousStateTransitionTime", subtask.previous_state_since);
    set_time(entity, "endTime", subtask.ended);
    set_ending(entity, subtask.exit_code, subtask.failure);
    set_container(entity, subtask.container);
    if (subtask.result) entity["result"] = name_of(*subtask.result);
    entities.push_back(std::move(entity));
  }
  return entities;
}

}  // namespace emulator::rest
