// Tasks: how they come, wait, are changed and go (contract 4.5, 5.6, 6.4). What happens on a node is in runs.cpp.
#include "emulator/core/failures.h"
#include "emulator/core/state.h"

namespace emulator::core {
namespace {

constexpr std::string_view kManagerComplete = "JMComplete";  ///< terminateReason, contract 5.4

}  // namespace

base::Result<Task*> Batch::State::existing_task(const TaskKey& key, const Conditions& conditions) {
  Job* job = find_job(key.job);
  if (job == nullptr) return wire::batch::make_error(ErrorCode::JobNotFound);
  const auto found = job->tasks.find(key.task);
  if (found == job->tasks.end()) return wire::batch::make_error(ErrorCode::TaskNotFound);
  RETURN_IF_ERROR(check_conditions(conditions, found->second.record.version));
  return &found->second;
}

Batch::State::Replied Batch::State::on(AddTask& command) {
  ASSIGN_OR_RETURN(Job * job, existing_job(command.job, {}));
  RETURN_IF_ERROR(require_open(job->record));
  ASSIGN_OR_RETURN(const Written written, add(*job, command.task));
  return Reply{.written = written, .each = {}};
}

Batch::State::Replied Batch::State::on(AddTasks& command) {
  ASSIGN_OR_RETURN(Job * job, existing_job(command.job, {}));
  RETURN_IF_ERROR(require_open(job->record));
  Reply reply;
  for (NewTask& task : command.tasks) reply.each.push_back(add(*job, task));
  return reply;
}

base::Result<Written> Batch::State::add(Job& job, NewTask& task) {
  const TaskRules& rules = task.rules;
  if ((!rules.depends_on.empty() || !rules.depends_on_ranges.empty()) && !job.record.uses_task_dependencies) {
    return wire::batch::make_error(ErrorCode::TaskDependenciesNotSpecifiedOnJob);
  }
  if (rules.exit_conditions && names_job_action(*rules.exit_conditions) &&
      job.record.on_task_failure == wire::batch::OnTaskFailure::noaction) {
    return wire::batch::invalid_property("exitConditions", "jobAction",
                                         "A jobAction needs a job whose onTaskFailure is performexitoptionsjobaction");
  }
  if (const auto special = special_task_of(job.record, task.id)) {
    return wire::batch::make_error(*special == SpecialTask::preparation ? ErrorCode::TaskIdSameAsJobPreparationTask
                                                                        : ErrorCode::TaskIdSameAsJobReleaseTask);
  }
  const auto [at, is_new] = job.tasks.try_emplace(task.id);
  if (!is_new) return wire::batch::make_error(ErrorCode::TaskExists);
  Task& added = at->second;
  added.job = &job;
  added.alarm.serial = ++last_serial;
  TaskRecord& record = added.record;
  record.key = {job.record.id, std::move(task.id)};
  record.document = std::move(task.document);
  record.rules = std::move(task.rules);
  record.created = now;
  record.sequence = next_sequence();
  begin(record, now);
  if (const auto still = ending.find(record.key); still != ending.end()) {
    // The deleted task of this name is still being ended: its attempt numbers are not used again.
    record.attempt = find_node(still->second)->runs.at(record.key).attempt;
  }
  if (job.record.uses_task_dependencies) job.dependencies.revoke(record.key.task);
  const Written written = touch(record.version);
  count(added, 1);
  changed_tasks.add(added);
  unsettled_jobs.add(job);
  wait_if_ready(added);
  return written;
}

Batch::State::Replied Batch::State::on(UpdateTask& command) {
  ASSIGN_OR_RETURN(Task * task, existing_task(command.key, command.conditions));
  RETURN_IF_ERROR(require_open(task->job->record));
  TaskRecord& record = task->record;
  if (record.state == TaskState::completed) return wire::batch::make_error(ErrorCode::TaskCompleted);
  record.rules.constraints = command.constraints;
  record.document = std::move(command.document);
  changed_tasks.add(*task);
  return Reply{.written = touch(record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(DeleteTask& command) {
  ASSIGN_OR_RETURN(Task * task, existing_task(command.key, command.conditions));
  if (task->job->record.state == JobState::deleting) return wire::batch::make_error(ErrorCode::JobBeingDeleted);
  const Written written{task->record.version};
  unsettled_jobs.add(*task->job);
  remove(*task);
  return Reply{.written = written, .each = {}};
}

Batch::State::Replied Batch::State::on(TerminateTask& command) {
  ASSIGN_OR_RETURN(Task * task, existing_task(command.key, command.conditions));
  switch (task->record.state) {
    case TaskState::completed: return wire::batch::make_error(ErrorCode::TaskCompleted);
    case TaskState::active: end_unstarted(*task); break;
    case TaskState::preparing:
    case TaskState::running: stop(*task, StopReason::terminate); break;
  }
  return Reply{.written = Written{task->record.version}, .each = {}};
}

Batch::State::Replied Batch::State::on(ReactivateTask& command) {
  ASSIGN_OR_RETURN(Task * task, existing_task(command.key, command.conditions));
  RETURN_IF_ERROR(require_open(task->job->record));
  TaskRecord& record = task->record;
  if (record.state != TaskState::completed) return wire::batch::make_error(ErrorCode::TaskNotCompleted);
  if (record.execution.result == wire::batch::TaskResult::success) {
    return wire::batch::make_error(ErrorCode::TaskSucceeded);
  }
  change_state(*task, TaskEvent::reactivated);
  record.execution = {.requeue_count = record.execution.requeue_count, .last_requeue = record.execution.last_requeue};
  task->job->dependencies.revoke(record.key.task);
  unsettled_jobs.add(*task->job);
  wait_if_ready(*task);
  return Reply{.written = Written{record.version}, .each = {}};
}

void Batch::State::change_state(Task& task, TaskEvent event) {
  count(task, -1);
  transition(task.record, event, now);
  count(task, 1);
  changed_tasks.add(task);
}

void Batch::State::count(Task& task, int by) {
  const TaskRecord& record = task.record;
  const auto add_to = [&](TaskCounts& counts, std::int64_t amount) {
    switch (record.state) {
      case TaskState::active: counts.active += amount; break;
      case TaskState::preparing:
      case TaskState::running: counts.running += amount; break;
      case TaskState::completed:
        counts.completed += amount;
        (record.execution.result == wire::batch::TaskResult::success ? counts.succeeded : counts.failed) += amount;
        break;
    }
  };
  add_to(task.job->counts, by);
  add_to(task.job->slot_counts, std::int64_t{by} * record.rules.required_slots);
}

void Batch::State::wait_if_ready(Task& task) {
  TaskRecord& record = task.record;
  if (record.state != TaskState::active || task.waiting || task.watch.waiting) return;
  if (!ending.empty() && ending.contains(record.key)) return;
  Job& job = *task.job;
  if (!job.dependencies.admit(&task, record.sequence, record.rules, task.watch)) return;
  task.waiting = true;
  const WaitingTasks::Item item{.task = &task, .affinity = &record.rules.affinity_id};
  if (const auto& manager = record.rules.manager) {
    job.waiting.manager = WaitingManager{.item = item,
                                         .slots = record.rules.required_slots,
                                         .exclusive = manager->exclusive,
                                         .low_priority_nodes = manager->low_priority_nodes,
                                         .again = record.attempt > 0};
    if (job.waiting.manager->again) ++managers_waiting_again;
  } else {
    job.waiting.waiting.insert(record.sequence, need_of(record.rules), item);
  }
  update_queue(job);
}

void Batch::State::stop_waiting(Task& task) {
  Job& job = *task.job;
  job.dependencies.forget(task.record.sequence, task.record.rules, task.watch);
  if (!task.waiting) return;
  task.waiting = false;
  if (task.record.rules.manager) {
    if (job.waiting.manager->again) --managers_waiting_again;
    job.waiting.manager.reset();
  } else {
    job.waiting.waiting.erase(task.record.sequence, need_of(task.record.rules));
  }
  update_queue(job);
}

void Batch::State::end_unstarted(Task& task) {
  stop_waiting(task);
  TaskExecution& execution = task.record.execution;
  execution.ended = now;
  execution.failure = task_ended();
  execution.result = wire::batch::TaskResult::failure;
  change_state(task, TaskEvent::terminated_early);
  conclude(task, TaskEnding::ended);
}

/// The task is over for its users; what its node still runs of it is ended like a deleted task's.
void Batch::State::end_abandoned(Task& task) {
  if (task.record.state == TaskState::running) detach(*task.node, task.record.key);
  finish_stopped(task, StopReason::terminate, std::nullopt);
}

void Batch::State::conclude(Task& task, TaskEnding ending_kind) {
  Job& job = *task.job;
  unsettled_jobs.add(job);
  const ExitActions actions = exit_actions(task.record.rules, ending_kind, task.record.execution.exit_code);
  if (job.record.uses_task_dependencies && actions.dependency_action == wire::batch::DependencyAction::satisfy) {
    for (Task* child : job.dependencies.satisfy(task.record.key.task)) {
      child->watch.waiting = false;
      wait_if_ready(*child);
    }
  }
  if (task.record.rules.manager && task.record.rules.manager->ends_job && require_open(job.record).has_value()) {
    return end(job, std::string(kManagerComplete));
  }
  const bool job_reacts = job.record.on_task_failure == wire::batch::OnTaskFailure::performexitoptionsjobaction &&
                          require_open(job.record).has_value();
  if (!job_reacts) return;
  switch (actions.job_action) {
    case wire::batch::JobAction::none: break;
    case wire::batch::JobAction::disable: disable(job, wire::batch::DisableTasksOption::requeue); break;
    case wire::batch::JobAction::terminate: end(job, "TaskFailed"); break;
  }
}

void Batch::State::remove(Task& task) {
  Job& job = *task.job;
  const TaskRecord& record = task.record;
  keep_statistics(task);
  stop_waiting(task);
  count(task, -1);
  if (record.state == TaskState::preparing) {
    // Nothing of it runs yet.
    forget_preparations(task);
    end_subtasks(task);
    release(*task.node, TaskKey{record.key});
    job.running.erase(record.sequence);
    remove_directories(task);  // of an earlier attempt
    update_queue(job);
  } else if (record.state == TaskState::running) {
    end_subtasks(task);
    detach(*task.node, record.key);
    job.running.erase(record.sequence);
    forget_resident(task, task.node);
    for (Node*& place : task.subtask_nodes) forget_resident(task, place);
    update_queue(job);
  } else {
    remove_directories(task);
  }
  timers.set(task.alarm, &task, kNever);
  changed_tasks.forget(task);
  halted_tasks.forget(task);
  removals.emplace_back(TaskRemoved{record.key});
  job.tasks.erase(TaskId{record.key.task});
}

}  // namespace emulator::core
