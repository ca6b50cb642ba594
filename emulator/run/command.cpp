#include "emulator/run/command.h"

#include "base/durable_file.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>

namespace emulator::run {
namespace {

constexpr std::chrono::hours kForever{24};  // then it looks again
constexpr int kKilled = 128;
constexpr int kCannotStart = 127;

/// The terminal that this process's group has in hand, if there is one.
base::FileDescriptor foreground_terminal() {
  auto terminal = base::open_file("/dev/tty", O_RDWR);
  if (!terminal || ::tcgetpgrp(terminal->get()) != ::getpgrp()) return {};
  return std::move(*terminal);
}

/// Asks for bytes until there are none: the number that a failed exec has sent, or nothing when it has succeeded.
std::optional<int> failure_of_exec(int pipe) {
  int failure = 0;
  ssize_t count = 0;
  do {
    count = ::read(pipe, &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  return count == sizeof failure ? std::optional{failure} : std::nullopt;
}

base::Error cannot_start(const std::string& program, int failure) {
  if (failure == ENOENT) {
    return base::Error{base::Errc::not_found, "there is no command " + program};
  }
  return base::Error{base::Errc::io, base::errno_error("starting " + program, failure).message};
}

}  // namespace

base::Result<Command> Command::start(const std::vector<std::string>& arguments, const Environment& environment,
                                     const Signals& signals) {
  std::vector<std::string> texts = arguments;
  std::vector<std::string> entries;
  for (const auto& [name, value] : environment) entries.push_back(name + "=" + value);
  std::vector<char*> argument_pointers;
  std::vector<char*> entry_pointers;
  for (auto& text : texts) argument_pointers.push_back(text.data());
  for (auto& entry : entries) entry_pointers.push_back(entry.data());
  argument_pointers.push_back(nullptr);
  entry_pointers.push_back(nullptr);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::errno_error("starting " + arguments.front(), errno);
  base::FileDescriptor reading{ends[0]};
  base::FileDescriptor writing{ends[1]};
  const bool own_group = !foreground_terminal().is_open();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return base::errno_error("starting " + arguments.front(), errno);
  if (pid == 0) {  // only what is safe between fork and exec
    if (own_group) ::setpgid(0, 0);
    if (!end_with_parent(SIGTERM, parent)) ::_exit(kCannotStart);
    signals.restore();
    ::execvpe(argument_pointers.front(), argument_pointers.data(), entry_pointers.data());
    const int failure = errno;
    if (::write(writing.get(), &failure, sizeof failure) < 0) ::_exit(kCannotStart);
    ::_exit(kCannotStart);
  }
  if (own_group) ::setpgid(pid, pid);  // whoever comes first
  std::ignore = writing.close();
  if (const auto failure = failure_of_exec(reading.get())) {
    ::waitpid(pid, nullptr, 0);
    return cannot_start(arguments.front(), *failure);
  }
  return Command{pid, own_group};
}

void Command::pass_on(ReceivedSignal signal) const {
  // A shell that ends sends SIGHUP to the groups of its jobs.
  const bool to_group = signal.from_terminal || (signal.number == SIGHUP && signal.sender == ::getsid(0));
  if (!own_group_ && to_group) return;
  const bool to_all = own_group_ && (is_request_to_end(signal.number) || signal.number == SIGCONT);
  ::kill(to_all ? -pid_ : pid_, signal.number);
  // Who is stopped hears it only when it goes on.
  if (stopped_ && is_request_to_end(signal.number)) ::kill(own_group_ ? -pid_ : pid_, SIGCONT);
}

// The shell knows our group only: what it does to the terminal it does for us, and we for the command.
void Command::follow_stop(int signal) const {
  if (!own_group_) return;
  const auto terminal = base::open_file("/dev/tty", O_RDWR);
  if (!terminal) return;
  const auto in_front = ::tcgetpgrp(terminal->get());
  const bool wants_terminal = signal == SIGTTIN || signal == SIGTTOU;
  if (wants_terminal && in_front == ::getpgrp()) {
    // Started in the background and brought to the front, of which nobody tells a process that was running.
    ::tcsetpgrp(terminal->get(), pid_);
    ::kill(-pid_, SIGCONT);
    return;
  }
  if (!wants_terminal && in_front != pid_) return;  // somebody stopped the command alone, and will continue it
  if (in_front == pid_) ::tcsetpgrp(terminal->get(), ::getpgrp());
  std::raise(SIGSTOP);  // what continues us continues the command
}

int Command::wait(Signals& signals, const std::function<void()>& on_child) {
  while (true) {
    int status = 0;
    while (::waitpid(pid_, &status, WNOHANG | WUNTRACED | WCONTINUED) == pid_) {
      if (WIFEXITED(status)) return WEXITSTATUS(status);
      if (WIFSIGNALED(status)) return kKilled + WTERMSIG(status);
      stopped_ = WIFSTOPPED(status);
      if (stopped_) follow_stop(WSTOPSIG(status));
    }
    on_child();
    const auto signal = signals.next(kForever);
    if (!signal || signal->number == SIGCHLD) continue;
    if (signal->number == SIGCONT && own_group_) {
      // Continued in the foreground: the keys are the command's now.
      const auto terminal = foreground_terminal();
      if (terminal.is_open()) ::tcsetpgrp(terminal.get(), pid_);
    }
    pass_on(*signal);
  }
}

}  // namespace emulator::run
