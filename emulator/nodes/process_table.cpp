// A pid alone names nothing for long. A process is found by what it carries, held by a pidfd, looked at again through
// the same pid while held, and only then signalled.
#include "emulator/nodes/process_table.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <charconv>
#include <filesystem>

namespace emulator::nodes {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::FileDescriptor;

constexpr std::size_t kLargestProcFile = 4 * 1024 * 1024;
constexpr int kProcPiece = 16 * 1024;
/// Field numbers of /proc/PID/stat after the name, which ends at the last ')': state is the first.
constexpr int kStateField = 0;
constexpr int kParentField = 1;
constexpr int kStartTimeField = 19;

std::string proc_path(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

/// Proc files have no size: read until the end. Empty on any error (the process is gone or not ours).
std::string read_proc(const std::string& path) {
  std::string text;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return text;
  while (text.size() < kLargestProcFile) {
    const auto before = text.size();
    text.resize(before + kProcPiece);
    const auto count = ::read(file.get(), text.data() + before, kProcPiece);
    text.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count <= 0) break;
  }
  return text;
}

std::string_view stat_field(std::string_view stat, int field) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return {};
  auto rest = stat.substr(name_end + 1);
  for (int at = 0;; ++at) {
    const auto start = rest.find_first_not_of(' ');
    if (start == std::string_view::npos) return {};
    rest.remove_prefix(start);
    const auto end = std::min(rest.find_first_of(" \n"), rest.size());
    if (at == field) return rest.substr(0, end);
    rest.remove_prefix(end);
  }
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// The environment is a row of NAME=value texts, each closed by NUL.
bool has_variable(std::string_view environment, std::string_view entry, bool whole) {
  while (!environment.empty()) {
    const auto end = std::min(environment.find('\0'), environment.size());
    const auto variable = environment.substr(0, end);
    if (whole ? variable == entry : variable.starts_with(entry)) return true;
    environment.remove_prefix(std::min(end + 1, environment.size()));
  }
  return false;
}

bool runs_our_program(pid_t pid) {
  std::error_code error;
  const auto theirs = fs::read_symlink(proc_path(pid, "exe"), error);
  if (error) return true;  // Unknown: not to be taken for an orphan.
  const auto ours = fs::read_symlink("/proc/self/exe", error);
  return error || theirs == ours;
}

bool is_orphan(pid_t pid, std::string_view environment, const Belonging& belonging) {
  if (number<pid_t>(stat_field(read_proc(proc_path(pid, "stat")), kParentField)) != ::getpid()) return false;
  // A child between fork and exec still is this program; an agent carries its node's mark from exec on.
  return !has_variable(environment, belonging.marker_name + "=", false) && !runs_our_program(pid);
}

bool belongs(pid_t pid, const Belonging& belonging) {
  const auto environment = read_proc(proc_path(pid, "environ"));
  if (!environment.empty() && has_variable(environment, belonging.marker_name + "=" + belonging.marker, true)) {
    return true;
  }
  return belonging.orphans_too && is_orphan(pid, environment, belonging);
}

/// Waits until the processes have ended; false at the deadline.
bool wait_ended(const std::vector<FileDescriptor>& processes, std::chrono::steady_clock::time_point deadline) {
  for (const auto& process : processes) {
    pollfd wanted{.fd = process.get(), .events = POLLIN, .revents = 0};
    int ready = 0;
    do {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
      if (left <= 0) return false;
      ready = ::poll(&wanted, 1, static_cast<int>(left));
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0) return false;
  }
  return true;
}

FileDescriptor open_pid(pid_t pid) {
  return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

Error left_behind() {
  return Error(Errc::deadline_exceeded, "ending a node's processes: some are left after the time allowed");
}

}  // namespace

std::optional<std::uint64_t> parse_start_time(std::string_view stat) {
  const auto state = stat_field(stat, kStateField);
  if (state.empty() || state == "Z" || state == "X") return std::nullopt;
  return number<std::uint64_t>(stat_field(stat, kStartTimeField));
}

std::optional<std::uint64_t> start_time_of(pid_t pid) {
  return parse_start_time(read_proc(proc_path(pid, "stat")));
}

base::Result<void> check_process_handles() {
  if (open_pid(::getpid()).is_open()) return {};
  if (errno != ENOSYS) return base::errno_error("opening a pidfd", errno);
  return Error(Errc::unsupported, "this kernel has no pidfds; nodes need Linux 5.3 or later");
}

base::Result<FileDescriptor> open_process(pid_t pid, std::uint64_t start_time) {
  const auto attempted = "opening process " + std::to_string(pid);
  if (pid <= 0) return Error(Errc::not_found, attempted + ": not a process id");
  FileDescriptor process = open_pid(pid);
  if (!process.is_open()) {
    if (errno == ESRCH) return Error(Errc::not_found, attempted + ": it has ended");
    return base::errno_error(attempted, errno);
  }
  if (start_time_of(pid) != start_time) return Error(Errc::not_found, attempted + ": it has ended");
  return process;
}

base::Result<void> signal_process(const FileDescriptor& process, int signal) {
  if (::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) == 0 || errno == ESRCH) return {};
  return base::errno_error("sending signal " + std::to_string(signal), errno);
}

std::vector<pid_t> find_belonging(const Belonging& belonging) {
  std::vector<pid_t> found;
  std::error_code error;
  const auto self = ::getpid();
  const auto user = ::geteuid();
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const auto pid = number<pid_t>(entry->path().filename().native());
    struct stat status {};
    if (!pid || *pid == self || ::stat(entry->path().c_str(), &status) != 0 || status.st_uid != user) continue;
    if (belongs(*pid, belonging) && start_time_of(*pid)) found.push_back(*pid);
  }
  return found;
}

base::Result<void> end_belonging(const Belonging& belonging, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (true) {
    const auto pids = find_belonging(belonging);
    if (pids.empty()) return {};
    std::vector<FileDescriptor> held;
    for (const auto pid : pids) {
      FileDescriptor process = open_pid(pid);
      if (!process.is_open() && errno != ESRCH) return base::errno_error("holding a node's process", errno);
      // Looked at again while it is held: the pid may have changed hands since the scan.
      if (!process.is_open() || !belongs(pid, belonging)) continue;
      RETURN_IF_ERROR(signal_process(process, SIGKILL));
      held.push_back(std::move(process));
    }
    if (!wait_ended(held, deadline) || std::chrono::steady_clock::now() > deadline) return left_behind();
  }
}

}  // namespace emulator::nodes
