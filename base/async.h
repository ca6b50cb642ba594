// Coroutines on Asio: Async<T>, work on worker threads, deadlines.
//
// One rule of the house: arguments of coroutines go by value, and a temporary aggregate or capturing lambda is never
// written inside co_await f(...): GCC 12 destroys it twice. Name it, then move it in.
#pragma once

#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace base {

/// A coroutine. (The word task is the service's.)
template <class T>
using Async = boost::asio::awaitable<T>;
using Executor = boost::asio::any_io_executor;

/// Threads for what blocks: SQLite, file bytes, libav. Joined by the destructor. Bounded by its thread count; what is
/// waiting for a thread is bounded by the callers, each of which waits for its own call.
class Workers {
 public:
  explicit Workers(std::size_t threads) : pool_(threads) {}
  ~Workers() { pool_.join(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  boost::asio::thread_pool& pool() noexcept { return pool_; }

 private:
  boost::asio::thread_pool pool_;
};

namespace detail {
template <class T>
using Held = std::conditional_t<std::is_void_v<T>, std::monostate, std::optional<T>>;
}

/// Runs `work()` on a worker thread and resumes on the caller's executor with what it returned. Not cancellable: the
/// work must have its own bound. An exception of `work` is rethrown here.
template <class F>
Async<std::invoke_result_t<F&>> on_worker(Workers& workers, F work) {
  using T = std::invoke_result_t<F&>;
  struct Shared {
    detail::Held<T> value{};
    std::exception_ptr thrown;
  };
  auto shared = std::make_shared<Shared>();
  auto job = std::make_shared<F>(std::move(work));
  auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [&workers, shared, job, executor](auto handler) {
    auto finish = std::make_shared<decltype(handler)>(std::move(handler));
    boost::asio::post(workers.pool(), [shared, job, executor, finish]() mutable {
      try {
        if constexpr (std::is_void_v<T>) {
          (*job)();
        } else {
          shared->value.emplace((*job)());
        }
      } catch (...) {
        shared->thrown = std::current_exception();
      }
      job.reset();
      boost::asio::post(executor, [finish]() mutable { std::move (*finish)(); });
    });
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(std::move(initiate),
                                                                                     boost::asio::use_awaitable);
  if (shared->thrown) std::rethrow_exception(shared->thrown);
  if constexpr (!std::is_void_v<T>) co_return std::move(*shared->value);
}

/// Waits for `duration` on the caller's executor. cancelled when the coroutine is cancelled meanwhile.
Async<Result<void>> wait_for(std::chrono::steady_clock::duration duration);

/// Runs `operation`; when it has not ended after `limit` it is cancelled and the result is deadline_exceeded.
/// The operation must react to cancellation (Asio operations do). Implemented in terms of Result<void>.
Async<Result<void>> with_deadline(Async<Result<void>> operation, std::chrono::steady_clock::duration limit);

}  // namespace base
