// Exit conditions: what the end of a task does to its job and to the tasks that depend on it (contract 6.4).
#pragma once

#include "emulator/core/records.h"

namespace emulator::core {

/// How a task ended for good.
enum class TaskEnding {
  exited,         ///< its process ended; its files were uploaded
  not_started,    ///< pre-processing error
  upload_failed,  ///< its process ended; an output file could not be uploaded
  ended,          ///< by a user's request or its wall clock
};

struct ExitActions {
  wire::batch::JobAction job_action{};
  wire::batch::DependencyAction dependency_action{};
  bool operator==(const ExitActions&) const = default;
};

/// How a completed task ended, as far as its record tells.
TaskEnding ending_of(const TaskRecord& task);

/// Looks the ending up in the order of contract 6.4 and fills in the defaults: exit code 0 does nothing to the job and
/// satisfies, everything else terminates and blocks. The job's onTaskFailure is the caller's business.
ExitActions exit_actions(const TaskRules& rules, TaskEnding ending, std::optional<std::int32_t> exit_code);

/// Whether any exit condition names a job action (refused while the job's onTaskFailure is noaction).
bool names_job_action(const ExitConditions& conditions);

}  // namespace emulator::core
