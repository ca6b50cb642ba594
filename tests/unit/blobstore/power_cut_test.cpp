// The whole service on a disk that forgets what was not synced: the power goes at every single operation of a workload,
// and what was acknowledged must be there, whole.
#include "base/text.h"
#include "blobstore/store/file_system.h"
#include "blobstore/store/sqlite_metadata_store.h"
#include "tests/fakes/lossy_disk.h"
#include "tests/unit/blobstore/blob_harness.h"
#include "tests/unit/blobstore/lossy_files.h"
#include "wire/blob/xml.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <filesystem>
#include <map>
#include <set>

namespace blobstore {
namespace {

/// What the client knows of each blob: the content last acknowledged (nothing: deleted or never written), and contents
/// of writes that were never answered.
struct Known {
  std::optional<std::string> acknowledged;
  std::set<std::optional<std::string>> possible;
};

class PowerCutTest : public testing::Test {
 protected:
  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / ("power-cut-" + std::to_string(::getpid()));
  std::map<std::string, Known> known_;
  bool container_acknowledged_ = false;

  PowerCutTest() { std::filesystem::create_directories(directory_); }
  ~PowerCutTest() override { std::filesystem::remove_all(directory_); }

  /// Opens the service on the disk as start-up does; null when that fails (the power is off).
  std::unique_ptr<BlobHarness> open(fakes::LossyDisk& disk) {
    auto harness = std::make_unique<BlobHarness>();
    auto extents = store::open_file_extent_store(make_lossy_files(disk), directory_ / "extents");
    if (extents.has_error()) return nullptr;
    auto metadata = store::SqliteMetadataStore::open(harness->runner.workers(), {.file = directory_ / "blob.db"});
    if (metadata.has_error()) return nullptr;
    harness->backend->extents = std::move(*extents);
    harness->backend->metadata = std::move(*metadata);
    auto now = [](const std::function<void()>& work) { work(); };
    harness->backend->collector = std::make_shared<store::Collector>(harness->backend->extents, now);
    const auto in_use = harness->backend->metadata->extents_in_use();
    if (in_use.has_error()) return nullptr;
    if (harness->backend->collector->collect_leftovers(*in_use).has_error()) return nullptr;
    return harness;
  }

  /// A write of `content` (nothing: a deletion) that `status` answered.
  void note(const std::string& name, const std::optional<std::string>& content, int status) {
    auto& known = known_[name];
    if (status == 201 || status == 202) {
      known.acknowledged = content;
      known.possible.clear();
    } else {
      known.possible.insert(content);
    }
  }
  void put(BlobHarness& harness, const std::string& name, const std::string& content) {
    note(name, content, harness.put("/con/" + name, content).status);
  }
  void put_blocks(BlobHarness& harness, const std::string& name, const std::vector<std::string>& blocks,
                  const std::string& kept = {}) {
    std::vector<wire::blob::BlockListEntry> list;
    std::string content;
    if (!kept.empty()) {
      list.push_back({wire::blob::BlockSearch::committed, "0"});
      content = kept;
    }
    bool staged = true;
    for (const auto& block : blocks) {
      const std::string id(1, static_cast<char>('0' + list.size()));
      staged =
          staged &&
          harness.send({.method = "PUT",
                        .path = "/con/" + name + "?comp=block&blockid=" + base::percent_encode(base::base64_encode(id)),
                        .body = block})
                  .status == 201;
      list.push_back({wire::blob::BlockSearch::uncommitted, id});
      content += block;
    }
    if (!staged) return;
    const auto committed = harness.send({.method = "PUT",
                                         .path = "/con/" + name + "?comp=blocklist",
                                         .body = wire::blob::print_block_list_request(list)});
    note(name, content, committed.status);
  }

  void workload(BlobHarness& harness) {
    container_acknowledged_ = harness.create_container("con").status == 201;
    put(harness, "small", "one");
    put(harness, "large", std::string(300'000, 'l'));
    put(harness, "small", "two!");
    put_blocks(harness, "blocks", {"first", std::string(70'000, 'b')});
    put_blocks(harness, "blocks", {"second"}, "first");
    put(harness, "gone", "short-lived");
    note("gone", std::nullopt, harness.send({.method = "DELETE", .path = "/con/gone"}).status);
    put(harness, "empty", "");
  }

  void expect_everything_known(BlobHarness& harness, const std::string& when) {
    if (container_acknowledged_) {
      EXPECT_EQ(harness.send({.path = "/con?restype=container"}).status, 200) << when;
    }
    for (const auto& [name, known] : known_) {
      const auto got = harness.send({.path = "/con/" + name});
      const auto content = got.status == 200 ? std::optional(got.body) : std::nullopt;
      ASSERT_TRUE(got.status == 200 || got.status == 404) << name << " " << got.body << "; " << when;
      const bool allowed = content == known.acknowledged || known.possible.contains(content);
      EXPECT_TRUE(allowed) << name << " has " << (content ? content->substr(0, 20) : "nothing") << "; " << when;
    }
    // Nothing that no row names is left after the start.
    const auto in_use = harness.backend->metadata->extents_in_use();
    const std::set<engine::ExtentId> named(in_use->begin(), in_use->end());
    EXPECT_EQ(harness.backend->extents->list()->size(), named.size()) << when;
  }

  void cut_at_every_operation(std::mt19937* torn) {
    std::uint64_t operations = 0;
    {
      fakes::LossyDisk disk;
      auto harness = open(disk);
      ASSERT_TRUE(harness);
      workload(*harness);
      ASSERT_EQ(known_["blocks"].acknowledged, "firstsecond");
      expect_everything_known(*harness, "no cut");
      operations = disk.operations();
    }
    ASSERT_GT(operations, 40u);
    for (std::uint64_t cut = 1; cut <= operations; ++cut) {
      known_.clear();
      container_acknowledged_ = false;
      fakes::LossyDisk disk;
      disk.fail_at(cut);
      if (auto harness = open(disk)) workload(*harness);
      disk.power_cut(torn);
      auto harness = open(disk);
      ASSERT_TRUE(harness) << "cut at " << cut;
      expect_everything_known(*harness, "cut at " + std::to_string(cut));
    }
  }
};

TEST_F(PowerCutTest, EveryAcknowledgedBlobSurvivesACutAtAnyOperation) {
  cut_at_every_operation(nullptr);
}

TEST_F(PowerCutTest, TornWritesOfTheLastMomentShowNoHalfBlob) {
  std::mt19937 torn(4711);
  cut_at_every_operation(&torn);
}

TEST_F(PowerCutTest, FullDiskIsSaidAndWritingStopsUntilTheNextStart) {
  fakes::LossyDisk disk;
  auto harness = open(disk);
  ASSERT_TRUE(harness);
  workload(*harness);
  disk.full_at(disk.operations() + 1);
  const auto refused = harness->put("/con/late", "");  // no bytes: the metadata commit is what fails
  EXPECT_EQ(refused.status, 500);
  EXPECT_NE(refused.body.find("no space is left on the disk"), std::string::npos) << refused.body;
  disk.full_at(0);
  const auto after = harness->put("/con/late", "");
  EXPECT_EQ(after.status, 503);
  EXPECT_EQ(after.error_code(), "ServerBusy");
  harness.reset();
  harness = open(disk);
  ASSERT_TRUE(harness);
  EXPECT_EQ(harness->put("/con/late", "x").status, 201);
}

TEST_F(PowerCutTest, FullDiskForBytesIsSaidAndNothingElseStops) {
  fakes::LossyDisk disk;
  auto harness = open(disk);
  ASSERT_TRUE(harness);
  workload(*harness);
  const auto extents = harness->backend->extents->list()->size();
  disk.full_at(disk.operations() + 1);
  EXPECT_EQ(harness->put("/con/late", "bytes").status, 500);
  disk.full_at(0);
  harness->runner.settle();
  EXPECT_EQ(harness->backend->extents->list()->size(), extents);
  EXPECT_EQ(harness->put("/con/late", "bytes").status, 201);
}

TEST_F(PowerCutTest, FailedSyncOfBytesIsAnErrorAndNoBlob) {
  fakes::LossyDisk disk;
  auto harness = open(disk);
  ASSERT_TRUE(harness);
  workload(*harness);
  fail_next_sync(disk);
  EXPECT_EQ(harness->put("/con/late", "bytes").status, 500);
  EXPECT_EQ(harness->send({.path = "/con/late"}).status, 404);
  EXPECT_EQ(harness->put("/con/late", "bytes").status, 201);
}

}  // namespace
}  // namespace blobstore
