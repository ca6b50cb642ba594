// The samples that formulas see: what is counted, when, and for how long (contract 8.5 to 8.9).
#include "tests/unit/core/autoscaling_fixture.h"

namespace emulator::core {
namespace {

class SamplesTest : public AutoscalingTest {
 protected:
  /// On a sampling time, with a pool of one idle node that scales by a formula that changes nothing.
  void SetUp() override {
    ready_pool("pool", 1, 4);
    enable("// nothing");
  }
};

TEST_F(SamplesTest, SampleIsTakenEachHalfMinuteAndSeenOnePeriodLater) {
  EXPECT_EQ(value_of("$PendingTasks.Count()"), "1");
  advance(29s);
  EXPECT_EQ(value_of("$PendingTasks.Count()"), "1");
  advance(29s);
  EXPECT_EQ(value_of("$PendingTasks.Count()"), "1");
  advance(1s);
  EXPECT_EQ(value_of("$PendingTasks.Count()"), "2");
  advance(10min);
  EXPECT_EQ(value_of("$PendingTasks.Count()"), "22");
}

TEST_F(SamplesTest, NewPoolHasALowPercentageAndAnOldOneThatOfThePublishedFormulas) {
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Minute * 3) < 70"), "1");
  advance(1h);
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Minute * 3) > 70"), "1");
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Minute * 1, TimeInterval_Minute * 6)"), "100");
}

TEST_F(SamplesTest, SamplesShowWhatTheTasksDid) {
  add_job();
  for (const auto* id : {"a", "b", "c", "d", "e", "f"}) add_task(id);
  advance(60s);
  EXPECT_EQ(value_of("$RunningTasks.GetSample(1)"), "[4]");
  EXPECT_EQ(value_of("$ActiveTasks.GetSample(1)"), "[2]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(1)"), "[6]");
  EXPECT_EQ(value_of("$CPUPercent.GetSample(1)"), "[1]");
  exits("a");
  exits("b", 1);
  exits("c");
  advance(60s);
  EXPECT_EQ(value_of("$RunningTasks.GetSample(1)"), "[3]");
  EXPECT_EQ(value_of("$SucceededTasks.GetSample(1)"), "[2]");
  EXPECT_EQ(value_of("$FailedTasks.GetSample(1)"), "[1]");
  EXPECT_EQ(value_of("$CPUPercent.GetSample(1)"), "[0.75]");
  EXPECT_EQ(value_of("$RunningTasks.GetSample(TimeInterval_Minute * 3)"), "[0,4,4,3]");
}

TEST_F(SamplesTest, ActiveTasksAreThoseWhoseDependenciesAreSatisfied) {
  auto job = new_job("job");
  job.uses_task_dependencies = true;
  ok(AddJob{job});
  auto child = new_task("child");
  child.rules.required_slots = 9;
  child.rules.depends_on = {"parent"};
  add_task(child);
  auto parent = new_task("parent");
  parent.rules.required_slots = 9;
  add_task(parent);
  advance(60s);
  EXPECT_EQ(value_of("$ActiveTasks.GetSample(1)"), "[1]");
}

TEST_F(SamplesTest, AMultiInstanceTaskIsAsManyActiveTasksAsItHasInstances) {
  add_job();
  auto task = new_task("task");
  task.rules.instances = 6;
  add_task(task);
  advance(60s);
  EXPECT_EQ(value_of("$ActiveTasks.GetSample(1)"), "[6]");
}

TEST_F(SamplesTest, AJobManagerThatWaitsIsAnActiveTask) {
  auto manager = new_task("manager");
  manager.rules.required_slots = 9;
  manager.rules.manager = ManagerRules{};
  ok(AddJob{new_job("job"), manager});
  advance(60s);
  EXPECT_EQ(value_of("$ActiveTasks.GetSample(1)"), "[1]");
}

TEST_F(SamplesTest, TasksOfADisabledJobAreNotReadyToRun) {
  add_job();
  auto task = new_task("big");
  task.rules.required_slots = 9;
  add_task(task);
  disable(DisableTasksOption::requeue);
  advance(60s);
  EXPECT_EQ(value_of("$ActiveTasks.GetSample(1)"), "[0]");
}

TEST_F(SamplesTest, TasksOfJobsOnOtherPoolsDoNotCount) {
  add_job("job", "elsewhere");
  add_task("task");
  advance(60s);
  EXPECT_EQ(value_of("$PendingTasks.GetSample(1)"), "[0]");
}

TEST_F(SamplesTest, NodesAreCountedByKindAndUse) {
  advance(60s);
  EXPECT_EQ(value_of("$CurrentDedicatedNodes"), "1");
  EXPECT_EQ(value_of("$CurrentLowPriorityNodes"), "0");
  EXPECT_EQ(value_of("$UsableNodeCount.GetSample(1)"), "[1]");
  EXPECT_EQ(value_of("$SampleNodeCount.GetSample(1)"), "[1]");
  EXPECT_EQ(value_of("$PreemptedNodeCount.GetSample(1)"), "[0]");
  EXPECT_EQ(value_of("$TaskSlotsPerNode"), "4");
  EXPECT_EQ(value_of("$MemoryBytes.GetSample(1)"), "[0]");
  lose(node());
  advance(60s);
  EXPECT_EQ(value_of("$CurrentDedicatedNodes"), "1");
  EXPECT_EQ(value_of("$UsableNodeCount.GetSample(1)"), "[0]");
}

TEST_F(SamplesTest, SamplesSurviveARestart) {
  add_job();
  add_task("a");
  advance(60s);
  exits("a");
  advance(60s);
  restart();
  const auto before = "[0,1,1,0]";
  EXPECT_EQ(value_of("$RunningTasks.GetSample(4)"), before);
}

TEST_F(SamplesTest, WhatChangedBeforeAKillIsSampledAfterIt) {
  add_job();
  add_task("a");
  restart();
  advance(90s);
  EXPECT_EQ(value_of("$RunningTasks.GetSample(2)"), "[1,1]");
}

TEST_F(SamplesTest, OnlyChangesAreWritten) {
  advance(60s);
  auto outcome = apply(Tick{});
  now_ += 24h;
  outcome = apply(Tick{});
  for (const auto& change : outcome.changes) EXPECT_FALSE(std::holds_alternative<SampleRecord>(change));
  EXPECT_EQ(value_of("$PendingTasks.Count() > 2800"), "1");
}

TEST_F(SamplesTest, SamplesOfSevenDaysAreKept) {
  add_job();
  for (int day = 0; day < 10; ++day) {
    const auto id = "t" + std::to_string(day);
    add_task(id);
    advance(12h);
    exits(id);
    advance(12h);
  }
  EXPECT_EQ(value_of("$PendingTasks.Count() <= 7 * 24 * 120"), "1");
  EXPECT_EQ(value_of("max($PendingTasks.GetSample(TimeInterval_Week))"), "1");
  const auto snapshot = store_->load();
  EXPECT_LE(snapshot->samples.size(), 16U);
  EXPECT_GE(snapshot->samples.size(), 13U);
}

TEST_F(SamplesTest, SamplesOfARemovedPoolAreForgotten) {
  ok(DeletePool{PoolId{"pool"}, {}});
  all_leaving_gone("pool");
  advance(1s);
  EXPECT_TRUE(store_->load()->samples.empty());
}

}  // namespace
}  // namespace emulator::core
