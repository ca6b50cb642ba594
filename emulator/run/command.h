// The command of `batch-emulator run`.
//
// It must get every signal exactly once, whoever sends it. In the foreground of a terminal it stays in this process's
// group: keys like Ctrl-C reach both, and the shell that started us too, as for any command; what is sent to this
// process alone is passed on. Anywhere else it has a group of its own, so that who signals our whole group does not
// reach it twice, and requests to end go to all of that group.
#pragma once

#include "base/result.h"
#include "emulator/run/environment.h"
#include "emulator/run/signals.h"

#include <sys/types.h>
#include <functional>
#include <string>
#include <vector>

namespace emulator::run {

class Command {
 public:
  /// Finds the program in PATH and starts it; when this process dies it is sent SIGTERM. not_found when there is no
  /// such program, io when it cannot be run.
  static base::Result<Command> start(const std::vector<std::string>& arguments, const Environment& environment,
                                     const Signals& signals);

  /// Passes signals on until the command has ended; its exit code, or 128 and the number of the signal that ended it.
  /// `on_child` is called when some child of this process may have ended.
  int wait(Signals& signals, const std::function<void()>& on_child);

 private:
  Command(pid_t pid, bool own_group) : pid_(pid), own_group_(own_group) {}
  void pass_on(ReceivedSignal signal) const;
  void follow_stop(int signal) const;

  pid_t pid_;
  bool own_group_;
  bool stopped_ = false;
};

}  // namespace emulator::run
