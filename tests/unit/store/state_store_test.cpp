// What both stores promise, and what only the one on disk can break.
#include "emulator/store/state_store.h"

#include "base/random.h"
#include "base/sqlite.h"
#include "base/text.h"
#include "tests/unit/store/sample_records.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

namespace emulator::store {
namespace {

using core::Change;

/// A directory of its own for each test, removed afterwards.
class Directory {
 public:
  Directory() : path_(std::filesystem::temp_directory_path() / ("state-store-" + base::random_guid())) {
    std::filesystem::create_directory(path_);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path file() const { return path_ / "batch.db"; }

 private:
  std::filesystem::path path_;
};

class StateStoreTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override { reopen(); }
  /// A store on disk is closed and opened again; one in memory stays.
  void reopen() {
    if (!GetParam()) {
      if (!store_) store_ = make_memory_state_store();
      return;
    }
    store_.reset();
    auto opened = open_sqlite_state_store(directory_.file());
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = std::move(*opened);
  }
  void commit(std::vector<Change> changes) {
    auto result = store_->commit(changes);
    ASSERT_TRUE(result.has_value()) << result.error().message;
  }
  core::Snapshot load() {
    auto snapshot = store_->load();
    EXPECT_TRUE(snapshot.has_value());
    return snapshot.has_value() ? std::move(*snapshot) : core::Snapshot{};
  }

  Directory directory_;
  std::unique_ptr<StateStore> store_;
};

TEST_P(StateStoreTest, NewStoreIsEmpty) {
  const auto snapshot = load();
  EXPECT_TRUE(snapshot.pools.empty());
  EXPECT_TRUE(snapshot.nodes.empty());
  EXPECT_TRUE(snapshot.jobs.empty());
  EXPECT_TRUE(snapshot.tasks.empty());
}

TEST_P(StateStoreTest, CommittedRowsAreThereAfterReopening) {
  commit({sample_pool(), sample_node(), sample_job(), sample_task()});
  reopen();
  const auto snapshot = load();
  ASSERT_EQ(snapshot.pools.size(), 1U);
  ASSERT_EQ(snapshot.nodes.size(), 1U);
  ASSERT_EQ(snapshot.jobs.size(), 1U);
  ASSERT_EQ(snapshot.tasks.size(), 1U);
  EXPECT_EQ(encode_state(snapshot.pools[0]), encode_state(sample_pool()));
  EXPECT_EQ(encode_state(snapshot.nodes[0]), encode_state(sample_node()));
  EXPECT_EQ(encode_state(snapshot.jobs[0]), encode_state(sample_job()));
  EXPECT_EQ(encode_state(snapshot.tasks[0]), encode_state(sample_task()));
  EXPECT_EQ(*snapshot.pools[0].document, *sample_pool().document);
  EXPECT_EQ(*snapshot.jobs[0].document, *sample_job().document);
  EXPECT_EQ(*snapshot.tasks[0].document, *sample_task().document);
}

TEST_P(StateStoreTest, SamplesAreKeptAndForgottenByPoolAndTime) {
  commit({sample_sample("Pool-1", 30), sample_sample("Pool-1", 60), sample_sample("Pool-2", 30)});
  commit({core::SamplesForgotten{.pool = core::PoolId{"POOL-1"}, .before = sample_time(60)}});
  reopen();
  const auto samples = load().samples;
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(encode_state(samples[0]), encode_state(sample_sample("Pool-1", 60)));
  EXPECT_EQ(encode_state(samples[1]), encode_state(sample_sample("Pool-2", 30)));
}

TEST_P(StateStoreTest, SamplesOfAPoolThatIsMadeAgainInTheSameCommitAreItsOwn) {
  commit({sample_sample("Pool-1", 30)});
  commit({core::PoolRemoved{core::PoolId{"Pool-1"}},
          core::SamplesForgotten{.pool = core::PoolId{"Pool-1"}, .before = core::Timestamp::max()},
          sample_sample("Pool-1", 60), sample_pool("Pool-1")});
  reopen();
  ASSERT_EQ(load().samples.size(), 1U);
  EXPECT_EQ(load().samples[0].at, sample_time(60));
}

TEST_P(StateStoreTest, ApplicationsAndCertificatesAreThereAfterReopeningAndGoneWhenRemoved) {
  commit({sample_application(), sample_certificate()});
  reopen();
  auto snapshot = load();
  ASSERT_EQ(snapshot.applications.size(), 1U);
  ASSERT_EQ(snapshot.certificates.size(), 1U);
  EXPECT_EQ(encode_state(snapshot.applications[0]), encode_state(sample_application()));
  EXPECT_EQ(encode_state(snapshot.certificates[0]), encode_state(sample_certificate()));
  EXPECT_EQ(*snapshot.certificates[0].document, *sample_certificate().document);
  commit(
      {core::ApplicationRemoved{sample_application().id}, core::CertificateRemoved{sample_certificate().thumbprint}});
  reopen();
  snapshot = load();
  EXPECT_TRUE(snapshot.applications.empty());
  EXPECT_TRUE(snapshot.certificates.empty());
}

TEST_P(StateStoreTest, JobSchedulesUsageAndTotalsAreThereAfterReopening) {
  commit({sample_job_schedule(), sample_usage_record(1), sample_usage_record(2), sample_totals()});
  reopen();
  const auto snapshot = load();
  ASSERT_EQ(snapshot.job_schedules.size(), 1U);
  EXPECT_EQ(encode_state(snapshot.job_schedules[0]), encode_state(sample_job_schedule()));
  EXPECT_EQ(*snapshot.job_schedules[0].document, *sample_job_schedule().document);
  EXPECT_EQ(snapshot.usage.size(), 2U);
  EXPECT_EQ(snapshot.totals.work, sample_totals().work);
}

TEST_P(StateStoreTest, RemovedJobScheduleAndUsageAreGone) {
  commit({sample_job_schedule(), sample_usage_record(1), sample_usage_record(2)});
  commit({core::JobScheduleRemoved{core::JobScheduleId{"SCHEDULE-1"}}, core::UsageRemoved{sample_usage_record(1).key}});
  reopen();
  const auto snapshot = load();
  EXPECT_TRUE(snapshot.job_schedules.empty());
  ASSERT_EQ(snapshot.usage.size(), 1U);
  EXPECT_EQ(snapshot.usage[0].key.begin, sample_time(2));
}

TEST_P(StateStoreTest, MissingDocumentStaysMissing) {
  auto job = sample_job();
  job.document.reset();
  commit({job});
  reopen();
  EXPECT_EQ(load().jobs.at(0).document, nullptr);
}

TEST_P(StateStoreTest, LaterRowReplacesTheEarlier) {
  auto task = sample_task();
  commit({task});
  task.attempt = 99;
  task.document = sample_text("other");
  commit({task});
  reopen();
  const auto snapshot = load();
  ASSERT_EQ(snapshot.tasks.size(), 1U);
  EXPECT_EQ(snapshot.tasks[0].attempt, 99U);
  EXPECT_EQ(*snapshot.tasks[0].document, "other");
}

TEST_P(StateStoreTest, LastOfSeveralRowsInOneCommitWins) {
  auto node = sample_node();
  std::vector<Change> changes;
  for (int i = 0; i < 10; ++i) {
    node.total_tasks_run = i;
    changes.emplace_back(node);
  }
  commit(changes);
  ASSERT_EQ(load().nodes.size(), 1U);
  EXPECT_EQ(load().nodes[0].total_tasks_run, 9);
}

TEST_P(StateStoreTest, RemovedRowsAreGone) {
  commit({sample_pool(), sample_node(), sample_job(), sample_task()});
  commit({core::PoolRemoved{sample_pool().id}, core::NodeRemoved{sample_node().key},
          core::TaskRemoved{sample_task().key}, core::JobRemoved{sample_job().id}});
  reopen();
  const auto snapshot = load();
  EXPECT_TRUE(snapshot.pools.empty());
  EXPECT_TRUE(snapshot.nodes.empty());
  EXPECT_TRUE(snapshot.jobs.empty());
  EXPECT_TRUE(snapshot.tasks.empty());
}

TEST_P(StateStoreTest, JobNodesAreKeptAndGoWithTheirJob) {
  commit({sample_job_node("Job-1", "a"), sample_job_node("Job-1", "b"), sample_job_node("Other", "a")});
  commit({sample_job_node("JOB-1", "A")});
  reopen();
  EXPECT_EQ(load().job_nodes.size(), 3U);
  commit({core::JobRemoved{core::JobId{"job-1"}}});
  reopen();
  const auto left = load().job_nodes;
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(encode_state(left[0]), encode_state(sample_job_node("Other", "a")));
}

TEST_P(StateStoreTest, RowWrittenAndRemovedInOneCommitIsGone) {
  commit({sample_task(), core::TaskRemoved{sample_task().key}});
  EXPECT_TRUE(load().tasks.empty());
}

TEST_P(StateStoreTest, RowRemovedAndWrittenInOneCommitIsThere) {
  commit({sample_task()});
  auto again = sample_task();
  again.attempt = 1;
  commit({core::TaskRemoved{again.key}, again});
  ASSERT_EQ(load().tasks.size(), 1U);
  EXPECT_EQ(load().tasks[0].attempt, 1U);
}

TEST_P(StateStoreTest, RemovedJobTakesItsTasksAlongAndNoOthers) {
  commit({sample_job("one"), sample_job("one-2"), sample_task("one", "a"), sample_task("one", "b"),
          sample_task("one-2", "a"), sample_task("on", "a")});
  commit({core::JobRemoved{core::JobId{"ONE"}}});
  reopen();
  const auto snapshot = load();
  EXPECT_EQ(snapshot.jobs.size(), 1U);
  ASSERT_EQ(snapshot.tasks.size(), 2U);
  EXPECT_TRUE(std::ranges::none_of(snapshot.tasks, [](const auto& t) { return t.key.job == core::JobId{"one"}; }));
}

TEST_P(StateStoreTest, JobMadeAgainInTheCommitThatRemovesItStartsWithoutTasks) {
  commit({sample_job("j"), sample_task("j", "old")});
  commit({core::JobRemoved{core::JobId{"j"}}, sample_job("j"), sample_task("j", "new")});
  const auto snapshot = load();
  ASSERT_EQ(snapshot.jobs.size(), 1U);
  ASSERT_EQ(snapshot.tasks.size(), 1U);
  EXPECT_EQ(snapshot.tasks[0].key.task.text(), "new");
}

TEST_P(StateStoreTest, IdsDifferByMoreThanCase) {
  commit({sample_task("Job", "Task")});
  auto other = sample_task("JOB", "TASK");
  other.attempt = 77;
  commit({other});
  ASSERT_EQ(load().tasks.size(), 1U);
  EXPECT_EQ(load().tasks[0].attempt, 77U);
}

TEST_P(StateStoreTest, EmptyCommitIsFine) {
  commit({});
}

TEST_P(StateStoreTest, ManyTasksAreLoaded) {
  std::vector<Change> changes{sample_job()};
  for (int i = 0; i < 2'000; ++i) changes.emplace_back(sample_task("Job-1", "t" + std::to_string(i)));
  commit(changes);
  reopen();
  EXPECT_EQ(load().tasks.size(), 2'000U);
}

INSTANTIATE_TEST_SUITE_P(Stores, StateStoreTest, ::testing::Values(false, true),
                         [](const auto& store) { return store.param ? "Sqlite" : "Memory"; });

class SqliteStateStoreTest : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return directory_.file(); }
  void fill(int tasks) {
    auto store = open_sqlite_state_store(file());
    ASSERT_TRUE(store.has_value());
    std::vector<Change> changes{sample_pool(), sample_job()};
    for (int i = 0; i < tasks; ++i) changes.emplace_back(sample_task("Job-1", "t" + std::to_string(i)));
    ASSERT_TRUE((*store)->commit(changes).has_value());
  }
  /// Opening or loading must answer corrupt, and name the file.
  void expect_corrupt() {
    auto store = open_sqlite_state_store(file());
    const auto error = [&]() -> std::optional<base::Error> {
      if (store.has_error()) return store.error();
      auto snapshot = (*store)->load();
      return snapshot.has_error() ? std::optional(snapshot.error()) : std::nullopt;
    }();
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->code, base::Errc::corrupt) << error->message;
    EXPECT_NE(error->message.find(file().string()), std::string::npos) << error->message;
  }
  void execute(const std::string& sql) {
    auto database = base::sqlite::Database::open(file());
    ASSERT_TRUE(database.has_value());
    auto result = database->execute(sql);
    ASSERT_TRUE(result.has_value()) << result.error().message;
  }

  Directory directory_;
};

TEST_F(SqliteStateStoreTest, GarbageFileIsCorruptAndNamed) {
  std::ofstream(file()) << std::string(8192, 'x');
  expect_corrupt();
}

TEST_F(SqliteStateStoreTest, TornFileIsCorruptAndNamed) {
  fill(500);
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) / 2);
  expect_corrupt();
}

TEST_F(SqliteStateStoreTest, UnreadableRowIsCorruptAndNamed) {
  fill(1);
  execute(R"(UPDATE tasks SET state = '{"attempt":"x"}')");
  expect_corrupt();
}

TEST_F(SqliteStateStoreTest, EmptyFileIsANewStore) {
  std::ofstream(file()).flush();
  EXPECT_TRUE(open_sqlite_state_store(file()).has_value());
}

TEST_F(SqliteStateStoreTest, FileOfANewerProgramIsRefused) {
  fill(1);
  execute("PRAGMA user_version = 999");
  EXPECT_EQ(open_sqlite_state_store(file()).error().code, base::Errc::unsupported);
}

TEST_F(SqliteStateStoreTest, FailedCommitLeavesNothingVisibleAndTheStoreRefusesMore) {
  fill(1);
  execute(
      "CREATE TRIGGER refuse BEFORE INSERT ON jobs WHEN NEW.id = 'bad' "
      "BEGIN SELECT RAISE(ABORT, 'refused'); END");
  auto store = open_sqlite_state_store(file());
  ASSERT_TRUE(store.has_value());
  const std::vector<Change> changes{sample_job("good"), sample_job("bad")};
  EXPECT_TRUE((*store)->commit(changes).has_error());
  const std::vector<Change> later{sample_job("later")};
  EXPECT_TRUE((*store)->commit(later).has_error());
  auto snapshot = (*store)->load();
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_EQ(snapshot->jobs.size(), 1U);
}

TEST_F(SqliteStateStoreTest, FileIsForItsOwnerOnly) {
  fill(1);
  const auto mode = std::filesystem::status(file()).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(SqliteStateStoreTest, UnwritableDirectoryIsAnErrorThatNamesTheFile) {
  const auto nowhere = file().parent_path() / "absent" / "batch.db";
  auto store = open_sqlite_state_store(nowhere);
  ASSERT_TRUE(store.has_error());
  EXPECT_NE(store.error().message.find(nowhere.string()), std::string::npos);
}

}  // namespace
}  // namespace emulator::store
