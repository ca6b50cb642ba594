// Runs: what this node has under way: runs of tasks side by side, and removals of their files.
//
// What concerns one task happens in the order it was ordered, one thing at a time, because it concerns one directory:
// an attempt begins when the earlier one has ended and its removal is done. Different tasks do not wait for each other.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "base/coroutine_group.h"
#include "nodeagent/command/stop_signal.h"
#include "nodeagent/task/task_run.h"
#include "wire/node/protocol.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nodeagent {

using command::StopSignal;

/// What is done with tasks; the real ones are in nodeagent/task, tests have their own.
struct TaskActions {
  std::function<base::Async<task::Ending>(wire::node::RunTask order, std::shared_ptr<StopSignal> stop,
                                          std::shared_ptr<task::Coordination> coordination)>
      run;
  std::function<base::Async<task::Ending>(wire::node::RunStartTask order, std::shared_ptr<StopSignal> stop)> run_start;
  std::function<base::Async<void>(std::string job_id, std::string task_id)> remove_files;
  std::function<base::Async<std::optional<wire::node::Failure>>(wire::node::PrepareNode order,
                                                                std::shared_ptr<StopSignal> stop)>
      prepare;
};
using ReportTo = std::function<void(wire::node::ReportBody)>;

/// Tasks with something under way; beyond it orders are refused with a failure (slots stay far below).
inline constexpr std::size_t kMostTasksAtOnce = 4096;

/// Used on one executor.
class Runs {
 public:
  Runs(base::Executor executor, const base::Clock& clock, TaskActions actions, ReportTo report);

  /// Begins the run, or queues it behind what the task has under way. A run that is known is not begun again.
  void run(wire::node::RunTask order);
  /// Ends the run; one that is not known, and that `already_reported` does not hold, is reported as stopped at once.
  void stop(const wire::node::TaskRun& run, bool already_reported);
  /// All instances of the primary's task have coordinated. One that is not known has ended, and nothing is to be done.
  void start_primary(const wire::node::TaskRun& run);
  void remove_files(std::string job_id, std::string task_id);
  /// Ends everything, and reports no more runs that ended because of it.
  void stop_all();
  base::Async<void> join();

  [[nodiscard]] std::vector<wire::node::TaskRun> under_way() const;

 private:
  struct Run {
    wire::node::RunTask order;
    std::shared_ptr<StopSignal> stop = std::make_shared<StopSignal>();
    std::shared_ptr<task::Coordination> coordination = std::make_shared<task::Coordination>();
  };
  struct Removal {
    std::string job_id;
    std::string task_id;
  };
  /// The first one is being done.
  using Turns = std::deque<std::variant<Run, Removal>>;
  using Key = std::pair<std::string, std::string>;

  void add(Key key, std::variant<Run, Removal> turn);
  base::Async<void> take_turns(Key key);
  base::Async<void> carry_out(Run run);
  Run* find(const wire::node::TaskRun& run);
  void report_stopped(const wire::node::TaskRun& run);

  const base::Clock& clock_;
  TaskActions actions_;
  ReportTo report_;
  base::CoroutineGroup group_;
  std::map<Key, Turns> tasks_;
  bool ending_ = false;
};

/// The pool's start task with its retries.
class StartTask {
 public:
  StartTask(base::Executor executor, const base::Clock& clock, TaskActions actions, ReportTo report);
  /// Runs it until it succeeds or its retries are used up. Nothing happens while it is running.
  void run(wire::node::RunStartTask order);
  void stop();
  base::Async<void> join() { return group_.join(); }
  [[nodiscard]] bool running() const noexcept { return group_.size() > 0; }

 private:
  base::Async<void> run_with_retries(wire::node::RunStartTask order);
  const base::Clock& clock_;
  TaskActions actions_;
  ReportTo report_;
  base::CoroutineGroup group_;
  std::shared_ptr<StopSignal> stop_ = std::make_shared<StopSignal>();
};

/// The wait before the n-th retry of a start task: none at first, so that a short list of retries is quick; then
/// longer, so that endless ones do not keep the machine busy.
std::chrono::milliseconds start_task_retry_wait(std::int32_t retry);

}  // namespace nodeagent
