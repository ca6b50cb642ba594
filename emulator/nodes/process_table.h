// The machine's processes as /proc shows them: is a process still the one it was, and which carry a node's mark.
#pragma once

#include "base/durable_file.h"
#include "base/result.h"

#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::nodes {

/// Start time in clock ticks since boot (field 22 of /proc/PID/stat); nothing when there is no such process or it is a
/// zombie.
std::optional<std::uint64_t> start_time_of(pid_t pid);
/// The same from the text of a stat file: the process name may hold spaces and parentheses.
std::optional<std::uint64_t> parse_start_time(std::string_view stat);

/// unsupported when the kernel has no pidfds (Linux before 5.3): then nothing below works.
base::Result<void> check_process_handles();
/// A pidfd of the process that has this pid and started at that time; not_found when it is gone. Signals sent through
/// it cannot meet another process.
base::Result<base::FileDescriptor> open_process(pid_t pid, std::uint64_t start_time);
/// Success also when the process has ended.
base::Result<void> signal_process(const base::FileDescriptor& process, int signal);

/// Which processes belong to a node: those with NAME=`marker` in their environment. With `orphans_too` also children of
/// this process that carry no mark of any node and run another program: they were left by an agent that was killed.
struct Belonging {
  std::string marker_name;
  std::string marker;
  bool orphans_too = false;
};
std::vector<pid_t> find_belonging(const Belonging& belonging);
/// KILL to everything that belongs, again until nothing is found. Blocks: for a worker. deadline_exceeded when
/// something is left after `limit`.
base::Result<void> end_belonging(const Belonging& belonging, std::chrono::milliseconds limit);

}  // namespace emulator::nodes
