// Functions: contract 8.4.
#include "tests/unit/autoscale/formula_fixture.h"

namespace emulator::autoscale {
namespace {

using enum Metric;

class FunctionsTest : public FormulaTest {
 protected:
  void SetUp() override { samples(active_tasks, {1, 2, 3}); }
  std::string of_vector(const std::string& function) { return value_of(function + "($ActiveTasks.GetSample(3))"); }
};

TEST_F(FunctionsTest, ListsOfNumbersAndVectorsAreFlattened) {
  EXPECT_EQ(value_of("avg($ActiveTasks.GetSample(3), 7)"), "3.25");
  EXPECT_EQ(value_of("len($ActiveTasks.GetSample(3), 7, 8)"), "5");
  EXPECT_EQ(value_of("max(1, $ActiveTasks.GetSample(3), 2)"), "3");
  EXPECT_EQ(value_of("min(4, 2, 8)"), "2");
  EXPECT_EQ(value_of("sum(1, 2, $ActiveTasks.GetSample(3))"), "9");
  EXPECT_EQ(value_of("range(1, 5)"), "4");
  EXPECT_EQ(value_of("norm(3, 4)"), "5");
}

TEST_F(FunctionsTest, DeviationIsThatOfASample) {
  EXPECT_EQ(of_vector("std"), "1");
  EXPECT_EQ(value_of("std(5)"), "0");
}

TEST_F(FunctionsTest, Logarithms) {
  EXPECT_EQ(value_of("lg(8)"), "3");
  EXPECT_EQ(value_of("log(1000)"), "3");
  EXPECT_EQ(value_of("ln(1)"), "0");
  EXPECT_NE(trouble_of("x = ln(0);").find("not a number"), std::string::npos);
}

TEST_F(FunctionsTest, Roundings) {
  EXPECT_EQ(value_of("ceil(1.2)"), "2");
  EXPECT_EQ(value_of("floor(1.8)"), "1");
  EXPECT_EQ(value_of("round(1.5)"), "2");
  EXPECT_EQ(value_of("round(1.4)"), "1");
}

TEST_F(FunctionsTest, NumberFunctionsApplyToEveryElement) {
  EXPECT_EQ(value_of("ceil($ActiveTasks.GetSample(3) / 2)"), "[1,1,2]");
  EXPECT_EQ(value_of("lg($ActiveTasks.GetSample(1) + 5)"), "[3]");
}

TEST_F(FunctionsTest, PercentileLiesOnTheLineBetweenTwoElements) {
  samples(active_tasks, {4, 1, 3, 2, 5});
  EXPECT_EQ(value_of("percentile($ActiveTasks.GetSample(5), 0)"), "1");
  EXPECT_EQ(value_of("percentile($ActiveTasks.GetSample(5), 50)"), "3");
  EXPECT_EQ(value_of("percentile($ActiveTasks.GetSample(5), 90)"), "4.6");
  EXPECT_EQ(value_of("percentile($ActiveTasks.GetSample(5), 100)"), "5");
  EXPECT_NE(trouble_of("x = percentile($ActiveTasks.GetSample(5), 101);").find("0 to 100"), std::string::npos);
}

TEST_F(FunctionsTest, ElementsCountFromZero) {
  EXPECT_EQ(value_of("val($ActiveTasks.GetSample(3), 0)"), "1");
  EXPECT_EQ(value_of("val($ActiveTasks.GetSample(3), 2)"), "3");
  EXPECT_NE(trouble_of("x = val($ActiveTasks.GetSample(3), 3);").find("no element 3"), std::string::npos);
  EXPECT_NE(trouble_of("x = val($ActiveTasks.GetSample(3), -1);").find("no element -1"), std::string::npos);
}

TEST_F(FunctionsTest, RandomNumbersLieBetweenZeroAndOneAndDiffer) {
  EXPECT_EQ(value_of("rand() >= 0 && rand() < 1"), "1");
  EXPECT_EQ(value_of("rand() == rand()"), "0");
}

TEST_F(FunctionsTest, TimeReadsIsoAndRfcText) {
  EXPECT_EQ(value_of("time(\"2024-05-01T10:00:00.5Z\")"), "2024-05-01T10:00:00.500Z");
  EXPECT_EQ(value_of("time(\"Wed, 01 May 2024 10:00:00 GMT\")"), "2024-05-01T10:00:00.000Z");
  EXPECT_EQ(value_of("time(\"2024-05-01T12:00:00+02:00\")"), "2024-05-01T10:00:00.000Z");
  EXPECT_NE(trouble_of("x = time(\"yesterday\");").find("yesterday"), std::string::npos);
  EXPECT_NE(trouble_of("x = time(1);").find("expected a string"), std::string::npos);
}

TEST_F(FunctionsTest, NothingHasNoAverageButALengthAndASum) {
  const std::string none = "($RunningTasks.GetSample(TimeInterval_Minute))";
  EXPECT_EQ(value_of("len" + none), "0");
  EXPECT_EQ(value_of("sum" + none), "0");
  for (const auto* function : {"avg", "max", "min", "range", "std", "norm"}) {
    EXPECT_NE(trouble_of("x = " + (function + none) + ";").find("of no values"), std::string::npos) << function;
  }
}

TEST_F(FunctionsTest, StopEndsInTheMiddleOfAnExpressionToo) {
  EXPECT_EQ(target_of("$TargetDedicatedNodes = 1; x = 1 ? stop() : 2; $TargetDedicatedNodes = 2;"), 1);
}

}  // namespace
}  // namespace emulator::autoscale
