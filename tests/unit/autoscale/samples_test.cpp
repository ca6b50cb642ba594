// Samples and their methods: contract 8.6.
#include "tests/unit/autoscale/formula_fixture.h"

namespace emulator::autoscale {
namespace {

using enum Metric;

class SamplesTest : public FormulaTest {};

TEST_F(SamplesTest, CountGivesTheLatestHoweverOld) {
  samples(pending_tasks, {1, 2, 3, 4}, 24h);
  EXPECT_EQ(value_of("$PendingTasks.GetSample(1)"), "[4]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(2)"), "[3,4]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(100)"), "[1,2,3,4]");
}

TEST_F(SamplesTest, CountWithoutAnySampleIsInsufficientData) {
  const auto evaluation = evaluate("x = $PendingTasks.GetSample(1);");
  ASSERT_TRUE(evaluation.error);
  EXPECT_EQ(evaluation.error->code, "InsufficientSampleData");
}

TEST_F(SamplesTest, IntervalGivesTheSamplesSinceThen) {
  samples(pending_tasks, {1, 2, 3, 4});
  EXPECT_EQ(value_of("$PendingTasks.GetSample(TimeInterval_Minute)"), "[3,4]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(TimeInterval_Hour)"), "[1,2,3,4]");
}

TEST_F(SamplesTest, TimestampIsAStartToo) {
  samples(pending_tasks, {1, 2, 3, 4});
  EXPECT_EQ(value_of("$PendingTasks.GetSample(time() + -TimeInterval_Minute)"), "[3,4]");
}

TEST_F(SamplesTest, OrderOfTheTwoPointsDoesNotMatter) {
  std::vector<double> values;
  for (int i = 1; i <= 13; ++i) values.push_back(i);
  samples(pending_tasks, values);
  const std::string ten = "[2,3,4,5,6,7,8,9,10,11]";
  EXPECT_EQ(value_of("$PendingTasks.GetSample(TimeInterval_Minute * 1, TimeInterval_Minute * 6)"), ten);
  EXPECT_EQ(value_of("$PendingTasks.GetSample(TimeInterval_Minute * 6, TimeInterval_Minute * 1)"), ten);
}

TEST_F(SamplesTest, WithoutAPercentageNoneIsEnough) {
  EXPECT_EQ(value_of("$PendingTasks.GetSample(TimeInterval_Minute)"), "[]");
}

TEST_F(SamplesTest, PercentageIsThatOfThePossibleSamples) {
  samples(pending_tasks, {1, 2, 3});
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Minute * 3)"), "50");
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Minute)"), "100");
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Minute, TimeInterval_Minute * 2)"), "50");
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Zero)"), "0");
}

TEST_F(SamplesTest, UnmetPercentageNamesWhatWasWantedAndReceived) {
  samples(running_tasks, {1, 2, 3, 4, 5});
  EXPECT_EQ(trouble_of("a = 1;\nb = 2;\n  c = $RunningTasks.GetSample(TimeInterval_Minute * 5, 70);"),
            "Line 3, Col 21: Insufficient data from data set: $RunningTasks wanted 70%, received 50%");
  samples(running_tasks, {1, 2});
  EXPECT_NE(trouble_of("c = $RunningTasks.GetSample(TimeInterval_Second * 90, 70);").find("received 66.67%"),
            std::string::npos);
}

TEST_F(SamplesTest, MetPercentageGivesTheSamples) {
  samples(running_tasks, {1, 2, 3, 4, 5});
  EXPECT_EQ(value_of("$RunningTasks.GetSample(TimeInterval_Minute * 5, 50)"), "[1,2,3,4,5]");
}

TEST_F(SamplesTest, PeriodCountAndBeginOfTheHistory) {
  samples(pending_tasks, {1, 2, 3});
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePeriod()"), "00:00:30");
  EXPECT_EQ(value_of("$PendingTasks.Count()"), "3");
  EXPECT_EQ(value_of("$PendingTasks.HistoryBeginTime()"), "2025-12-31T23:59:00.000Z");
  EXPECT_EQ(value_of("$RunningTasks.Count()"), "0");
  EXPECT_NE(trouble_of("x = $RunningTasks.HistoryBeginTime();").find("Insufficient data"), std::string::npos);
}

TEST_F(SamplesTest, VariableMayStandForASamplesObject) {
  samples(pending_tasks, {1, 2});
  EXPECT_EQ(target_of("p = $PendingTasks; $TargetDedicatedNodes = sum(p.GetSample(2));"), 3);
}

TEST_F(SamplesTest, LongVectorsAreCutInTheResults) {
  samples(pending_tasks, 500, 1);
  const auto shown = value_of("$PendingTasks.GetSample(500)");
  EXPECT_TRUE(shown.ends_with(",...]"));
  EXPECT_LT(shown.size(), 300U);
}

}  // namespace
}  // namespace emulator::autoscale
