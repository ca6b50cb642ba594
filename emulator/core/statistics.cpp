// Statistics (contract 9.1, 4.6): what tasks and nodes have used. What is still there is added up when somebody asks;
// what goes leaves its share behind in what held it: a task in its job, a job in its schedule and the account, a node
// in its pool and in the half hours of the usage metrics, a pool in the account.
//
// The service rolls up every half hour; here every answer is of the moment.
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

/// The intervals of usage metrics begin at full and half hours UTC (the service's length is inferred).
constexpr Ticks kUsageInterval = std::chrono::minutes{30};
/// How long usage metrics are kept.
constexpr Ticks kUsageKept = std::chrono::days{60};

WorkStatistics statistics_of(const TaskRecord& task) {
  using wire::batch::TaskResult;
  WorkStatistics statistics{.usage = task.usage, .retries = task.execution.retry_count};
  if (task.execution.result == TaskResult::success) statistics.succeeded = 1;
  if (task.execution.result == TaskResult::failure) statistics.failed = 1;
  if (task.execution.started) statistics.wait = *task.execution.started - task.created;
  return statistics;
}

WorkStatistics statistics_of(const Job& job) {
  WorkStatistics sum = job.record.past;
  for (const auto& [id, task] : job.tasks) sum += core::statistics_of(task.record);
  return sum;
}

Ticks core_time(const Pool& pool, Ticks span) {
  return span * pool.record.cores_per_node;
}

/// What the node adds to its pool, until now.
PoolUsage usage_of(const Node& node, Timestamp now) {
  PoolUsage usage{.tasks = node.record.usage};
  usage.core_time = core_time(*node.pool, std::max(now - node.record.allocated, Ticks::zero()));
  if (node.record.dedicated) usage.dedicated_core_time = usage.core_time;
  return usage;
}

PoolUsage usage_of(const Pool& pool, Timestamp now) {
  PoolUsage sum = pool.record.usage;
  for (const auto& [id, node] : pool.nodes) sum += usage_of(node, now);
  return sum;
}

Timestamp interval_of(Timestamp time) {
  const Ticks since = time.time_since_epoch();
  return Timestamp{since - since % kUsageInterval};
}

/// Calls f(interval begin, time in it) for every interval that [from, to) touches.
template <class F>
void for_each_interval(Timestamp from, Timestamp to, F f) {
  for (Timestamp begin = interval_of(from); begin < to; begin += kUsageInterval) {
    f(begin, std::min(begin + kUsageInterval, to) - std::max(begin, from));
  }
}

}  // namespace

Usage& Usage::operator+=(const Usage& other) {
  user_cpu += other.user_cpu;
  kernel_cpu += other.kernel_cpu;
  wall_clock += other.wall_clock;
  read_operations += other.read_operations;
  write_operations += other.write_operations;
  read_bytes += other.read_bytes;
  written_bytes += other.written_bytes;
  return *this;
}

WorkStatistics& WorkStatistics::operator+=(const WorkStatistics& other) {
  usage += other.usage;
  succeeded += other.succeeded;
  failed += other.failed;
  retries += other.retries;
  wait += other.wait;
  return *this;
}

PoolUsage& PoolUsage::operator+=(const PoolUsage& other) {
  core_time += other.core_time;
  dedicated_core_time += other.dedicated_core_time;
  tasks += other.tasks;
  return *this;
}

void Batch::State::note_run(Task& task, Usage used) {
  if (!task.record.execution.started) return;  // it was still preparing
  used.wall_clock = std::max(now - *task.record.execution.started, Ticks::zero());
  task.record.usage += used;
  task.node->record.usage += used;
}

void Batch::State::keep_statistics(const Task& task) {
  task.job->record.past += core::statistics_of(task.record);
  changed_jobs.add(*task.job);
}

void Batch::State::keep_statistics(const Job& job) {
  const WorkStatistics statistics = core::statistics_of(job);
  totals.work += statistics;
  totals_changed = true;
  if (JobSchedule* schedule = find_schedule(job.record.schedule)) {
    schedule->record.past += statistics;
    changed_schedules.add(*schedule);
  }
}

void Batch::State::keep_statistics(const Node& node) {
  Pool& pool = *node.pool;
  pool.record.usage += core::usage_of(node, now);
  changed_pools.add(pool);
  const Timestamp oldest = interval_of(now - kUsageKept);
  for_each_interval(std::max(node.record.allocated, oldest), now, [&](Timestamp begin, Ticks span) {
    UsageRecord& entry = usage[UsageKey{begin, pool.record.id, pool.record.vm_size}];
    entry.key = UsageKey{begin, pool.record.id, pool.record.vm_size};
    entry.core_time += core_time(pool, span);
    removals.emplace_back(entry);  // written once more, not removed
  });
  while (!usage.empty() && usage.begin()->first.begin < oldest) {
    removals.emplace_back(UsageRemoved{usage.begin()->first});
    usage.erase(usage.begin());
  }
}

void Batch::State::keep_statistics(const Pool& pool) {
  totals.pools += pool.record.usage;
  totals_changed = true;
}

void Batch::State::count_lifetime() {
  if (totals.since != Timestamp{}) return;
  totals.since = now;
  totals_changed = true;
}

WorkStatistics Batch::statistics_of(const JobId& id) const {
  const Job* job = state_->find_job(id);
  return job == nullptr ? WorkStatistics{} : core::statistics_of(*job);
}

WorkStatistics Batch::statistics_of(const JobScheduleId& id) const {
  const JobSchedule* schedule = state_->find_schedule(id);
  if (schedule == nullptr) return {};
  WorkStatistics sum = schedule->record.past;
  for (const auto& [job_id, job] : schedule->jobs) sum += core::statistics_of(*job);
  return sum;
}

PoolUsage Batch::usage_of(const PoolId& id, Timestamp now) const {
  const Pool* pool = state_->find_pool(id);
  return pool == nullptr ? PoolUsage{} : core::usage_of(*pool, now);
}

LifetimeStatistics Batch::lifetime_statistics(Timestamp now) const {
  TotalsRecord sum = state_->totals;
  for (const auto& [id, job] : state_->jobs) sum.work += core::statistics_of(job);
  for (const auto& [id, pool] : state_->pools) sum.pools += core::usage_of(pool, now);
  return {.since = sum.since == Timestamp{} ? now : sum.since, .work = sum.work, .pools = sum.pools};
}

std::vector<UsageRecord> Batch::usage_metrics(Timestamp from, Timestamp to) const {
  std::map<UsageKey, Ticks> found;
  for (const auto& [key, entry] : state_->usage) {
    if (key.begin >= from && key.begin + kUsageInterval <= to) found[key] += entry.core_time;
  }
  const auto add_node = [&](const Node& node) {
    const PoolRecord& pool = node.pool->record;
    for_each_interval(std::max(node.record.allocated, interval_of(from)), to, [&](Timestamp begin, Ticks span) {
      if (begin < from || begin + kUsageInterval > to) return;
      found[UsageKey{begin, pool.id, pool.vm_size}] += core_time(*node.pool, span);
    });
  };
  for (const auto& [pool_id, pool] : state_->pools) {
    for (const auto& [node_id, node] : pool.nodes) add_node(node);
  }
  std::vector<UsageRecord> metrics;
  for (const auto& [key, time] : found) metrics.push_back({.key = key, .core_time = time});
  return metrics;
}

Timestamp usage_interval_of(Timestamp time) {
  return interval_of(time);
}

}  // namespace emulator::core
