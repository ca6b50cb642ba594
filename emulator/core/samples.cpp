// Samples: what autoscale formulas may ask for about a pool, every half minute (contract 8.5, 8.6).
//
// The state changes only in commands, so what it was at the sampling times since the last command is what it is before
// the next: samples need no timer. A pool keeps only those that differ from the one before.
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

bool same_values(const SampleRecord& a, const SampleRecord& b) {
  const auto values = [](const SampleRecord& s) {
    return std::tie(s.active_tasks, s.running_tasks, s.succeeded_tasks, s.failed_tasks, s.dedicated_nodes,
                    s.low_priority_nodes, s.preempted_nodes, s.usable_nodes, s.busy_slots, s.slots_per_node);
  };
  return values(a) == values(b);
}

Timestamp last_sampling_time(Timestamp now) {
  const Ticks since = now.time_since_epoch();
  return Timestamp{since - since % kSamplePeriod};
}

void add_nodes(SampleRecord& sample, const Pool& pool) {
  sample.dedicated_nodes = pool.current_dedicated;
  sample.low_priority_nodes = pool.current_low_priority;
  sample.slots_per_node = pool.record.task_slots_per_node;
  for (const auto& [id, node] : pool.nodes) {
    if (node.record.state == NodeState::preempted) ++sample.preempted_nodes;
    // Idle, running and offline ones (inferred: the contract leaves open which are usable).
    if (!is_in_service(node.record)) continue;
    ++sample.usable_nodes;
    sample.busy_slots += node.used_slots;
  }
}

void add_tasks(SampleRecord& sample, const Job& job) {
  // Ready to run are only tasks of active jobs: those that a completed or disabled job leaves behind would hold nodes
  // for ever.
  if (job.record.state == JobState::active) {
    sample.active_tasks += job.waiting.waiting.instances() + (job.waiting.manager ? 1 : 0);
  }
  sample.running_tasks += job.counts.running;
  sample.succeeded_tasks += job.counts.succeeded;
  sample.failed_tasks += job.counts.failed;
}

}  // namespace

void Batch::State::take_samples() {
  const Timestamp last = last_sampling_time(now);
  if (last <= sampled_until) return;
  const Timestamp first = sampled_until + kSamplePeriod;
  sampled_until = last;
  std::map<const Pool*, SampleRecord> taken;
  for (const auto& [id, pool] : pools) add_nodes(taken[&pool], pool);
  for (const auto& [id, job] : jobs) {
    if (job.queue != nullptr && job.queue->pool != nullptr) add_tasks(taken[job.queue->pool], job);
  }
  for (auto& [id, pool] : pools) {
    SampleRecord& sample = taken[&pool];
    std::deque<SampleRecord>& kept = pool.samples;
    if (!kept.empty() && same_values(kept.back(), sample)) continue;
    sample.pool = pool.record.id;
    sample.at = kept.empty() ? first : std::max(first, kept.back().at);
    removals.emplace_back(sample);
    kept.push_back(std::move(sample));
    const std::size_t before = kept.size();
    while (kept.size() > 1 && kept[1].at <= last - kSamplesKept) kept.pop_front();
    if (kept.size() < before) {
      removals.emplace_back(SamplesForgotten{.pool = pool.record.id, .before = kept.front().at});
    }
  }
}

SampleRecord Batch::State::sample_of(const Pool& pool) const {
  SampleRecord sample;
  sample.pool = pool.record.id;
  sample.at = now;
  add_nodes(sample, pool);
  for (const auto& [id, job] : jobs) {
    if (job.queue == pool.queue) add_tasks(sample, job);
  }
  return sample;
}

void Batch::State::take_first_sample(Pool& pool) {
  SampleRecord sample = sample_of(pool);
  removals.emplace_back(sample);
  pool.samples.push_back(std::move(sample));
}

void Batch::State::visit_samples(const Pool& pool, Timestamp after_time, Timestamp until,
                                 const SampleVisitor& visit) const {
  const std::deque<SampleRecord>& kept = pool.samples;
  if (kept.empty()) return;
  const Timestamp first = kept.front().at;
  const Timestamp last = std::min({until, sampled_until, now - kSampleDelay});
  // The sample that a pool is made with is seen at once: a formula's first evaluation then has one.
  if (first > after_time && first <= until && (first <= last || first == pool.record.created)) {
    visit(first, kept.front());
  }
  const Timestamp begin = std::max({after_time, first, now - kSamplesKept});
  std::size_t current = 0;
  for (Timestamp at = last_sampling_time(begin) + kSamplePeriod; at <= last; at += kSamplePeriod) {
    while (current + 1 < kept.size() && kept[current + 1].at <= at) ++current;
    visit(at, kept[current]);
  }
}

void Batch::State::load_samples(std::vector<SampleRecord> records) {
  std::ranges::sort(records, {}, &SampleRecord::at);
  for (SampleRecord& record : records) {
    Pool* pool = find_pool(record.pool);
    if (pool == nullptr) continue;
    now = std::max(now, record.at);
    pool->samples.push_back(std::move(record));
  }
  sampled_until = last_sampling_time(now);
}

}  // namespace emulator::core
