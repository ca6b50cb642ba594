// The state store on a disk that loses what was not synced: the power goes at every single write of a workload.
#include "emulator/store/state_store.h"
#include "tests/fakes/lossy_disk.h"

#include <gtest/gtest.h>
#include <random>

namespace emulator::store {
namespace {

using namespace core;

constexpr int kCommits = 12;

JobRecord job(int commit) {
  JobRecord record;
  record.id = JobId("job");
  record.document = std::make_shared<const std::string>("{\"id\":\"job\"}");
  record.pool = PoolId("pool");
  record.priority = commit;
  return record;
}

TaskRecord task(int commit) {
  TaskRecord record;
  record.key = {JobId("job"), TaskId("t" + std::to_string(commit))};
  record.document = std::make_shared<const std::string>("{\"commandLine\":\"" + std::string(700, 'x') + "\"}");
  record.sequence = static_cast<std::uint64_t>(commit);
  return record;
}

class StateStorePowerCutTest : public testing::Test {
 protected:
  const std::filesystem::path file_ = std::filesystem::path(testing::TempDir()) / "lossy-state.db";
  ~StateStorePowerCutTest() override { std::filesystem::remove(file_); }

  /// Commit i writes task i and the job with priority i, which therefore always agree. Gives the number acknowledged.
  int run_workload() {
    auto store = open_sqlite_state_store(file_);
    if (!store) return 0;
    for (int commit = 1; commit <= kCommits; ++commit) {
      const std::vector<Change> changes{job(commit), task(commit)};
      if ((*store)->commit(changes).has_error()) return commit - 1;
    }
    return kCommits;
  }

  void expect_all_acknowledged(int acknowledged, std::uint64_t cut_at) {
    auto store = open_sqlite_state_store(file_);
    ASSERT_TRUE(store) << "cut at " << cut_at << ": " << store.error().message;
    const auto snapshot = (*store)->load();
    ASSERT_TRUE(snapshot) << "cut at " << cut_at << ": " << snapshot.error().message;
    const int kept = static_cast<int>(snapshot->tasks.size());
    EXPECT_GE(kept, acknowledged) << "an acknowledged commit was lost; cut at " << cut_at;
    EXPECT_LE(kept, acknowledged + 1) << "cut at " << cut_at;
    const int priority = snapshot->jobs.empty() ? 0 : snapshot->jobs.front().priority;
    EXPECT_EQ(priority, kept) << "half a commit is visible; cut at " << cut_at;
  }

  std::uint64_t operations_of_the_workload() {
    fakes::LossyDisk disk;
    EXPECT_EQ(run_workload(), kCommits);
    return disk.operations();
  }
};

TEST_F(StateStorePowerCutTest, EveryAcknowledgedCommitSurvivesAPowerCutAtAnyWrite) {
  const auto operations = operations_of_the_workload();
  ASSERT_GT(operations, static_cast<std::uint64_t>(kCommits)) << "every commit must reach the disk";
  for (std::uint64_t cut_at = 1; cut_at <= operations; ++cut_at) {
    fakes::LossyDisk disk;
    disk.fail_at(cut_at);
    const int acknowledged = run_workload();
    disk.power_cut(nullptr);
    expect_all_acknowledged(acknowledged, cut_at);
  }
}

TEST_F(StateStorePowerCutTest, TornWritesOfTheLastMomentDoNotShow) {
  const auto operations = operations_of_the_workload();
  std::mt19937 choose(20240601);
  for (std::uint64_t cut_at = 1; cut_at <= operations; ++cut_at) {
    fakes::LossyDisk disk;
    disk.fail_at(cut_at);
    const int acknowledged = run_workload();
    disk.power_cut(&choose);
    expect_all_acknowledged(acknowledged, cut_at);
  }
}

TEST_F(StateStorePowerCutTest, AFullDiskIsAClearErrorAndLosesNothing) {
  const auto operations = operations_of_the_workload();
  for (std::uint64_t full_at = 1; full_at <= operations; full_at += 3) {
    fakes::LossyDisk disk;
    disk.full_at(full_at);
    auto store = open_sqlite_state_store(file_);
    int acknowledged = 0;
    if (store) {
      for (int commit = 1; commit <= kCommits; ++commit) {
        const std::vector<Change> changes{job(commit), task(commit)};
        const auto committed = (*store)->commit(changes);
        if (committed.has_error()) {
          EXPECT_EQ(committed.error().code, base::Errc::no_space) << committed.error().message;
          break;
        }
        acknowledged = commit;
      }
    } else {
      EXPECT_EQ(store.error().code, base::Errc::no_space) << store.error().message;
    }
    if (store) store->reset();
    disk.power_cut(nullptr);
    expect_all_acknowledged(acknowledged, full_at);
  }
}

}  // namespace
}  // namespace emulator::store
