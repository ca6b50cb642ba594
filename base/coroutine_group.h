// CoroutineGroup: children that are bounded, cancelled and always joined. `detached` appears nowhere else.
#pragma once

#include "base/async.h"

#include <boost/asio/cancellation_signal.hpp>
#include <functional>
#include <list>
#include <memory>

namespace base {

/// Owns the coroutines spawned into it. Used from one executor (strand or single-threaded context) only.
///
/// Before destruction `join()` must have returned, or the executor must have stopped for good.
class CoroutineGroup {
 public:
  /// At most `limit` children at a time; spawn() refuses more.
  CoroutineGroup(Executor executor, std::size_t limit);
  ~CoroutineGroup();
  CoroutineGroup(const CoroutineGroup&) = delete;
  CoroutineGroup& operator=(const CoroutineGroup&) = delete;

  /// Starts a child. False (and the child never runs) when the group is full or has been cancelled. An exception that
  /// leaves the child is given to `on_exception` and ends only that child.
  bool spawn(Async<void> child);
  /// Called with what a child threw; by default the process stops, since no exception may cross a folder.
  void on_exception(std::function<void(std::exception_ptr)> handler);
  /// Asks all children to stop (terminal cancellation) and refuses new ones.
  void cancel();
  /// Returns when no child is left.
  Async<void> join();
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace base
