// One suite for both stores of bytes, then what only files have, then the collector.
#include "blobstore/store/extent_store.h"

#include "blobstore/store/collector.h"
#include "blobstore/store/file_system.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>

namespace blobstore::store {
namespace {

using engine::ExtentId;

std::string read_whole(ExtentStore& store, ExtentId id) {
  auto reader = store.open(id);
  if (reader.has_error()) return "error: " + reader.error().message;
  std::string bytes(100, '\0');
  const auto got = (*reader)->read_at(0, bytes);
  bytes.resize(*got);
  return bytes;
}

ExtentId write(ExtentStore& store, std::string_view bytes) {
  auto writer = store.create();
  EXPECT_TRUE(writer);
  EXPECT_TRUE((*writer)->append(bytes).has_value());
  EXPECT_TRUE((*writer)->seal().has_value());
  return (*writer)->id();
}

class ExtentStoreTest : public testing::TestWithParam<bool> {
 protected:
  ExtentStoreTest() {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    open();
  }
  ~ExtentStoreTest() override { std::filesystem::remove_all(directory_); }
  void open() {
    if (!GetParam()) {
      store_ = make_memory_extent_store();
      return;
    }
    auto opened = open_file_extent_store(make_posix_file_system(), directory_ / "extents");
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / ("extent-store-" + std::to_string(::getpid()));
  std::shared_ptr<ExtentStore> store_;
};

TEST_P(ExtentStoreTest, SealedBytesAreReadFromAnyOffset) {
  auto writer = store_->create();
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->append("hello "));
  ASSERT_TRUE((*writer)->append("world"));
  ASSERT_TRUE((*writer)->seal());
  EXPECT_EQ(read_whole(*store_, (*writer)->id()), "hello world");
  auto reader = store_->open((*writer)->id());
  std::string some(5, '\0');
  EXPECT_EQ(*(*reader)->read_at(8, some), 3u);
  EXPECT_EQ(some.substr(0, 3), "rld");
  EXPECT_EQ(*(*reader)->read_at(11, some), 0u);
}

TEST_P(ExtentStoreTest, UnsealedExtentLeavesNothing) {
  {
    auto writer = store_->create();
    ASSERT_TRUE((*writer)->append("half"));
  }
  EXPECT_TRUE(store_->list()->empty());
}

TEST_P(ExtentStoreTest, NumbersAreNeverSharedByTwoExtents) {
  const auto first = write(*store_, "1");
  const auto second = write(*store_, "2");
  EXPECT_NE(first, second);
  EXPECT_EQ(store_->list()->size(), 2u);
}

TEST_P(ExtentStoreTest, RemovedExtentIsGoneButAnOpenReaderKeepsIt) {
  const auto id = write(*store_, "bytes");
  auto reader = store_->open(id);
  ASSERT_TRUE(store_->remove(id));
  EXPECT_TRUE(store_->open(id).has_error());
  std::string bytes(5, '\0');
  EXPECT_EQ(*(*reader)->read_at(0, bytes), 5u);
  EXPECT_TRUE(store_->remove(id).has_error());
}

INSTANTIATE_TEST_SUITE_P(Stores, ExtentStoreTest, testing::Bool(),
                         [](const auto& files) { return files.param ? "files" : "memory"; });

using FileExtentStoreTest = ExtentStoreTest;

TEST_P(FileExtentStoreTest, NumbersGoOnAboveWhatAnEarlierRunLeft) {
  const auto first = write(*store_, "1");
  open();
  EXPECT_GT(write(*store_, "2"), first);
  EXPECT_EQ(read_whole(*store_, first), "1");
}

TEST_P(FileExtentStoreTest, FilesOfOtherNamesAreLeftAlone) {
  std::ofstream(directory_ / "extents" / "README") << "mine";
  std::ofstream(directory_ / "extents" / "00000000000000FF") << "upper case is not ours";
  open();
  EXPECT_TRUE(store_->list()->empty());
}

INSTANTIATE_TEST_SUITE_P(Files, FileExtentStoreTest, testing::Values(true), [](const auto&) { return "files"; });

class CollectorTest : public testing::Test {
 protected:
  std::shared_ptr<ExtentStore> store_ = make_memory_extent_store();
  std::shared_ptr<Collector> collector_ =
      std::make_shared<Collector>(store_, [](const std::function<void()>& work) { work(); });
};

TEST_F(CollectorTest, LeftoversGoAndWhatIsNamedStays) {
  const auto named = write(*store_, "a");
  write(*store_, "b");
  EXPECT_EQ(*collector_->collect_leftovers({named, named}), 1u);
  EXPECT_EQ(*store_->list(), std::vector<ExtentId>{named});
}

TEST_F(CollectorTest, RetiredExtentGoesAtOnceWhenNobodyReads) {
  collector_->retire({write(*store_, "a")});
  EXPECT_TRUE(store_->list()->empty());
}

TEST_F(CollectorTest, RetiredExtentWaitsForEarlierReadersOnly) {
  const auto first = write(*store_, "a");
  auto early = std::make_unique<Collector::Reading>(collector_->begin_reading());
  collector_->retire({first});
  auto late = std::make_unique<Collector::Reading>(collector_->begin_reading());
  EXPECT_EQ(store_->list()->size(), 1u);
  early.reset();
  EXPECT_TRUE(store_->list()->empty());
  late.reset();
}

TEST_F(CollectorTest, OldestReaderHoldsBackEverythingRetiredSince) {
  auto reading = std::make_unique<Collector::Reading>(collector_->begin_reading());
  collector_->retire({write(*store_, "a")});
  collector_->retire({write(*store_, "b")});
  EXPECT_EQ(store_->list()->size(), 2u);
  reading.reset();
  EXPECT_TRUE(store_->list()->empty());
}

}  // namespace
}  // namespace blobstore::store
