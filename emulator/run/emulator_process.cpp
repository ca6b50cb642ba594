#include "emulator/run/emulator_process.h"

#include "base/durable_file.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace emulator::run {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kReadyWithin{60};
constexpr milliseconds kLook{10};
/// Beyond the grace that its requests and tasks have.
constexpr seconds kEndWithin{10};
constexpr int kCannotStart = 127;
constexpr std::string_view kOwnVariables = "BATCH_EMULATOR_";

/// Pointers into texts that live on, with the null at the end that exec wants.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> without_own_variables(const std::vector<std::string>& environment) {
  std::vector<std::string> result;
  for (const auto& entry : environment) {
    if (!entry.starts_with(kOwnVariables)) result.push_back(entry);
  }
  return result;
}

}  // namespace

base::Result<EmulatorProcess> EmulatorProcess::start(const Options& options,
                                                     const std::vector<std::string>& environment,
                                                     const std::filesystem::path& complaints, const Signals& signals) {
  ASSIGN_OR_RETURN(const auto nothing, base::open_file("/dev/null", O_RDWR));
  base::FileDescriptor errors;
  if (!complaints.empty()) {
    ASSIGN_OR_RETURN(errors, base::open_file(complaints, O_WRONLY | O_CREAT | O_APPEND));
  }
  std::vector<std::string> arguments{"batch-emulator", "start"};
  for (auto& argument : arguments_for(options)) arguments.push_back(std::move(argument));
  auto variables = without_own_variables(environment);
  const auto argument_pointers = pointers(arguments);
  const auto variable_pointers = pointers(variables);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return base::errno_error("starting the emulator", errno);
  if (pid == 0) {  // only what is safe between fork and exec
    ::setsid();
    if (complaints.empty() && !end_with_parent(SIGTERM, parent)) ::_exit(kCannotStart);
    ::dup2(nothing.get(), STDIN_FILENO);
    ::dup2(nothing.get(), STDOUT_FILENO);
    if (errors.is_open()) ::dup2(errors.get(), STDERR_FILENO);
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    signals.restore();
    ::execve("/proc/self/exe", argument_pointers.data(), variable_pointers.data());
    ::_exit(kCannotStart);
  }
  return EmulatorProcess{pid, options};
}

EmulatorProcess::EmulatorProcess(EmulatorProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), ended_(other.ended_), options_(std::move(other.options_)) {}

bool EmulatorProcess::is_alive() {
  if (!ended_ && ::waitpid(pid_, nullptr, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

base::Result<RunningEmulator> EmulatorProcess::wait_until_ready(Signals& signals, int& interrupted) {
  const auto deadline = steady_clock::now() + kReadyWithin;
  std::error_code ignored;
  while (steady_clock::now() < deadline) {
    if (std::filesystem::exists(options_.ready_file, ignored)) return read_running_file(options_.ready_file);
    if (!is_alive()) return base::Error{base::Errc::unavailable, "the emulator could not be started"};
    const auto signal = signals.next(kLook);
    if (signal && is_request_to_end(signal->number)) {
      interrupted = signal->number;
      return base::Error{base::Errc::cancelled, "ended by a signal before the emulator was ready"};
    }
  }
  return base::Error{base::Errc::deadline_exceeded,
                     "the emulator was not ready within " + std::to_string(kReadyWithin.count()) + " seconds"};
}

void EmulatorProcess::stop(Signals& signals) {
  if (!is_alive()) return;
  ::kill(pid_, SIGTERM);
  const auto deadline = steady_clock::now() + seconds{options_.stop_grace} + kEndWithin;
  while (is_alive() && steady_clock::now() < deadline) signals.next(kLook);
  if (!is_alive()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ended_ = true;
}

}  // namespace emulator::run
