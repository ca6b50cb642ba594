// Rebuilding the indexes from the rows of the state store.
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {

void Batch::State::load(Snapshot snapshot) {
  for (ApplicationRecord& record : snapshot.applications) {
    now = std::max(now, record.version.last_modified);
    const ApplicationId id = record.id;
    applications[id].record = std::move(record);
  }
  for (CertificateRecord& record : snapshot.certificates) {
    now = std::max({now, record.version.last_modified, record.state_since});
    const CertificateId thumbprint = record.thumbprint;
    Certificate& certificate = certificates[thumbprint];
    certificate.record = std::move(record);
    certificate.alarm.serial = ++last_serial;
    certificate.decides_at = certificate.record.state_since + kOneTick;
    rearm(certificate);
  }
  totals = snapshot.totals;
  for (UsageRecord& record : snapshot.usage) usage.emplace(record.key, record);
  for (JobScheduleRecord& record : snapshot.job_schedules) load_schedule(std::move(record));
  for (PoolRecord& record : snapshot.pools) {
    now = std::max({now, record.version.last_modified, record.state_since, record.allocation_state_since});
    Pool& pool = pools[record.id];
    pool.record = std::move(record);
    pool.alarm.serial = ++last_serial;
    pool.settles_at = pool.record.resize.started;
    pool.queue = &queues[pool.record.id];
    pool.queue->id = pool.record.id;
    pool.queue->pool = &pool;
  }
  for (NodeRecord& record : snapshot.nodes) load_node(std::move(record));
  for (JobRecord& record : snapshot.jobs) {
    now = std::max({now, record.version.last_modified, record.state_since});
    Job& job = jobs[record.id];
    job.record = std::move(record);
    job.alarm.serial = ++last_serial;
    last_sequence = std::max(last_sequence, job.record.sequence);
    const JobState state = job.record.state;
    if (state != JobState::completed && state != JobState::deleting) ++active_jobs;
    bind(job, PoolId{job.record.pool});
    if (JobSchedule* schedule = find_schedule(job.record.schedule)) schedule->jobs.emplace(job.record.id, &job);
  }
  // Oldest first, so that dependencies are satisfied in the order in which tasks came.
  std::ranges::sort(snapshot.tasks, {}, &TaskRecord::sequence);
  for (JobNodeRecord& record : snapshot.job_nodes) load_job_node(std::move(record));
  for (TaskRecord& record : snapshot.tasks) load_task(std::move(record));
  for (auto& [id, job] : jobs) {
    unsettled_jobs.add(job);
    if (job.record.uses_task_dependencies) {
      for (auto& [task_id, task] : job.tasks) {
        if (task.record.state != TaskState::completed) continue;
        const TaskExecution& execution = task.record.execution;
        const auto actions = exit_actions(task.record.rules, ending_of(task.record), execution.exit_code);
        if (actions.dependency_action != wire::batch::DependencyAction::satisfy) continue;
        (void)job.dependencies.satisfy(task_id);  // nobody watches yet
      }
    }
    for (auto& [task_id, task] : job.tasks) {
      wait_if_ready(task);
      rearm(task);
    }
    for (auto& [key, at] : job.nodes) rearm(at);
    rearm(job);
  }
  for (auto& [id, pool] : pools) {
    for (auto& [node_id, node] : pool.nodes) {
      // What it ran was deleted; whether processes are left, its agent will tell.
      if (node.record.state != NodeState::running || !node.runs.empty()) continue;
      transition(node.record, NodeEvent::last_task_ended, now);
      if (!node.record.scheduling_enabled) transition(node.record, NodeEvent::scheduling_disabled, now);
      changed_nodes.add(node);
    }
    rearm(pool);
  }
  load_samples(std::move(snapshot.samples));
  // Not settled here: what is due is due at the first command's time, not at that of the last row written.
  for (auto& [id, schedule] : schedules) {
    if (schedule.record.state == wire::batch::JobScheduleState::deleting && schedule.jobs.empty()) {
      schedule.goes_at = now;
    }
    rearm(schedule);
  }
  draw_conclusions();
}

void Batch::State::load_schedule(JobScheduleRecord record) {
  using wire::batch::JobScheduleState;
  now = std::max({now, record.version.last_modified, record.state_since});
  JobSchedule& schedule = schedules[record.id];
  schedule.record = std::move(record);
  schedule.alarm.serial = ++last_serial;
  const JobScheduleState state = schedule.record.state;
  if (state != JobScheduleState::completed && state != JobScheduleState::deleting) ++active_schedules;
}

void Batch::State::load_node(NodeRecord record) {
  Pool* pool = find_pool(record.key.pool);
  if (pool == nullptr) return;  // rows of a pool and its nodes are written together
  now = std::max(now, record.state_since);
  Node& node = pool->nodes[record.key.node];
  node.record = std::move(record);
  node.pool = pool;
  node.alarm.serial = ++last_serial;
  node.offer.node = &node;
  node.offer.number = node.record.number;
  node.offer.affinity = "tvm:" + base::lower_case(node.record.key.node.text());
  node.offer.dedicated = node.record.dedicated;
  node.offer.total = pool->record.task_slots_per_node;
  ++(node.record.dedicated ? pool->current_dedicated : pool->current_low_priority);
  rearm(node);
}

// Subtasks that the task has let go, and whose processes were not known to have ended.
void Batch::State::load_ending_subtasks(const TaskRecord& task) {
  for (const SubtaskRecord& subtask : task.subtasks) {
    Node* node = find_node(subtask.node);
    const bool ends = subtask.state == wire::batch::SubtaskState::completed && !subtask.processes_gone;
    if (!ends || node == nullptr) continue;
    const std::int32_t slots = task.rules.required_slots;
    node->runs.emplace(task.key, Run{.attempt = task.attempt, .slots = slots, .task = nullptr});
    node->used_slots += slots;
    ending.emplace(task.key, node->record.key);
  }
}

void Batch::State::load_task(TaskRecord record) {
  Job* job = find_job(record.key.job);
  if (job == nullptr) return;  // as above
  now = std::max({now, record.version.last_modified, record.state_since});
  last_sequence = std::max(last_sequence, record.sequence);
  Task& task = job->tasks[record.key.task];
  task.record = std::move(record);
  task.job = job;
  task.alarm.serial = ++last_serial;
  TaskRecord& kept = task.record;
  Node* node = kept.node ? find_node(*kept.node) : nullptr;
  kept.node_gone = kept.node && node == nullptr;
  if (node != nullptr && !kept.files_removed) {
    task.node = node;
    node->residents.emplace(kept.sequence, &task);
  }
  for (const SubtaskRecord& subtask : kept.subtasks) {
    Node* place = subtask.files_removed ? nullptr : find_node(subtask.node);
    task.subtask_nodes.push_back(place);
    if (place != nullptr) place->residents.emplace(kept.sequence, &task);
  }
  load_ending_subtasks(kept);
  count(task, 1);
  if (kept.state != TaskState::running && kept.state != TaskState::preparing) return;
  job->running.emplace(kept.sequence, &task);
  const auto hold = [&](Node& at, std::int32_t instance) {
    const std::int32_t slots = slots_taken(kept, at);
    at.runs.emplace(kept.key, Run{.attempt = kept.attempt, .slots = slots, .task = &task, .instance = instance});
    at.used_slots += slots;
    if (kept.state != TaskState::preparing) return;
    if (JobNode& prepared = job_node(*job, at); !prepared.record.prepared)
      prepared.preparing.emplace(kept.sequence, &task);
  };
  hold(*node, 0);
  std::int32_t instance = 0;
  for (const SubtaskRecord& subtask : kept.subtasks) {
    ++instance;
    if (subtask.state != wire::batch::SubtaskState::completed) hold(*find_node(subtask.node), instance);
  }
  update_queue(*job);
}

void Batch::State::load_job_node(JobNodeRecord record) {
  Job* job = find_job(record.key.job);
  if (job == nullptr) return;  // as above
  JobNode& at = job->nodes[record.key.node];
  at.record = std::move(record);
  at.job = job;
  at.alarm.serial = ++last_serial;
  at.node = find_node(at.record.key.node);
  if (at.node == nullptr) return;
  at.node->job_nodes.emplace(job->record.id, &at);
  if (at.record.barred) job->waiting.barred.insert(at.node);
  if (const auto kind = under_way(at.record)) at.node->specials.emplace(special_key(job->record, *kind), &at);
}

}  // namespace emulator::core
