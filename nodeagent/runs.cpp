#include "nodeagent/runs.h"

#include "base/text.h"
#include "nodeagent/task/failures.h"

#include <algorithm>

namespace nodeagent {
namespace {

namespace node = wire::node;

std::pair<std::string, std::string> key_of(std::string_view job_id, std::string_view task_id) {
  return {base::lower_case(job_id), base::lower_case(task_id)};
}

bool same_run(const node::TaskRun& a, const node::TaskRun& b) {
  return a.attempt == b.attempt && key_of(a.job_id, a.task_id) == key_of(b.job_id, b.task_id);
}

node::TaskFinished finished(const node::TaskRun& run, const task::Ending& ending) {
  node::TaskFinished report;
  report.run = run;
  report.end = ending.end;
  report.ended = ending.ended;
  report.exit_code = ending.exit_code;
  report.failure = ending.failure;
  report.usage = {.user_cpu = ending.used.user_cpu.count(),
                  .kernel_cpu = ending.used.kernel_cpu.count(),
                  .read_operations = ending.used.read_operations,
                  .write_operations = ending.used.write_operations,
                  .read_bytes = ending.used.read_bytes,
                  .written_bytes = ending.used.written_bytes};
  report.container = ending.container;
  return report;
}

bool is_disk_full(const task::Ending& ending) {
  return ending.failure && task::is_disk_full(*ending.failure);
}

node::TaskFinished refused(const node::TaskRun& run, base::Timestamp now) {
  node::TaskFinished report;
  report.run = run;
  report.end = node::RunEnd::pre_processing_error;
  report.ended = now;
  report.failure = node::Failure{
      .user_error = false, .code = "Unknown", .message = "The node has too many tasks under way", .details = {}};
  return report;
}

}  // namespace

Runs::Runs(base::Executor executor, const base::Clock& clock, TaskActions actions, ReportTo report)
    : clock_(clock), actions_(std::move(actions)), report_(std::move(report)), group_(executor, kMostTasksAtOnce) {}

void Runs::run(node::RunTask order) {
  if (ending_ || find(order.run) != nullptr) return;
  auto key = key_of(order.run.job_id, order.run.task_id);
  add(std::move(key), Run{.order = std::move(order)});
}

void Runs::remove_files(std::string job_id, std::string task_id) {
  if (ending_) return;
  auto key = key_of(job_id, task_id);
  add(std::move(key), Removal{std::move(job_id), std::move(task_id)});
}

void Runs::add(Key key, std::variant<Run, Removal> turn) {
  auto& turns = tasks_[key];
  turns.push_back(std::move(turn));
  if (turns.size() > 1 || group_.spawn(take_turns(key))) return;
  if (const auto* run = std::get_if<Run>(&turns.front())) report_(refused(run->order.run, clock_.now()));
  tasks_.erase(key);
}

void Runs::stop(const node::TaskRun& run, bool already_reported) {
  if (auto* known = find(run)) {
    known->stop->stop();
  } else if (!already_reported) {
    report_stopped(run);
  }
}

void Runs::start_primary(const node::TaskRun& run) {
  if (auto* known = find(run)) known->coordination->start.stop();
}

void Runs::stop_all() {
  ending_ = true;
  for (auto& [key, turns] : tasks_) {
    for (auto& turn : turns) {
      if (auto* run = std::get_if<Run>(&turn)) run->stop->stop();
    }
  }
}

base::Async<void> Runs::join() {
  return group_.join();
}

std::vector<node::TaskRun> Runs::under_way() const {
  std::vector<node::TaskRun> runs;
  for (const auto& [key, turns] : tasks_) {
    for (const auto& turn : turns) {
      if (const auto* run = std::get_if<Run>(&turn)) runs.push_back(run->order.run);
    }
  }
  return runs;
}

Runs::Run* Runs::find(const node::TaskRun& run) {
  const auto task = tasks_.find(key_of(run.job_id, run.task_id));
  if (task == tasks_.end()) return nullptr;
  for (auto& turn : task->second) {
    auto* candidate = std::get_if<Run>(&turn);
    if (candidate != nullptr && same_run(candidate->order.run, run)) return candidate;
  }
  return nullptr;
}

base::Async<void> Runs::take_turns(Key key) {
  // Elements of a map and of a deque that only grows behind and shrinks before stay where they are.
  auto& turns = tasks_.at(key);
  while (!turns.empty()) {
    if (auto* run = std::get_if<Run>(&turns.front())) {
      auto copy = *run;
      co_await carry_out(std::move(copy));
    } else {
      const auto removal = std::get<Removal>(turns.front());
      co_await actions_.remove_files(removal.job_id, removal.task_id);
    }
    turns.pop_front();
  }
  tasks_.erase(key);
}

base::Async<void> Runs::carry_out(Run turn) {
  const auto run = turn.order.run;
  const auto stop = turn.stop;
  turn.coordination->finished = [this, run] {
    if (!ending_) report_(node::CoordinationFinished{run});
  };
  if (stop->stopped()) {
    if (!ending_) report_stopped(run);
    co_return;
  }
  const auto ending = co_await actions_.run(std::move(turn.order), stop, turn.coordination);
  // When all ends, a run that was cut off has not finished: the emulator gives it another attempt.
  if (ending_ && ending.end == node::RunEnd::stopped) co_return;
  if (is_disk_full(ending)) {
    // Not the task's failure: it runs again elsewhere, and this node runs nothing any more.
    report_(node::NodeUnusable{*ending.failure});
    co_return;
  }
  report_(finished(run, ending));
}

void Runs::report_stopped(const node::TaskRun& run) {
  node::TaskFinished report;
  report.run = run;
  report.end = node::RunEnd::stopped;
  report.ended = clock_.now();
  report_(std::move(report));
}

StartTask::StartTask(base::Executor executor, const base::Clock& clock, TaskActions actions, ReportTo report)
    : clock_(clock), actions_(std::move(actions)), report_(std::move(report)), group_(executor, 1) {}

void StartTask::run(node::RunStartTask order) {
  if (!stop_->stopped()) group_.spawn(run_with_retries(std::move(order)));
}

void StartTask::stop() {
  stop_->stop();
}

base::Async<void> StartTask::run_with_retries(node::RunStartTask order) {
  std::optional<base::Timestamp> last_retry;
  for (std::int32_t retry = 0;; ++retry) {
    if (retry > 0) {
      auto paused = co_await command::until_stopped(base::wait_for(start_task_retry_wait(retry)), stop_);
      if (paused.has_error()) co_return;
      last_retry = clock_.now();
    }
    report_(node::StartTaskStarted{clock_.now(), retry});
    const auto ending = co_await actions_.run_start(order, stop_);
    if (ending.end == node::RunEnd::stopped) co_return;
    if (is_disk_full(ending)) {
      report_(node::NodeUnusable{*ending.failure});
      co_return;
    }
    const bool failed_by_itself = ending.exit_code.value_or(0) != 0 && ending.end == node::RunEnd::exited;
    if (failed_by_itself && (order.max_retries < 0 || retry < order.max_retries)) continue;
    node::StartTaskFinished report{.started = ending.started, .ended = ending.ended};
    report.exit_code = ending.exit_code;
    report.failure = ending.failure;
    report.container = ending.container;
    report.retry_count = retry;
    report.last_retry = last_retry;
    report_(std::move(report));
    co_return;
  }
}

std::chrono::milliseconds start_task_retry_wait(std::int32_t retry) {
  constexpr std::int32_t kQuickRetries = 3;
  constexpr std::int32_t kMostDoublings = 6;
  constexpr std::chrono::milliseconds kFirst{100};
  if (retry <= kQuickRetries) return std::chrono::milliseconds::zero();
  return kFirst * (1 << std::min(retry - kQuickRetries - 1, kMostDoublings));
}

}  // namespace nodeagent
