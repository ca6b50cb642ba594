// What is kept of a task and its subtasks.
#pragma once

#include "emulator/core/package_records.h"

namespace emulator::core {

/// exitOptions (contract 6.4).
struct ExitOptions {
  std::optional<wire::batch::JobAction> job_action;
  std::optional<wire::batch::DependencyAction> dependency_action;
};
struct ExitCodeRange {
  std::int32_t first = 0;
  std::int32_t last = 0;
  ExitOptions options;
};
struct ExitConditions {
  std::vector<ExitCodeRange> codes;   ///< exitCodes, each a range of one
  std::vector<ExitCodeRange> ranges;  ///< exitCodeRanges
  std::optional<ExitOptions> pre_processing_error;
  std::optional<ExitOptions> file_upload_error;
  std::optional<ExitOptions> otherwise;  ///< `default`
};

/// A constraint is unset when the user did not give it: then the default holds (contract 4.5).
struct TaskConstraints {
  std::optional<Ticks> max_wall_clock;
  std::optional<Ticks> retention;
  std::optional<std::int32_t> max_retries;
};

/// What makes a task its job's manager (contract 6.8).
struct ManagerRules {
  bool ends_job = true;   ///< killJobOnCompletion
  bool exclusive = true;  ///< takes every slot of its node
  bool low_priority_nodes = true;
};

/// What a task definition says that the rules look at; everything else is in its document.
struct TaskRules {
  TaskConstraints constraints;
  std::int32_t required_slots = 1;
  std::int32_t instances = 0;  ///< numberOfInstances of a multi-instance task; 0 = an ordinary task
  std::string affinity_id;
  std::shared_ptr<const ExitConditions> exit_conditions;  ///< null = none
  std::vector<std::string> depends_on;                    ///< task ids
  std::vector<std::pair<std::int64_t, std::int64_t>> depends_on_ranges;
  std::vector<PackageReference> packages;
  std::optional<ManagerRules> manager;
  bool short_lived = false;  ///< made through an api-version in which tasks lived 7 days (contract 1.2)
};

/// `executionInfo` without the parts that the state implies (contract 5.7).
struct TaskExecution {
  std::optional<Timestamp> started;
  std::optional<Timestamp> ended;
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  std::optional<wire::batch::TaskResult> result;
  std::optional<ContainerInfo> container;
  std::int32_t retry_count = 0;
  std::optional<Timestamp> last_retry;
  std::int32_t requeue_count = 0;
  std::optional<Timestamp> last_requeue;
};

/// Why a running task has been told to end. It stays running until its processes are gone.
enum class StopReason {
  requeue,         ///< active again, requeueCount + 1
  terminate,       ///< completed with TaskEnded
  wall_clock,      ///< completed with TaskEnded: its own maxWallClockTime is over
  recovery,        ///< the node of a subtask was lost: active again, and nothing is counted
  subtask_failed,  ///< fails as a whole with what the subtask failed with
};
constexpr auto names_of(StopReason) {
  return std::to_array<std::string_view>({"requeue", "terminate", "wallclock", "recovery", "subtaskfailed"});
}

/// An instance of a multi-instance task besides the primary (contract 4.5, 5.7, 6.10), of the current or last attempt.
struct SubtaskRecord {
  NodeKey node;
  wire::batch::SubtaskState state{};
  Timestamp state_since{};
  std::optional<wire::batch::SubtaskState> previous_state;
  std::optional<Timestamp> previous_state_since;
  bool coordinated = false;  ///< its coordination command has exited with 0
  Timestamp started{};
  std::optional<Timestamp> ended;
  std::optional<std::int32_t> exit_code;  ///< of the coordination command
  std::optional<Failure> failure;
  std::optional<wire::batch::TaskResult> result;
  std::optional<ContainerInfo> container;
  Ticks retention{};            ///< as it was at the assignment: later changes touch the primary only
  bool processes_gone = false;  ///< completed, and its agent has said that nothing is left of it
  bool files_removed = false;   ///< retention is over
};

struct TaskRecord {
  TaskKey key;
  Document document;
  TaskRules rules;
  Version version;
  Timestamp created{};
  std::uint64_t sequence = 0;  ///< order of addition in the account; grows, not always by one
  wire::batch::TaskState state{};
  Timestamp state_since{};
  std::optional<wire::batch::TaskState> previous_state;
  std::optional<Timestamp> previous_state_since;
  TaskExecution execution;
  std::optional<NodeKey> node;         ///< where it runs or last ran (`nodeInfo`)
  Attempt attempt = 0;                 ///< of the current or last assignment
  std::optional<StopReason> stopping;  ///< only while running
  std::int32_t crashes = 0;    ///< agents that died while running it and being watched (hostile input: run it apart)
  Usage usage;                 ///< of all its runs
  bool files_removed = false;  ///< retention is over (TaskFilesCleanedup) or the node is gone
  bool coordinated = false;    ///< the primary's coordination command has exited with 0
  std::vector<SubtaskRecord> subtasks;  ///< instances 1, 2, ... of the current or last attempt
  bool node_gone = false;               ///< its node left: TaskFilesUnavailable. Derived, not stored
};

/// taskcounts (contract 9.1), by tasks and by slots.
struct TaskCounts {
  std::int64_t active = 0, running = 0, completed = 0, succeeded = 0, failed = 0;
  bool operator==(const TaskCounts&) const = default;
};

}  // namespace emulator::core
