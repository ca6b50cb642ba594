// Pools: their lives, and how their nodes follow their targets (contract 5.1, 5.2, 6.6).
#include "emulator/core/failures.h"
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

bool targets_reached(const Pool& pool) {
  return pool.current_dedicated == pool.record.target_dedicated &&
         pool.current_low_priority == pool.record.target_low_priority;
}

/// Which nodes go first: those that serve nobody, idle ones, then the least busy; among equals the youngest.
auto reluctance(const Node& node) {
  return std::tuple(serves(node.record), node.runs.size(), ~node.offer.number);
}

template <class MakeError>
void note_missed_targets(Pool& pool, MakeError make_error) {
  PoolRecord& record = pool.record;
  if (pool.current_dedicated != record.target_dedicated) {
    record.resize_errors.push_back(make_error(true, pool.current_dedicated, record.target_dedicated));
  }
  if (pool.current_low_priority != record.target_low_priority) {
    record.resize_errors.push_back(make_error(false, pool.current_low_priority, record.target_low_priority));
  }
}

}  // namespace

base::Result<Pool*> Batch::State::writable_pool(const PoolId& id, const Conditions& conditions) {
  Pool* pool = find_pool(id);
  if (pool == nullptr) return wire::batch::make_error(ErrorCode::PoolNotFound);
  RETURN_IF_ERROR(check_conditions(conditions, pool->record.version));
  if (pool->record.state == PoolState::deleting) return wire::batch::make_error(ErrorCode::PoolBeingDeleted);
  return pool;
}

Batch::State::Replied Batch::State::on(AddPool& command) {
  if (const Pool* existing = find_pool(command.pool.id)) {
    const bool deleting = existing->record.state == PoolState::deleting;
    return wire::batch::make_error(deleting ? ErrorCode::PoolBeingDeleted : ErrorCode::PoolExists);
  }
  if (static_cast<std::int32_t>(pools.size()) >= options.max_pools) {
    return wire::batch::make_error(ErrorCode::PoolQuotaReached);
  }
  Pool& pool = pools[command.pool.id];
  pool.record = std::move(command.pool);
  PoolRecord& record = pool.record;
  pool.alarm.serial = ++last_serial;
  pool.queue = &queues[record.id];
  pool.queue->id = record.id;
  pool.queue->pool = &pool;
  record.created = now;
  record.resize.started = now;
  record.resize.initial = true;
  record.resize_errors.clear();
  record.next_node_number = 0;
  begin(record, now);
  begin_allocation(record, now);
  pool.settles_at = now + kOneTick;
  changed_pools.add(pool);
  const Written written = touch(record.version);
  raise(PoolCreated{.pool = record});
  raise_resize_started(pool, false);
  adjust(pool);
  return Reply{.written = written, .each = {}};
}

Batch::State::Replied Batch::State::on(UpdatePool& command) {
  ASSIGN_OR_RETURN(Pool * pool, writable_pool(command.id, command.conditions));
  PoolRecord& record = pool->record;
  if (record.version.last_modified != command.seen.last_modified) {
    return base::Error(base::Errc::unavailable, "pool " + record.id.text() + " was changed by another request");
  }
  record.document = std::move(command.document);
  record.start_task = std::move(command.start_task);
  record.start_task_waits = command.start_task_waits;
  changed_pools.add(*pool);
  return Reply{.written = touch(record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(DeletePool& command) {
  ASSIGN_OR_RETURN(Pool * pool, writable_pool(command.id, command.conditions));
  PoolRecord& record = pool->record;
  transition(record, PoolEvent::delete_asked, now);
  transition(record, AllocationEvent::pool_deleted, now);
  record.target_dedicated = record.target_low_priority = 0;
  record.resize.started = now;
  record.resize.deallocation = DeallocationOption::requeue;
  record.resize_errors.clear();
  pool->settles_at = now + kOneTick;
  changed_pools.add(*pool);
  const Written written = touch(record.version);
  raise(PoolDeleteStarted{record.id});
  for (auto& [id, node] : pool->nodes) {
    if (!is_leaving(node)) ask_to_leave(node, DeallocationOption::requeue);
  }
  return Reply{.written = written, .each = {}};
}

Batch::State::Replied Batch::State::on(ResizePool& command) {
  ASSIGN_OR_RETURN(Pool * pool, writable_pool(command.id, command.conditions));
  PoolRecord& record = pool->record;
  if (record.allocation_state != AllocationState::steady) {
    return wire::batch::make_error(ErrorCode::PoolBeingResized);
  }
  transition(record, AllocationEvent::resize_asked, now);
  record.target_dedicated = command.target_dedicated.value_or(record.target_dedicated);
  record.target_low_priority = command.target_low_priority.value_or(record.target_low_priority);
  record.resize = {.started = now,
                   .timeout = command.timeout.value_or(wire::batch::kDefaultResizeTimeout),
                   .deallocation = command.deallocation,
                   .initial = false};
  record.resize_errors.clear();
  pool->settles_at = now + kOneTick;
  changed_pools.add(*pool);
  const Written written = touch(record.version);
  raise_resize_started(*pool, record.target_dedicated < pool->current_dedicated ||
                                  record.target_low_priority < pool->current_low_priority);
  adjust(*pool);
  return Reply{.written = written, .each = {}};
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

void Batch::State::adjust(Pool& pool) {
  for (const bool dedicated : {true, false}) {
    const auto present = std::ranges::count_if(pool.nodes, [&](const auto& entry) {
      return entry.second.record.dedicated == dedicated && !is_to_leave(entry.second);
    });
    const auto target = dedicated ? pool.record.target_dedicated : pool.record.target_low_priority;
    for (auto count = present; count < target; ++count) create_node(pool, dedicated);
    if (present > target) shrink(pool, dedicated, static_cast<std::int32_t>(present - target));
  }
}

void Batch::State::shrink(Pool& pool, bool dedicated, std::int32_t by) {
  std::vector<Node*> candidates;
  for (auto& [id, node] : pool.nodes) {
    if (node.record.dedicated == dedicated && !is_to_leave(node)) candidates.push_back(&node);
  }
  std::ranges::sort(candidates, {}, [](const Node* node) { return reluctance(*node); });
  candidates.resize(static_cast<std::size_t>(by));
  for (Node* node : candidates) ask_to_leave(*node, pool.record.resize.deallocation);
}

void Batch::State::rearm(Pool& pool) {
  const PoolRecord& record = pool.record;
  Timestamp at = kNever;
  if (record.state == PoolState::deleting) {
    if (pool.nodes.empty()) at = pool.settles_at;
  } else if (record.allocation_state == AllocationState::resizing) {
    at = targets_reached(pool) ? pool.settles_at : after(record.resize.started, record.resize.timeout);
  } else if (record.allocation_state == AllocationState::stopping) {
    const bool leaving = std::ranges::any_of(pool.nodes, [](const auto& entry) { return is_leaving(entry.second); });
    if (!leaving) at = pool.settles_at;
  }
  timers.set(pool.alarm, &pool, at);
}

void Batch::State::alarm(Pool& pool) {
  PoolRecord& record = pool.record;
  if (record.state == PoolState::deleting) return remove(pool);
  if (record.allocation_state == AllocationState::stopping) {
    note_missed_targets(pool, resize_stopped);
    transition(record, AllocationEvent::stopped, now);
  } else if (targets_reached(pool)) {
    transition(record, AllocationEvent::targets_reached, now);
  } else {
    note_missed_targets(pool, allocation_timed_out);
    transition(record, AllocationEvent::timed_out, now);
    for (auto& [id, node] : pool.nodes) stay(node);
  }
  raise_resize_completed(pool);
  changed_pools.add(pool);
}

void Batch::State::remove(Pool& pool) {
  PoolQueue& queue = *pool.queue;
  queue.pool = nullptr;
  if (queue.jobs == 0) {
    unscheduled.forget(queue);
    queues.erase(PoolId{queue.id});
  }
  changed_pools.forget(pool);
  timers.set(pool.alarm, &pool, kNever);
  raise(PoolDeleteCompleted{.pool = pool.record.id, .started = pool.record.state_since, .ended = now});
  const PoolId id = pool.record.id;
  removals.emplace_back(PoolRemoved{id});
  pools.erase(id);
}

}  // namespace emulator::core
