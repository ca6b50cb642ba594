// What is refused, and what ends an evaluation: contract 8.1, 8.9, and our own budgets.
#include "tests/unit/autoscale/formula_fixture.h"

namespace emulator::autoscale {
namespace {

using enum Metric;
using wire::batch::ErrorCode;

class ErrorsTest : public FormulaTest {};

TEST_F(ErrorsTest, TextThatIsNoFormulaIsASyntaxError) {
  for (const auto* text :
       {"a =",       "= 1",       "a = 1 b", "a = (1",     "a = 1)",    "a = 1 +", "a = 1 ? 2", "a = [1,2]",
        "a += 1",    "a = 5 % 2", "a = \"x", "a = min(1,", "a = 1.2.3", "a = 3x",  "a = #",     "a = $PendingTasks.",
        "a = 1 & 2", "a == = 1",  "1 = a",   "a = 1e999"}) {
    EXPECT_EQ(refusal_of(text), ErrorCode::AutoScalingFormulaSyntaxError) << text;
  }
}

TEST_F(ErrorsTest, MissingSemicolonBetweenAssignmentsEndsTheEvaluation) {
  target_ = 2;
  const auto evaluation = evaluate("$TargetDedicatedNodes = 5\n$NodeDeallocationOption = taskcompletion;");
  ASSERT_TRUE(evaluation.error);
  EXPECT_EQ(evaluation.error->code, "AutoScalingFormulaEvaluationError");
  EXPECT_EQ(evaluation.error->detail, "Line 2, Col 1: a ';' is missing before $NodeDeallocationOption");
  EXPECT_EQ(evaluation.target_dedicated, 2);
}

TEST_F(ErrorsTest, SyntaxErrorNamesLineAndColumn) {
  const auto formula = Formula::parse("a = 1;\n  b = ;");
  ASSERT_TRUE(formula.has_error());
  EXPECT_EQ(formula.error().details.at(0).key, "Reason");
  EXPECT_EQ(formula.error().details.at(0).value, "Line 2, Col 7: unexpected ';'");
}

TEST_F(ErrorsTest, UnknownFunctionsAndWrongNumbersOfArgumentsAreSyntaxErrors) {
  for (const auto* text :
       {"a = nope(1)", "a = avg()", "a = lg(1, 2)", "a = stop(1)", "a = time(1, 2)", "a = $PendingTasks.Nope()",
        "a = $PendingTasks.GetSample()", "a = val(1)", "a = $PendingTasks.GetSamplePercent(1, 2, 3)", "a = AVG(1)"}) {
    EXPECT_EQ(refusal_of(text), ErrorCode::AutoScalingFormulaSyntaxError) << text;
  }
}

TEST_F(ErrorsTest, LongestFormulaHas8192Characters) {
  const std::string start = "$TargetDedicatedNodes = 1; //";
  EXPECT_FALSE(refusal_of(start + std::string(8192 - start.size(), 'x')));
  EXPECT_EQ(refusal_of(start + std::string(8193 - start.size(), 'x')), ErrorCode::AutoScalingFormulaTooLong);
}

TEST_F(ErrorsTest, AtMost100Statements) {
  std::string formula;
  for (int i = 0; i < 100; ++i) formula += "a = 1;";
  EXPECT_FALSE(refusal_of(formula));
  EXPECT_EQ(refusal_of(formula + "a = 1;"), ErrorCode::AutoScalingFormulaSyntaxError);
}

TEST_F(ErrorsTest, DeepNestingIsRefusedAndLongChainsAreNot) {
  const auto nested = [](const std::string& open, const std::string& close, int levels) {
    std::string text = "a = ";
    for (int i = 0; i < levels; ++i) text += open;
    text += '1';
    for (int i = 0; i < levels; ++i) text += close;
    return text;
  };
  EXPECT_FALSE(refusal_of(nested("(", ")", 150)));
  EXPECT_EQ(refusal_of(nested("(", ")", 3000)), ErrorCode::AutoScalingFormulaSyntaxError);
  EXPECT_EQ(refusal_of(nested("-", "", 4000)), ErrorCode::AutoScalingFormulaSyntaxError);
  EXPECT_EQ(refusal_of(nested("1?1:", "", 2000)), ErrorCode::AutoScalingFormulaSyntaxError);
  EXPECT_EQ(refusal_of(nested("", ".a", 2000)), ErrorCode::AutoScalingFormulaSyntaxError);
  EXPECT_EQ(target_of(nested("", "+1", 4000).replace(0, 1, "$TargetDedicatedNodes")), 4001);
}

TEST_F(ErrorsTest, StepsOfAnEvaluationAreBounded) {
  samples(pending_tasks, 20'000, 1);
  std::string formula = "v = $PendingTasks.GetSample(20000); w = v";
  for (int i = 0; i < 100; ++i) formula += " + v";
  EXPECT_NE(trouble_of(formula).find("steps"), std::string::npos);
}

TEST_F(ErrorsTest, OperatorsThatTheTableLacksAreErrors) {
  samples(pending_tasks, {1, 2});
  for (const auto* expression :
       {"2 * $PendingTasks.GetSample(2)", "$PendingTasks.GetSample(2) > 1", "time() - TimeInterval_Day",
        "time() + time()", "TimeInterval_Day / TimeInterval_Hour", "\"a\" + \"b\"", "1 + TimeInterval_Day", "-time()",
        "!TimeInterval_Day", "1 == \"1\"", "requeue == requeue", "TimeInterval_Day ? 1 : 2", "1 / TimeInterval_Day",
        "-$PendingTasks.GetSample(2)"}) {
    const auto evaluation = evaluate(std::string("x = ") + expression + ";");
    ASSERT_TRUE(evaluation.error) << expression;
    EXPECT_EQ(evaluation.error->code, "AutoScalingFormulaEvaluationError") << expression;
  }
}

TEST_F(ErrorsTest, DivisionByZeroIsAnError) {
  EXPECT_EQ(trouble_of("x = 1 / 0;"), "Line 1, Col 7: division by zero");
}

TEST_F(ErrorsTest, ResultsOutOfRangeAreErrors) {
  for (const auto* expression : {"1e308 * 10", "TimeInterval_Year * 1e10", "time() + TimeInterval_Year * 9000",
                                 "$PendingTasks.GetSample(TimeInterval_Year * 9000)"}) {
    EXPECT_TRUE(evaluate(std::string("x = ") + expression + ";").error) << expression;
  }
}

TEST_F(ErrorsTest, TargetMustBeANumberAndTheOptionAnOption) {
  EXPECT_TRUE(evaluate("$TargetDedicatedNodes = \"3\";").error);
  EXPECT_TRUE(evaluate("$TargetDedicatedNodes = TimeInterval_Day;").error);
  EXPECT_TRUE(evaluate("$NodeDeallocationOption = 1;").error);
  EXPECT_TRUE(evaluate("$NodeDeallocationOption = \"requeue\";").error);
}

TEST_F(ErrorsTest, MembersAndMethodsOfOtherTypesAreErrors) {
  EXPECT_TRUE(evaluate("x = time().century;").error);
  EXPECT_TRUE(evaluate("y = 1; x = y.hour;").error);
  EXPECT_TRUE(evaluate("y = 1; x = y.GetSample(1);").error);
  EXPECT_TRUE(evaluate("x = $TargetDedicatedNodes.GetSample(1);").error);
  EXPECT_TRUE(evaluate("x = $PendingTasks.GetSample(\"a\");").error);
  EXPECT_TRUE(evaluate("x = $PendingTasks.GetSample(0);").error);
}

TEST_F(ErrorsTest, ErrorKeepsTheTargetsAndShowsTheValuesReached) {
  target_ = 2;
  const auto evaluation = evaluate("a = 5; $TargetDedicatedNodes = 9; b = $Nope; c = 3;");
  ASSERT_TRUE(evaluation.error);
  EXPECT_EQ(evaluation.target_dedicated, 2);
  EXPECT_EQ(evaluation.results,
            "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;$a=5");
}

}  // namespace
}  // namespace emulator::autoscale
