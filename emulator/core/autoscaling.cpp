// Autoscaling: pools whose targets follow a formula (contract 8.5 to 8.7).
//
// The first evaluation comes as soon as the formula does, for a new pool and at enabling (the contract leaves it open
// between "at once" and "after an interval"); then one each interval. An evaluation may move the targets of a resize
// that is under way; it waits for one that is being stopped.
#include "emulator/autoscale/formula.h"
#include "emulator/core/state.h"

#include <algorithm>
#include <functional>

namespace emulator::core {
namespace {

using autoscale::Metric;

/// CPU is the share of the usable nodes' task slots that are in use: nobody measures the machine for a node, and this
/// is what formulas mean by load. The withdrawn node metrics are 0.
double value_of(const SampleRecord& sample, Metric metric) {
  const auto number = [](std::int64_t count) { return static_cast<double>(count); };
  switch (metric) {
    case Metric::active_tasks: return number(sample.active_tasks);
    case Metric::running_tasks: return number(sample.running_tasks);
    case Metric::pending_tasks: return number(sample.active_tasks + sample.running_tasks);
    case Metric::succeeded_tasks: return number(sample.succeeded_tasks);
    case Metric::failed_tasks: return number(sample.failed_tasks);
    case Metric::task_slots_per_node: return number(sample.slots_per_node);
    case Metric::current_dedicated_nodes: return number(sample.dedicated_nodes);
    case Metric::current_low_priority_nodes: return number(sample.low_priority_nodes);
    case Metric::preempted_node_count: return number(sample.preempted_nodes);
    case Metric::usable_node_count:
    case Metric::sample_node_count: return number(sample.usable_nodes);
    case Metric::cpu_percent: {
      const std::int64_t slots = sample.usable_nodes * sample.slots_per_node;
      return slots == 0 ? 0 : number(sample.busy_slots) / number(slots);
    }
    case Metric::wall_clock_seconds:
    case Metric::memory_bytes:
    case Metric::disk_bytes:
    case Metric::disk_read_bytes:
    case Metric::disk_write_bytes:
    case Metric::disk_read_ops:
    case Metric::disk_write_ops:
    case Metric::network_in_bytes:
    case Metric::network_out_bytes: return 0;
  }
  return 0;
}

AutoScaleRun run_of(const autoscale::Evaluation& evaluation, Timestamp now) {
  AutoScaleRun run{.at = now, .results = evaluation.results, .error = {}};
  if (evaluation.error) {
    run.error = ResourceError{.code = evaluation.error->code,
                              .message = evaluation.error->message,
                              .values = {{"Message", evaluation.error->detail}}};
  }
  return run;
}

}  // namespace

base::Result<autoscale::Evaluation> Batch::State::evaluate(const Pool& pool, const std::string& text) const {
  ASSIGN_OR_RETURN(const auto formula, autoscale::Formula::parse(text));
  const PoolRecord& record = pool.record;
  autoscale::Situation situation;
  situation.now = now;
  situation.target_dedicated = record.target_dedicated;
  situation.target_low_priority = record.target_low_priority;
  situation.samples = [&](Metric metric, Timestamp after_time, Timestamp until) {
    std::vector<autoscale::Sample> found;
    visit_samples(pool, after_time, until, [&](Timestamp at, const SampleRecord& sample) {
      found.push_back({.at = at, .value = value_of(sample, metric)});
    });
    return found;
  };
  situation.current = [&](Metric metric) { return value_of(sample_of(pool), metric); };
  // Other numbers at each evaluation and in each pool, the same ones when it is replayed.
  situation.random_seed =
      std::hash<std::string>{}(record.id.text()) ^ static_cast<std::uint64_t>(now.time_since_epoch().count());
  return formula.evaluate(situation);
}

Timestamp Batch::State::evaluation_due(const Pool& pool) {
  const PoolRecord& record = pool.record;
  const bool waits = record.state == PoolState::deleting || record.allocation_state == AllocationState::stopping;
  return record.auto_scale && !waits ? record.auto_scale->next_evaluation : kNever;
}

void Batch::State::scale(Pool& pool) {
  PoolRecord& record = pool.record;
  AutoScale& scaling = *record.auto_scale;
  scaling.next_evaluation = after(now, scaling.interval);
  changed_pools.add(pool);
  const auto evaluation = evaluate(pool, scaling.formula);
  if (evaluation.has_error()) {
    // It was read when it was given: only another program's stricter reading can bring this.
    scaling.run =
        AutoScaleRun{.at = now,
                     .results = {},
                     .error = ResourceError{"AutoScalingFormulaEvaluationError", evaluation.error().message, {}}};
    return;
  }
  scaling.run = run_of(*evaluation, now);
  raise(PoolAutoScaled{.pool = record.id,
                       .at = now,
                       .formula = scaling.formula,
                       .results = scaling.run->results,
                       .error = scaling.run->error});
  const bool same = evaluation->target_dedicated == record.target_dedicated &&
                    evaluation->target_low_priority == record.target_low_priority;
  if (evaluation->error) return;
  // Targets that a resize missed (its time was over while tasks held their nodes, a quota was reached) are tried for
  // again (inferred): else a pool that once failed to shrink would never do it.
  const bool missed = record.allocation_state == AllocationState::steady && !targets_reached(pool);
  if (same && !missed) return;
  record.target_dedicated = evaluation->target_dedicated;
  record.target_low_priority = evaluation->target_low_priority;
  begin_resize(pool, record.resize.timeout, evaluation->deallocation);
  adjust(pool);
}

Batch::State::Replied Batch::State::on(EnableAutoScale& command) {
  ASSIGN_OR_RETURN(Pool * pool, writable_pool(command.id, command.conditions));
  PoolRecord& record = pool->record;
  if (record.allocation_state != AllocationState::steady) {
    return wire::batch::make_error(ErrorCode::PoolBeingResized);
  }
  if (now < record.auto_scale_enabled + wire::batch::kEnableAutoScaleInterval) {
    return wire::batch::make_error(ErrorCode::TooManyEnableAutoScaleRequests);
  }
  if (!record.auto_scale && !command.formula) {
    return wire::batch::make_error(ErrorCode::InvalidAutoScalingSettings,
                                   {{"Reason", "autoScaleFormula is required while autoscale is off"}});
  }
  if (!record.auto_scale) {
    record.auto_scale =
        AutoScale{.formula = {}, .interval = wire::batch::kDefaultAutoScaleInterval, .next_evaluation = now, .run = {}};
  }
  AutoScale& scaling = *record.auto_scale;
  if (command.formula) scaling.formula = std::move(*command.formula);
  if (command.interval) {
    scaling.interval = *command.interval;
    scaling.next_evaluation = now;  // the new schedule starts with the request
  }
  record.auto_scale_enabled = now;
  changed_pools.add(*pool);
  return Reply{.written = touch(record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(DisableAutoScale& command) {
  ASSIGN_OR_RETURN(Pool * pool, writable_pool(command.id, {}));
  PoolRecord& record = pool->record;
  if (!record.auto_scale) return Reply{.written = Written{record.version}, .each = {}};
  record.auto_scale.reset();
  changed_pools.add(*pool);
  return Reply{.written = touch(record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(EvaluateAutoScale& command) {
  ASSIGN_OR_RETURN(const Pool* pool, writable_pool(command.id, {}));
  if (!pool->record.auto_scale) return wire::batch::make_error(ErrorCode::OperationNotValidOnPool);
  ASSIGN_OR_RETURN(const auto evaluation, evaluate(*pool, command.formula));
  return Reply{.written = Written{pool->record.version}, .each = {}, .evaluated = run_of(evaluation, now)};
}

}  // namespace emulator::core
