// BatchService: the single writer. A queue of commands goes through the core; all outcomes that wait together are
// committed in one transaction; only then replies go out and notices are delivered. Reads take the same queue, so that
// nobody is told what the disk may forget.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "emulator/core/batch.h"
#include "emulator/store/state_store.h"

#include <functional>
#include <memory>
#include <utility>

namespace emulator::service {

/// Called on the service's strand after the commit, in the order of the commands.
using NoticeHandler = std::function<void(const core::Notice&)>;

class BatchService {
 public:
  /// Reads the store's snapshot. `strand` is where the core lives; every public coroutine may be awaited from anywhere.
  static base::Result<std::unique_ptr<BatchService>> open(base::Executor executor, base::Workers& workers,
                                                          const base::Clock& clock,
                                                          std::unique_ptr<store::StateStore> store,
                                                          core::BatchOptions options);
  ~BatchService();

  /// Sets who carries out notices; then notices_after_restart are delivered and the timer runs.
  void start(NoticeHandler handler);

  /// Applies the command; the reply is durable when it is returned. unavailable after stop() or a failed commit.
  base::Async<base::Result<core::Reply>> execute(core::Command command);

  /// Runs `look` with the core once everything applied before it is durable. `look` must copy what it needs.
  template <class F>
  base::Async<std::invoke_result_t<F&, const core::Batch&>> read(F look) {
    using T = std::invoke_result_t<F&, const core::Batch&>;
    std::optional<T> value;
    std::function<void(const core::Batch&)> run = [&value, &look](const core::Batch& batch) {
      value.emplace(look(batch));
    };
    co_await read_durable(std::move(run));
    co_return std::move(*value);
  }

  /// No new commands; those under way are committed; the timer stops.
  base::Async<void> stop();
  /// Called once when a commit failed: memory is ahead of the disk and must not be believed, so the process ends.
  void on_failed_commit(std::function<void(const base::Error&)> handler);

  /// Figures for /status: commands applied, commits made, the largest batch, commands waiting.
  struct Figures {
    std::uint64_t commands = 0, commits = 0, largest_batch = 0, waiting = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  base::Async<void> read_durable(std::function<void(const core::Batch&)> look);
  struct State;
  explicit BatchService(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace emulator::service
