// A property that is asked for and not listed here is one that filter.cpp's table does not offer.
#include "emulator/rest/filters.h"

#include "emulator/core/special_tasks.h"
#include "emulator/rest/documents.h"

namespace emulator::rest {
namespace {

using wire::batch::name_of;
using wire::odata::Value;
using Found = std::optional<Value>;

Found text(std::string_view value) {
  return Value{std::string{value}};
}

Found time(const std::optional<core::Timestamp>& value) {
  if (!value) return std::nullopt;
  return Value{*value};
}

Found number(const std::optional<std::int32_t>& value) {
  if (!value) return std::nullopt;
  return Value{std::int64_t{*value}};
}

}  // namespace

base::Result<std::optional<wire::odata::Filter>> filter_of(const Call& call, wire::batch::ListKind kind) {
  if (!call.parameters.filter) return std::optional<wire::odata::Filter>{};
  ASSIGN_OR_RETURN(auto filter, wire::batch::parse_filter(kind, *call.parameters.filter));
  return std::optional<wire::odata::Filter>{std::move(filter)};
}

Found filter_value(const core::PoolRecord& pool, std::string_view property) {
  if (property == "id") return text(pool.id.text());
  if (property == "state") return text(name_of(pool.state));
  if (property == "allocationState") return text(name_of(pool.allocation_state));
  if (property == "stateTransitionTime") return time(pool.state_since);
  if (property == "allocationStateTransitionTime") return time(pool.allocation_state_since);
  if (property == "creationTime") return time(pool.created);
  if (property == "lastModified") return time(pool.version.last_modified);
  if (property == "enableAutoScale") return Value{pool.auto_scale.has_value()};
  const auto document = parse_document(pool.document);
  if (property == "enableInterNodeCommunication") return Value{boolean_member(document, {property}, false)};
  if (property == "vmSize") return text(text_member(document, {property}));
  return std::nullopt;
}

Found filter_value(const core::NodeRecord& node, std::string_view property) {
  if (property == "id") return text(node.key.node.text());
  if (property == "state") return text(name_of(node.state));
  if (property == "stateTransitionTime") return time(node.state_since);
  if (property == "lastBootTime") return time(node.last_boot);
  if (property == "allocationTime") return time(node.allocated);
  if (!property.starts_with("startTaskInfo/") || !node.start_task_info) return std::nullopt;
  const auto& info = *node.start_task_info;
  if (property == "startTaskInfo/state") return text(info.running ? "running" : "completed");
  if (property == "startTaskInfo/exitCode") return number(info.exit_code);
  if (property == "startTaskInfo/startTime") return time(info.started);
  if (property == "startTaskInfo/endTime") return time(info.ended);
  if (property == "startTaskInfo/result" && !info.running) return text(info.failure ? "failure" : "success");
  return std::nullopt;
}

Found filter_value(const core::JobRecord& job, std::string_view property) {
  if (property == "id") return text(job.id.text());
  if (property == "state") return text(name_of(job.state));
  if (property == "stateTransitionTime") return time(job.state_since);
  if (property == "creationTime") return time(job.created);
  if (property == "lastModified") return time(job.version.last_modified);
  if (property == "executionInfo/startTime") return time(job.started);
  if (property == "executionInfo/endTime") return time(job.ended);
  if (property == "executionInfo/poolId") return text(job.pool.text());
  return std::nullopt;
}

Found filter_value(const core::JobScheduleRecord& schedule, std::string_view property) {
  if (property == "id") return text(schedule.id.text());
  if (property == "state") return text(name_of(schedule.state));
  if (property == "stateTransitionTime") return time(schedule.state_since);
  if (property == "creationTime") return time(schedule.created);
  if (property == "lastModified") return time(schedule.version.last_modified);
  if (property == "executionInfo/endTime") return time(schedule.ended);
  if (property == "schedule/doNotRunUntil") return time(schedule.times.do_not_run_until);
  if (property == "schedule/doNotRunAfter") return time(schedule.times.do_not_run_after);
  return std::nullopt;
}

Found filter_value(const core::UsageRecord& metric, std::string_view property) {
  return property == "poolId" ? text(metric.key.pool.text()) : std::nullopt;
}

Found filter_value(const core::TaskRecord& task, std::string_view property) {
  if (property == "id") return text(task.key.task.text());
  if (property == "state") return text(name_of(task.state));
  if (property == "stateTransitionTime") return time(task.state_since);
  if (property == "creationTime") return time(task.created);
  if (property == "lastModified" || property == "lastModifiedTime") return time(task.version.last_modified);
  if (property == "executionInfo/startTime") return time(task.execution.started);
  if (property == "executionInfo/endTime") return time(task.execution.ended);
  if (property == "executionInfo/exitCode") return number(task.execution.exit_code);
  if (property == "executionInfo/result" && task.execution.result) return text(name_of(*task.execution.result));
  return std::nullopt;
}

Found filter_value(const core::CertificateRecord& certificate, std::string_view property) {
  if (property == "state") return text(name_of(certificate.state));
  if (property == "stateTransitionTime") return time(certificate.state_since);
  return std::nullopt;
}

Found filter_value(const core::JobNodeRecord& at, std::string_view property) {
  if (property == "poolId") return text(at.key.node.pool.text());
  if (property == "nodeId") return text(at.key.node.node.text());
  const auto slash = property.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const bool prepares = property.starts_with("jobPreparationTask");
  const auto& info = core::find_info(at, prepares ? core::SpecialTask::preparation : core::SpecialTask::release);
  if (!info) return std::nullopt;
  const auto member = property.substr(slash + 1);
  if (member == "state") return text(info->running ? "running" : "completed");
  if (member == "startTime") return time(info->started);
  if (member == "endTime") return time(info->ended);
  if (member == "exitCode") return number(info->exit_code);
  if (member == "result" && !info->running) return text(info->failure ? "failure" : "success");
  return std::nullopt;
}

}  // namespace emulator::rest
