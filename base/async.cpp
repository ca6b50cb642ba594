#include "base/async.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace base {

Async<Result<void>> wait_for(std::chrono::steady_clock::duration duration) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, duration);
  auto [error] = co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  if (error) co_return Error(Errc::cancelled, "waiting was cancelled");
  co_return Result<void>();
}

Async<Result<void>> with_deadline(Async<Result<void>> operation, std::chrono::steady_clock::duration limit) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto outcome = co_await (std::move(operation) || wait_for(limit));
  if (outcome.index() == 0) co_return std::get<0>(std::move(outcome));
  auto& waited = std::get<1>(outcome);
  if (waited.has_error()) co_return std::move(waited).error();
  co_return Error(Errc::deadline_exceeded, "the operation did not end within its deadline");
}

}  // namespace base
