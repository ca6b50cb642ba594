// Pools that follow a formula, and the samples formulas see: contract 8.5 to 8.9.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

class AutoscalingTest : public BatchFixture {
 protected:
  PoolRecord scaling_pool(const std::string& formula, Ticks interval = 15min) {
    auto pool = new_pool("pool", 0);
    pool.auto_scale = AutoScale{.formula = formula, .interval = interval, .next_evaluation = {}, .run = {}};
    return pool;
  }
  /// A pool that follows the formula, evaluated once and steady.
  void add_scaling_pool(const std::string& formula, Ticks interval = 15min) {
    ok(AddPool{scaling_pool(formula, interval)});
    tick();
    advance(1s);
  }
  EnableAutoScale enabling(const std::string& formula) {
    return {.id = PoolId{"pool"}, .conditions = {}, .formula = formula, .interval = {}};
  }
  void enable(const std::string& formula) {
    ok(enabling(formula));
    tick();
  }
  /// The value of `x` after `x = expression`, without effect on the pool.
  std::string value_of(const std::string& expression) {
    const auto reply = ok(EvaluateAutoScale{PoolId{"pool"}, "x = " + expression + ";"});
    if (!reply.evaluated) return "no run";
    if (reply.evaluated->error) return reply.evaluated->error->code;
    return reply.evaluated->results.substr(reply.evaluated->results.find(";$x=") + 4);
  }
  std::int32_t target() { return pool_record().target_dedicated; }
  const AutoScaleRun& run() { return *pool_record().auto_scale->run; }
};

TEST_F(AutoscalingTest, NewPoolIsEvaluatedAtOnceAndResizesByTheResult) {
  ok(AddPool{scaling_pool("$TargetDedicatedNodes = 2; $TargetLowPriorityNodes = 1;")});
  tick();
  EXPECT_EQ(target(), 2);
  EXPECT_EQ(pool_record().target_low_priority, 1);
  EXPECT_EQ(batch_->current_nodes(PoolId{"pool"}), std::pair(2, 1));
  EXPECT_EQ(run().at, now_);
  EXPECT_EQ(run().results, "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1;$NodeDeallocationOption=requeue");
  EXPECT_FALSE(run().error);
}

TEST_F(AutoscalingTest, PoolIsEvaluatedAgainAtItsInterval) {
  add_scaling_pool("$TargetDedicatedNodes = $TargetDedicatedNodes + 1;", 5min);
  EXPECT_EQ(target(), 1);
  advance(5min - 2s);
  EXPECT_EQ(target(), 1);
  advance(1s);
  EXPECT_EQ(target(), 2);
  EXPECT_EQ(allocation(), AllocationState::resizing);
  advance(5min);
  EXPECT_EQ(target(), 3);
}

TEST_F(AutoscalingTest, UnchangedTargetsStartNoResize) {
  add_scaling_pool("$TargetDedicatedNodes = 1;", 5min);
  const auto version = pool_record().version.last_modified;
  advance(5min);
  EXPECT_EQ(run().at, now_);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(pool_record().version.last_modified, version);
}

TEST_F(AutoscalingTest, TargetsThatAResizeMissedAreTriedForAgainAtTheNextEvaluation) {
  running_task();
  enable("$TargetDedicatedNodes = 0; $NodeDeallocationOption = taskcompletion;");
  advance(15min);
  EXPECT_EQ(allocation(), AllocationState::resizing) << "timed out, and asked for again at the same moment";
  advance(14min);
  exits("task");
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
}

TEST_F(AutoscalingTest, ErrorChangesNothingAndIsShown) {
  ready_pool("pool", 2);
  enable("$TargetDedicatedNodes = $Nope;");
  EXPECT_EQ(target(), 2);
  EXPECT_EQ(allocation(), AllocationState::steady);
  ASSERT_TRUE(run().error);
  EXPECT_EQ(run().error->code, "AutoScalingFormulaEvaluationError");
  EXPECT_EQ(run().error->values, (NameValues{{"Message", "Line 1, Col 25: the variable $Nope is not defined"}}));
  EXPECT_EQ(run().results, "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
}

TEST_F(AutoscalingTest, NextEvaluationWithoutErrorClearsIt) {
  add_scaling_pool("x = $PendingTasks.GetSample(TimeInterval_Minute * 4, 90);", 5min);
  ASSERT_TRUE(run().error);
  EXPECT_EQ(run().error->code, "InsufficientSampleData");
  advance(5min);
  EXPECT_TRUE(run().error);
  enable("x = $PendingTasks.GetSample(TimeInterval_Minute * 4, 80);");
  advance(5min);
  EXPECT_FALSE(run().error);
}

TEST_F(AutoscalingTest, DeallocationOptionOfTheResultDecidesWhatBecomesOfTasks) {
  running_task();
  enable("$TargetDedicatedNodes = 0; $NodeDeallocationOption = taskcompletion;");
  EXPECT_EQ(node_state(node()), NodeState::running);
  exits("task");
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
}

TEST_F(AutoscalingTest, EvaluationWhileResizingMovesTheTargets) {
  running_task();
  enable("$TargetDedicatedNodes = $RunningTasks.Count() > 4 ? 2 : 0; $NodeDeallocationOption = taskcompletion;");
  EXPECT_EQ(target(), 0);
  EXPECT_EQ(allocation(), AllocationState::resizing);
  advance(15min);
  EXPECT_EQ(target(), 2);
  EXPECT_FALSE(node_record(node(0)).pending);
  EXPECT_EQ(nodes_of("pool").size(), 2U);
}

TEST_F(AutoscalingTest, EvaluationWaitsForAResizeThatIsBeingStopped) {
  ready_pool("pool", 1);
  enable("$TargetDedicatedNodes = 0;");
  ok(StopPoolResize{PoolId{"pool"}, {}});
  advance(15min);
  EXPECT_EQ(allocation(), AllocationState::stopping);
  EXPECT_LT(run().at, now_);
  all_leaving_gone("pool");
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(run().at, now_);
}

TEST_F(AutoscalingTest, TargetsBeyondTheQuotaAreSetAndEndInAResizeError) {
  options_.max_dedicated_cores = 2;
  batch_.emplace(options_);
  add_scaling_pool("$TargetDedicatedNodes = 5;");
  EXPECT_EQ(target(), 5);
  EXPECT_EQ(allocation(), AllocationState::steady);
  ASSERT_EQ(pool_record().resize_errors.size(), 1U);
  EXPECT_EQ(pool_record().resize_errors[0].code, "AccountCoreQuotaReached");
}

TEST_F(AutoscalingTest, ManualResizeAndRemovalAreRefusedWhileAFormulaDecides) {
  add_scaling_pool("$TargetDedicatedNodes = 1;");
  EXPECT_EQ(resize("pool", 3), ErrorCode::OperationNotValidOnPool);
  EXPECT_EQ(error_of(RemoveNodes{.id = PoolId{"pool"}, .conditions = {}, .nodes = {node().node}}),
            ErrorCode::OperationNotValidOnPool);
}

TEST_F(AutoscalingTest, EnablingIsRefusedWhileResizing) {
  add_pool("pool", 1);
  EXPECT_EQ(error_of(enabling("$TargetDedicatedNodes = 1;")), ErrorCode::PoolBeingResized);
}

TEST_F(AutoscalingTest, EnablingTwiceWithin30SecondsIsRefused) {
  ready_pool("pool", 1);
  enable("$TargetDedicatedNodes = 1;");
  advance(29s);
  EXPECT_EQ(error_of(enabling("$TargetDedicatedNodes = 1;")), ErrorCode::TooManyEnableAutoScaleRequests);
  advance(1s);
  ok(enabling("$TargetDedicatedNodes = 1;"));
}

TEST_F(AutoscalingTest, EnablingNeedsAFormulaWhileItIsOff) {
  ready_pool("pool", 1);
  EXPECT_EQ(error_of(EnableAutoScale{.id = PoolId{"pool"}, .conditions = {}, .formula = {}, .interval = Ticks{6min}}),
            ErrorCode::InvalidAutoScalingSettings);
  enable("$TargetDedicatedNodes = 1;");
  EXPECT_EQ(pool_record().auto_scale->interval, 15min);
  advance(30s);
  ok(EnableAutoScale{.id = PoolId{"pool"}, .conditions = {}, .formula = {}, .interval = Ticks{6min}});
  EXPECT_EQ(pool_record().auto_scale->interval, 6min);
  EXPECT_EQ(pool_record().auto_scale->formula, "$TargetDedicatedNodes = 1;");
}

TEST_F(AutoscalingTest, NewIntervalRestartsTheScheduleAndANewFormulaDoesNot) {
  ready_pool("pool", 1);
  enable("$TargetDedicatedNodes = 1;");
  advance(1min);
  enable("$TargetDedicatedNodes = 2;");
  EXPECT_EQ(target(), 1);
  advance(14min);
  EXPECT_EQ(target(), 2);
  advance(1min);
  ok(EnableAutoScale{.id = PoolId{"pool"}, .conditions = {}, .formula = {}, .interval = Ticks{5min}});
  tick();
  EXPECT_EQ(run().at, now_);
  const auto first = now_;
  advance(4min);
  EXPECT_EQ(run().at, first);
  advance(1min);
  EXPECT_EQ(run().at, now_);
}

TEST_F(AutoscalingTest, EnablingAndDisablingChangeThePoolsVersion) {
  ready_pool("pool", 1);
  auto version = pool_record().version.last_modified;
  enable("$TargetDedicatedNodes = 1;");
  EXPECT_GT(pool_record().version.last_modified, version);
  version = pool_record().version.last_modified;
  ok(DisableAutoScale{PoolId{"pool"}});
  EXPECT_GT(pool_record().version.last_modified, version);
}

TEST_F(AutoscalingTest, DisablingFreezesTheTargetsAndAllowsResizesAgain) {
  add_scaling_pool("$TargetDedicatedNodes = $TargetDedicatedNodes + 1;", 5min);
  ok(DisableAutoScale{PoolId{"pool"}});
  EXPECT_FALSE(pool_record().auto_scale);
  advance(5min);
  EXPECT_EQ(target(), 1);
  EXPECT_EQ(resize("pool", 2), std::error_code{});
}

TEST_F(AutoscalingTest, DisablingWhatIsOffSucceedsAndChangesNothing) {
  ready_pool("pool", 1);
  const auto version = pool_record().version.last_modified;
  ok(DisableAutoScale{PoolId{"pool"}});
  EXPECT_EQ(pool_record().version.last_modified, version);
}

TEST_F(AutoscalingTest, EvaluatingHasNoEffectAndNeedsAutoscale) {
  ready_pool("pool", 1);
  EXPECT_EQ(error_of(EvaluateAutoScale{PoolId{"pool"}, "$TargetDedicatedNodes = 7;"}),
            ErrorCode::OperationNotValidOnPool);
  enable("$TargetDedicatedNodes = 1;");
  const auto reply = ok(EvaluateAutoScale{PoolId{"pool"}, "$TargetDedicatedNodes = 7;"});
  ASSERT_TRUE(reply.evaluated);
  EXPECT_EQ(reply.evaluated->results,
            "$TargetDedicatedNodes=7;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
  EXPECT_EQ(target(), 1);
  EXPECT_EQ(run().results, "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
}

TEST_F(AutoscalingTest, DeletedPoolIsNotEvaluatedAnyMore) {
  add_scaling_pool("$TargetDedicatedNodes = 2;", 5min);
  ok(DeletePool{PoolId{"pool"}, {}});
  advance(5min);
  EXPECT_EQ(target(), 0);
}

TEST_F(AutoscalingTest, ScheduleAndRunSurviveARestart) {
  add_scaling_pool("$TargetDedicatedNodes = $TargetDedicatedNodes + 1;", 5min);
  restart();
  EXPECT_EQ(run().results, "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
  advance(5min);
  EXPECT_EQ(target(), 2);
}

// ---- samples ----

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
