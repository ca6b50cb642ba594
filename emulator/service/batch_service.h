// BatchService: the single writer. A queue of commands goes through the core; all outcomes that wait together are
// committed in one transaction; only then replies go out and notices are delivered. Reads take the same queue, so that
// nobody is told what the disk may forget.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "emulator/core/batch.h"
#include "emulator/store/state_store.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace emulator::service {

/// Called on the service's strand after the commit, in the order of the commands.
using NoticeHandler = std::function<void(const core::Notice&)>;
/// The same for diagnostic events.
using EventHandler = std::function<void(const core::DiagnosticEvent&)>;

/// How long a caller waits; nothing: as long as it takes.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

template <class T>
inline constexpr bool kIsResult = false;
template <class T>
inline constexpr bool kIsResult<base::Result<T>> = true;

class BatchService {
 public:
  /// Reads the store's snapshot. `strand` is where the core lives; every public coroutine may be awaited from anywhere.
  static base::Result<std::unique_ptr<BatchService>> open(base::Executor executor, base::Workers& workers,
                                                          const base::Clock& clock,
                                                          std::unique_ptr<store::StateStore> store,
                                                          core::BatchOptions options);
  ~BatchService();

  /// Sets who carries out notices and who is told of events; then notices_after_restart are delivered and the timer
  /// runs. Once, before commands.
  void start(NoticeHandler handler, EventHandler event_handler = {});

  /// Applies the command; the reply is durable when it is returned. unavailable after stop() or a failed commit,
  /// ServerBusy when too much waits for the disk, deadline_exceeded when the deadline passed first: then nothing is
  /// known of the command, which may yet become durable.
  base::Async<base::Result<core::Reply>> execute(core::Command command, Deadline deadline = {});

  /// What read() gives: Result<T>, also when `look` itself returns a Result<T>.
  template <class F>
  using Seen = std::conditional_t<kIsResult<std::invoke_result_t<F&, const core::Batch&>>,
                                  std::invoke_result_t<F&, const core::Batch&>,
                                  base::Result<std::invoke_result_t<F&, const core::Batch&>>>;

  /// Runs `look` with the core and answers once everything it may have seen is durable. `look` must copy what it needs.
  /// unavailable after stop() or a failed commit, deadline_exceeded.
  template <class F>
  base::Async<Seen<F>> read(F look, Deadline deadline = {}) {
    std::optional<Seen<F>> seen;
    std::function<void(const core::Batch&)> run = [&seen, &look](const core::Batch& batch) {
      seen.emplace(look(batch));
    };
    CO_RETURN_IF_ERROR(co_await look_at_core(std::move(run), true, deadline));
    co_return std::move(*seen);
  }
  /// The same without waiting for the disk: what `look` sees may yet be forgotten, so nobody is told of it as a fact.
  /// For those who carry out a notice, whose own commit is behind them.
  template <class F>
  base::Async<Seen<F>> read_ahead(F look) {
    std::optional<Seen<F>> seen;
    std::function<void(const core::Batch&)> run = [&seen, &look](const core::Batch& batch) {
      seen.emplace(look(batch));
    };
    CO_RETURN_IF_ERROR(co_await look_at_core(std::move(run), false, {}));
    co_return std::move(*seen);
  }

  /// No new commands; those under way are committed; the timer stops.
  base::Async<void> stop();
  /// Called once, on the service's strand, when a commit failed: memory is ahead of the disk and must not be believed,
  /// so the process ends.
  void on_failed_commit(std::function<void(const base::Error&)> handler);

  /// Figures for /status: commands applied, commits made, the largest batch, commands waiting.
  struct Figures {
    std::uint64_t commands = 0, commits = 0, largest_batch = 0, waiting = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  base::Async<base::Result<void>> look_at_core(std::function<void(const core::Batch&)> look, bool durable,
                                               Deadline deadline);
  struct State;
  explicit BatchService(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace emulator::service
