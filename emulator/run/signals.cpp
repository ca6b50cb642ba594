#include "emulator/run/signals.h"

#include <sys/prctl.h>
#include <unistd.h>
#include <cerrno>
#include <ctime>

namespace emulator::run {

Signals::Signals() {
  ::sigemptyset(&taken_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD, SIGCONT, SIGTTOU}) {
    ::sigaddset(&taken_, signal);
  }
  // Whoever ignores SIGCHLD has its children reaped by the kernel, and never learns their exit codes.
  std::signal(SIGCHLD, SIG_DFL);
  ::sigprocmask(SIG_BLOCK, &taken_, &before_);
  ::sigdelset(&taken_, SIGTTOU);  // blocked is enough
}

Signals::~Signals() {
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<ReceivedSignal> Signals::next(std::chrono::milliseconds within) {
  const timespec wait{.tv_sec = static_cast<time_t>(within.count() / 1'000),
                      .tv_nsec = static_cast<long>(within.count() % 1'000) * 1'000'000};
  siginfo_t info{};
  const int number = ::sigtimedwait(&taken_, &info, &wait);
  if (number < 0) return std::nullopt;  // the time has passed, or a signal that nobody takes came between
  interrupted_by_key_ = interrupted_by_key_ || (number == SIGINT && info.si_code == SI_KERNEL);
  return ReceivedSignal{.number = number,
                        .from_terminal = info.si_code == SI_KERNEL,
                        .sender = info.si_code == SI_USER ? info.si_pid : 0};
}

void Signals::restore() const {
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool is_request_to_end(int signal) {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

bool end_with_parent(int signal, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, signal);
  return ::getppid() == parent;
}

}  // namespace emulator::run
