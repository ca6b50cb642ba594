#include "emulator/nodes/child_exits.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>

namespace emulator::nodes {

ChildExits::ChildExits(base::Executor executor) : executor_(executor), signals_(executor) {}

base::Result<void> ChildExits::become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return {};
  return base::errno_error("becoming a child subreaper", errno);
}

base::Async<void> ChildExits::run() {
  boost::system::error_code failed;
  signals_.add(SIGCHLD, failed);
  while (!stopped_ && !failed) {
    // Children that ended before the signal was asked for, or whose signals were merged into one, are reaped as well.
    reap();
    auto [error, signal] = co_await signals_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    failed = error;
  }
  reap();
}

void ChildExits::stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  signals_.cancel(ignored);
}

void ChildExits::reap() {
  int status = 0;
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
    if (const auto known = remembered_.find(pid); known != remembered_.end()) known->second = status;
  }
}

base::Async<void> ChildExits::wait_end(base::FileDescriptor process) {
  boost::asio::posix::stream_descriptor descriptor(executor_, process.release());
  co_await descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                 boost::asio::as_tuple(boost::asio::use_awaitable));
}

std::string ChildExits::how_ended(pid_t pid) {
  reap();
  const auto node = remembered_.extract(pid);
  if (node.empty() || !node.mapped()) return "ended";
  const int status = *node.mapped();
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace emulator::nodes
