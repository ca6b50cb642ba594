// allowTaskPreemption and maxParallelTasks (contract 6.1).
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using Ids = std::vector<std::string>;

class PreemptionTest : public BatchFixture {
 protected:
  void add_job_of(const std::string& id, int priority, bool preemptible) {
    auto job = new_job(id);
    job.priority = priority;
    job.allow_task_preemption = preemptible;
    ok(AddJob{job, {}});
  }
};

TEST_F(PreemptionTest, TasksOfJobsWithAllowTaskPreemptionAreRequeuedWhenAHigherPriorityJobWaits) {
  ready_pool("pool", 1);
  add_job_of("low", 0, true);
  add_task("task", "low");
  add_job_of("high", 1, false);
  add_task("task", "high");
  ASSERT_EQ(noticed<StopTask>().size(), 1U);
  EXPECT_EQ(noticed<StopTask>()[0].task, key("task", "low"));
  stopped("task", "low");
  EXPECT_EQ(task_state("task", "high"), TaskState::running);
  EXPECT_EQ(task_state("task", "low"), TaskState::active);
  EXPECT_EQ(task_record("task", "low").execution.requeue_count, 1);
}

TEST_F(PreemptionTest, RunningTasksAreNeverPreemptedOtherwise) {
  ready_pool("pool", 1);
  add_job_of("low", 0, false);
  add_task("task", "low");
  add_job_of("high", 1, true);
  add_task("task", "high");
  EXPECT_EQ(told_to_stop(), Ids{});
}

TEST_F(PreemptionTest, EqualPriorityDoesNotPreempt) {
  ready_pool("pool", 1);
  add_job_of("low", 1, true);
  add_task("task", "low");
  add_job_of("high", 1, false);
  add_task("task", "high");
  EXPECT_EQ(told_to_stop(), Ids{});
}

TEST_F(PreemptionTest, NoMoreTasksAreStoppedThanAreNeeded) {
  ready_pool("pool", 1, 4);
  add_job_of("low", 0, true);
  for (const auto* id : {"a", "b", "c", "d"}) add_task(id, "low");
  add_job_of("high", 1, false);
  auto wide = new_task("wide");
  wide.rules.required_slots = 2;
  add_task(wide, "high");
  EXPECT_EQ(told_to_stop(), (Ids{"d", "c"})) << "who began last goes first";
  tick();
  EXPECT_EQ(told_to_stop(), Ids{}) << "and nobody is stopped for it again";
  stopped("d", "low");
  EXPECT_EQ(task_state("wide", "high"), TaskState::active);
  stopped("c", "low");
  EXPECT_EQ(task_state("wide", "high"), TaskState::running);
}

TEST_F(PreemptionTest, OneRunningTaskYieldsForEachWaitingOne) {
  ready_pool("pool", 3);
  add_job_of("low", 0, true);
  for (const auto* id : {"a", "b", "c"}) add_task(id, "low");
  add_job_of("high", 1, false);
  ok(AddTasks{JobId{"high"}, {new_task("x"), new_task("y")}});
  EXPECT_EQ(noticed<StopTask>().size(), 2U);
}

TEST_F(PreemptionTest, ARaisedPriorityAffectsRunningTasksOfPreemptibleJobs) {
  ready_pool("pool", 1);
  add_job_of("low", 0, true);
  add_task("task", "low");
  add_job_of("other", 0, false);
  add_task("task", "other");
  EXPECT_EQ(told_to_stop(), Ids{});
  auto update = update_of("other");
  update.job.priority = 10;
  ok(update);
  EXPECT_EQ(told_to_stop(), Ids{"task"});
}

TEST_F(PreemptionTest, AJobBecomesPreemptibleByAnUpdate) {
  ready_pool("pool", 1);
  add_job_of("low", 0, false);
  add_task("task", "low");
  add_job_of("high", 1, false);
  add_task("task", "high");
  auto update = update_of("low");
  update.job.allow_task_preemption = true;
  ok(update);
  EXPECT_TRUE(job_record("low").allow_task_preemption);
  EXPECT_EQ(told_to_stop(), Ids{"task"});
}

TEST_F(PreemptionTest, APreparingTaskYieldsAtOnce) {
  ready_pool("pool", 1);
  auto low = prepared_job("low");
  low.allow_task_preemption = true;
  ok(AddJob{low, {}});
  add_task("task", "low");
  ASSERT_EQ(task_state("task", "low"), TaskState::preparing);
  add_job_of("high", 1, false);
  add_task("task", "high");
  EXPECT_EQ(task_state("task", "high"), TaskState::running);
  EXPECT_EQ(task_state("task", "low"), TaskState::active);
}

TEST_F(PreemptionTest, AJobThatMayNotRunMoreTasksDoesNotPreempt) {
  ready_pool("pool", 2);
  add_job_of("low", 0, true);
  add_task("task", "low");
  auto high = new_job("high");
  high.priority = 1;
  high.max_parallel_tasks = 1;
  ok(AddJob{high, {}});
  add_task("a", "high");
  add_task("b", "high");
  EXPECT_EQ(told_to_stop(), Ids{});
}

TEST_F(PreemptionTest, LoweringMaxParallelTasksBelowTheRunningNumberStopsNewStartsOnly) {
  ready_pool("pool", 3);
  add_job();
  add_task("a");
  add_task("b");
  auto update = update_of();
  update.job.max_parallel_tasks = 1;
  ok(update);
  EXPECT_EQ(task_state("a"), TaskState::running);
  EXPECT_EQ(task_state("b"), TaskState::running);
  add_task("c");
  EXPECT_EQ(task_state("c"), TaskState::active);
  exits("a");
  EXPECT_EQ(task_state("c"), TaskState::active);
  exits("b");
  EXPECT_EQ(task_state("c"), TaskState::running);
}

}  // namespace
}  // namespace emulator::core
