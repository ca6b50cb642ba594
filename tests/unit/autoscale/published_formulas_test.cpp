// Formulas of the shapes that workflow engines create their pools with.
#include "tests/unit/autoscale/formula_fixture.h"

namespace emulator::autoscale {
namespace {

using enum Metric;

class PublishedFormulasTest : public FormulaTest {};

/// Nextflow: a start value for the first interval, then pending tasks, halving while nothing is to do.
class NextflowTest : public FormulaTest {
 protected:
  static constexpr auto kFormula = R"(
    // How long the pool has been there.
    lifespan = time() - time("2025-12-31T23:50:00.123456789Z");
    interval = TimeInterval_Minute * 5;

    // Tasks that run or could run.
    $samples = $PendingTasks.GetSamplePercent(interval);
    $tasks = $samples < 70 ? max(0, $PendingTasks.GetSample(1)) : max($PendingTasks.GetSample(1), avg($PendingTasks.GetSample(interval)));
    $targetVMs = $tasks > 0 ? $tasks : max(0, $TargetDedicatedNodes/2);
    targetPoolSize = max(0, min($targetVMs, 8));

    $TargetDedicatedNodes = lifespan < interval ? 2 : targetPoolSize;
    $NodeDeallocationOption = taskcompletion;
  )";
};

TEST_F(NextflowTest, NewPoolGetsItsStartValue) {
  at("2025-12-31T23:51:00Z");
  samples(pending_tasks, {0, 0});
  const auto evaluation = evaluate(kFormula);
  ASSERT_FALSE(evaluation.error) << evaluation.error->detail;
  EXPECT_EQ(evaluation.target_dedicated, 2);
  EXPECT_EQ(evaluation.deallocation, DeallocationOption::taskcompletion);
}

TEST_F(NextflowTest, PoolFollowsItsPendingTasksUpToTheCap) {
  samples(pending_tasks, {1, 2, 3, 4, 5, 5, 5, 5, 5, 6});
  EXPECT_EQ(target_of(kFormula), 6);
  samples(pending_tasks, 10, 40);
  EXPECT_EQ(target_of(kFormula), 8);
}

TEST_F(NextflowTest, PoolWithoutTasksShrinksByHalves) {
  samples(pending_tasks, 10, 0);
  target_ = 8;
  EXPECT_EQ(target_of(kFormula), 4);
  target_ = 1;
  EXPECT_EQ(target_of(kFormula), 0);
}

TEST_F(NextflowTest, UserVariablesShowWithOneDollar) {
  samples(pending_tasks, 10, 1);
  const auto results = evaluate(kFormula).results;
  EXPECT_NE(results.find(";$interval=00:05:00;$lifespan=00:09:59.8765433;$samples=100;$targetPoolSize=1;"
                         "$targetVMs=1;$tasks=1"),
            std::string::npos)
      << results;
}

TEST_F(PublishedFormulasTest, SnakemakeStartsWithOneNodeAndFollowsPendingTasks) {
  const std::string formula =
      "startingNumberOfVMs = 1;\r\n"
      "maxNumberofVMs = 10;\r\n"
      "pendingTaskSamplePercent = $PendingTasks.GetSamplePercent(180 * TimeInterval_Second);\r\n"
      "pendingTaskSamples = pendingTaskSamplePercent < 70 ? startingNumberOfVMs : "
      "avg($PendingTasks.GetSample(180 * TimeInterval_Second));\r\n"
      "$TargetDedicatedNodes=min(maxNumberofVMs, pendingTaskSamples);\r\n"
      "$NodeDeallocationOption = taskcompletion;";
  EXPECT_EQ(target_of(formula), 1);
  samples(pending_tasks, {4, 4, 5, 5, 5}, 30s);
  EXPECT_EQ(target_of(formula), 4);
  samples(pending_tasks, 6, 50);
  EXPECT_EQ(target_of(formula), 10);
}

TEST_F(PublishedFormulasTest, TaskExecutionServiceTakesTheLeastOfNinetySeconds) {
  // The time as .NET prints it with format "r".
  const std::string formula =
      "$NodeDeallocationOption = taskcompletion;\r\nlifespan = time() - time(\"Wed, 31 Dec 2025 23:50:00 GMT\");\r\n"
      "span = TimeInterval_Second * 90;\r\nstartup = TimeInterval_Minute * 2;\r\nratio = 10;\r\n"
      "$TargetDedicated = (lifespan > startup ? min($PendingTasks.GetSample(span, ratio)) : 3);";
  samples(pending_tasks, {7, 5, 6});
  EXPECT_EQ(target_of(formula), 5);
  at("2025-12-31T23:51:00Z");
  EXPECT_EQ(target_of(formula), 3);
}

TEST_F(PublishedFormulasTest, SingleSamplesAreAddedAsVectors) {
  const std::string formula =
      "minNodes = 1; maxNodes = 10; activeTasks = $ActiveTasks.GetSample(1); runningTasks = "
      "$RunningTasks.GetSample(1); totalTasks = activeTasks + runningTasks; nodes = min(max(minNodes, totalTasks), "
      "maxNodes); $TargetDedicated = nodes;";
  samples(active_tasks, {3});
  samples(running_tasks, {4});
  EXPECT_EQ(target_of(formula), 7);
  samples(active_tasks, {30});
  EXPECT_EQ(target_of(formula), 10);
}

TEST_F(PublishedFormulasTest, LocalTimeIsTheTimeAndSomeHours) {
  at("2026-01-05T23:30:00Z");
  EXPECT_EQ(value_of("(time() + 7 * TimeInterval_Hour).hour"), "6");
}

TEST_F(PublishedFormulasTest, PendingTasksAloneAreTheLatestNumber) {
  samples(pending_tasks, {3, 4});
  EXPECT_EQ(target_of("$TargetDedicatedNodes = max(0, $PendingTasks);"), 4);
}

TEST_F(PublishedFormulasTest, LowPriorityFirstAndDedicatedForThePreempted) {
  const std::string formula =
      "maxNumberofVMs = 25; $TargetDedicatedNodes = min(maxNumberofVMs, $PreemptedNodeCount.GetSample(180 * "
      "TimeInterval_Second)); $TargetLowPriorityNodes = min(maxNumberofVMs , maxNumberofVMs - "
      "$TargetDedicatedNodes); $NodeDeallocationOption = taskcompletion;";
  samples(preempted_node_count, 6, 2);
  const auto evaluation = evaluate(formula);
  EXPECT_EQ(evaluation.target_dedicated, 2);
  EXPECT_EQ(evaluation.target_low_priority, 23);
}

TEST_F(PublishedFormulasTest, TimeOfDay) {
  const std::string formula =
      "$curTime = time(); $workHours = $curTime.hour >= 8 && $curTime.hour < 18; $isWeekday = $curTime.weekday >= 1 "
      "&& $curTime.weekday <= 5; $isWorkingWeekdayHour = $workHours && $isWeekday; $TargetDedicatedNodes = "
      "$isWorkingWeekdayHour ? 20:10; $NodeDeallocationOption = taskcompletion;";
  at("2026-01-05T12:00:00Z");
  EXPECT_EQ(target_of(formula), 20);
  at("2026-01-04T12:00:00Z");
  EXPECT_EQ(target_of(formula), 10);
}

TEST_F(PublishedFormulasTest, TasksPerNodeFromAMeasuredMinute) {
  const std::string formula =
      "$totalDedicatedNodes = max($CurrentDedicatedNodes.GetSample(TimeInterval_Minute * 1, TimeInterval_Minute * 6)); "
      "$TargetDedicatedNodes = $totalDedicatedNodes + 1;";
  samples(current_dedicated_nodes, {1, 2, 9, 9}, 30s);
  EXPECT_EQ(target_of(formula), 10);
}

}  // namespace
}  // namespace emulator::autoscale
