// A process is started with posix_spawn (vfork underneath: cheap, and nothing of ours runs in the child). Ending one is
// three steps: its group is asked (TERM), its group is killed (KILL), and the sweep kills what had left the group.
#include "nodeagent/command/process_runner.h"

#include "base/durable_file.h"
#include "base/text.h"
#include "nodeagent/command/descendants.h"

#include <fcntl.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <csignal>
#include <cstring>

namespace nodeagent::command {
namespace {

/// How often the sweep looks again while killed processes are on their way out.
constexpr std::chrono::milliseconds kSweepPause{5};
/// Between two looks at whether what was asked to end has ended.
constexpr std::chrono::milliseconds kBackgroundPause{20};

std::string variable(const Command& command, std::string_view name) {
  for (const auto& [key, value] : command.environment) {
    if (key == name) return value;
  }
  return {};
}

/// The arrays that execve wants, and the texts they point into.
class ExecArray {
 public:
  explicit ExecArray(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (auto& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

ExecArray environment_array(const Command& command) {
  std::vector<std::string> texts;
  texts.reserve(command.environment.size());
  for (const auto& [name, value] : command.environment) texts.push_back(name + "=" + value);
  return ExecArray(std::move(texts));
}

/// posix_spawn's two descriptions of the child, initialised and destroyed together.
struct SpawnPlan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

base::Error launch_failed(const std::string& program, int error_number) {
  const auto code = error_number == ENOENT ? LaunchErrc::program_not_found : LaunchErrc::launch_failed;
  return base::Error(code, "starting " + program + ": " + std::strerror(error_number))
      .with("Message", std::strerror(error_number));
}

/// Output files are opened here and not by the child, so that a full disk is not mistaken for a missing program. They
/// are opened for appending: a child that opens the same file again, or a task that empties it, loses nothing.
base::Result<base::FileDescriptor> open_output(const std::filesystem::path& path, bool append) {
  return base::open_file(path, O_WRONLY | O_CREAT | O_APPEND | (append ? 0 : O_TRUNC), 0660);
}

base::Result<pid_t> spawn(const Command& command, const std::filesystem::path& program) {
  ASSIGN_OR_RETURN(const auto out, open_output(command.stdout_file, command.append));
  ASSIGN_OR_RETURN(const auto err, open_output(command.stderr_file, command.append));
  SpawnPlan plan;
  ::posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&plan.actions, out.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&plan.actions, err.get(), STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&plan.actions, STDERR_FILENO + 1);
  ::posix_spawn_file_actions_addchdir_np(&plan.actions, command.working_directory.c_str());
  sigset_t all;
  sigset_t none;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
  ::posix_spawnattr_setsigmask(&plan.attributes, &none);
  ::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const ExecArray arguments(command.arguments);
  const ExecArray environment = environment_array(command);
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, program.c_str(), &plan.actions, &plan.attributes, arguments.get(), environment.get());
  if (failed != 0) return launch_failed(command.arguments.front(), failed);
  return pid;
}

bool is_program(const std::filesystem::path& path, int& error_number) {
  struct stat entry {};
  if (::stat(path.c_str(), &entry) != 0) {
    error_number = errno;
    return false;
  }
  if (!S_ISREG(entry.st_mode) || ::access(path.c_str(), X_OK) != 0) {
    error_number = EACCES;
    return false;
  }
  return true;
}

std::int32_t exit_code_of(const ChildExit& exit) {
  return exit.signalled ? kSignalExitCodeBase + exit.code : exit.code;
}

/// Waits for the end; after `stop` asks for it, and after the grace forces it.
base::Async<void> wait_or_stop(ChildWatch& children, pid_t pid, std::shared_ptr<StopSignal> stop,
                               std::chrono::milliseconds grace) {
  using namespace boost::asio::experimental::awaitable_operators;
  co_await (children.wait(pid) || stop->wait());
  if (children.exit_of(pid)) co_return;
  // Not collected yet, so the pid and its group are still the leader's, be it a zombie.
  ::kill(-pid, SIGTERM);
  co_await (children.wait(pid) || base::wait_for(grace));
  if (children.exit_of(pid)) co_return;
  ::kill(-pid, SIGKILL);
  co_await (children.wait(pid) || base::wait_for(kLongestSweep));
}

}  // namespace

base::Result<std::filesystem::path> find_program(const std::string& program, std::string_view search_path,
                                                 const std::filesystem::path& working_directory) {
  int error_number = ENOENT;
  if (program.empty()) return launch_failed("\"\"", ENOENT);
  if (program.find('/') != std::string::npos) {
    auto path = working_directory / program;
    if (is_program(path, error_number)) return path;
    return launch_failed(program, error_number == ENOTDIR ? ENOENT : error_number);
  }
  int worst = ENOENT;
  for (const auto& directory : base::split(search_path, ':')) {
    auto path = working_directory / directory / program;
    if (is_program(path, error_number)) return path;
    if (error_number == EACCES) worst = EACCES;
  }
  return launch_failed(program, worst);
}

RunMarks ProcessRunner::marks_of(pid_t leader, std::string marker, std::filesystem::path task_directory) const {
  return {.session = leader,
          .marker = std::move(marker),
          .task_directory = std::move(task_directory),
          .unmarked_too = running_.empty() && kept_.empty(),
          .not_ours = running_};
}

/// Kills until nothing is found. Each round also kills what was born since the round before. The search stays on this
/// executor although it reads files: while it runs, no new leader may appear that it would take for an orphan.
base::Async<void> ProcessRunner::sweep(pid_t leader, std::string marker, std::filesystem::path task_directory) {
  const auto deadline = std::chrono::steady_clock::now() + kLongestSweep;
  while (true) {
    children_.collect();
    const auto found = find_descendants(marks_of(leader, marker, task_directory));
    if (found.empty()) {
      children_.collect();  // what died while we looked
      co_return;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      spdlog::warn("{} processes of {} do not end although killed; the first is {}", found.size(), marker,
                   found[0].pid);
      co_return;
    }
    for (const auto& process : found) send_signal(process, SIGKILL);
    auto paused = co_await base::wait_for(kSweepPause);
    if (paused.has_error()) co_return;
  }
}

base::Async<base::Result<std::int32_t>> ProcessRunner::run(Command command, std::shared_ptr<StopSignal> stop) {
  if (stop->stopped()) co_return base::Error(base::Errc::cancelled, "the run was told to end");
  CO_ASSIGN_OR_RETURN(const auto program,
                      find_program(command.arguments.front(), variable(command, "PATH"), command.working_directory));
  CO_ASSIGN_OR_RETURN(const pid_t pid, children_.start([&] { return spawn(command, program); }));
  running_.push_back(pid);
  co_await wait_or_stop(children_, pid, stop, command.kill_grace);
  const auto exit = children_.exit_of(pid);
  children_.forget(pid);
  if (exit && command.used) *command.used += exit->used;
  std::erase(running_, pid);
  auto marker = variable(command, kTaskMarker);
  if (command.keeps_background && exit && !stop->stopped()) {
    kept_.emplace(std::move(marker), pid);
    co_return exit_code_of(*exit);
  }
  if (!marker.empty()) marker.insert(0, std::string(kTaskMarker) + "=");
  auto task_directory = command.stdout_file.parent_path();
  co_await sweep(pid, std::move(marker), std::move(task_directory));
  if (!exit) {
    co_return base::Error(base::Errc::io, "process " + std::to_string(pid) + " does not end although killed");
  }
  co_return exit_code_of(*exit);
}

base::Async<void> ProcessRunner::end_background(Background background) {
  const auto [first, last] = kept_.equal_range(background.marker);
  std::vector<pid_t> leaders;
  for (auto at = first; at != last; ++at) leaders.push_back(at->second);
  kept_.erase(first, last);
  const auto marker = std::string(kTaskMarker) + "=" + background.marker;
  const auto deadline = std::chrono::steady_clock::now() + background.kill_grace;
  for (const pid_t leader : leaders) {
    bool asked = false;
    while (std::chrono::steady_clock::now() < deadline) {
      children_.collect();
      const auto found = find_descendants(marks_of(leader, marker, background.task_directory));
      if (found.empty()) break;
      if (!std::exchange(asked, true)) {
        for (const auto& process : found) send_signal(process, SIGTERM);
      }
      auto paused = co_await base::wait_for(kBackgroundPause);
      if (paused.has_error()) break;
    }
    co_await sweep(leader, marker, background.task_directory);
  }
}

}  // namespace nodeagent::command
