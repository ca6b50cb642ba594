// ProcessRunner: a command as a process of its own, and the promise that nothing of it stays behind.
//
// The process gets its own session and process group, no descriptors but three (stdin from /dev/null, stdout and stderr
// straight into their files), default signals, and exactly the given environment.
#pragma once

#include "nodeagent/command/child_watch.h"
#include "nodeagent/command/command_runner.h"
#include "nodeagent/command/descendants.h"

#include <map>

namespace nodeagent::command {

/// After KILL and in the sweep: the longest wait for processes to be gone. Only one that is stuck in the kernel
/// outlives it; it is then logged and left.
inline constexpr std::chrono::milliseconds kLongestSweep{10'000};

class ProcessRunner final : public CommandRunner {
 public:
  /// `children` outlives the runner and all its runs.
  explicit ProcessRunner(ChildWatch& children) : children_(children) {}
  base::Async<base::Result<std::int32_t>> run(Command command, std::shared_ptr<StopSignal> stop) override;
  base::Async<void> end_background(Background background) override;

 private:
  base::Async<void> sweep(pid_t leader, std::string marker, std::filesystem::path task_directory);
  ChildWatch& children_;
  [[nodiscard]] RunMarks marks_of(pid_t leader, std::string marker, std::filesystem::path task_directory) const;
  std::vector<pid_t> running_;  ///< leaders under way; with none, every orphan of the agent is litter
  /// Sessions of ended leaders whose processes live on, by the run's marker.
  std::multimap<std::string, pid_t> kept_;
};

/// The file that `program` names: with a '/' relative to the working directory, else searched along `search_path`
/// (colon-separated, an empty or relative entry is relative to the working directory). not found: program_not_found;
/// found but not executable: launch_failed.
base::Result<std::filesystem::path> find_program(const std::string& program, std::string_view search_path,
                                                 const std::filesystem::path& working_directory);

}  // namespace nodeagent::command
