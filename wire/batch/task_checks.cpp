// Tasks (contract 4.5, 3.3), alone and against the job they are added to.
#include "base/text.h"
#include "wire/batch/check_steps.h"
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"
#include "wire/batch/limits.h"
#include "wire/batch/vocabulary.h"

#include <array>
#include <string>

namespace wire::batch {
namespace {

using base::Result;
using nlohmann::json;
using steps::member;

Result<void> check_dependencies(const json& task) {
  const json* dependencies = member(task, "dependsOn");
  if (dependencies == nullptr) return {};
  if (const json* ids = member(*dependencies, "taskIds")) {
    std::size_t characters = 0;
    for (const json& id : *ids) characters += id.get_ref<const std::string&>().size();
    if (characters > kMaxDependencyIdCharacters) return make_error(ErrorCode::TaskDependencyListTooLong);
  }
  const json* ranges = member(*dependencies, "taskIdRanges");
  if (ranges == nullptr) return {};
  if (ranges->size() > kMaxDependencyRanges) return make_error(ErrorCode::TaskDependencyRangesTooLong);
  for (const json& range : *ranges) {
    if (range["start"] > range["end"]) {
      return invalid_property("taskIdRanges", "", "The start of a range is greater than its end");
    }
  }
  return {};
}

Result<void> check_exit_ranges(const json& task) {
  const json* conditions = member(task, "exitConditions");
  const json* ranges = conditions == nullptr ? nullptr : member(*conditions, "exitCodeRanges");
  if (ranges == nullptr) return {};
  for (const json& range : *ranges) {
    if (range["start"] > range["end"]) {
      return invalid_property("exitCodeRanges", "", "The start of a range is greater than its end");
    }
  }
  return {};
}

Result<void> check_multi_instance(const json& task) {
  const json* settings = member(task, "multiInstanceSettings");
  if (settings == nullptr) return {};
  if (const json* slots = member(task, "requiredSlots"); slots != nullptr && *slots != json(1)) {
    return invalid_property("requiredSlots", slots->dump(), "A multi-instance task takes exactly one slot");
  }
  RETURN_IF_ERROR(steps::command_line(*settings, "coordinationCommandLine"));
  return steps::resource_files(*settings, "commonResourceFiles");
}

/// Whether any exit condition of the task has that member among its options.
bool has_exit_option(const json& task, const char* option) {
  const auto has_option = [&](const json& options) { return options.is_object() && options.contains(option); };
  const json* conditions = member(task, "exitConditions");
  if (conditions == nullptr) return false;
  for (const char* name : {"preProcessingError", "fileUploadError", "default"}) {
    if (const json* options = member(*conditions, name); options != nullptr && has_option(*options)) return true;
  }
  for (const char* list : {"exitCodes", "exitCodeRanges"}) {
    const json* mappings = member(*conditions, list);
    if (mappings == nullptr) continue;
    for (const json& mapping : *mappings) {
      if (mapping.contains("exitOptions") && has_option(mapping["exitOptions"])) return true;
    }
  }
  return false;
}

bool has_id(const json& job, std::string_view special_task, std::string_view fallback, std::string_view id) {
  const json* task = member(job, special_task);
  return task != nullptr && base::equal_ignoring_case(task->value("id", std::string(fallback)), id);
}

}  // namespace

Result<void> check_task_add(const json& task) {
  RETURN_IF_ERROR(check_id("id", task["id"].get_ref<const std::string&>()));
  RETURN_IF_ERROR(steps::common_task(task));
  RETURN_IF_ERROR(steps::packages(task, kMaxPackagesPerTask));
  RETURN_IF_ERROR(check_dependencies(task));
  RETURN_IF_ERROR(check_exit_ranges(task));
  return check_multi_instance(task);
}

Result<void> check_task_update(const json& update) {
  return steps::constraints(update);
}

Result<void> check_task_for_job(Version version, const json& task, const json& job) {
  const auto& id = task["id"].get_ref<const std::string&>();
  if (has_id(job, "jobPreparationTask", "jobpreparation", id)) {
    return make_error(ErrorCode::TaskIdSameAsJobPreparationTask);
  }
  if (has_id(job, "jobReleaseTask", "jobrelease", id)) return make_error(ErrorCode::TaskIdSameAsJobReleaseTask);
  if (task.contains("dependsOn") && !steps::is_true(job, "usesTaskDependencies")) {
    return make_error(ErrorCode::TaskDependenciesNotSpecifiedOnJob);
  }
  bool reacts = job.value("onTaskFailure", std::string()) == name_of(OnTaskFailure::performexitoptionsjobaction);
  if (!reacts && has_exit_option(task, "jobAction")) {
    return invalid_property("jobAction", "", "The job's onTaskFailure is noaction, so no exit condition can act on it");
  }
  if (version <= Version::v9_0 && !steps::is_true(job, "usesTaskDependencies") &&
      has_exit_option(task, "dependencyAction")) {
    return invalid_property("dependencyAction", "", "The job's usesTaskDependencies is not true");
  }
  return {};
}

Result<void> check_task_add_collection(const json& collection) {
  std::size_t count = collection["value"].size();
  if (count >= 1 && count <= kMaxTasksPerCollection) return {};
  return invalid_property("value", std::to_string(count), "Between 1 and 100 tasks can be added in one call");
}

}  // namespace wire::batch
