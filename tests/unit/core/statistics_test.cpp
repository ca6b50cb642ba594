// What tasks and nodes have used (contract 9.1, 4.6).
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

class StatisticsTest : public BatchFixture {
 protected:
  /// "task" waits a minute, runs a minute, and has used something.
  void run_one(int exit_code = 0) {
    add_pool("pool", 1);
    add_job();
    add_task("task");
    advance(1min);
    join_all("pool");
    advance(1min);
    auto ended = report("task", RunEnd::exited, exit_code);
    ended.usage = {.user_cpu = 2s,
                   .kernel_cpu = 1s,
                   .read_operations = 3,
                   .write_operations = 4,
                   .read_bytes = 5,
                   .written_bytes = 6};
    ok(ended);
  }
  WorkStatistics job_statistics() { return batch_->statistics_of(JobId{"job"}); }
};

TEST_F(StatisticsTest, RunLeavesWhatItUsedAndItsWallClockWithTheTask) {
  run_one();
  const Usage expected{.user_cpu = 2s,
                       .kernel_cpu = 1s,
                       .wall_clock = 1min,
                       .read_operations = 3,
                       .write_operations = 4,
                       .read_bytes = 5,
                       .written_bytes = 6};
  EXPECT_EQ(task_record().usage, expected);
  restart();
  EXPECT_EQ(task_record().usage, expected);
}

TEST_F(StatisticsTest, RunsOfRetriedTasksAddUp) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.max_retries = 1;
  add_task(task);
  advance(10s);
  auto first = report("task", RunEnd::exited, 1);
  first.usage.user_cpu = 1s;
  ok(first);
  advance(10s);
  auto second = report("task", RunEnd::exited, 0);
  second.usage.user_cpu = 2s;
  ok(second);
  EXPECT_EQ(task_record().usage.user_cpu, Ticks{3s});
  EXPECT_EQ(task_record().usage.wall_clock, Ticks{20s});
  EXPECT_EQ(job_statistics().retries, 1);
}

TEST_F(StatisticsTest, RunThatWasLostWithItsNodeCountsItsWallClock) {
  running_task();
  advance(10s);
  lose(node());
  EXPECT_EQ(task_record().usage.wall_clock, Ticks{10s});
}

TEST_F(StatisticsTest, JobSumsItsTasks) {
  run_one();
  add_task("bad");
  exits("bad", 1);
  const auto statistics = job_statistics();
  EXPECT_EQ(statistics.succeeded, 1);
  EXPECT_EQ(statistics.failed, 1);
  EXPECT_EQ(statistics.wait, Ticks{1min});
  EXPECT_EQ(statistics.usage.user_cpu, Ticks{2s});
}

TEST_F(StatisticsTest, DeletedTaskStaysInTheStatisticsOfItsJob) {
  run_one();
  const auto before = job_statistics();
  ok(DeleteTask{key("task"), {}});
  EXPECT_EQ(job_statistics(), before);
  restart();
  EXPECT_EQ(job_statistics(), before);
}

TEST_F(StatisticsTest, ScheduleSumsItsJobsAndThoseThatWereDeleted) {
  JobScheduleRecord schedule;
  schedule.id = JobScheduleId{"s"};
  schedule.times.recurrence = 10min;
  schedule.specification = std::make_shared<const AddJob>(AddJob{.job = new_job("")});
  ready_pool("pool", 1);
  ok(AddJobSchedule{schedule});
  add_task("task", "s:job-1");
  exits("task", 0, "s:job-1");
  delete_job("s:job-1");
  advance(10min);
  add_task("task", "s:job-2");
  exits("task", 1, "s:job-2");
  restart();
  const auto statistics = batch_->statistics_of(JobScheduleId{"s"});
  EXPECT_EQ(statistics.succeeded, 1);
  EXPECT_EQ(statistics.failed, 1);
}

TEST_F(StatisticsTest, PoolCountsTheCoreTimeOfItsDedicatedNodes) {
  auto pool = new_pool("pool", 2, 1);
  pool.cores_per_node = 4;
  ok(AddPool{pool});
  advance(1h);
  const auto usage = batch_->usage_of(PoolId{"pool"}, now_);
  EXPECT_EQ(usage.dedicated_core_time, Ticks{8h});
  EXPECT_EQ(usage.core_time, Ticks{12h});
}

TEST_F(StatisticsTest, NodeThatIsGoneStaysInTheStatisticsOfItsPool) {
  run_one();
  advance(58min);
  resize("pool", 0);
  all_leaving_gone("pool");
  advance(1h);
  restart();
  const auto usage = batch_->usage_of(PoolId{"pool"}, now_);
  EXPECT_EQ(usage.dedicated_core_time, Ticks{1h});
  EXPECT_EQ(usage.tasks.user_cpu, Ticks{2s});
}

TEST_F(StatisticsTest, LifetimeStatisticsRememberWhatIsGone) {
  const auto begin = now_;
  run_one();
  delete_job();
  ok(DeletePool{PoolId{"pool"}, {}});
  all_leaving_gone("pool");
  advance(1h);
  EXPECT_EQ(batch_->find_pool(PoolId{"pool"}), nullptr);
  restart();
  const auto all = batch_->lifetime_statistics(now_);
  EXPECT_EQ(all.since, begin);
  EXPECT_EQ(all.work.succeeded, 1);
  EXPECT_EQ(all.pools.dedicated_core_time, Ticks{2min});
  EXPECT_EQ(all.pools.tasks.kernel_cpu, Ticks{1s});
}

TEST_F(StatisticsTest, UsageMetricsCountCoreHoursOfEachPoolByHalfHours) {
  auto pool = new_pool("pool", 1);
  pool.cores_per_node = 2;
  pool.vm_size = "standard_a1";
  const auto begin = now_;
  advance(10min);
  ok(AddPool{pool});
  advance(50min);
  const auto metrics = batch_->usage_metrics(begin, begin + 1h);
  ASSERT_EQ(metrics.size(), 2U);
  EXPECT_EQ(metrics[0].key.begin, begin);
  EXPECT_EQ(metrics[0].key.vm_size, "standard_a1");
  EXPECT_EQ(metrics[0].core_time, Ticks{40min});
  EXPECT_EQ(metrics[1].key.begin, begin + 30min);
  EXPECT_EQ(metrics[1].core_time, Ticks{1h});
}

TEST_F(StatisticsTest, UsageMetricsOutliveNodesAndPools) {
  const auto begin = now_;
  add_pool("pool", 2);
  advance(45min);
  ok(DeletePool{PoolId{"pool"}, {}});
  all_leaving_gone("pool");
  advance(1h);
  restart();
  const auto metrics = batch_->usage_metrics(begin, begin + 2h);
  ASSERT_EQ(metrics.size(), 2U);
  EXPECT_EQ(metrics[0].core_time, Ticks{1h});
  EXPECT_EQ(metrics[1].core_time, Ticks{30min});
}

TEST_F(StatisticsTest, UsageMetricsHoldWholeHalfHoursOnly) {
  const auto begin = now_;
  add_pool("pool", 1);
  advance(2h);
  EXPECT_EQ(batch_->usage_metrics(begin + 10min, begin + 70min).size(), 1U);
}

}  // namespace
}  // namespace emulator::core
