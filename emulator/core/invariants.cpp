// What must always hold, recomputed from the records alone. Called by tests after every step.
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

/// Collects what does not hold.
class Findings {
 public:
  void expect(bool holds, std::string what) {
    if (!holds) found_.push_back(std::move(what));
  }
  std::vector<std::string> take() { return std::move(found_); }

 private:
  std::vector<std::string> found_;
};

template <class Map>
const auto* find_in(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

std::string name(const Task& task) {
  return "task " + task.record.key.job.text() + "/" + task.record.key.task.text();
}

TaskCounts recount(const Job& job, bool slots) {
  TaskCounts counts;
  for (const auto& [id, task] : job.tasks) {
    const std::int64_t weight = slots ? task.record.rules.required_slots : 1;
    const bool success = task.record.execution.result == wire::batch::TaskResult::success;
    switch (task.record.state) {
      case TaskState::active: counts.active += weight; break;
      case TaskState::preparing:
      case TaskState::running: counts.running += weight; break;
      case TaskState::completed:
        counts.completed += weight;
        (success ? counts.succeeded : counts.failed) += weight;
        break;
    }
  }
  return counts;
}

bool holds_run(const Node* node, const Task& task, std::int32_t instance) {
  if (node == nullptr) return false;
  const auto run = node->runs.find(task.record.key);
  return run != node->runs.end() && run->second.task == &task && run->second.attempt == task.record.attempt &&
         run->second.instance == instance;
}

void check_subtasks(Findings& findings, const Task& task) {
  const auto& subtasks = task.record.subtasks;
  findings.expect(subtasks.size() == task.subtask_nodes.size(), name(task) + ": nodes of subtasks");
  const bool running = task.record.state == TaskState::running || task.record.state == TaskState::preparing;
  findings.expect(!running || std::ssize(subtasks) == std::max(task.record.rules.instances, 1) - 1,
                  name(task) + " runs with another number of subtasks");
  for (std::size_t i = 0; i < subtasks.size(); ++i) {
    const bool over = subtasks[i].state == wire::batch::SubtaskState::completed;
    findings.expect(running || over, name(task) + " is over before a subtask");
    findings.expect(over || holds_run(task.subtask_nodes[i], task, static_cast<std::int32_t>(i) + 1),
                    name(task) + " has a subtask that runs on no node");
    findings.expect(task.subtask_nodes[i] == nullptr || task.subtask_nodes[i]->residents.contains(task.record.sequence),
                    name(task) + " has files of a subtask on a node that does not know");
  }
}

/// On at least one of its nodes the preparation that it waits for is under way.
bool waits_for_preparation(const Task& task) {
  return std::ranges::any_of(task.job->nodes, [&](const auto& entry) {
    const JobNode& at = entry.second;
    return at.preparing.contains(task.record.sequence) && under_way(at.record) == SpecialTask::preparation;
  });
}

void check_task(Findings& findings, const Task& task) {
  const TaskRecord& record = task.record;
  const TaskExecution& execution = record.execution;
  const bool running = record.state == TaskState::running;
  const bool completed = record.state == TaskState::completed;
  const bool preparing = record.state == TaskState::preparing;
  if (running || preparing) {
    findings.expect(holds_run(task.node, task, 0), name(task) + " runs on no node");
    findings.expect(task.job->running.contains(record.sequence), name(task) + " is missing among the running ones");
    findings.expect(execution.started.has_value() == running, name(task) + ": start time against state");
  }
  findings.expect(!preparing || waits_for_preparation(task), name(task) + " waits for a preparation that does not run");
  check_subtasks(findings, task);
  findings.expect(!record.stopping || running || preparing, name(task) + " is being stopped but does not run");
  findings.expect(completed == execution.ended.has_value(), name(task) + ": end time against state");
  findings.expect(completed == execution.result.has_value(), name(task) + ": result against state");
  findings.expect((execution.result == wire::batch::TaskResult::failure) == execution.failure.has_value(),
                  name(task) + ": failure against result");
  findings.expect(!task.waiting || record.state == TaskState::active, name(task) + " waits but is not active");
  findings.expect(!(task.waiting && task.watch.waiting), name(task) + " waits for room and for a task");
  findings.expect(task.node == nullptr || task.node->residents.contains(record.sequence),
                  name(task) + " has files on a node that does not know");
}

void check_job_node(Findings& findings, const JobNode& at) {
  const Job& job = *at.job;
  const std::string who = "job " + job.record.id.text() + " on node " + at.record.key.node.node.text();
  const auto kind = under_way(at.record);
  findings.expect(!kind || at.node != nullptr, who + ": a special task runs on no node");
  if (kind && at.node != nullptr) {
    const auto listed = at.node->specials.find(special_key(job.record, *kind));
    findings.expect(listed != at.node->specials.end() && listed->second == &at, who + ": the node does not know");
  }
  const JobState state = job.record.state;
  findings.expect(kind != SpecialTask::release || state == JobState::terminating || state == JobState::deleting,
                  who + ": a release task runs before the job ends");
  findings.expect(!kind || state != JobState::completed, who + ": a special task runs in a completed job");
  findings.expect(!at.record.barred || at.node == nullptr || job.waiting.barred.contains(at.node),
                  who + ": barred for nobody");
  findings.expect(!at.record.barred || at.preparing.empty(), who + ": tasks wait on a barred node");
  for (const auto& [sequence, task] : at.preparing) {
    findings.expect(task->record.state == TaskState::preparing && at.node->runs.contains(task->record.key),
                    who + ": who prepares");
  }
}

void check_job(Findings& findings, const Job& job) {
  const std::string who = "job " + job.record.id.text();
  findings.expect(job.counts == recount(job, false), who + ": counts");
  findings.expect(job.slot_counts == recount(job, true), who + ": slot counts");
  findings.expect(static_cast<std::int64_t>(job.running.size()) == job.counts.running, who + ": running tasks");
  const bool over = job.record.state == JobState::completed || job.record.state == JobState::disabled;
  findings.expect(!over || job.running.empty(), who + " is over and has running tasks");
  findings.expect((job.record.state == JobState::completed) == job.record.ended.has_value() ||
                      job.record.state == JobState::deleting,
                  who + ": end time against state");
  std::size_t waiting = 0;
  for (const auto& [id, task] : job.tasks) {
    check_task(findings, task);
    if (task.waiting) ++waiting;
  }
  const std::size_t listed = job.waiting.waiting.size() + (job.waiting.manager ? 1U : 0U);
  findings.expect(waiting == listed, who + ": waiting tasks");
  for (const auto& [key, at] : job.nodes) check_job_node(findings, at);
  const bool queued = job.record.state == JobState::active && waiting > 0;
  findings.expect(queued == job.queued, who + ": place in the queue");
}

void check_node(Findings& findings, const Node& node) {
  const std::string who = "node " + node.record.key.node.text();
  std::int32_t used = 0;
  for (const auto& [key, run] : node.runs) {
    used += run.slots;
    findings.expect(run.task == nullptr || holds_run(&node, *run.task, run.instance), who + " runs another attempt");
  }
  for (const auto& [key, at] : node.specials) {
    findings.expect(at->node == &node && under_way(at->record).has_value(), who + ": special tasks under way");
  }
  findings.expect(used == node.used_slots, who + ": slots in use");
  findings.expect(used <= node.pool->record.task_slots_per_node, who + " has more slots in use than it has");
  if (node.record.state == NodeState::idle) findings.expect(node.runs.empty(), who + " is idle and runs tasks");
  const bool away = node.record.state == NodeState::offline || node.record.state == NodeState::starting ||
                    node.record.state == NodeState::deallocated || node.record.halted;
  if (away)
    findings.expect(node.runs.empty() || node.record.state == NodeState::starting, who + " runs tasks it cannot run");
  findings.expect(node.record.state != NodeState::offline || !node.record.scheduling_enabled,
                  who + " is offline with scheduling enabled");
  findings.expect(
      node.offer.free == 0 || (serves(node.record) && node.record.scheduling_enabled && !node.record.pending),
      who + " offers slots that it has not");
  if (node.record.state == NodeState::running) findings.expect(!node.runs.empty(), who + " runs no task");
  findings.expect(!is_leaving(node) || is_to_leave(node), who + " leaves without being asked");
}

void check_pool(Findings& findings, const Pool& pool) {
  const std::string who = "pool " + pool.record.id.text();
  const auto dedicated =
      std::ranges::count_if(pool.nodes, [](const auto& entry) { return entry.second.record.dedicated; });
  findings.expect(dedicated == pool.current_dedicated, who + ": dedicated nodes");
  findings.expect(static_cast<std::ptrdiff_t>(pool.nodes.size()) - dedicated == pool.current_low_priority,
                  who + ": low-priority nodes");
  for (const auto& [id, node] : pool.nodes) check_node(findings, node);
  const auto out_of_order = std::ranges::adjacent_find(pool.samples, std::greater_equal<>{}, &SampleRecord::at);
  findings.expect(out_of_order == pool.samples.end(), who + ": samples out of order");
  const bool resizes = pool.record.allocation_state != AllocationState::steady;
  findings.expect(!resizes || pool.record.resize_errors.empty(),
                  who + " resizes and shows errors of the resize before");
  findings.expect(pool.record.target_dedicated >= 0 && pool.record.target_low_priority >= 0,
                  who + ": negative targets");
  findings.expect(!place(pool.queue->waiting, pool.free, placement_rules(pool.record)),
                  who + " lets a task wait that would fit");
}

void check_schedule(Findings& findings, const JobSchedule& schedule) {
  const JobScheduleRecord& record = schedule.record;
  const std::string who = "job schedule " + record.id.text();
  std::size_t active = 0;
  for (const auto& [id, job] : schedule.jobs) {
    findings.expect(job->record.schedule == record.id, who + " holds a job of another schedule");
    // A job that is being deleted may have been completed before.
    if (job->record.state == JobState::completed || job->record.state == JobState::deleting) continue;
    ++active;
    findings.expect(id == record.recent_job, who + " has an active job that is not its latest");
  }
  const bool deleting = record.state == wire::batch::JobScheduleState::deleting;
  const bool completed = record.state == wire::batch::JobScheduleState::completed;
  findings.expect(active <= 1, who + " has more than one active job");
  findings.expect(!completed || active == 0, who + " is completed and has an active job");
  findings.expect(completed == record.ended.has_value() || deleting, who + ": end time against state");
  findings.expect(record.specification != nullptr, who + " knows no job specification");
}

}  // namespace

std::vector<std::string> Batch::State::broken_invariants() const {
  Findings findings;
  for (const auto& [id, pool] : pools) check_pool(findings, pool);
  std::int32_t active = 0;
  std::int32_t managers = 0;
  for (const auto& [id, job] : jobs) {
    check_job(findings, job);
    if (job.record.state != JobState::completed && job.record.state != JobState::deleting) ++active;
    if (job.waiting.manager && job.waiting.manager->again) ++managers;
  }
  findings.expect(active == active_jobs, "count of active jobs");
  std::int32_t active_now = 0;
  for (const auto& [id, schedule] : schedules) {
    check_schedule(findings, schedule);
    const auto state = schedule.record.state;
    using wire::batch::JobScheduleState;
    if (state != JobScheduleState::completed && state != JobScheduleState::deleting) ++active_now;
  }
  findings.expect(active_now == active_schedules, "count of active job schedules");
  findings.expect(managers == managers_waiting_again, "count of managers that wait to run again");
  return findings.take();
}

}  // namespace emulator::core
