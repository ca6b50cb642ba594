// The queue is a vector under a mutex and one flag: whoever finds no worker draining starts one.
#include "blobstore/store/sqlite_metadata_store.h"

#include "blobstore/store/sqlite_catalog.h"
#include "wire/blob/errors.h"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <utility>

namespace blobstore::store {
namespace {

/// Changes in one transaction. More would only make the first of them wait longer.
constexpr std::size_t kMaxGroup = 256;

/// A coroutine that waits for its change.
struct Waiting {
  MetadataStore::Change change;
  base::Result<void> result;
  std::function<void()> wake;
};
using Group = std::vector<std::shared_ptr<Waiting>>;

bool is_refusal(const base::Result<void>& result) {
  return result.has_error() && result.error().code.category() == wire::blob::error_category();
}

/// Suspends until the function that `start` is given has been called, from any thread.
template <class Start>
base::Async<void> wait_to_be_woken(Start start) {
  auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [executor, &start](auto handler) {
    auto finish = std::make_shared<decltype(handler)>(std::move(handler));
    start([executor, finish] { boost::asio::post(executor, [finish] { std::move (*finish)(); }); });
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(std::move(initiate),
                                                                                     boost::asio::use_awaitable);
}

}  // namespace

struct SqliteMetadataStore::State : std::enable_shared_from_this<State> {
  State(base::Workers& given_workers, SqliteOptions given_options)
      : workers(given_workers), options(std::move(given_options)) {}

  void submit(std::shared_ptr<Waiting> waiting);
  void drain();
  void commit(const Group& group);
  base::Result<void> run_and_commit(const Group& group);
  base::Result<std::unique_ptr<SqliteCatalog>> take_reader();
  base::Result<void> look(const Look& work);

  base::Workers& workers;
  const SqliteOptions options;
  std::unique_ptr<SqliteCatalog> writer;  ///< used by the draining worker only (before start-up has ended: by opener)

  std::mutex mutex;  ///< guards all below; never held while SQLite works
  Group queue;
  bool draining = false;
  bool stopping = false;
  bool failed = false;  ///< a commit was lost; nothing more is written
  std::vector<std::function<void()>> stopped;
  std::vector<std::unique_ptr<SqliteCatalog>> idle_readers;
};

void SqliteMetadataStore::State::submit(std::shared_ptr<Waiting> waiting) {
  bool start = false;
  {
    const std::lock_guard lock(mutex);
    if (failed) {
      waiting->result = base::Error(base::Errc::unavailable, "an earlier write could not be kept, writing has stopped");
    } else if (stopping) {
      waiting->result = base::Error(base::Errc::unavailable, "the store is stopping");
    } else if (queue.size() >= options.max_waiting) {
      waiting->result = wire::blob::error(wire::blob::ErrorCode::ServerBusy);
    } else {
      queue.push_back(waiting);
      start = !std::exchange(draining, true);
      waiting.reset();
    }
  }
  if (waiting) waiting->wake();
  if (start) boost::asio::post(workers.pool(), [self = shared_from_this()] { self->drain(); });
}

void SqliteMetadataStore::State::drain() {
  while (true) {
    Group group;
    std::vector<std::function<void()>> wake;
    {
      const std::lock_guard lock(mutex);
      const auto end = queue.begin() + static_cast<std::ptrdiff_t>(std::min(queue.size(), kMaxGroup));
      group.assign(queue.begin(), end);
      queue.erase(queue.begin(), end);
      if (group.empty()) {
        draining = false;
        wake = std::exchange(stopped, {});
      }
    }
    for (const auto& waiter : wake) waiter();
    if (group.empty()) return;
    commit(group);
    for (const auto& waiting : group) waiting->wake();
  }
}

void SqliteMetadataStore::State::commit(const Group& group) {
  {
    const std::lock_guard lock(mutex);
    if (failed) {
      const base::Error lost(base::Errc::unavailable, "an earlier write could not be kept, writing has stopped");
      for (const auto& waiting : group) waiting->result = lost;
      return;
    }
  }
  const auto committed = run_and_commit(group);
  if (!committed.has_error()) return;
  for (const auto& waiting : group) {
    if (!is_refusal(waiting->result)) waiting->result = committed.error();
  }
  const std::lock_guard lock(mutex);
  failed = true;
}

base::Result<void> SqliteMetadataStore::State::run_and_commit(const Group& group) {
  ASSIGN_OR_RETURN(auto transaction, base::sqlite::Transaction::begin(writer->database()));
  for (const auto& waiting : group) {
    waiting->result = waiting->change(*writer);
    if (waiting->result.has_error() && !is_refusal(waiting->result)) return waiting->result;
  }
  RETURN_IF_ERROR(writer->save_stamp());
  return transaction.commit();
}

base::Result<std::unique_ptr<SqliteCatalog>> SqliteMetadataStore::State::take_reader() {
  {
    const std::lock_guard lock(mutex);
    if (!idle_readers.empty()) {
      auto reader = std::move(idle_readers.back());
      idle_readers.pop_back();
      return reader;
    }
  }
  return SqliteCatalog::open(options.file, options.cache_kib / 4, false);
}

base::Result<void> SqliteMetadataStore::State::look(const Look& work) {
  ASSIGN_OR_RETURN(auto reader, take_reader());
  // One read transaction: every statement of the look sees the same moment.
  RETURN_IF_ERROR(reader->database().execute("BEGIN"));
  auto result = work(*reader);
  RETURN_IF_ERROR(reader->database().execute("COMMIT"));
  const std::lock_guard lock(mutex);
  idle_readers.push_back(std::move(reader));
  return result;
}

SqliteMetadataStore::SqliteMetadataStore(std::shared_ptr<State> state) : state_(std::move(state)) {}
SqliteMetadataStore::~SqliteMetadataStore() = default;

base::Result<std::unique_ptr<SqliteMetadataStore>> SqliteMetadataStore::open(base::Workers& workers,
                                                                             SqliteOptions options) {
  auto state = std::make_shared<State>(workers, std::move(options));
  ASSIGN_OR_RETURN(state->writer, SqliteCatalog::open(state->options.file, state->options.cache_kib, true));
  return std::unique_ptr<SqliteMetadataStore>(new SqliteMetadataStore(std::move(state)));
}

base::Async<base::Result<void>> SqliteMetadataStore::update(Change change) {
  auto waiting = std::make_shared<Waiting>();
  waiting->change = std::move(change);
  auto start = [state = state_, waiting](std::function<void()> wake) {
    waiting->wake = std::move(wake);
    state->submit(waiting);
  };
  co_await wait_to_be_woken(std::move(start));
  co_return std::move(waiting->result);
}

base::Async<base::Result<void>> SqliteMetadataStore::read(Look look) {
  auto work = [state = state_, look = std::move(look)] { return state->look(look); };
  co_return co_await base::on_worker(state_->workers, std::move(work));
}

base::Result<std::vector<engine::ExtentId>> SqliteMetadataStore::extents_in_use() {
  return state_->writer->all_extents();
}

base::Result<std::vector<engine::Service>> SqliteMetadataStore::services() {
  return state_->writer->services();
}

base::Async<void> SqliteMetadataStore::stop() {
  auto start = [state = state_](std::function<void()> wake) {
    {
      const std::lock_guard lock(state->mutex);
      state->stopping = true;
      if (state->draining) {
        state->stopped.push_back(std::move(wake));
        return;
      }
    }
    wake();
  };
  co_await wait_to_be_woken(std::move(start));
}

}  // namespace blobstore::store
