// One suite for both stores of rows: what holds for maps holds for SQLite.
#include "base/sqlite.h"
#include "blobstore/engine/block_list.h"
#include "blobstore/engine/conditions.h"
#include "blobstore/engine/listing.h"
#include "blobstore/store/memory_metadata_store.h"
#include "blobstore/store/row_text.h"
#include "blobstore/store/sqlite_metadata_store.h"
#include "tests/unit/blobstore/blob_harness.h"
#include "wire/blob/errors.h"

#include <gtest/gtest.h>
#include <filesystem>

namespace blobstore::store {
namespace {

using engine::Blob;
using engine::Block;
using engine::Catalog;
using engine::CatalogView;
using engine::Container;
using engine::ExtentId;
using engine::StagedBlock;
using wire::blob::ErrorCode;

enum class Kind { memory, sqlite };

class MetadataStoreTest : public testing::TestWithParam<Kind> {
 protected:
  MetadataStoreTest() {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    open();
  }
  ~MetadataStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    store_.reset();
    if (GetParam() == Kind::memory) {
      store_ = std::make_unique<MemoryMetadataStore>();
    } else {
      auto opened = SqliteMetadataStore::open(runner_.workers(), {.file = directory_ / "blob.db"});
      ASSERT_TRUE(opened) << opened.error().message;
      store_ = std::move(*opened);
    }
  }
  template <class F>
  auto change(F work) {
    return runner_.run(update(*store_, std::move(work)));
  }
  template <class F>
  auto look(F work) {
    return runner_.run(read(*store_, std::move(work)));
  }
  std::int64_t container(const std::string& name) {
    auto made = change([&](Catalog& catalog) {
      return engine::create_container(catalog, {.account = "acct", .name = name, .metadata = {{"k", "v: 1"}}}, now_);
    });
    EXPECT_TRUE(made);
    return made->id;
  }
  std::int64_t blob(std::int64_t in, const std::string& name, std::vector<Block> blocks = {}) {
    auto made = change([&](Catalog& catalog) {
      Blob row{.container = in, .name = name, .created = now_, .modified = catalog.stamp(now_)};
      for (const auto& block : blocks) row.size += block.size;
      return catalog.insert_blob(row, blocks);
    });
    EXPECT_TRUE(made);
    return *made;
  }
  std::vector<std::string> names(std::int64_t in, engine::ListQuery query) {
    auto page = look([&](const CatalogView& view) { return engine::list_blobs(view, in, query); });
    EXPECT_TRUE(page);
    std::vector<std::string> listed;
    for (const auto& entry : page->blobs) listed.push_back(entry.blob.name);
    next_ = page->next;
    return listed;
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / ("metadata-store-" + std::to_string(::getpid()));
  const base::Timestamp now_ = std::chrono::sys_days{std::chrono::year{2026} / 5 / 6};
  Runner runner_;
  std::unique_ptr<MetadataStore> store_;
  std::string next_;
};

TEST_P(MetadataStoreTest, ContainerIsFoundAsItWasWritten) {
  const Container written{.account = "acct",
                          .name = "c",
                          .public_access = wire::blob::PublicAccess::blob,
                          .metadata = {{"Key", "a:b"}, {"empty", ""}},
                          .policies = {{"p 1", {"s", "", "rw"}}, {"", {}}}};
  auto made = change([&](Catalog& catalog) { return engine::create_container(catalog, written, now_); });
  ASSERT_TRUE(made);
  const auto found = look([](const CatalogView& view) { return view.find_container("acct", "c"); });
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, *made);
  EXPECT_EQ((*found)->policies, written.policies);
  EXPECT_FALSE(*look([](const CatalogView& view) { return view.find_container("other", "c"); }));
}

TEST_P(MetadataStoreTest, BlobIsFoundAsItWasWritten) {
  const auto in = container("c");
  Blob written{.container = in,
               .name = std::string("d/\xC3\xBC"),
               .size = 7,
               .created = now_,
               .modified = now_ + base::Ticks(3),
               .content = {"t", "e", "l", std::string("\0\xff", 2), "cc", "cd"},
               .metadata = {{"a", "b"}},
               .tier = wire::blob::AccessTier::cool,
               .has_block_list = true};
  const std::vector<Block> blocks{{std::string("\0b", 2), 0, 3, ExtentId{1}}, {"c", 3, 4, ExtentId{2}}};
  auto id = change([&](Catalog& catalog) { return catalog.insert_blob(written, blocks); });
  ASSERT_TRUE(id);
  written.id = *id;
  const auto found = look([&](const CatalogView& view) { return view.find_blob(in, written.name); });
  EXPECT_EQ(**found, written);
  EXPECT_EQ(*look([&](const CatalogView& view) { return view.blocks(*id, 0, 7); }), blocks);
}

TEST_P(MetadataStoreTest, OnlyBlocksOfTheWantedBytesAreRead) {
  const auto in = container("c");
  const auto id = blob(in, "b", {{"", 0, 10, ExtentId{1}}, {"", 10, 10, ExtentId{2}}, {"", 20, 10, ExtentId{3}}});
  const auto extents = [&](std::uint64_t begin, std::uint64_t end) {
    std::vector<std::uint64_t> ids;
    const auto found = look([&](const CatalogView& view) { return view.blocks(id, begin, end); });
    for (const auto& block : *found) {
      ids.push_back(static_cast<std::uint64_t>(block.extent));
    }
    return ids;
  };
  EXPECT_EQ(extents(0, 1), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(extents(9, 11), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(extents(10, 20), (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(extents(29, 30), (std::vector<std::uint64_t>{3}));
  EXPECT_EQ(extents(0, ~std::uint64_t{0}), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_P(MetadataStoreTest, RefusedChangeIsTheCallersErrorAndWritesNothing) {
  container("c");
  const auto again = change(
      [&](Catalog& catalog) { return engine::create_container(catalog, {.account = "acct", .name = "c"}, now_); });
  ASSERT_TRUE(again.has_error());
  EXPECT_EQ(again.error().code, ErrorCode::ContainerAlreadyExists);
  EXPECT_TRUE(change([&](Catalog& catalog) {
                return engine::create_container(catalog, {.account = "acct", .name = "d"}, now_);
              }).has_value());
}

TEST_P(MetadataStoreTest, NoTwoChangesShareAnEtag) {
  const auto first = change([&](Catalog& catalog) -> base::Result<base::Timestamp> { return catalog.stamp(now_); });
  const auto second = change([&](Catalog& catalog) -> base::Result<base::Timestamp> { return catalog.stamp(now_); });
  const auto earlier = change(
      [&](Catalog& catalog) -> base::Result<base::Timestamp> { return catalog.stamp(now_ - std::chrono::hours(1)); });
  EXPECT_LT(*first, *second);
  EXPECT_LT(*second, *earlier);
}

TEST_P(MetadataStoreTest, RemovedContainerTakesEverythingWithIt) {
  const auto in = container("c");
  blob(in, "b", {{"", 0, 1, ExtentId{1}}});
  ASSERT_TRUE(change([&](Catalog& catalog) { return catalog.put_staged(in, "b", {"x", 1, ExtentId{2}, now_}); }));
  const auto other = container("d");
  blob(other, "b", {{"", 0, 1, ExtentId{3}}});
  auto released = change([&](Catalog& catalog) { return engine::delete_container(catalog, {"acct", "c", ""}, {}); });
  ASSERT_TRUE(released);
  std::ranges::sort(*released);
  EXPECT_EQ(*released, (std::vector<ExtentId>{ExtentId{1}, ExtentId{2}}));
  EXPECT_EQ(*store_->extents_in_use(), std::vector<ExtentId>{ExtentId{3}});
}

TEST_P(MetadataStoreTest, ListIsInByteOrderAndPaged) {
  const auto in = container("c");
  for (const auto* name : {"b", "a", "B", "a/1", "\xC3\xBC", "a0"}) blob(in, name);
  EXPECT_EQ(names(in, {.limit = 4}), (std::vector<std::string>{"B", "a", "a/1", "a0"}));
  EXPECT_EQ(names(in, {.start = next_, .limit = 4}), (std::vector<std::string>{"b", "\xC3\xBC"}));
  EXPECT_EQ(next_, "");
}

TEST_P(MetadataStoreTest, DelimiterFoldsNamesIntoPrefixes) {
  const auto in = container("c");
  for (int i = 0; i < 600; ++i) blob(in, "dir/" + std::to_string(i));
  for (const auto* name : {"dir", "dir2/x", "top"}) blob(in, name);
  EXPECT_EQ(names(in, {.delimiter = "/", .limit = 10}), (std::vector<std::string>{"dir", "dir/", "dir2/", "top"}));
  EXPECT_EQ(names(in, {.delimiter = "/", .limit = 2}), (std::vector<std::string>{"dir", "dir/"}));
  EXPECT_EQ(names(in, {.delimiter = "/", .start = next_, .limit = 2}), (std::vector<std::string>{"dir2/", "top"}));
  EXPECT_EQ(names(in, {.prefix = "dir/59", .delimiter = "/", .limit = 20}).size(), 11u);
}

TEST_P(MetadataStoreTest, UncommittedBlobsAreListedOnRequest) {
  const auto in = container("c");
  blob(in, "a");
  for (const auto* name : {"a", "b", "0"}) {
    ASSERT_TRUE(change([&](Catalog& catalog) { return catalog.put_staged(in, name, {"x", 1, ExtentId{1}, now_}); }));
  }
  EXPECT_EQ(names(in, {.limit = 10}), (std::vector<std::string>{"a"}));
  EXPECT_EQ(names(in, {.limit = 10, .with_uncommitted = true}), (std::vector<std::string>{"0", "a", "b"}));
}

TEST_P(MetadataStoreTest, ContainersAreListedByAccountAndPrefix) {
  for (const auto* name : {"aa1", "aa2", "bb1"}) container(name);
  const auto page = [&](engine::ListQuery query) {
    auto found = look([&](const CatalogView& view) { return engine::list_containers(view, "acct", query); });
    std::vector<std::string> listed;
    for (const auto& entry : found->containers) listed.push_back(entry.name);
    next_ = found->next;
    return listed;
  };
  EXPECT_EQ(page({.limit = 2}), (std::vector<std::string>{"aa1", "aa2"}));
  EXPECT_EQ(next_, "bb1");
  EXPECT_EQ(page({.prefix = "bb", .limit = 2}), (std::vector<std::string>{"bb1"}));
}

engine::BlobTarget target(const std::string& name) {
  return {"acct", "c", name, ""};
}

TEST_P(MetadataStoreTest, StagedBlockOfTheSameIdIsReplacedAndSetFree) {
  container("c");
  const auto stage = [&](std::string id, std::uint64_t extent) {
    return change([&](Catalog& catalog) {
      return engine::stage_block(catalog, target("b"), {id, 1, static_cast<ExtentId>(extent), now_});
    });
  };
  EXPECT_TRUE(stage("a1", 1)->empty());
  EXPECT_EQ(*stage("a1", 2), std::vector<ExtentId>{ExtentId{1}});
  EXPECT_EQ(stage("longer", 3).error().code, ErrorCode::InvalidBlobOrBlock);
}

TEST_P(MetadataStoreTest, CommitKeepsListedBlocksAndFreesTheRest) {
  const auto in = container("c");
  const auto stage = [&](std::string id, std::uint64_t extent) {
    ASSERT_TRUE(change([&](Catalog& catalog) {
      return engine::stage_block(catalog, target("b"), {id, 2, static_cast<ExtentId>(extent), now_});
    }));
  };
  const auto commit = [&](std::vector<engine::BlockChoice> list) {
    return change(
        [&](Catalog& catalog) { return engine::commit_block_list(catalog, target("b"), {}, list, Blob{}, now_); });
  };
  using enum wire::blob::BlockSearch;
  stage("a", 1);
  stage("b", 2);
  stage("c", 3);
  auto first = commit({{latest, "a"}, {uncommitted, "b"}});
  EXPECT_EQ(first->blob.size, 4u);
  EXPECT_EQ(first->released, std::vector<ExtentId>{ExtentId{3}});
  stage("b", 4);
  auto second = commit({{committed, "b"}, {uncommitted, "b"}});
  EXPECT_EQ(second->released, std::vector<ExtentId>{ExtentId{1}});
  EXPECT_EQ(second->blob.created, first->blob.created);
  EXPECT_GT(second->blob.modified, first->blob.modified);
  const auto blocks = look([&](const CatalogView& view) { return view.blocks(second->blob.id, 0, 100); });
  ASSERT_EQ(blocks->size(), 2u);
  EXPECT_EQ((*blocks)[0].extent, ExtentId{2});
  EXPECT_EQ((*blocks)[1].extent, ExtentId{4});
  EXPECT_TRUE(look([&](const CatalogView& view) { return view.staged_blocks(in, "b"); })->empty());
}

TEST_P(MetadataStoreTest, PutBlobReplacesBlobAndStagedBlocks) {
  const auto in = container("c");
  blob(in, "b", {{"", 0, 1, ExtentId{1}}});
  ASSERT_TRUE(change([&](Catalog& catalog) { return catalog.put_staged(in, "b", {"x", 1, ExtentId{2}, now_}); }));
  auto put = change([&](Catalog& catalog) {
    return engine::put_blob(catalog, target("b"), {}, {.blob = {.size = 5}, .extent = ExtentId{3}}, now_);
  });
  ASSERT_TRUE(put);
  EXPECT_EQ(put->released, (std::vector<ExtentId>{ExtentId{1}, ExtentId{2}}));
  EXPECT_EQ(*store_->extents_in_use(), std::vector<ExtentId>{ExtentId{3}});
}

TEST_P(MetadataStoreTest, OldStagedBlocksAreDroppedUnlessOneOfTheirBlobIsYoung) {
  const auto in = container("c");
  const auto old = now_ - std::chrono::hours(24 * 8);
  const auto put = [&](const char* name, const char* id, base::Timestamp staged) {
    ASSERT_TRUE(change([&](Catalog& catalog) { return catalog.put_staged(in, name, {id, 1, ExtentId{1}, staged}); }));
  };
  put("gone", "a", old);
  put("kept", "a", old);
  put("kept", "b", now_);
  const auto released =
      change([&](Catalog& catalog) { return catalog.drop_staged_before(now_ - std::chrono::hours(24 * 7)); });
  EXPECT_EQ(*released, std::vector<ExtentId>{ExtentId{1}});
  EXPECT_EQ(*look([&](const CatalogView& view) { return view.staged_names_from(in, "", 10); }),
            std::vector<std::string>{"kept"});
}

TEST_P(MetadataStoreTest, BlobKeepsEverythingThatIsKnownOfIt) {
  const auto in = container("c");
  Blob row{.container = in, .name = "b", .created = now_, .modified = now_};
  row.kind = engine::BlobKind::append;
  row.appended = 1;
  row.tags = {{"a b", "1:2"}, {"c", ""}};
  row.copy = {"id", "http://x/y", now_};
  ASSERT_TRUE(change([&](Catalog& catalog) -> base::Result<void> {
    ASSIGN_OR_RETURN(row.id, catalog.insert_blob(row, {{"", 0, 3, ExtentId{1}}}));
    RETURN_IF_ERROR(catalog.append_block(row.id, {"", 3, 4, ExtentId{2}}));
    row.size = 7;
    row.appended = 2;
    row.sealed = true;
    row.tier_changed = now_;
    return catalog.update_blob(row);
  }));
  EXPECT_EQ(**look([&](const CatalogView& view) { return view.find_blob(in, "b"); }), row);
  const auto blocks = look([&](const CatalogView& view) { return view.blocks(row.id, 4, 7); });
  ASSERT_EQ(blocks->size(), 1u);
  EXPECT_EQ(blocks->front().extent, ExtentId{2});
}

TEST_P(MetadataStoreTest, ServiceOfAnAccountIsKeptAndReplaced) {
  const auto find = [&] { return *look([](const CatalogView& view) { return view.find_service("acct"); }); };
  EXPECT_EQ(find(), std::nullopt);
  engine::Service service{.account = "acct", .delegation_secret = std::string("\0x", 2), .cors = {}};
  service.cors.push_back({{"http://a", "*"}, {"GET"}, {"x-ms-*"}, {}, 7});
  const auto put = [&] { return change([&](Catalog& catalog) { return catalog.put_service(service); }); };
  ASSERT_TRUE(put());
  EXPECT_EQ(find(), service);
  service.cors.clear();
  ASSERT_TRUE(put());
  EXPECT_EQ(find(), service);
  EXPECT_EQ(look([](const CatalogView& view) { return view.services(); })->size(), 1u);
}

TEST_P(MetadataStoreTest, StoppedStoreTakesNoChange) {
  runner_.run([](MetadataStore& store) -> base::Async<int> {
    co_await store.stop();
    co_return 0;
  }(*store_));
  const auto late = change(
      [&](Catalog& catalog) { return engine::create_container(catalog, {.account = "acct", .name = "c"}, now_); });
  EXPECT_EQ(late.error().code, base::Errc::unavailable);
}

INSTANTIATE_TEST_SUITE_P(Stores, MetadataStoreTest, testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& kind) { return kind.param == Kind::memory ? "memory" : "sqlite"; });

using SqliteStoreTest = MetadataStoreTest;

TEST_P(SqliteStoreTest, RowsAndStampOutliveTheStore) {
  const auto in = container("c");
  blob(in, "b", {{"", 0, 1, ExtentId{9}}});
  const auto last = change([&](Catalog& catalog) -> base::Result<base::Timestamp> { return catalog.stamp(now_); });
  open();
  EXPECT_EQ(names(in, {.limit = 5}), (std::vector<std::string>{"b"}));
  const auto next = change([&](Catalog& catalog) -> base::Result<base::Timestamp> { return catalog.stamp(now_); });
  EXPECT_GT(*next, *last);
}

TEST_P(SqliteStoreTest, StoreOfTheFirstSchemaIsTakenOver) {
  const auto in = container("c");
  blob(in, "b", {{"", 0, 1, ExtentId{9}}});
  store_.reset();
  {
    auto database = base::sqlite::Database::open(directory_ / "blob.db");
    ASSERT_TRUE(database);
    for (const auto* column :
         {"kind", "sealed", "appended", "tier_changed", "tags", "copy_id", "copy_source", "copy_completed"}) {
      ASSERT_TRUE(database->execute("ALTER TABLE blobs DROP COLUMN " + std::string(column)));
    }
    ASSERT_TRUE(database->execute("DROP TABLE services; PRAGMA user_version = 1"));
  }
  open();
  const auto found = **look([&](const CatalogView& view) { return view.find_blob(in, "b"); });
  EXPECT_EQ(found.size, 1u);
  EXPECT_EQ(found.kind, engine::BlobKind::block);
  EXPECT_TRUE(found.tags.empty());
}

INSTANTIATE_TEST_SUITE_P(Sqlite, SqliteStoreTest, testing::Values(Kind::sqlite), [](const auto&) { return "sqlite"; });

TEST(RowTextTest, MetadataAndPoliciesComeBackAsTheyWere) {
  const wire::blob::MetadataFields metadata{{"a", "x:y"}, {"b", ""}};
  EXPECT_EQ(parse_metadata_text(metadata_text(metadata)), metadata);
  const std::vector<wire::blob::SignedIdentifier> policies{{"a b\n%", {"", "2026", ""}}, {"\xC3\xBC", {}}};
  EXPECT_EQ(parse_policies_text(policies_text(policies)), policies);
}

}  // namespace
}  // namespace blobstore::store
