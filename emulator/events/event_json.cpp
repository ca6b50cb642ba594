// Two members of PoolCreate and all of a task's figures come from typed fields; the rest of PoolCreate is looked up in
// the pool's document.
#include "emulator/events/event_json.h"

#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace emulator::events {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// A pool that grows asks no node to leave, and says so with this word [contract 9.2].
constexpr std::string_view kNoDeallocation = "invalid";
constexpr std::string_view kSuccess = "Success";
constexpr std::string_view kSucceeded = "The operation succeeded";

std::string text_of(core::Timestamp time) {
  return wire::print_timestamp(time);
}

void set_time(ordered_json& object, const char* name, const std::optional<core::Timestamp>& time) {
  if (time) object[name] = text_of(*time);
}

ordered_json name_values(const core::NameValues& pairs) {
  auto list = ordered_json::array();
  for (const auto& [name, value] : pairs) list.push_back({{"name", name}, {"value", value}});
  return list;
}

ordered_json error_json(const core::Failure& failure) {
  return {{"category", wire::batch::name_of(failure.category)},
          {"code", failure.code},
          {"message", failure.message},
          {"details", name_values(failure.details)}};
}

/// Copies a member of a document when it is there.
void copy(ordered_json& to, const json& from, const char* name, const char* as = nullptr) {
  const auto found = from.find(name);
  if (found != from.end() && !found->is_null()) to[as == nullptr ? name : as] = ordered_json(*found);
}

ordered_json node_info(const core::NodeKey& node) {
  return {{"poolId", node.pool.text()}, {"nodeId", node.node.text()}};
}

ordered_json machine_configuration(const json& machine) {
  ordered_json shown = ordered_json::object();
  copy(shown, machine, "imageReference");
  copy(shown, machine, "nodeAgentSKUId", "nodeAgentId");
  copy(shown, machine, "windowsConfiguration");
  return shown;
}

ordered_json properties(const core::PoolCreated& event) {
  const auto& pool = event.pool;
  auto document = pool.document == nullptr ? json::object() : json::parse(*pool.document, nullptr, false);
  if (!document.is_object()) document = json::object();
  ordered_json shown{{"id", pool.id.text()}};
  copy(shown, document, "displayName");
  copy(shown, document, "vmSize");
  if (const auto machine = document.find("virtualMachineConfiguration"); machine != document.end()) {
    shown["imageType"] = "VirtualMachineConfiguration";
    shown["virtualMachineConfiguration"] = machine_configuration(*machine);
  } else if (const auto cloud = document.find("cloudServiceConfiguration"); cloud != document.end()) {
    shown["imageType"] = "CloudServiceConfiguration";
    ordered_json configuration = ordered_json::object();
    copy(configuration, *cloud, "osFamily");
    copy(configuration, *cloud, "osVersion", "targetOsVersion");
    shown["cloudServiceConfiguration"] = std::move(configuration);
  }
  if (const auto network = document.find("networkConfiguration"); network != document.end()) {
    shown["networkConfiguration"] = ordered_json::object();
    copy(shown["networkConfiguration"], *network, "subnetId");
  }
  // Milliseconds, as a text.
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(pool.resize.timeout);
  shown["resizeTimeout"] = std::to_string(timeout.count());
  shown["targetDedicatedNodes"] = pool.target_dedicated;
  shown["targetLowPriorityNodes"] = pool.target_low_priority;
  shown["maxTasksPerNode"] = pool.task_slots_per_node;
  shown["vmFillType"] = pool.fill == wire::batch::NodeFillType::spread ? "Spread" : "Pack";
  shown["enableAutoScale"] = pool.auto_scale.has_value();
  shown["enableInterNodeCommunication"] = pool.inter_node_communication;
  shown["isAutoPool"] = event.auto_pool;
  return shown;
}

ordered_json resize_figures(const core::ResizeFigures& figures) {
  return {
      {"id", figures.pool.text()},
      {"poolId", figures.pool.text()},
      {"nodeDeallocationOption", figures.deallocation ? wire::batch::name_of(*figures.deallocation) : kNoDeallocation},
      {"currentDedicatedNodes", figures.current_dedicated},
      {"targetDedicatedNodes", figures.target_dedicated},
      {"currentLowPriorityNodes", figures.current_low_priority},
      {"targetLowPriorityNodes", figures.target_low_priority},
      {"enableAutoScale", figures.auto_scale},
      {"isAutoPool", figures.auto_pool}};
}

ordered_json properties(const core::PoolResizeStarted& event) {
  return resize_figures(event.figures);
}

ordered_json properties(const core::PoolResizeCompleted& event) {
  auto shown = resize_figures(event.figures);
  shown["startTime"] = text_of(event.started);
  shown["endTime"] = text_of(event.ended);
  const bool success = event.errors.empty();
  shown["resultCode"] = success ? std::string{kSuccess} : event.errors.front().code;
  shown["resultMessage"] = success ? std::string{kSucceeded} : event.errors.front().message;
  return shown;
}

ordered_json properties(const core::PoolDeleteStarted& event) {
  return {{"id", event.pool.text()}};
}

ordered_json properties(const core::PoolDeleteCompleted& event) {
  return {{"id", event.pool.text()}, {"startTime", text_of(event.started)}, {"endTime", text_of(event.ended)}};
}

ordered_json properties(const core::PoolAutoScaled& event) {
  ordered_json shown{{"id", event.pool.text()},
                     {"timestamp", text_of(event.at)},
                     {"formula", event.formula},
                     {"results", event.results}};
  if (event.error) {
    shown["error"] = {
        {"code", event.error->code}, {"message", event.error->message}, {"values", name_values(event.error->values)}};
  }
  return shown;
}

/// What every event of a task begins with.
ordered_json task_figures(const core::TaskFigures& task) {
  ordered_json shown{{"jobId", task.key.job.text()},
                     {"id", task.key.task.text()},
                     {"taskType", task.job_manager ? "JobManager" : "User"},
                     // "The internal retry counter on a task": runs before this one.
                     {"systemTaskVersion", task.attempt == 0 ? 0 : task.attempt - 1},
                     {"requiredSlots", task.required_slots}};
  if (task.node) shown["nodeInfo"] = node_info(*task.node);
  shown["multiInstanceSettings"] = {{"numberOfInstances", task.instances}};
  shown["constraints"] = {{"maxTaskRetryCount", task.max_retries}};
  return shown;
}

ordered_json ended_task(const core::TaskFigures& task) {
  auto shown = task_figures(task);
  ordered_json info = ordered_json::object();
  set_time(info, "startTime", task.execution.started);
  set_time(info, "endTime", task.execution.ended);
  if (task.execution.exit_code) info["exitCode"] = *task.execution.exit_code;
  info["retryCount"] = task.execution.retry_count;
  info["requeueCount"] = task.execution.requeue_count;
  shown["executionInfo"] = std::move(info);
  return shown;
}

ordered_json with_failure(const core::TaskFigures& task, std::string_view result) {
  auto shown = ended_task(task);
  shown["executionInfo"]["result"] = result;
  if (task.execution.failure) shown["executionInfo"]["schedulingError"] = error_json(*task.execution.failure);
  return shown;
}

ordered_json properties(const core::TaskStarted& event) {
  auto shown = task_figures(event.task);
  shown["executionInfo"] = {{"retryCount", event.task.execution.retry_count}};
  return shown;
}

ordered_json properties(const core::TaskCompleted& event) {
  return ended_task(event.task);
}

ordered_json properties(const core::TaskFailed& event) {
  return with_failure(event.task, "Failure");
}

ordered_json properties(const core::TaskScheduleFailed& event) {
  auto shown = task_figures(event.task);
  shown["schedulingError"] = error_json(event.error);
  return shown;
}

ordered_json properties(const core::TaskRequeued& event) {
  return with_failure(event.task, "Failure");
}

ordered_json properties(const core::SpecialTaskEnded& event) {
  ordered_json info{{"startTime", text_of(event.started)}, {"endTime", text_of(event.ended)}};
  if (event.exit_code) info["exitCode"] = *event.exit_code;
  info["result"] = event.failure ? "Failure" : "Success";
  if (event.failure) info["schedulingError"] = error_json(*event.failure);
  return {{"jobId", event.job.text()},
          {"taskName", event.task.text()},
          {"taskType", event.release ? "JobRelease" : "JobPrep"},
          {"nodeInfo", node_info(event.node)},
          {"executionInfo", std::move(info)}};
}

/// In the order of the variant.
constexpr auto kNames = std::to_array<std::string_view>(
    {"PoolCreate", "PoolResizeStart", "PoolResizeComplete", "PoolDeleteStart", "PoolDeleteComplete", "PoolAutoScale",
     "TaskStart", "TaskComplete", "TaskFail", "TaskScheduleFail", "TaskRequeue", "SpecialTask"});
static_assert(kNames.size() == std::variant_size_v<core::DiagnosticEventBody>);

}  // namespace

std::string_view name_of(const core::DiagnosticEventBody& body) {
  return kNames.at(body.index());
}

ordered_json properties_of(const core::DiagnosticEventBody& body) {
  return std::visit([](const auto& event) { return properties(event); }, body);
}

}  // namespace emulator::events
