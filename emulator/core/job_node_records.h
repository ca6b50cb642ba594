// What is kept of a job on a node: its preparation and release task there.
#pragma once

#include "emulator/core/task_records.h"

namespace emulator::core {

/// The two tasks that a job runs once on each of its nodes, before and after its own.
enum class SpecialTask { preparation, release };

/// The run of a special task on a node, under way or over (contract 5.9).
struct SpecialTaskInfo {
  bool running = false;  ///< else completed
  Attempt attempt = 0;
  std::optional<StopReason> stopping;  ///< only while running
  Timestamp started{};
  std::optional<Timestamp> ended;
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  std::int32_t retry_count = 0;
  std::optional<Timestamp> last_retry;
};

struct JobNodeKey {
  JobId job;
  NodeKey node;
  auto operator<=>(const JobNodeKey&) const = default;
};

/// What a job did on a node, from the first assignment on; outlives the node.
struct JobNodeRecord {
  JobNodeKey key;
  std::optional<SpecialTaskInfo> preparation;
  std::optional<SpecialTaskInfo> release;
  Attempt attempt = 0;     ///< of the last special task ordered, of either kind
  bool prepared = false;   ///< the preparation need not run (again)
  bool barred = false;     ///< the preparation failed for good: no task of the job until the node is reimaged
  bool ran_tasks = false;  ///< a task of the job was started here since the node was made or reimaged
  bool preparation_files_removed = false;
  bool release_files_removed = false;
};

}  // namespace emulator::core
