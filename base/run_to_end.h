// Running one coroutine from main(): for programs that do one thing.
#pragma once

#include "base/async.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

namespace base {

namespace detail {
template <class T>
Async<void> keep_result(Async<Result<T>> operation, std::optional<Result<T>>* into) {
  into->emplace(co_await std::move(operation));
}
}  // namespace detail

/// Runs the context until `operation` has ended. An exception of it is rethrown.
template <class T>
Result<T> run_to_end(boost::asio::io_context& context, Async<Result<T>> operation) {
  std::optional<Result<T>> ended;
  boost::asio::co_spawn(context, detail::keep_result<T>(std::move(operation), &ended), [](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  while (!ended && context.run_one() > 0) {
  }
  if (!ended) return Error(Errc::internal, "the work stopped without a result");
  return std::move(*ended);
}

}  // namespace base
