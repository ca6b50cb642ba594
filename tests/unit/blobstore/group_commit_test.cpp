// Changes that wait together share a commit, and the queue has an end.
#include "blobstore/engine/conditions.h"
#include "blobstore/store/sqlite_metadata_store.h"
#include "tests/fakes/lossy_disk.h"
#include "tests/unit/blobstore/blob_harness.h"
#include "wire/blob/errors.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <filesystem>
#include <future>

namespace blobstore::store {
namespace {

class GroupCommitTest : public testing::Test {
 protected:
  GroupCommitTest() { std::filesystem::create_directories(directory_); }
  ~GroupCommitTest() override { std::filesystem::remove_all(directory_); }

  void open(std::uint64_t max_waiting) {
    auto opened =
        SqliteMetadataStore::open(runner_.workers(), {.file = directory_ / "blob.db", .max_waiting = max_waiting});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  /// Creates `count` containers at once while the only worker is held up, then lets it go.
  std::vector<base::Result<engine::Container>> create_together(int count) {
    std::promise<void> go;
    boost::asio::post(runner_.workers().pool(), [waited = go.get_future().share()] { waited.wait(); });
    return runner_.run(spawn_all(*store_, count, go));
  }

  static base::Async<base::Result<engine::Container>> create(MetadataStore& store, std::string name) {
    auto change = [name](engine::Catalog& catalog) {
      return engine::create_container(catalog, {.account = "acct", .name = name}, base::Timestamp{});
    };
    co_return co_await update(store, std::move(change));
  }

  static base::Async<std::vector<base::Result<engine::Container>>> spawn_all(MetadataStore& store, int count,
                                                                             std::promise<void>& go) {
    const auto executor = co_await boost::asio::this_coro::executor;
    std::vector<base::Result<engine::Container>> results;
    boost::asio::steady_timer all_done(executor, boost::asio::steady_timer::time_point::max());
    for (int i = 0; i < count; ++i) {
      auto keep = [](MetadataStore& in, int number, auto& into, auto& done, int of) -> base::Async<void> {
        into.push_back(co_await create(in, "c" + std::to_string(number)));
        if (static_cast<int>(into.size()) == of) done.cancel();
      };
      boost::asio::co_spawn(executor, keep(store, i, results, all_done, count), [](std::exception_ptr) {});
    }
    // Runs after all of them have queued their change: the executor is a single thread and first come, first served.
    boost::asio::post(executor, [&go] { go.set_value(); });
    co_await all_done.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return results;
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / ("group-commit-" + std::to_string(::getpid()));
  fakes::LossyDisk disk_;
  Runner runner_;
  std::unique_ptr<MetadataStore> store_;
};

TEST_F(GroupCommitTest, ChangesThatWaitTogetherShareACommit) {
  open(1000);
  const auto before_one = disk_.operations();
  create_together(1);
  const auto for_one = disk_.operations() - before_one;
  store_.reset();
  std::filesystem::remove_all(directory_);
  std::filesystem::create_directories(directory_);
  disk_.files().clear();
  open(1000);
  const auto before_many = disk_.operations();
  for (const auto& result : create_together(50)) EXPECT_TRUE(result.has_value());
  EXPECT_LT(disk_.operations() - before_many, 5 * for_one);
}

TEST_F(GroupCommitTest, ChangesBeyondTheQueueAreTurnedAway) {
  open(3);
  int busy = 0;
  int made = 0;
  for (const auto& result : create_together(5)) {
    if (result.has_value()) ++made;
    if (result.has_error() && result.error().code == wire::blob::ErrorCode::ServerBusy) ++busy;
  }
  EXPECT_EQ(made, 3);
  EXPECT_EQ(busy, 2);
}

TEST_F(GroupCommitTest, RefusedChangeDoesNotHurtItsGroup) {
  open(1000);
  create_together(1);  // c0
  const auto results = create_together(3);
  int refused = 0;
  for (const auto& result : results) {
    if (result.has_error() && result.error().code == wire::blob::ErrorCode::ContainerAlreadyExists) ++refused;
  }
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(results.size(), 3u);
}

}  // namespace
}  // namespace blobstore::store
