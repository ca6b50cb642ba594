// Pools: their lives, and what is asked of them (contract 5.1, 5.2, 4.1.4). How nodes follow targets is in
// allocation.cpp.
#include "emulator/core/state.h"

#include <algorithm>
#include <set>

namespace emulator::core {

base::Result<Pool*> Batch::State::writable_pool(const PoolId& id, const Conditions& conditions) {
  Pool* pool = find_pool(id);
  if (pool == nullptr) return wire::batch::make_error(ErrorCode::PoolNotFound);
  RETURN_IF_ERROR(check_conditions(conditions, pool->record.version));
  if (pool->record.state == PoolState::deleting) return wire::batch::make_error(ErrorCode::PoolBeingDeleted);
  return pool;
}

Batch::State::Replied Batch::State::on(AddPool& command) {
  ASSIGN_OR_RETURN(const Pool* pool, create_pool(std::move(command.pool)));
  return Reply{.written = Written{pool->record.version}, .each = {}};
}

base::Result<Pool*> Batch::State::create_pool(PoolRecord prepared) {
  if (const Pool* existing = find_pool(prepared.id)) {
    const bool deleting = existing->record.state == PoolState::deleting;
    return wire::batch::make_error(deleting ? ErrorCode::PoolBeingDeleted : ErrorCode::PoolExists);
  }
  if (static_cast<std::int32_t>(pools.size()) >= options.max_pools) {
    return wire::batch::make_error(ErrorCode::PoolQuotaReached);
  }
  RETURN_IF_ERROR(check_packages(prepared.packages));
  RETURN_IF_ERROR(check_certificates(prepared.certificates));
  Pool& pool = pools[prepared.id];
  pool.record = std::move(prepared);
  PoolRecord& record = pool.record;
  pool.alarm.serial = ++last_serial;
  pool.queue = &queues[record.id];
  pool.queue->id = record.id;
  pool.queue->pool = &pool;
  record.created = now;
  if (record.auto_scale) {
    record.auto_scale->next_evaluation = now;
    record.auto_scale->run.reset();
    record.auto_scale_enabled = {};
    record.target_dedicated = record.target_low_priority = 0;
  }
  record.resize.started = now;
  record.resize.initial = true;
  record.resize_errors.clear();
  record.next_node_number = 0;
  begin(record, now);
  begin_allocation(record, now);
  pool.settles_at = now + kOneTick;
  changed_pools.add(pool);
  touch(record.version);
  count_lifetime();
  raise(PoolCreated{.pool = record, .auto_pool = record.is_auto_pool});
  raise_resize_started(pool, false);
  take_first_sample(pool);
  adjust(pool);
  return &pool;
}

Batch::State::Replied Batch::State::on(UpdatePool& command) {
  ASSIGN_OR_RETURN(Pool * pool, writable_pool(command.id, command.conditions));
  PoolRecord& record = pool->record;
  if (record.version.last_modified != command.seen.last_modified) {
    return base::Error(base::Errc::unavailable, "pool " + record.id.text() + " was changed by another request");
  }
  if (command.packages) RETURN_IF_ERROR(check_packages(*command.packages));
  if (command.certificates) RETURN_IF_ERROR(check_certificates(command.certificates->certificates));
  if (command.shape) {
    const bool empty = pool->nodes.empty() && record.target_dedicated == 0 && record.target_low_priority == 0;
    if (!empty) return wire::batch::make_error(ErrorCode::OperationInvalidForCurrentState);
    record.task_slots_per_node = command.shape->task_slots_per_node;
    record.fill = command.shape->fill;
    record.cores_per_node = command.shape->cores_per_node;
    record.inter_node_communication = command.shape->inter_node_communication;
  }
  record.document = std::move(command.document);
  if (command.packages) record.packages = *std::move(command.packages);
  if (command.certificates) {
    record.certificate_references = std::move(command.certificates->document);
    record.certificates = std::move(command.certificates->certificates);
  }
  record.start_task = std::move(command.start_task);
  record.start_task_waits = command.start_task_waits;
  changed_pools.add(*pool);
  return Reply{.written = touch(record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(DeletePool& command) {
  ASSIGN_OR_RETURN(Pool * pool, writable_pool(command.id, command.conditions));
  delete_pool(*pool);
  return Reply{.written = Written{pool->record.version}, .each = {}};
}

void Batch::State::delete_pool(Pool& pool) {
  PoolRecord& record = pool.record;
  transition(record, PoolEvent::delete_asked, now);
  transition(record, AllocationEvent::pool_deleted, now);
  record.target_dedicated = record.target_low_priority = 0;
  record.auto_scale.reset();
  record.resize.started = now;
  record.resize.deallocation = DeallocationOption::requeue;
  record.resize_errors.clear();
  pool.settles_at = now + kOneTick;
  changed_pools.add(pool);
  touch(record.version);
  raise(PoolDeleteStarted{record.id});
  for (auto& [id, node] : pool.nodes) {
    if (!is_leaving(node)) ask_to_leave(node, DeallocationOption::requeue);
  }
  rearm(pool);  // at once: an alarm that is due already would be taken for the end of the deletion
}

base::Result<Pool*> Batch::State::resizable_pool(const PoolId& id, const Conditions& conditions) {
  ASSIGN_OR_RETURN(Pool * pool, writable_pool(id, conditions));
  // The contract gives only the status (409) of a resize by hand while a formula decides.
  if (pool->record.auto_scale) return wire::batch::make_error(ErrorCode::OperationNotValidOnPool);
  if (pool->record.allocation_state != AllocationState::steady) {
    return wire::batch::make_error(ErrorCode::PoolBeingResized);
  }
  return pool;
}

void Batch::State::begin_resize(Pool& pool, Ticks timeout, DeallocationOption deallocation) {
  PoolRecord& record = pool.record;
  // A formula may move the targets of a resize that is under way.
  const bool begins = record.allocation_state == AllocationState::steady;
  if (begins) transition(record, AllocationEvent::resize_asked, now);
  record.resize = {.started = now, .timeout = timeout, .deallocation = deallocation, .initial = false};
  record.resize_errors.clear();
  pool.settles_at = now + kOneTick;
  touch(record.version);
  changed_pools.add(pool);
  if (!begins) return;
  raise_resize_started(
      pool, record.target_dedicated < pool.current_dedicated || record.target_low_priority < pool.current_low_priority);
}

Batch::State::Replied Batch::State::on(ResizePool& command) {
  ASSIGN_OR_RETURN(Pool * pool, resizable_pool(command.id, command.conditions));
  PoolRecord& record = pool->record;
  record.target_dedicated = command.target_dedicated.value_or(record.target_dedicated);
  record.target_low_priority = command.target_low_priority.value_or(record.target_low_priority);
  begin_resize(*pool, command.timeout.value_or(wire::batch::kDefaultResizeTimeout), command.deallocation);
  adjust(*pool);
  return Reply{.written = Written{record.version}, .each = {}};
}

Batch::State::Replied Batch::State::on(RemoveNodes& command) {
  ASSIGN_OR_RETURN(Pool * pool, resizable_pool(command.id, command.conditions));
  PoolRecord& record = pool->record;
  // A node that is named twice is removed once; one that is on its way out is not counted again.
  std::set<NodeId> named;
  std::vector<Node*> removed;
  for (const NodeId& id : command.nodes) {
    const auto found = pool->nodes.find(id);
    if (found == pool->nodes.end()) return wire::batch::make_error(ErrorCode::NodeNotFound);
    if (named.insert(id).second && !is_leaving(found->second)) removed.push_back(&found->second);
  }
  for (const Node* node : removed) {
    std::int32_t& target = node->record.dedicated ? record.target_dedicated : record.target_low_priority;
    target = std::max(target - 1, 0);
  }
  begin_resize(*pool, command.timeout.value_or(wire::batch::kDefaultResizeTimeout), command.deallocation);
  for (Node* node : removed) ask_to_leave(*node, command.deallocation);
  adjust(*pool);
  return Reply{.written = Written{record.version}, .each = {}};
}

Batch::State::Replied Batch::State::on(StopPoolResize& command) {
  ASSIGN_OR_RETURN(Pool * pool, writable_pool(command.id, command.conditions));
  PoolRecord& record = pool->record;
  switch (record.allocation_state) {
    case AllocationState::steady: return wire::batch::make_error(ErrorCode::OperationInvalidForCurrentState);
    case AllocationState::stopping: break;
    case AllocationState::resizing:
      transition(record, AllocationEvent::stop_asked, now);
      pool->settles_at = now + kOneTick;
      for (auto& [id, node] : pool->nodes) stay(node);
      changed_pools.add(*pool);
      break;
  }
  // The version stays: the live service answered with the ETag of the resize before it.
  return Reply{.written = Written{record.version}, .each = {}};
}

void Batch::State::remove(Pool& pool) {
  PoolQueue& queue = *pool.queue;
  queue.pool = nullptr;
  if (queue.jobs == 0) {
    unscheduled.forget(queue);
    queues.erase(PoolId{queue.id});
  }
  keep_statistics(pool);
  changed_pools.forget(pool);
  timers.set(pool.alarm, &pool, kNever);
  raise(PoolDeleteCompleted{.pool = pool.record.id, .started = pool.record.state_since, .ended = now});
  const PoolId id = pool.record.id;
  removals.emplace_back(PoolRemoved{id});
  removals.emplace_back(SamplesForgotten{.pool = id, .before = kNever});
  pools.erase(id);
}

}  // namespace emulator::core
