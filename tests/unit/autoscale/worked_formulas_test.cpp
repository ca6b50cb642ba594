// The formulas of contract 8.10 with the outcomes worked out there.
#include "tests/unit/autoscale/formula_fixture.h"

namespace emulator::autoscale {
namespace {

using enum Metric;

class WorkedFormulasTest : public FormulaTest {};

TEST_F(WorkedFormulasTest, Fixed) {
  const auto evaluation = evaluate("$TargetDedicatedNodes = 4;");
  EXPECT_EQ(evaluation.target_dedicated, 4);
  EXPECT_EQ(evaluation.results, "$TargetDedicatedNodes=4;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
}

TEST_F(WorkedFormulasTest, PendingTasksWithAStartValue) {
  const std::string formula = R"(first = 1; cap = 25;
pct = $PendingTasks.GetSamplePercent(180 * TimeInterval_Second);
want = pct < 70 ? first : avg($PendingTasks.GetSample(180 * TimeInterval_Second));
$TargetDedicatedNodes = min(cap, want);)";
  EXPECT_EQ(target_of(formula), 1);
  samples(pending_tasks, {10, 10, 12, 14, 14, 18});
  EXPECT_EQ(target_of(formula), 13);
  samples(pending_tasks, {10, 12, 14, 16});
  EXPECT_EQ(target_of(formula), 1);
  EXPECT_NE(evaluate(formula).results.find("$pct=66.6666666666667;"), std::string::npos);
  samples(pending_tasks, {8, 8, 9, 9, 9});
  EXPECT_EQ(target_of(formula), 8);
  EXPECT_NE(evaluate(formula).results.find("$want=8.6"), std::string::npos);
  samples(pending_tasks, 6, 40);
  EXPECT_EQ(target_of(formula), 25);
  samples(pending_tasks, {0, 0, 0, 1, 1, 1});
  EXPECT_EQ(target_of(formula), 0);
}

TEST_F(WorkedFormulasTest, ReplacePreemptedNodes) {
  samples(preempted_node_count, {0, 0, 2, 3, 3, 3});
  const auto evaluation = evaluate(
      "$TargetDedicatedNodes = min(25, max($PreemptedNodeCount.GetSample(180 * TimeInterval_Second)));"
      "$TargetLowPriorityNodes = min(25, 25 - $TargetDedicatedNodes); $NodeDeallocationOption = taskcompletion;");
  EXPECT_EQ(evaluation.target_dedicated, 3);
  EXPECT_EQ(evaluation.target_low_priority, 22);
  EXPECT_EQ(evaluation.deallocation, DeallocationOption::taskcompletion);
  EXPECT_EQ(target_of("$TargetDedicatedNodes = min(25, $PreemptedNodeCount.GetSample(180 * TimeInterval_Second));"), 0);
}

TEST_F(WorkedFormulasTest, CpuRaisesAndLowersTheTarget) {
  const std::string formula =
      "n = min($CPUPercent.GetSample(TimeInterval_Minute * 10)) > 0.7 ? $CurrentDedicatedNodes * 1.1 : "
      "$CurrentDedicatedNodes; n = avg($CPUPercent.GetSample(TimeInterval_Hour)) < 0.2 ? "
      "$CurrentDedicatedNodes * 0.9 : n; $TargetDedicatedNodes = min(400, n);";
  const auto target = [&](double nodes, double of_ten_minutes, double of_the_hour) {
    samples(current_dedicated_nodes, 1, nodes);
    std::vector<double> cpu(120, of_the_hour);
    for (std::size_t i = 100; i < 120; ++i) cpu[i] = of_ten_minutes;
    // The rest of the hour is chosen so that its average is as asked.
    const double rest = (of_the_hour * 120 - of_ten_minutes * 20) / 100;
    for (std::size_t i = 0; i < 100; ++i) cpu[i] = rest;
    samples(cpu_percent, cpu);
    return target_of(formula);
  };
  EXPECT_EQ(target(10, 0.75, 0.60), 11);
  EXPECT_EQ(target(9, 0.75, 0.60), 9);
  EXPECT_EQ(target(10, 0.05, 0.10), 9);
  EXPECT_EQ(target(380, 0.90, 0.90), 400);
}

TEST_F(WorkedFormulasTest, OfficeHours) {
  const std::string formula =
      "now = time(); busy = now.hour >= 8 && now.hour < 18; weekday = now.weekday >= 1 && now.weekday <= 5; "
      "$TargetDedicatedNodes = busy && weekday ? 20 : 10;";
  at("2016-10-13T19:18:47.805Z");
  EXPECT_EQ(evaluate(formula).results,
            "$TargetDedicatedNodes=10;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;"
            "$busy=0;$now=2016-10-13T19:18:47.805Z;$weekday=1");
  at("2016-10-13T09:00Z");
  EXPECT_EQ(target_of(formula), 20);
  at("2016-10-15T09:00Z");
  EXPECT_EQ(target_of(formula), 10);
}

TEST_F(WorkedFormulasTest, TasksWithHalving) {
  const std::string formula = R"(pct = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 15);
t = pct < 70 ? max(0, $PendingTasks.GetSample(1))
             : max($PendingTasks.GetSample(1), avg($PendingTasks.GetSample(TimeInterval_Minute * 15)));
goal = t > 0 ? t : $TargetDedicatedNodes / 2;
$TargetDedicatedNodes = max(0, min(goal, 20));)";
  const auto target = [&](std::size_t count, double average, double last, int present) {
    const auto others = static_cast<double>(count - 1);
    std::vector<double> values(count, (average * static_cast<double>(count) - last) / others);
    values.back() = last;
    samples(pending_tasks, values);
    target_ = present;
    return target_of(formula);
  };
  EXPECT_EQ(target(24, 6, 9, 3), 9);
  EXPECT_EQ(target(24, 12, 2, 3), 12);
  EXPECT_EQ(target(10, 5, 5, 3), 5);
  EXPECT_EQ(target(30, 0, 0, 7), 3);
  EXPECT_EQ(target(30, 0, 0, 1), 0);
  EXPECT_EQ(target(30, 50, 50, 3), 20);
}

TEST_F(WorkedFormulasTest, SeveralTasksPerNode) {
  const std::string formula =
      "t = max($PendingTasks.GetSample(1)); $TargetDedicatedNodes = ceil(t / $TaskSlotsPerNode);";
  current_[task_slots_per_node] = 4;
  for (const auto& [pending, nodes] : std::map<int, int>{{0, 0}, {1, 1}, {4, 1}, {5, 2}}) {
    samples(pending_tasks, 1, pending);
    EXPECT_EQ(target_of(formula), nodes) << pending;
  }
  const std::string without_ceil =
      "t = max($PendingTasks.GetSample(1)); $TargetDedicatedNodes = t / $TaskSlotsPerNode;";
  samples(pending_tasks, 1, 1);
  EXPECT_EQ(target_of(without_ceil), 0);
  samples(pending_tasks, 1, 5);
  EXPECT_EQ(target_of(without_ceil), 1);
}

TEST_F(WorkedFormulasTest, AgeOfThePool) {
  const std::string formula =
      "life = time() - time(\"2024-05-01T10:00:00Z\"); start = TimeInterval_Minute * 5; $TargetDedicatedNodes = "
      "life > start ? (max($RunningTasks.GetSample(TimeInterval_Second * 60, 50)) == 0 ? 0 : "
      "$TargetDedicatedNodes) : 2;";
  target_ = 4;
  at("2024-05-01T10:03:00Z");
  EXPECT_EQ(target_of(formula), 2);
  at("2024-05-01T10:20:00Z");
  samples(running_tasks, {3, 3});
  EXPECT_EQ(target_of(formula), 4);
  samples(running_tasks, {0, 0});
  EXPECT_EQ(target_of(formula), 0);
  samples(running_tasks, {3, 3}, 60s);
  const auto evaluation = evaluate(formula);
  ASSERT_TRUE(evaluation.error);
  EXPECT_EQ(evaluation.error->code, "InsufficientSampleData");
  EXPECT_EQ(evaluation.target_dedicated, 4);
}

TEST_F(WorkedFormulasTest, DemandedPercentage) {
  const std::string formula =
      "v = $RunningTasks.GetSample(60 * TimeInterval_Second, 120 * TimeInterval_Second, 75); "
      "$TargetDedicatedNodes = max(v) + 1;";
  samples(running_tasks, {2, 3}, 60s);
  EXPECT_EQ(target_of(formula), 4);
  samples(running_tasks, {3}, 60s);
  const auto evaluation = evaluate(formula);
  ASSERT_TRUE(evaluation.error);
  EXPECT_EQ(evaluation.error->code, "InsufficientSampleData");
  EXPECT_EQ(evaluation.error->message, "Autoscale evaluation failed due to insufficient sample data");
  EXPECT_EQ(evaluation.error->detail,
            "Line 1, Col 19: Insufficient data from data set: $RunningTasks wanted 75%, received 50%");
}

TEST_F(WorkedFormulasTest, VectorArithmetic) {
  samples(active_tasks, {2, 4, 6});
  const std::string formula =
      "v = $ActiveTasks.GetSample(3); w = v * 2 + 1; $TargetDedicatedNodes = val(w, 0) + len(v, 7) + range(v);";
  EXPECT_EQ(target_of(formula), 13);
  EXPECT_NE(evaluate(formula).results.find("$w=[5,9,13]"), std::string::npos);
}

TEST_F(WorkedFormulasTest, Statistics) {
  samples(running_tasks, {2, 4, 4, 6});
  const auto of = [&](const std::string& function) {
    return std::stod(value_of(function + "($RunningTasks.GetSample(4))"));
  };
  EXPECT_DOUBLE_EQ(of("avg"), 4);
  EXPECT_DOUBLE_EQ(of("sum"), 16);
  EXPECT_NEAR(of("std"), 1.633, 0.001);
  EXPECT_NEAR(of("norm"), 8.485, 0.001);
  EXPECT_DOUBLE_EQ(of("min"), 2);
  EXPECT_DOUBLE_EQ(of("max"), 6);
  EXPECT_EQ(target_of("v = $RunningTasks.GetSample(4); $TargetDedicatedNodes = avg(v) + std(v);"), 5);
}

TEST_F(WorkedFormulasTest, AliasAndFullName) {
  EXPECT_EQ(target_of("$TargetDedicated = 5; $TargetDedicatedNodes = 2;"), 2);
  EXPECT_EQ(target_of("$TargetDedicatedNodes = 2; $TargetDedicated = 5;"), 2);
  target_ = 1;
  const auto evaluation = evaluate("$TargetLowPriority = 3");
  EXPECT_EQ(evaluation.target_dedicated, 1);
  EXPECT_EQ(evaluation.target_low_priority, 3);
}

TEST_F(WorkedFormulasTest, EarlyEnd) {
  EXPECT_EQ(target_of("$TargetDedicatedNodes = 3; stop(); $TargetDedicatedNodes = 9;"), 3);
}

TEST_F(WorkedFormulasTest, Fault) {
  target_ = 2;
  const auto evaluation = evaluate("$TargetDedicatedNodes = $Nope + 1;");
  ASSERT_TRUE(evaluation.error);
  EXPECT_EQ(evaluation.error->code, "AutoScalingFormulaEvaluationError");
  EXPECT_EQ(evaluation.results, "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
}

TEST_F(WorkedFormulasTest, TwoPhaseDrop) {
  const std::string formula =
      "$NodeDeallocationOption = taskcompletion; q = max($ActiveTasks.GetSample(TimeInterval_Minute * 5)); "
      "r = max($RunningTasks.GetSample(TimeInterval_Minute * 5)); $TargetDedicatedNodes = q > 0 ? min(10, r + q) : r;";
  samples(active_tasks, 10, 0);
  samples(running_tasks, {1, 4, 2, 3, 1, 0, 2, 2, 2, 2});
  EXPECT_EQ(target_of(formula), 4);
  samples(active_tasks, {0, 20, 3});
  EXPECT_EQ(target_of(formula), 10);
}

}  // namespace
}  // namespace emulator::autoscale
