// Pools that follow a formula: when it is evaluated, and what its result does (contract 8.5 to 8.9).
#include "tests/unit/core/autoscaling_fixture.h"

namespace emulator::core {
namespace {

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

}  // namespace
}  // namespace emulator::core
