#include "emulator/core/exit_conditions.h"

#include <algorithm>

namespace emulator::core {
namespace {

const ExitOptions* find_range(const std::vector<ExitCodeRange>& ranges, std::int32_t code) {
  const auto found = std::ranges::find_if(
      ranges, [&](const ExitCodeRange& range) { return range.first <= code && code <= range.last; });
  return found == ranges.end() ? nullptr : &found->options;
}

const ExitOptions* find_code(const ExitConditions& conditions, std::optional<std::int32_t> code) {
  if (!code) return nullptr;
  const ExitOptions* options = find_range(conditions.codes, *code);
  return options != nullptr ? options : find_range(conditions.ranges, *code);
}

const ExitOptions* address_of(const std::optional<ExitOptions>& options) {
  return options ? &*options : nullptr;
}

const ExitOptions* find_options(const ExitConditions& conditions, TaskEnding ending, std::optional<std::int32_t> code) {
  const ExitOptions* options = nullptr;
  switch (ending) {
    case TaskEnding::exited:
      options = find_code(conditions, code);
      if (options == nullptr && code == 0) return nullptr;  // 0 only if listed, never by default
      break;
    case TaskEnding::not_started: options = address_of(conditions.pre_processing_error); break;
    case TaskEnding::upload_failed:
      options = find_code(conditions, code);
      if (options == nullptr) options = address_of(conditions.file_upload_error);
      break;
    case TaskEnding::ended: break;
  }
  return options != nullptr ? options : address_of(conditions.otherwise);
}

}  // namespace

TaskEnding ending_of(const TaskRecord& task) {
  const TaskExecution& execution = task.execution;
  if (!execution.failure || execution.failure->code == "FailureExitCode") return TaskEnding::exited;
  if (execution.failure->code == "TaskEnded") return TaskEnding::ended;
  return execution.exit_code ? TaskEnding::upload_failed : TaskEnding::not_started;
}

ExitActions exit_actions(const TaskRules& rules, TaskEnding ending, std::optional<std::int32_t> exit_code) {
  using wire::batch::DependencyAction;
  using wire::batch::JobAction;
  const bool success = ending == TaskEnding::exited && exit_code == 0;
  ExitActions actions{.job_action = success ? JobAction::none : JobAction::terminate,
                      .dependency_action = success ? DependencyAction::satisfy : DependencyAction::block};
  if (!rules.exit_conditions) return actions;
  if (const ExitOptions* options = find_options(*rules.exit_conditions, ending, exit_code)) {
    actions.job_action = options->job_action.value_or(actions.job_action);
    actions.dependency_action = options->dependency_action.value_or(actions.dependency_action);
  }
  return actions;
}

bool names_job_action(const ExitConditions& conditions) {
  const auto names_one = [](const ExitOptions& options) { return options.job_action.has_value(); };
  const auto range_names_one = [&](const ExitCodeRange& range) { return names_one(range.options); };
  const auto optional_names_one = [&](const std::optional<ExitOptions>& options) {
    return options && names_one(*options);
  };
  return std::ranges::any_of(conditions.codes, range_names_one) ||
         std::ranges::any_of(conditions.ranges, range_names_one) ||
         optional_names_one(conditions.pre_processing_error) || optional_names_one(conditions.file_upload_error) ||
         optional_names_one(conditions.otherwise);
}

}  // namespace emulator::core
