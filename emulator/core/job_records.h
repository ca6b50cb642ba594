// What is kept of a job.
#pragma once

#include "emulator/core/pool_records.h"

namespace emulator::core {

/// The pool that a job or the jobs of a schedule make for themselves (contract 4.3, 6.9).
struct AutoPool {
  PoolRecord pool;  ///< what AddPool carries, without id
  std::string id_prefix;
  wire::batch::PoolLifetimeOption lifetime{};
  bool keep_alive = false;
};

/// What the rules look at of a job's preparation task; everything else is in the job's document.
struct PreparationRules {
  TaskId id;
  bool wait_for_success = true;
  bool rerun_after_reboot = true;
  std::int32_t max_retries = 0;
  Ticks max_wall_clock = kUnlimited;
  Ticks retention = wire::batch::kDefaultRetention;
};
/// The same of its release task.
struct ReleaseRules {
  TaskId id;
  Ticks max_wall_clock = wire::batch::kMaxReleaseTaskWallClock;
  Ticks retention = wire::batch::kDefaultRetention;
};

struct JobRecord {
  JobId id;
  Document document;
  Version version;
  Timestamp created{};
  std::uint64_t sequence = 0;  ///< order of creation; grows, not always by one
  wire::batch::JobState state{};
  Timestamp state_since{};
  std::optional<wire::batch::JobState> previous_state;
  std::optional<Timestamp> previous_state_since;

  /// Of an auto pool once it is made; empty when it could not be.
  PoolId pool;
  std::shared_ptr<const AutoPool> auto_pool;  ///< null = the pool was named
  JobScheduleId schedule;                     ///< that made the job; empty = none
  std::int32_t priority = 0;
  std::int32_t max_parallel_tasks = -1;
  Ticks max_wall_clock = kUnlimited;
  std::int32_t max_task_retries = 0;
  wire::batch::OnAllTasksComplete on_all_tasks_complete{};
  wire::batch::OnTaskFailure on_task_failure{};
  bool uses_task_dependencies = false;
  bool allow_task_preemption = false;
  std::optional<PreparationRules> preparation;
  std::optional<ReleaseRules> release;

  Timestamp started{};  ///< executionInfo.startTime
  std::optional<Timestamp> ended;
  std::string terminate_reason;
  std::optional<Failure> scheduling_error;  ///< the auto pool could not be made
  /// What the last disable asked for.
  wire::batch::DisableTasksOption disable_option{};
  WorkStatistics past;  ///< of deleted tasks
};

}  // namespace emulator::core
