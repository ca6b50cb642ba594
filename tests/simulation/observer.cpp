#include "tests/simulation/observer.h"

#include "emulator/core/exit_conditions.h"

#include <algorithm>
#include <charconv>

namespace simulation {
namespace {

using wire::batch::TaskState;

std::string text_of(const core::TaskKey& key) {
  return "task " + key.job.text() + "/" + key.task.text();
}

bool satisfies(const core::TaskRecord& task) {
  if (task.state != TaskState::completed) return false;
  const auto actions = core::exit_actions(task.rules, core::ending_of(task), task.execution.exit_code);
  return actions.dependency_action == wire::batch::DependencyAction::satisfy;
}

std::optional<std::int64_t> number_of(std::string_view id) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
  return number;
}

}  // namespace

void Observer::before(const core::Command& command) {
  may_run_again_.clear();
  if (const auto* reactivated = std::get_if<core::ReactivateTask>(&command)) may_run_again_.insert(reactivated->key);
}

void Observer::after(const core::Batch& batch) {
  std::map<core::TaskKey, Seen> now;
  batch.visit_jobs(std::nullopt, [&](const core::JobRecord& job) {
    look_at_job(batch, job);
    batch.visit_tasks(job.id, std::nullopt, [&](const core::TaskRecord& task) {
      now.emplace(task.key, Seen{task.sequence, task.state, task.attempt, task.execution.ended});
      const auto seen = tasks_.find(task.key);
      if (seen != tasks_.end() && seen->second.sequence == task.sequence) compare(task, seen->second);
      if (satisfies(task)) satisfied_.insert(task.key);
      return true;
    });
    return true;
  });
  std::erase_if(satisfied_, [&](const core::TaskKey& key) { return batch.find_job(key.job) == nullptr; });
  batch.visit_jobs(std::nullopt, [&](const core::JobRecord& job) {
    if (!job.uses_task_dependencies) return true;
    batch.visit_tasks(job.id, std::nullopt, [&](const core::TaskRecord& task) {
      const auto seen = tasks_.find(task.key);
      const bool started = task.state == TaskState::running || task.state == TaskState::preparing;
      if (started && (seen == tasks_.end() || seen->second.attempt != task.attempt)) check_parents(task);
      return true;
    });
    return true;
  });
  tasks_ = std::move(now);
}

void Observer::look_at_job(const core::Batch& batch, const core::JobRecord& job) {
  core::TaskCounts recount;
  batch.visit_tasks(job.id, std::nullopt, [&](const core::TaskRecord& task) {
    switch (task.state) {
      case TaskState::active: ++recount.active; break;
      case TaskState::preparing:
      case TaskState::running: ++recount.running; break;
      case TaskState::completed:
        ++recount.completed;
        ++(task.execution.result == wire::batch::TaskResult::success ? recount.succeeded : recount.failed);
        break;
    }
    return true;
  });
  if (!(recount == batch.task_counts(job.id))) find_("task counts of job " + job.id.text() + " differ from a recount");
}

void Observer::compare(const core::TaskRecord& task, const Seen& seen) {
  if (task.attempt < seen.attempt) find_(text_of(task.key) + ": its attempt number fell");
  if (seen.state != TaskState::completed || may_run_again_.contains(task.key)) return;
  if (task.state != TaskState::completed) find_(text_of(task.key) + " was completed and is not any more");
  if (task.execution.ended != seen.ended || task.attempt != seen.attempt) {
    find_(text_of(task.key) + " was completed and ended once more");
  }
}

void Observer::check_parents(const core::TaskRecord& task) {
  const auto was_satisfied = [&](const std::string& id) {
    return satisfied_.contains({task.key.job, core::TaskId{id}});
  };
  for (const auto& id : task.rules.depends_on) {
    if (!was_satisfied(id)) find_(text_of(task.key) + " has started before its parent " + id);
  }
  for (const auto& [first, last] : task.rules.depends_on_ranges) {
    for (auto number = first; number <= last; ++number) {
      const bool any = std::ranges::any_of(satisfied_, [&](const core::TaskKey& key) {
        return key.job == task.key.job && number_of(key.task.text()) == number;
      });
      if (!any) find_(text_of(task.key) + " has started before its parent number " + std::to_string(number));
    }
  }
}

}  // namespace simulation
