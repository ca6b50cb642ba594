// SIGCHLD says only that something ended, perhaps several times in one: each delivery collects whatever there is. The
// exit of a watched child is kept until its run asks for it; orphans that ended are forgotten at once.
#include "nodeagent/command/child_watch.h"

#include "base/check.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <map>

namespace nodeagent::command {

struct ChildWatch::State : std::enable_shared_from_this<ChildWatch::State> {
  struct Child {
    std::optional<ChildExit> exit;
    std::shared_ptr<boost::asio::steady_timer> waiter;
  };

  explicit State(base::Executor on) : executor(on), signals(on, SIGCHLD) {}

  void listen() {
    signals.async_wait([self = shared_from_this()](boost::system::error_code error, int) {
      if (error || self->closed) return;
      self->collect();
      self->listen();
    });
  }

  void collect() {
    while (true) {
      siginfo_t info{};
      // Looked at first and collected then: in between /proc still tells what it has read and written.
      if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        if (errno == EINTR) continue;
        return;  // ECHILD: there are none
      }
      if (info.si_pid == 0) return;
      const auto child = children.find(info.si_pid);
      const bool watched = child != children.end();
      ResourceUse used = watched ? reads_and_writes_of(info.si_pid) : ResourceUse{};
      // The system call itself: unlike the function it also tells the CPU time.
      rusage times{};
      ::syscall(SYS_waitid, P_PID, info.si_pid, &info, WEXITED | WNOHANG, &times);
      if (!watched) continue;
      set_cpu(used, times);
      child->second.exit = ChildExit{.signalled = info.si_code != CLD_EXITED, .code = info.si_status, .used = used};
      if (child->second.waiter) child->second.waiter->cancel();
    }
  }

  base::Executor executor;
  boost::asio::signal_set signals;
  bool closed = false;
  std::map<pid_t, Child> children;
};

ChildWatch::ChildWatch(base::Executor executor) : state_(std::make_shared<State>(executor)) {
  CHECK(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, "the kernel makes this process no subreaper");
  state_->listen();
}

ChildWatch::~ChildWatch() {
  state_->closed = true;
  boost::system::error_code ignored;  // nothing is lost: the set is going away
  state_->signals.cancel(ignored);
}

base::Result<pid_t> ChildWatch::start(const std::function<base::Result<pid_t>()>& start) {
  // Collecting happens on this executor only, so between the birth and the registration nobody can collect the child.
  ASSIGN_OR_RETURN(const pid_t pid, start());
  state_->children[pid] = {};
  return pid;
}

base::Async<void> ChildWatch::wait(pid_t pid) {
  const auto state = state_;
  const auto child = state->children.find(pid);
  CHECK(child != state->children.end(), "waiting for a process that is no watched child");
  if (child->second.exit) co_return;
  auto timer =
      std::make_shared<boost::asio::steady_timer>(state->executor, boost::asio::steady_timer::time_point::max());
  child->second.waiter = timer;
  co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

std::optional<ChildExit> ChildWatch::exit_of(pid_t pid) const {
  const auto child = state_->children.find(pid);
  return child == state_->children.end() ? std::nullopt : child->second.exit;
}

void ChildWatch::forget(pid_t pid) {
  state_->children.erase(pid);
}

void ChildWatch::collect() {
  state_->collect();
}

}  // namespace nodeagent::command
