// Views: what a handler copies out of the core to answer with, and the errors for what is not there. The outermost
// missing level reports (contract 3.3).
#pragma once

#include "emulator/rest/call.h"

namespace emulator::rest {

struct PoolView {
  core::PoolRecord record;
  std::int32_t current_dedicated = 0;
  std::int32_t current_low_priority = 0;
  core::PoolUsage usage;  ///< until the pool was looked at
};

struct NodeView {
  core::NodeRecord record;
  std::int32_t running_tasks = 0;
  std::int32_t running_slots = 0;
};

struct TaskView {
  core::TaskRecord record;
  std::int32_t job_max_task_retries = 0;  ///< the default of the task's own (contract 4.5)
};

PoolView view_of(const core::Batch& batch, const core::PoolRecord& pool, base::Timestamp now);
NodeView view_of(const core::Batch& batch, const core::NodeRecord& node);

/// PoolNotFound.
base::Async<base::Result<PoolView>> find_pool(const Call& call);
/// PoolNotFound, NodeNotFound.
base::Async<base::Result<NodeView>> find_node(const Call& call);
/// JobNotFound.
base::Async<base::Result<core::JobRecord>> find_job(const Call& call);
/// JobNotFound, TaskNotFound.
base::Async<base::Result<TaskView>> find_task(const Call& call);

}  // namespace emulator::rest
