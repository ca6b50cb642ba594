// What diagnostic events say, taken from the records at the moment of the event (contract 9.2).
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

ResizeFigures resize_figures(const Pool& pool) {
  const PoolRecord& record = pool.record;
  return {.pool = record.id,
          .deallocation = std::nullopt,
          .current_dedicated = pool.current_dedicated,
          .target_dedicated = record.target_dedicated,
          .current_low_priority = pool.current_low_priority,
          .target_low_priority = record.target_low_priority,
          .auto_scale = record.auto_scale.has_value(),
          .auto_pool = record.is_auto_pool};
}

}  // namespace

void Batch::State::raise_resize_started(const Pool& pool, bool shrinks) {
  PoolResizeStarted event{resize_figures(pool)};
  if (shrinks) event.figures.deallocation = pool.record.resize.deallocation;
  raise(std::move(event));
}

void Batch::State::raise_resize_completed(const Pool& pool) {
  raise(PoolResizeCompleted{.figures = resize_figures(pool),
                            .started = pool.record.resize.started,
                            .ended = now,
                            .errors = pool.record.resize_errors});
}

TaskFigures Batch::State::figures_of(const Task& task) {
  const TaskRecord& record = task.record;
  return {.key = record.key,
          .job_manager = record.rules.manager.has_value(),
          .attempt = record.attempt,
          .required_slots = record.rules.required_slots,
          .instances = std::max(record.rules.instances, 1),
          .node = record.node,
          .max_retries = record.rules.constraints.max_retries.value_or(task.job->record.max_task_retries),
          .execution = record.execution};
}

}  // namespace emulator::core
