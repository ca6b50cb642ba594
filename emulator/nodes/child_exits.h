// ChildExits: reaps every child of the emulator, agents and adopted orphans alike, and remembers how agents ended.
#pragma once

#include "base/async.h"
#include "base/durable_file.h"

#include <sys/types.h>
#include <boost/asio/signal_set.hpp>
#include <map>
#include <optional>
#include <string>

namespace emulator::nodes {

/// Used on one strand. One per process: it waits for any child.
class ChildExits {
 public:
  explicit ChildExits(base::Executor executor);
  /// Makes this process a child subreaper, so that orphans of a killed agent become its children.
  static base::Result<void> become_subreaper();
  /// Reaps at every SIGCHLD until stop(). Runs in the owner's group.
  base::Async<void> run();
  void stop();

  /// From now on the way this child ends is remembered.
  void remember(pid_t pid) { remembered_[pid] = std::nullopt; }
  /// Returns when the process has ended, child or not; also when the coroutine is cancelled.
  base::Async<void> wait_end(base::FileDescriptor process);
  /// "exit code 1", "signal 9"; "ended" for one that was no child. Forgets it.
  std::string how_ended(pid_t pid);

 private:
  void reap();
  base::Executor executor_;
  boost::asio::signal_set signals_;
  bool stopped_ = false;
  std::map<pid_t, std::optional<int>> remembered_;
};

}  // namespace emulator::nodes
