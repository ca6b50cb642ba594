// Preemption: which running tasks make room for waiting ones (contract 6.1, 6.8). Only tasks of jobs with
// allowTaskPreemption yield, and only to jobs of a higher priority; beside that, a job manager that has to run again
// may take the place of its own job's tasks. They are requeued.
//
// Every look begins afresh: in order of priority, waiting tasks claim free slots and slots that are becoming free; the
// first that finds no node that way takes one from running tasks. So nothing is stopped for a task twice. Until those
// who yield have ended, their node offers nothing: else they would be back before there is room for who needs it.
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

/// Waiting tasks of one job that are looked at: more cannot be served before the next look anyway.
constexpr std::size_t kMostClaims = 64;

/// A waiting task that no free node was found for.
struct Claimant {
  const Job* job = nullptr;
  NodeWish wish;
  bool takes_from_own_job = false;
};

bool may_take(const Claimant& claimant, const Run& run) {
  if (run.task == nullptr || run.task->record.stopping) return false;
  // What a multi-instance task and preemption do to each other is not documented: nothing (inferred).
  if (run.task->record.rules.instances > 0) return false;
  const Job& job = *run.task->job;
  if (&job == claimant.job) return claimant.takes_from_own_job;
  return job.record.allow_task_preemption && job.record.priority < claimant.job->record.priority;
}

/// The lowest priority first, in it the task that began last.
bool yields_before(const Task* a, const Task* b) {
  const std::int32_t a_priority = a->job->record.priority;
  const std::int32_t b_priority = b->job->record.priority;
  return a_priority != b_priority ? a_priority < b_priority : a->record.sequence > b->record.sequence;
}

class Claims {
 public:
  explicit Claims(Pool& pool) {
    for (auto& [id, node] : pool.nodes) {
      if (!takes_tasks(node)) continue;
      std::int32_t available = node.offer.total - node.used_slots;
      for (const auto& [key, run] : node.runs) {
        if (run.task == nullptr || run.task->record.stopping) available += run.slots;
      }
      available_[&node] = available;
    }
  }

  /// Who has to yield for the claimant; empty when none has to or none can.
  std::vector<Task*> claim(const Claimant& claimant) {
    for (auto& [node, available] : available_) {
      if (!claimant.wish.accepts(node->offer, available)) continue;
      available -= taken(claimant, *node);
      return {};
    }
    Node* best = nullptr;
    std::vector<Task*> fewest;
    for (const auto& [node, available] : available_) {
      auto victims = victims_on(*node, available, claimant);
      if (victims.empty() || (best != nullptr && victims.size() >= fewest.size())) continue;
      best = node;
      fewest = std::move(victims);
    }
    if (best == nullptr) return {};
    std::int32_t& available = available_[best];
    for (const Task* victim : fewest) available += best->runs.at(victim->record.key).slots;
    available -= taken(claimant, *best);
    return fewest;
  }

 private:
  struct ByNumber {
    bool operator()(const Node* a, const Node* b) const { return a->record.number < b->record.number; }
  };

  static std::int32_t taken(const Claimant& claimant, const Node& node) {
    return claimant.wish.whole_node ? node.offer.total : claimant.wish.slots;
  }
  static std::vector<Task*> victims_on(const Node& node, std::int32_t available, const Claimant& claimant) {
    std::vector<Task*> candidates;
    for (const auto& [key, run] : node.runs) {
      if (may_take(claimant, run)) candidates.push_back(run.task);
    }
    std::ranges::sort(candidates, yields_before);
    std::vector<Task*> victims;
    for (Task* candidate : candidates) {
      victims.push_back(candidate);
      available += node.runs.at(candidate->record.key).slots;
      if (claimant.wish.accepts(node.offer, available)) return victims;
    }
    return {};
  }

  std::map<Node*, std::int32_t, ByNumber> available_;
};

/// A manager that has to run again, while its job may not run more tasks than it does.
Task* own_task_to_yield(const Job& job) {
  for (const auto& [sequence, task] : job.running) {
    if (task->record.stopping) return nullptr;  // room is coming
  }
  return job.running.empty() ? nullptr : job.running.rbegin()->second;
}

std::vector<Claimant> claimants_of(const Job& job) {
  const JobQueue& queue = job.waiting;
  std::vector<Claimant> claimants;
  if (queue.manager) {
    claimants.push_back(
        {.job = &job, .wish = wish_of(*queue.manager, queue), .takes_from_own_job = queue.manager->holds_others});
    if (queue.manager->holds_others) return claimants;
  }
  const auto most = static_cast<std::size_t>(std::min<std::int64_t>(queue.room, kMostClaims));
  for (const auto& found : queue.waiting.oldest(most)) {
    if (found.need.instances > 0) continue;
    claimants.push_back({.job = &job, .wish = {.slots = found.need.slots, .barred = &queue.barred}});
  }
  return claimants;
}

/// Whether the node takes tasks, or will without anybody's doing.
bool is_of_use(const Node& node) {
  const NodeRecord& record = node.record;
  if (!record.scheduling_enabled) return false;
  const bool goes = record.pending_action == NodeAction::remove || record.pending_action == NodeAction::deallocate;
  if (record.pending && goes) return false;
  switch (record.state) {
    case NodeState::creating:
    case NodeState::starting:
    case NodeState::waitingforstarttask:
    case NodeState::idle:
    case NodeState::running:
    case NodeState::rebooting:
    case NodeState::reimaging:
    case NodeState::upgradingos: return true;
    case NodeState::starttaskfailed:
    case NodeState::offline:
    case NodeState::unusable:
    case NodeState::unknown:
    case NodeState::leavingpool:
    case NodeState::preempted:
    case NodeState::deallocating:
    case NodeState::deallocated: break;
  }
  return false;
}

}  // namespace

// A manager that has to run again goes before the other tasks of its job (contract 6.8), but not when no node will do
// for it: its job would stand still for ever beside nodes that its other tasks may use (inferred).
void Batch::State::hold_back(PoolQueue& queue) {
  if (managers_waiting_again == 0) return;
  for (JobQueue* job : queue.waiting) {
    if (!job->manager || !job->manager->again) continue;
    const NodeWish wish = wish_of(*job->manager, *job);
    job->manager->holds_others = std::ranges::any_of(queue.pool->nodes, [&](const auto& entry) {
      const Node& node = entry.second;
      return is_of_use(node) && wish.accepts(node.offer, node.offer.total);
    });
  }
}

void Batch::State::preempt(PoolQueue& queue) {
  if (queue.preemptible == 0 && managers_waiting_again == 0) return;
  Claims claims(*queue.pool);
  for (const JobQueue* waiting : queue.waiting) {
    const Job& job =
        *(waiting->manager ? waiting->manager->item.task : waiting->waiting.oldest(1).front().item.task)->job;
    if (waiting->room <= 0) {
      Task* own = waiting->manager && waiting->manager->holds_others ? own_task_to_yield(job) : nullptr;
      if (own != nullptr) stop(*own, StopReason::requeue);
      continue;
    }
    for (const Claimant& claimant : claimants_of(job)) {
      for (Task* victim : claims.claim(claimant)) {
        stop(*victim, StopReason::requeue);
        victim->node->clearing = true;
        refresh(*victim->node);
      }
    }
  }
}

}  // namespace emulator::core
