// Lookups are lambdas given to BatchService::read: they run on the core's strand and copy.
#include "emulator/rest/views.h"

#include "wire/batch/errors.h"

namespace emulator::rest {

using wire::batch::ErrorCode;
using wire::batch::make_error;

PoolView view_of(const core::Batch& batch, const core::PoolRecord& pool, base::Timestamp now) {
  const auto [dedicated, low_priority] = batch.current_nodes(pool.id);
  return {pool, dedicated, low_priority, batch.usage_of(pool.id, now)};
}

NodeView view_of(const core::Batch& batch, const core::NodeRecord& node) {
  return {node, batch.running_tasks(node.key), batch.running_slots(node.key)};
}

base::Async<base::Result<PoolView>> find_pool(const Call& call) {
  auto look = [id = call.pool_id(), now = call.now()](const core::Batch& batch) -> base::Result<PoolView> {
    const auto* pool = batch.find_pool(id);
    if (pool == nullptr) return make_error(ErrorCode::PoolNotFound);
    return view_of(batch, *pool, now);
  };
  co_return co_await call.service().read(std::move(look));
}

base::Async<base::Result<NodeView>> find_node(const Call& call) {
  auto look = [key = call.node_key()](const core::Batch& batch) -> base::Result<NodeView> {
    if (batch.find_pool(key.pool) == nullptr) return make_error(ErrorCode::PoolNotFound);
    const auto* node = batch.find_node(key);
    if (node == nullptr) return make_error(ErrorCode::NodeNotFound);
    return view_of(batch, *node);
  };
  co_return co_await call.service().read(std::move(look));
}

base::Async<base::Result<core::JobRecord>> find_job(const Call& call) {
  auto look = [id = call.job_id()](const core::Batch& batch) -> base::Result<core::JobRecord> {
    const auto* job = batch.find_job(id);
    if (job == nullptr) return make_error(ErrorCode::JobNotFound);
    return *job;
  };
  co_return co_await call.service().read(std::move(look));
}

base::Async<base::Result<TaskView>> find_task(const Call& call) {
  auto look = [key = call.task_key()](const core::Batch& batch) -> base::Result<TaskView> {
    const auto* job = batch.find_job(key.job);
    if (job == nullptr) return make_error(ErrorCode::JobNotFound);
    const auto* task = batch.find_task(key);
    if (task == nullptr) return make_error(ErrorCode::TaskNotFound);
    return TaskView{*task, job->max_task_retries};
  };
  co_return co_await call.service().read(std::move(look));
}

}  // namespace emulator::rest
