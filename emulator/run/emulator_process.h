// The emulator that `run` starts: a process in a session of its own, so that no key of the terminal reaches it before
// the command has ended.
#pragma once

#include "base/result.h"
#include "emulator/options.h"
#include "emulator/run/signals.h"
#include "emulator/running_file.h"

#include <sys/types.h>
#include <filesystem>
#include <string>
#include <vector>

namespace emulator::run {

class EmulatorProcess {
 public:
  /// Runs `batch-emulator start` with these options (ready_file must be set) and the environment without this
  /// program's own variables, which the options have taken in. When `complaints` is a path, standard error goes there
  /// and the emulator outlives this process; else it shares standard error and ends with this process. io.
  static base::Result<EmulatorProcess> start(const Options& options, const std::vector<std::string>& environment,
                                             const std::filesystem::path& complaints, const Signals& signals);
  EmulatorProcess(EmulatorProcess&& other) noexcept;
  EmulatorProcess(const EmulatorProcess&) = delete;
  EmulatorProcess& operator=(const EmulatorProcess&) = delete;
  EmulatorProcess& operator=(EmulatorProcess&&) = delete;
  ~EmulatorProcess() = default;

  /// Until it answers: what its ready file says. cancelled when a signal asked this process to end (`interrupted`
  /// names it), unavailable when it ended, deadline_exceeded.
  base::Result<RunningEmulator> wait_until_ready(Signals& signals, int& interrupted);
  /// False from the moment its end has been noticed.
  bool is_alive();
  /// SIGTERM; SIGKILL when it has not ended within its grace and some seconds.
  void stop(Signals& signals);
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  EmulatorProcess(pid_t pid, const Options& options) : pid_(pid), options_(options) {}

  pid_t pid_ = -1;
  bool ended_ = false;
  Options options_;
};

}  // namespace emulator::run
