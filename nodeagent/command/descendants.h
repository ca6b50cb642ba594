// Descendants: every process that a command left behind, found again in /proc.
//
// The agent is the subreaper of its tasks, so whatever outlives a command's first process is a child of the agent, or
// below one; nothing else on the machine is ever looked at twice. To which run such a child belongs is told by marks:
// the session the command was given, the marker variable in the environment, a working directory or open file inside
// the task's directory. One mark on any process of the child's tree is enough. A daemon that shed all of them counts
// with `unmarked_too`, when no other run is under way that it could belong to.
#pragma once

#include "base/result.h"

#include <sys/types.h>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nodeagent::command {

/// What tells one run's processes from all others.
struct RunMarks {
  pid_t session = 0;                     ///< the leader's pid; 0 = not known
  std::string marker;                    ///< "NAME=value" in the environment; empty = not looked at
  std::filesystem::path task_directory;  ///< empty = not looked at
  bool unmarked_too = false;             ///< also children of this process without any mark
  std::vector<pid_t> not_ours;           ///< children of this process that lead other runs
};

/// One process, protected against the reuse of its pid by its start time (clock ticks since boot).
struct FoundProcess {
  pid_t pid = 0;
  std::uint64_t start_time = 0;
  bool operator==(const FoundProcess&) const = default;
};

/// All processes of the run. Zombies count until they are collected: one whose first thread has ended looks like a
/// zombie while its other threads live. Blocks for a scan of /proc when this process has any child that is not one of
/// `not_ours`.
std::vector<FoundProcess> find_descendants(const RunMarks& marks);

/// Sends a signal to that very process. False when it is gone.
bool send_signal(const FoundProcess& process, int signal);

/// One line of /proc/PID/stat, taken apart: the name may hold spaces and parentheses.
struct ProcessStatus {
  pid_t pid = 0;
  char state = '?';
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  std::uint64_t start_time = 0;
};
base::Result<ProcessStatus> parse_process_status(std::string_view text);

}  // namespace nodeagent::command
