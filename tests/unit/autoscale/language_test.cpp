// Text form, types, operators and service variables: contract 8.1 to 8.3, 8.5.
#include "tests/unit/autoscale/formula_fixture.h"

namespace emulator::autoscale {
namespace {

using enum Metric;

class LanguageTest : public FormulaTest {};

TEST_F(LanguageTest, MultiplicationBindsMoreThanAddition) {
  EXPECT_EQ(value_of("2 + 3 * 4"), "14");
  EXPECT_EQ(value_of("(2 + 3) * 4"), "20");
  EXPECT_EQ(value_of("10 - 4 - 3"), "3");
  EXPECT_EQ(value_of("24 / 4 / 3"), "2");
}

TEST_F(LanguageTest, RelationsBindMoreThanEqualityAndThatMoreThanLogic) {
  EXPECT_EQ(value_of("1 < 2 == 3 < 4"), "1");
  EXPECT_EQ(value_of("1 == 1 && 2 == 3"), "0");
  EXPECT_EQ(value_of("1 || 0 && 0"), "1");
  EXPECT_EQ(value_of("(1 || 0) && 0"), "0");
  EXPECT_EQ(value_of("1 + 1 > 1"), "1");
}

TEST_F(LanguageTest, ConditionalsReadFromTheRight) {
  EXPECT_EQ(value_of("0 ? 1 : 0 ? 2 : 3"), "3");
  EXPECT_EQ(value_of("1 ? 0 ? 4 : 5 : 6"), "5");
  EXPECT_EQ(value_of("1 > 2 ? 1 : 2 + 1"), "3");
}

TEST_F(LanguageTest, UnaryOperators) {
  EXPECT_EQ(value_of("-2 + 3"), "1");
  EXPECT_EQ(value_of("--2"), "2");
  EXPECT_EQ(value_of("!0"), "1");
  EXPECT_EQ(value_of("!7"), "0");
  EXPECT_EQ(value_of("3 * -2"), "-6");
  EXPECT_EQ(value_of("-TimeInterval_Minute + TimeInterval_Hour"), "00:59:00");
}

TEST_F(LanguageTest, EveryNumberButZeroIsTrue) {
  EXPECT_EQ(value_of("0.5 ? 1 : 2"), "1");
  EXPECT_EQ(value_of("-1 && 2"), "1");
  EXPECT_EQ(value_of("0 || 0"), "0");
}

TEST_F(LanguageTest, BranchesThatAreNotTakenAreNotEvaluated) {
  EXPECT_EQ(value_of("1 ? 2 : $Nope"), "2");
  EXPECT_EQ(value_of("0 && $Nope"), "0");
  EXPECT_EQ(value_of("1 || $Nope"), "1");
  EXPECT_EQ(value_of("0 ? val($PendingTasks.GetSample(1), 0) : 3"), "3");
}

TEST_F(LanguageTest, NumbersMayHaveFractionsAndExponents) {
  EXPECT_EQ(value_of("0.5 + .25"), "0.75");
  EXPECT_EQ(value_of("1e3"), "1000");
  EXPECT_EQ(value_of("1 / 3"), "0.333333333333333");
  EXPECT_EQ(value_of("0 * -1"), "0");
}

TEST_F(LanguageTest, CommentsAndLineBreaksAreFree) {
  EXPECT_EQ(target_of("// first\n$TargetDedicatedNodes\n=\t3 // 3\r\n;// end"), 3);
  EXPECT_EQ(target_of("$TargetDedicatedNodes = 2 // \xC3\xA4\n + 1"), 3);
}

TEST_F(LanguageTest, LastSemicolonMayBeMissingAndEmptyStatementsAreNone) {
  EXPECT_EQ(target_of("$TargetDedicatedNodes = 3"), 3);
  EXPECT_EQ(target_of(";;$TargetDedicatedNodes = 3;;"), 3);
}

TEST_F(LanguageTest, FormulaWithoutStatementsChangesNothing) {
  target_ = 5;
  EXPECT_EQ(target_of("// nothing"), 5);
}

TEST_F(LanguageTest, VariablesMayBeAssignedAgain) {
  EXPECT_EQ(target_of("a = 1; a = a + 1; $TargetDedicatedNodes = a;"), 2);
}

TEST_F(LanguageTest, NamesAreCaseSensitiveAndTheDollarBelongsToThem) {
  EXPECT_EQ(target_of("a = 1; A = 2; $a = 4; $TargetDedicatedNodes = a + A + $a;"), 7);
}

TEST_F(LanguageTest, TextsCompare) {
  EXPECT_EQ(value_of("\"a\" == \"a\""), "1");
  EXPECT_EQ(value_of("\"a\" < \"b\""), "1");
  EXPECT_EQ(value_of("\"a\" != \"A\""), "1");
}

TEST_F(LanguageTest, TimesAndIntervalsCombine) {
  EXPECT_EQ(value_of("time(\"2026-01-01T00:00:00Z\") + TimeInterval_Day"), "2026-01-02T00:00:00.000Z");
  EXPECT_EQ(value_of("TimeInterval_Hour + time(\"2026-01-01\")"), "2026-01-01T01:00:00.000Z");
  EXPECT_EQ(value_of("time(\"2026-01-02\") - time(\"2026-01-01\")"), "1.00:00:00");
  EXPECT_EQ(value_of("2 * TimeInterval_Minute"), "00:02:00");
  EXPECT_EQ(value_of("TimeInterval_Minute * 2"), "00:02:00");
  EXPECT_EQ(value_of("TimeInterval_Minute / 2"), "00:00:30");
  EXPECT_EQ(value_of("TimeInterval_Minute - TimeInterval_Second"), "00:00:59");
  EXPECT_EQ(value_of("TimeInterval_Minute > TimeInterval_Second"), "1");
  EXPECT_EQ(value_of("time(\"2026-01-02\") > time(\"2026-01-01\")"), "1");
}

TEST_F(LanguageTest, EveryConstantOfTimeIsKnown) {
  EXPECT_EQ(value_of("TimeInterval_Zero"), "00:00:00");
  EXPECT_EQ(value_of("TimeInterval_100ns"), "00:00:00.0000001");
  EXPECT_EQ(value_of("TimeInterval_Microsecond"), "00:00:00.0000010");
  EXPECT_EQ(value_of("TimeInterval_Millisecond"), "00:00:00.0010000");
  EXPECT_EQ(value_of("TimeInterval_Second"), "00:00:01");
  EXPECT_EQ(value_of("TimeInterval_Minute"), "00:01:00");
  EXPECT_EQ(value_of("TimeInterval_Hour"), "01:00:00");
  EXPECT_EQ(value_of("TimeInterval_Day"), "1.00:00:00");
  EXPECT_EQ(value_of("TimeInterval_Week"), "7.00:00:00");
  EXPECT_EQ(value_of("TimeInterval_Year"), "365.00:00:00");
}

TEST_F(LanguageTest, TimestampsHaveMembers) {
  at("2024-02-29T13:07:09.5Z");
  EXPECT_EQ(value_of("time().year"), "2024");
  EXPECT_EQ(value_of("time().month"), "2");
  EXPECT_EQ(value_of("time().day"), "29");
  EXPECT_EQ(value_of("time().weekday"), "4");
  EXPECT_EQ(value_of("time().hour"), "13");
  EXPECT_EQ(value_of("time().minute"), "7");
  EXPECT_EQ(value_of("time().second"), "9");
  EXPECT_EQ(value_of("time(\"2026-01-04\").weekday"), "7");
  EXPECT_EQ(value_of("time(\"2026-01-05\").weekday"), "1");
}

TEST_F(LanguageTest, VectorsCombineWithNumbersAndVectorsOfTheirLength) {
  samples(active_tasks, {1, 2, 3});
  samples(running_tasks, {10, 20, 30});
  EXPECT_EQ(value_of("$ActiveTasks.GetSample(3) + $RunningTasks.GetSample(3)"), "[11,22,33]");
  EXPECT_EQ(value_of("$RunningTasks.GetSample(3) / $ActiveTasks.GetSample(3)"), "[10,10,10]");
  EXPECT_EQ(value_of("$ActiveTasks.GetSample(3) - 1"), "[0,1,2]");
  EXPECT_NE(trouble_of("x = $ActiveTasks.GetSample(3) + $RunningTasks.GetSample(2);").find("3 and 2 elements"),
            std::string::npos);
}

TEST_F(LanguageTest, SamplesObjectAloneStandsForItsLatestValue) {
  samples(current_dedicated_nodes, {3, 10});
  EXPECT_EQ(value_of("$CurrentDedicatedNodes * 2"), "20");
  EXPECT_EQ(value_of("$CurrentDedicatedNodes > 9"), "1");
  EXPECT_EQ(value_of("max($CurrentDedicatedNodes, 4)"), "10");
  EXPECT_EQ(value_of("$CurrentDedicatedNodes"), "10");
}

TEST_F(LanguageTest, SamplesObjectWithoutSamplesStandsForWhatItIsNow) {
  current_[task_slots_per_node] = 4;
  EXPECT_EQ(value_of("$TaskSlotsPerNode * 2"), "8");
  EXPECT_EQ(value_of("$MaxTasksPerNode"), "4");
}

TEST_F(LanguageTest, EveryServiceVariableIsKnown) {
  for (const auto* name : {"$ActiveTasks",        "$RunningTasks",          "$PendingTasks",
                           "$SucceededTasks",     "$FailedTasks",           "$TaskSlotsPerNode",
                           "$MaxTasksPerNode",    "$CurrentDedicatedNodes", "$CurrentLowPriorityNodes",
                           "$PreemptedNodeCount", "$UsableNodeCount",       "$CPUPercent",
                           "$WallClockSeconds",   "$MemoryBytes",           "$DiskBytes",
                           "$DiskReadBytes",      "$DiskWriteBytes",        "$DiskReadOps",
                           "$DiskWriteOps",       "$NetworkInBytes",        "$NetworkOutBytes",
                           "$SampleNodeCount"}) {
    EXPECT_EQ(value_of(std::string(name) + ".GetSamplePercent(TimeInterval_Minute)"), "0") << name;
    EXPECT_NE(trouble_of(std::string(name) + " = 1;").find("cannot be assigned"), std::string::npos) << name;
  }
}

TEST_F(LanguageTest, UnassignedTargetsKeepTheirValue) {
  target_ = 3;
  target_low_priority_ = 4;
  const auto evaluation = evaluate("x = 1;");
  EXPECT_EQ(evaluation.target_dedicated, 3);
  EXPECT_EQ(evaluation.target_low_priority, 4);
}

TEST_F(LanguageTest, FractionsOfTargetsAreCutOffAndNegativeOnesAreNothing) {
  EXPECT_EQ(target_of("$TargetDedicatedNodes = 0.5;"), 0);
  EXPECT_EQ(target_of("$TargetDedicatedNodes = 2.9;"), 2);
  EXPECT_EQ(target_of("$TargetDedicatedNodes = -3;"), 0);
  EXPECT_EQ(target_of("$TargetDedicatedNodes = 1e300;"), 2147483647);
}

TEST_F(LanguageTest, AssignedTargetReadsWithItsFraction) {
  EXPECT_EQ(target_of("$TargetDedicatedNodes = 2.5; $TargetDedicatedNodes = $TargetDedicatedNodes * 2;"), 5);
}

TEST_F(LanguageTest, EveryDeallocationOptionIsABareWord) {
  EXPECT_EQ(evaluate("$NodeDeallocationOption = requeue;").deallocation, DeallocationOption::requeue);
  EXPECT_EQ(evaluate("$NodeDeallocationOption = terminate;").deallocation, DeallocationOption::terminate);
  EXPECT_EQ(evaluate("$NodeDeallocationOption = taskcompletion;").deallocation, DeallocationOption::taskcompletion);
  EXPECT_EQ(evaluate("$NodeDeallocationOption = 1 ? retaineddata : requeue;").deallocation,
            DeallocationOption::retaineddata);
}

}  // namespace
}  // namespace emulator::autoscale
