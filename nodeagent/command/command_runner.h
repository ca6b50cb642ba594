// CommandRunner: one command line of a task, from start to its exit code.
//
// Two bodies: ProcessRunner starts a process, TranscodeRunner carries out `ffmpeg ARGS` inside the agent and hands
// everything else to another runner. Tests have a third that plays a script.
#pragma once

#include "base/async.h"
#include "nodeagent/command/resource_use.h"
#include "nodeagent/command/stop_signal.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace nodeagent::command {

/// The variable by which the descendants of a run are found again; its value is "<job>/<task>/<attempt>".
inline constexpr const char* kTaskMarker = "BATCH_EMULATOR_TASK";

/// What is run, where, and with what around it.
struct Command {
  std::vector<std::string> arguments;  ///< [0] is the program, not empty
  /// Complete: nothing is inherited. Holds PATH, along which the program is searched, and kTaskMarker.
  std::vector<std::pair<std::string, std::string>> environment;
  std::filesystem::path working_directory;
  std::filesystem::path stdout_file;  ///< created or emptied, then written live
  std::filesystem::path stderr_file;
  std::chrono::milliseconds kill_grace{5'000};  ///< between TERM and KILL after a stop
  /// Run in a process of its own even what could be carried out inside the agent.
  bool isolate = false;
  /// Gets what the command has used added when it has ended; null = nobody asks. Processes that were left to the agent
  /// (their parents ended before them) do not count: the system tells their use to nobody.
  std::shared_ptr<ResourceUse> used;
  /// The files are written on, not emptied: an earlier command of the run has written there.
  bool append = false;
  /// What the command leaves running lives on after it until end_background(); only a stop ends it with the command.
  bool keeps_background = false;
};

/// By what the processes of a run are found again.
struct Background {
  std::string marker;                    ///< value of kTaskMarker
  std::filesystem::path task_directory;  ///< where its output is
  std::chrono::milliseconds kill_grace{5'000};
};

/// Why a command did not start.
enum class LaunchErrc {
  program_not_found = 1,  ///< contract 5.8 CommandProgramNotFound
  launch_failed,          ///< contract 5.8 CommandLaunchFailed
};
std::error_code make_error_code(LaunchErrc code) noexcept;

/// A command killed by signal n has this exit code plus n, as a shell would say it (the service documents none).
inline constexpr std::int32_t kSignalExitCodeBase = 128;

class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  /// Runs the command to its end and returns its exit code; LaunchErrc when there was nothing to run. After `stop`:
  /// TERM to the process group, KILL after the grace. When it returns, no process that the command left behind is
  /// alive, unless it was to be kept.
  virtual base::Async<base::Result<std::int32_t>> run(Command command, std::shared_ptr<StopSignal> stop) = 0;
  /// Ends what commands with `keeps_background` have left running: TERM, KILL after the grace. Nothing of the run is
  /// alive afterwards.
  virtual base::Async<void> end_background(Background background) = 0;
};

}  // namespace nodeagent::command

template <>
struct std::is_error_code_enum<nodeagent::command::LaunchErrc> : std::true_type {};
