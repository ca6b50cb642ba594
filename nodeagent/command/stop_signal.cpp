#include "nodeagent/command/stop_signal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace nodeagent::command {

void StopSignal::stop() {
  stopped_ = true;
  for (const auto& waiter : waiters_) {
    if (const auto timer = waiter.lock()) timer->cancel();
  }
  waiters_.clear();
}

base::Async<void> StopSignal::wait() {
  if (stopped_) co_return;
  auto timer = std::make_shared<boost::asio::steady_timer>(co_await boost::asio::this_coro::executor,
                                                           boost::asio::steady_timer::time_point::max());
  std::erase_if(waiters_, [](const auto& waiter) { return waiter.expired(); });
  waiters_.push_back(timer);
  co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

base::Async<base::Result<void>> until_stopped(base::Async<base::Result<void>> operation,
                                              std::shared_ptr<StopSignal> stop) {
  using namespace boost::asio::experimental::awaitable_operators;
  if (stop->stopped()) co_return base::Error(base::Errc::cancelled, "the run was told to end");
  auto outcome = co_await (std::move(operation) || stop->wait());
  if (outcome.index() == 0) co_return std::get<0>(std::move(outcome));
  co_return base::Error(base::Errc::cancelled, "the run was told to end");
}

}  // namespace nodeagent::command
