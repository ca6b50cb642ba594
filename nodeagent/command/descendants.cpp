// Most commands leave nothing behind, and the agent then has no child at all, or none but the leaders of other runs:
// that is seen from one call or one small file. Only otherwise is all of /proc read, some 20 microseconds a process.
#include "nodeagent/command/descendants.h"

#include "base/durable_file.h"
#include "base/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <optional>
#include <set>

namespace nodeagent::command {
namespace {

constexpr std::size_t kMostStatusBytes = 4096;
/// The kernel itself limits arguments and environment together to a quarter of the stack limit, 2 MiB by default.
constexpr std::size_t kMostEnvironmentBytes = 8 << 20;

std::filesystem::path proc(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

std::optional<ProcessStatus> status_of(pid_t pid) {
  auto text = base::read_file(proc(pid) / "stat", kMostStatusBytes);
  if (text.has_error()) return std::nullopt;  // it ended meanwhile
  auto status = parse_process_status(*text);
  if (status.has_error()) return std::nullopt;
  return *status;
}

std::vector<ProcessStatus> all_processes() {
  std::vector<ProcessStatus> all;
  DIR* directory = ::opendir("/proc");
  if (directory == nullptr) return all;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    if (auto status = status_of(pid)) all.push_back(*status);
  }
  ::closedir(directory);
  return all;
}

bool has_marker(pid_t pid, const std::string& marker) {
  if (marker.empty()) return false;
  auto environment = base::read_file(proc(pid) / "environ", kMostEnvironmentBytes);
  if (environment.has_error()) return false;
  std::string_view rest = *environment;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\0'), rest.size());
    if (rest.substr(0, end) == marker) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

bool points_inside(const std::filesystem::path& link, const std::string& directory) {
  std::error_code error;
  const auto target = std::filesystem::read_symlink(link, error);
  return !error && target.native().starts_with(directory) &&
         (target.native().size() == directory.size() || target.native()[directory.size()] == '/');
}

bool is_inside(pid_t pid, const std::filesystem::path& directory) {
  if (directory.empty()) return false;
  if (points_inside(proc(pid) / "cwd", directory.native())) return true;
  std::error_code error;
  for (std::filesystem::directory_iterator file(proc(pid) / "fd", error), end; !error && file != end;
       file.increment(error)) {
    if (points_inside(file->path(), directory.native())) return true;
  }
  return false;
}

bool is_marked(const ProcessStatus& process, const RunMarks& marks) {
  return (marks.session != 0 && (process.session == marks.session || process.group == marks.session)) ||
         has_marker(process.pid, marks.marker) || is_inside(process.pid, marks.task_directory);
}

/// The pids in /proc/self/task/*/children; absent when the kernel does not offer the file. A child may be left out when
/// its neighbour ends while the kernel writes the list, so two readings are put together.
std::optional<std::set<pid_t>> children_of_this_process() {
  std::set<pid_t> children;
  for (int reading = 0; reading < 2; ++reading) {
    std::error_code error;
    for (std::filesystem::directory_iterator thread("/proc/self/task", error), end; !error && thread != end;
         thread.increment(error)) {
      auto text = base::read_file(thread->path() / "children", kMostEnvironmentBytes);
      if (text.has_error() && thread->path().filename() == std::to_string(::getpid())) return std::nullopt;
      if (text.has_error()) continue;  // the thread ended
      for (const auto& word : base::split(*text, ' ')) {
        pid_t pid = 0;
        if (std::from_chars(word.data(), word.data() + word.size(), pid).ec == std::errc{}) children.insert(pid);
      }
    }
  }
  return children;
}

/// Whether there is any child that could belong to a run other than those known; cheap.
bool has_unknown_children(const RunMarks& marks) {
  siginfo_t ignored{};
  if (::waitid(P_ALL, 0, &ignored, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return false;
  const auto children = children_of_this_process();
  if (!children) return true;
  return std::any_of(children->begin(), children->end(), [&](pid_t child) {
    return std::find(marks.not_ours.begin(), marks.not_ours.end(), child) == marks.not_ours.end();
  });
}

/// `root` and everything below it.
std::vector<const ProcessStatus*> tree_below(const std::vector<ProcessStatus>& all, const ProcessStatus& root) {
  std::vector<const ProcessStatus*> tree{&root};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    for (const auto& process : all) {
      if (process.parent == tree[i]->pid && process.pid != root.pid) tree.push_back(&process);
    }
  }
  return tree;
}

}  // namespace

base::Result<ProcessStatus> parse_process_status(std::string_view text) {
  const auto fail = [] { return base::Error(base::Errc::invalid_argument, "reading the status of a process"); };
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return fail();
  const auto number = [](std::string_view field, auto& into) {
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), into);
    return error == std::errc{} && end == field.data() + field.size();
  };
  const auto fields = base::split(base::trim(text.substr(close + 1)), ' ');
  constexpr std::size_t kStartTime = 19;  // field 22 of proc(5); fields[0] is field 3
  ProcessStatus status;
  if (fields.size() <= kStartTime || fields[0].size() != 1) return fail();
  status.state = fields[0][0];
  if (!number(base::trim(text.substr(0, open)), status.pid) || !number(fields[1], status.parent) ||
      !number(fields[2], status.group) || !number(fields[3], status.session) ||
      !number(fields[kStartTime], status.start_time)) {
    return fail();
  }
  return status;
}

std::vector<FoundProcess> find_descendants(const RunMarks& marks) {
  std::vector<FoundProcess> found;
  if (!has_unknown_children(marks)) return found;
  const pid_t own_session = ::getsid(0);
  const auto all = all_processes();
  for (const auto& child : all) {
    // What lives in the session of this process was not started by a command: each of those has its own.
    if (child.parent != ::getpid() || child.session == own_session) continue;
    if (std::find(marks.not_ours.begin(), marks.not_ours.end(), child.pid) != marks.not_ours.end()) continue;
    const auto tree = tree_below(all, child);
    const bool ours = marks.unmarked_too || std::any_of(tree.begin(), tree.end(), [&](const ProcessStatus* process) {
                        return is_marked(*process, marks);
                      });
    if (!ours) continue;
    for (const auto* process : tree) found.push_back({.pid = process->pid, .start_time = process->start_time});
  }
  return found;
}

bool send_signal(const FoundProcess& process, int signal) {
  const int opened = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0));
  if (opened < 0) return false;
  const base::FileDescriptor handle(opened);
  // The descriptor holds the process that has the pid now; it is ours only if it is as old as the one that was found.
  const auto status = status_of(process.pid);
  if (!status || status->start_time != process.start_time) return false;
  return ::syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0) == 0;
}

}  // namespace nodeagent::command
