// The pipeline: apply at once on the strand, gather, commit on a worker while the next batch gathers, then release.
//
// Everything in State is touched on its strand only; the store is touched by one worker at a time, between the start
// and the end of a commit. A request enters the strand with a handler and leaves through it when the batch it was
// gathered into is durable.
#include "emulator/service/batch_service.h"

#include "wire/batch/errors.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/strand.hpp>

namespace emulator::service {
namespace {

/// Commands and reads that may wait for a commit; beyond it callers are told that the server is busy.
constexpr std::size_t kMostWaiting = 10'000;
/// The timer looks at the wall clock at least this often, so that a clock that was set does not leave it asleep.
constexpr std::chrono::seconds kLongestSleep{60};
/// And at most this often.
constexpr std::chrono::milliseconds kShortestSleep{1};

/// Who waits for a batch: called with success or with what kept the batch from the disk.
using Release = std::function<void(const base::Result<void>&)>;

struct Gathered {
  std::vector<core::Change> changes;
  std::vector<core::Notice> notices;
  std::vector<core::DiagnosticEvent> events;
  std::vector<Release> waiting;
  std::uint64_t commands = 0;
  [[nodiscard]] bool empty() const { return changes.empty() && notices.empty() && events.empty() && waiting.empty(); }
};

base::Error unavailable(std::string why) {
  return {base::Errc::unavailable, std::move(why)};
}

base::Error too_late() {
  return {base::Errc::deadline_exceeded, "the request waited longer for the disk than its timeout allows"};
}

bool has_passed(Deadline deadline) {
  return deadline && *deadline <= std::chrono::steady_clock::now();
}

/// Who waits for a batch, but not for ever: released by the batch or by the deadline, whichever comes first. Lives on
/// the strand.
struct Waiter {
  using Strand = boost::asio::strand<base::Executor>;
  Waiter(const Strand& strand, Release release_) : timer(strand), release(std::move(release_)) {}

  void end(const base::Result<void>& result) {
    if (std::exchange(ended, true)) return;
    timer.cancel();
    release(result);
  }

  boost::asio::steady_timer timer;
  Release release;
  bool ended = false;
};

}  // namespace

struct BatchService::State : std::enable_shared_from_this<BatchService::State> {
  State(const base::Executor& executor, base::Workers& workers_, const base::Clock& clock_,
        std::unique_ptr<store::StateStore> store_, core::Batch batch_)
      : strand(boost::asio::make_strand(executor)),
        timer(strand),
        workers(workers_),
        clock(clock_),
        store(std::move(store_)),
        batch(std::move(batch_)) {}

  boost::asio::strand<base::Executor> strand;
  boost::asio::steady_timer timer;
  base::Workers& workers;
  const base::Clock& clock;
  std::unique_ptr<store::StateStore> store;
  core::Batch batch;

  NoticeHandler on_notice;
  EventHandler on_event;
  std::function<void(const base::Error&)> on_failure;
  Gathered gathering;
  Gathered committing;
  bool commit_under_way = false;
  bool started = false;
  bool stopping = false;
  std::optional<base::Error> failed;
  std::vector<Release> waiting_for_stop;
  std::optional<base::Timestamp> timer_set_for;

  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> largest_batch{0};
  std::atomic<std::uint64_t> waiting{0};

  [[nodiscard]] std::optional<base::Error> refusal() const;
  void run(core::Command command, Deadline deadline, std::optional<base::Result<core::Reply>>& reply, Release release);
  void look(const std::function<void(const core::Batch&)>& look, bool durable, Deadline deadline,
            std::optional<base::Error>& error, Release release);
  void apply(core::Command command, base::Result<core::Reply>* reply);
  void wait_for_commit(Deadline deadline, Release release);
  void pump();
  void commit();
  void committed(base::Result<void> result);
  void fail(const base::Error& error);
  void set_timer();
  void deliver(const std::vector<core::Notice>& notices) const;
  void tell(const std::vector<core::DiagnosticEvent>& events) const;
};

std::optional<base::Error> BatchService::State::refusal() const {
  if (failed) return unavailable("the state can no longer be written: " + failed->message);
  if (stopping) return unavailable("the service is stopping");
  if (gathering.waiting.size() + committing.waiting.size() >= kMostWaiting) {
    return wire::batch::make_error(wire::batch::ErrorCode::ServerBusy);
  }
  return std::nullopt;
}

void BatchService::State::run(core::Command command, Deadline deadline, std::optional<base::Result<core::Reply>>& reply,
                              Release release) {
  if (auto error = refusal()) {
    reply.emplace(std::move(*error));
    return release({});
  }
  if (has_passed(deadline)) return release(too_late());
  base::Result<core::Reply> answer = core::Reply{};
  apply(std::move(command), &answer);
  reply.emplace(std::move(answer));
  wait_for_commit(deadline, std::move(release));
}

void BatchService::State::look(const std::function<void(const core::Batch&)>& look_at, bool durable, Deadline deadline,
                               std::optional<base::Error>& error, Release release) {
  error = refusal();
  if (error) return release({});
  if (has_passed(deadline)) return release(too_late());
  // What is seen now may be ahead of the disk: it is released when everything gathered so far is durable.
  look_at(batch);
  if (!durable) return release({});
  wait_for_commit(deadline, std::move(release));
}

void BatchService::State::apply(core::Command command, base::Result<core::Reply>* reply) {
  core::Outcome outcome = batch.apply(std::move(command), clock.now());
  if (reply != nullptr) *reply = std::move(outcome.reply);
  std::ranges::move(outcome.changes, std::back_inserter(gathering.changes));
  std::ranges::move(outcome.notices, std::back_inserter(gathering.notices));
  std::ranges::move(outcome.events, std::back_inserter(gathering.events));
  ++gathering.commands;
  ++commands;
  set_timer();
}

void BatchService::State::wait_for_commit(Deadline deadline, Release release) {
  ++waiting;
  if (!deadline) {
    gathering.waiting.push_back(std::move(release));
    return pump();
  }
  auto waiter = std::make_shared<Waiter>(strand, std::move(release));
  gathering.waiting.emplace_back([waiter](const base::Result<void>& durable) { waiter->end(durable); });
  pump();
  if (waiter->ended) return;
  waiter->timer.expires_at(*deadline);
  waiter->timer.async_wait([waiter](const boost::system::error_code& error) {
    if (!error) waiter->end(too_late());
  });
}

void BatchService::State::pump() {
  if (commit_under_way || failed) return;
  if (!gathering.empty()) {
    committing = std::exchange(gathering, {});
    commit_under_way = true;
    if (committing.changes.empty()) return committed({});  // nothing that the disk could forget
    return commit();
  }
  for (auto& release : std::exchange(waiting_for_stop, {})) release({});
}

void BatchService::State::commit() {
  boost::asio::post(workers.pool(), [self = shared_from_this()] {
    auto result = self->store->commit(self->committing.changes);
    boost::asio::post(self->strand, [self, result = std::move(result)]() mutable {
      ++self->commits;
      self->committed(std::move(result));
    });
  });
}

void BatchService::State::committed(base::Result<void> result) {
  commit_under_way = false;
  Gathered batch_done = std::exchange(committing, {});
  largest_batch = std::max<std::uint64_t>(largest_batch, batch_done.commands);
  waiting -= batch_done.waiting.size();
  if (result.has_error()) {
    for (auto& release : batch_done.waiting) release(unavailable(result.error().message));
    return fail(result.error());
  }
  for (auto& release : batch_done.waiting) release({});
  deliver(batch_done.notices);
  tell(batch_done.events);
  pump();
}

void BatchService::State::fail(const base::Error& error) {
  failed = error;
  timer.cancel();
  for (auto& release : std::exchange(gathering, {}).waiting) release(unavailable(error.message));
  waiting = 0;
  for (auto& release : std::exchange(waiting_for_stop, {})) release({});
  if (on_failure) on_failure(error);
}

void BatchService::State::deliver(const std::vector<core::Notice>& notices) const {
  // Before start() nobody listens: notices_after_restart covers what came earlier.
  if (!started) return;
  for (const core::Notice& notice : notices) on_notice(notice);
}

void BatchService::State::tell(const std::vector<core::DiagnosticEvent>& events) const {
  if (!on_event) return;
  for (const core::DiagnosticEvent& event : events) on_event(event);
}

void BatchService::State::set_timer() {
  const auto deadline = batch.next_deadline();
  if (!started || stopping || failed || deadline == timer_set_for) return;
  timer_set_for = deadline;
  if (!deadline) {
    timer.cancel();
    return;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - clock.now());
  timer.expires_after(std::clamp<std::chrono::milliseconds>(left, kShortestSleep, kLongestSleep));
  timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || self->stopping || self->failed) return;
    self->timer_set_for.reset();
    self->apply(core::Tick{}, nullptr);
    self->pump();
  });
}

BatchService::BatchService(std::shared_ptr<State> state) : state_(std::move(state)) {}

BatchService::~BatchService() {
  boost::asio::post(state_->strand, [state = state_] {
    state->stopping = true;
    state->timer.cancel();
  });
}

base::Result<std::unique_ptr<BatchService>> BatchService::open(base::Executor executor, base::Workers& workers,
                                                               const base::Clock& clock,
                                                               std::unique_ptr<store::StateStore> store,
                                                               core::BatchOptions options) {
  ASSIGN_OR_RETURN(core::Snapshot snapshot, store->load());
  core::Batch batch(std::move(options), std::move(snapshot));
  auto state = std::make_shared<State>(executor, workers, clock, std::move(store), std::move(batch));
  return std::unique_ptr<BatchService>(new BatchService(std::move(state)));
}

void BatchService::start(NoticeHandler handler, EventHandler event_handler) {
  boost::asio::post(state_->strand,
                    [state = state_, handler = std::move(handler), event_handler = std::move(event_handler)]() mutable {
                      state->on_notice = std::move(handler);
                      state->on_event = std::move(event_handler);
                      state->started = true;
                      state->deliver(state->batch.notices_after_restart());
                      state->set_timer();
                    });
}

void BatchService::on_failed_commit(std::function<void(const base::Error&)> handler) {
  boost::asio::post(state_->strand, [state = state_, handler = std::move(handler)]() mutable {
    state->on_failure = std::move(handler);
  });
}

namespace {

/// Suspends the calling coroutine; `enter(release)` runs on the strand, and whoever calls `release` there resumes the
/// coroutine on its own executor with what it was given.
template <class Strand, class Enter>
base::Async<base::Result<void>> suspend_on(Strand strand, Enter enter) {
  auto result = std::make_shared<base::Result<void>>();
  auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [strand, result, executor, enter = std::move(enter)](auto handler) mutable {
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    boost::asio::post(strand, [enter = std::move(enter), result, executor, resume]() mutable {
      enter([result, executor, resume](const base::Result<void>& durable) {
        *result = durable;
        boost::asio::post(executor, [resume]() mutable { std::move (*resume)(); });
      });
    });
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(std::move(initiate),
                                                                                     boost::asio::use_awaitable);
  co_return *result;
}

}  // namespace

base::Async<base::Result<core::Reply>> BatchService::execute(core::Command command, Deadline deadline) {
  auto state = state_;
  auto reply = std::make_shared<std::optional<base::Result<core::Reply>>>();
  auto shared_command = std::make_shared<core::Command>(std::move(command));
  auto enter = [state, reply, shared_command, deadline](Release release) {
    state->run(std::move(*shared_command), deadline, *reply, std::move(release));
  };
  auto durable = co_await suspend_on(state->strand, std::move(enter));
  if (durable.has_error()) co_return durable.error();
  co_return std::move(**reply);
}

base::Async<base::Result<void>> BatchService::look_at_core(std::function<void(const core::Batch&)> look, bool durable,
                                                           Deadline deadline) {
  auto state = state_;
  auto error = std::make_shared<std::optional<base::Error>>();
  auto shared_look = std::make_shared<std::function<void(const core::Batch&)>>(std::move(look));
  auto enter = [state, error, shared_look, durable, deadline](Release release) {
    state->look(*shared_look, durable, deadline, *error, std::move(release));
  };
  auto released = co_await suspend_on(state->strand, std::move(enter));
  if (released.has_error()) co_return released.error();
  if (*error) co_return **error;
  co_return base::Result<void>{};
}

base::Async<void> BatchService::stop() {
  auto state = state_;
  auto enter = [state](Release release) {
    state->stopping = true;
    state->timer.cancel();
    state->waiting_for_stop.push_back(std::move(release));
    if (state->failed) {
      for (auto& waiting_release : std::exchange(state->waiting_for_stop, {})) waiting_release({});
    } else {
      state->pump();
    }
  };
  // stop() has nothing to report: what could not be committed was reported to on_failed_commit.
  (void)co_await suspend_on(state->strand, std::move(enter));
}

BatchService::Figures BatchService::figures() const {
  return {.commands = state_->commands,
          .commits = state_->commits,
          .largest_batch = state_->largest_batch,
          .waiting = state_->waiting};
}

}  // namespace emulator::service
