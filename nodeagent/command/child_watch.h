// ChildWatch: the one place of the agent that reaps children.
//
// The agent is the subreaper of its tasks (PR_SET_CHILD_SUBREAPER), so every orphan of a task becomes its child. All
// zombies are collected here on SIGCHLD; nothing else in the process may wait for a child, and nothing else may start
// one that it wants to wait for itself.
#pragma once

#include "base/async.h"
#include "nodeagent/command/resource_use.h"

#include <sys/types.h>
#include <functional>
#include <memory>
#include <optional>

namespace nodeagent::command {

/// How a child ended.
struct ChildExit {
  bool signalled = false;
  int code = 0;      ///< exit code, or the signal's number
  ResourceUse used;  ///< by it and by the descendants that were waited for
};

/// One per process. Used on one executor.
class ChildWatch {
 public:
  explicit ChildWatch(base::Executor executor);
  ~ChildWatch();
  ChildWatch(const ChildWatch&) = delete;
  ChildWatch& operator=(const ChildWatch&) = delete;

  /// Starts a child with `start` (which returns its pid) and watches it: no end of it can be missed. The error of
  /// `start` is passed on.
  base::Result<pid_t> start(const std::function<base::Result<pid_t>()>& start);
  /// Returns when the child has ended, or when the waiting coroutine is cancelled. One waiter at a time.
  base::Async<void> wait(pid_t pid);
  /// How it ended, once it has.
  [[nodiscard]] std::optional<ChildExit> exit_of(pid_t pid) const;
  /// Watches it no longer; needed once for each child.
  void forget(pid_t pid);
  /// Collects every zombie now, without waiting for SIGCHLD to be delivered.
  void collect();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace nodeagent::command
