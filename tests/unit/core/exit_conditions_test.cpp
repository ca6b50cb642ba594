// The lookup of contract 6.4: which exit condition holds, and what is done when it does not say.
#include "emulator/core/exit_conditions.h"

#include <gtest/gtest.h>

namespace emulator::core {
namespace {

using wire::batch::DependencyAction;
using wire::batch::JobAction;

constexpr ExitActions kNothingSaidFailure{JobAction::terminate, DependencyAction::block};
constexpr ExitActions kNothingSaidSuccess{JobAction::none, DependencyAction::satisfy};

ExitOptions disable() {
  return {.job_action = JobAction::disable};
}
ExitOptions none() {
  return {.job_action = JobAction::none};
}
ExitOptions terminate() {
  return {.job_action = JobAction::terminate};
}

TaskRules with(ExitConditions conditions) {
  TaskRules rules;
  rules.exit_conditions = std::make_shared<const ExitConditions>(std::move(conditions));
  return rules;
}
JobAction action(const TaskRules& rules, TaskEnding ending, std::optional<std::int32_t> code = std::nullopt) {
  return exit_actions(rules, ending, code).job_action;
}

TEST(ExitConditionsTest, WithoutConditionsZeroSatisfiesAndEverythingElseTerminatesAndBlocks) {
  const TaskRules rules;
  EXPECT_EQ(exit_actions(rules, TaskEnding::exited, 0), kNothingSaidSuccess);
  EXPECT_EQ(exit_actions(rules, TaskEnding::exited, 1), kNothingSaidFailure);
  EXPECT_EQ(exit_actions(rules, TaskEnding::not_started, std::nullopt), kNothingSaidFailure);
  EXPECT_EQ(exit_actions(rules, TaskEnding::upload_failed, 0), kNothingSaidFailure);
  EXPECT_EQ(exit_actions(rules, TaskEnding::ended, 137), kNothingSaidFailure);
}

TEST(ExitConditionsTest, CodesComeBeforeRangesAndRangesBeforeTheDefault) {
  const auto rules = with({.codes = {{.first = 5, .last = 5, .options = disable()}},
                           .ranges = {{.first = 1, .last = 9, .options = none()}},
                           .otherwise = terminate()});
  EXPECT_EQ(action(rules, TaskEnding::exited, 5), JobAction::disable);
  EXPECT_EQ(action(rules, TaskEnding::exited, 9), JobAction::none);
  EXPECT_EQ(action(rules, TaskEnding::exited, 10), JobAction::terminate);
}

TEST(ExitConditionsTest, ZeroCountsOnlyWhenListed) {
  EXPECT_EQ(exit_actions(with({.otherwise = disable()}), TaskEnding::exited, 0), kNothingSaidSuccess);
  const auto listed = with({.ranges = {{.first = 0, .last = 1, .options = disable()}}});
  EXPECT_EQ(action(listed, TaskEnding::exited, 0), JobAction::disable);
  EXPECT_EQ(exit_actions(listed, TaskEnding::exited, 0).dependency_action, DependencyAction::satisfy);
}

TEST(ExitConditionsTest, TaskThatCouldNotStartLooksAtPreProcessingErrorAndThenTheDefault) {
  EXPECT_EQ(action(with({.pre_processing_error = disable(), .otherwise = none()}), TaskEnding::not_started),
            JobAction::disable);
  EXPECT_EQ(action(with({.otherwise = none()}), TaskEnding::not_started), JobAction::none);
}

TEST(ExitConditionsTest, ListedExitCodeWinsOverAFailedUpload) {
  const auto rules = with({.codes = {{.first = 0, .last = 0, .options = none()}}, .file_upload_error = disable()});
  EXPECT_EQ(action(rules, TaskEnding::upload_failed, 0), JobAction::none);
  EXPECT_EQ(action(rules, TaskEnding::upload_failed, 1), JobAction::disable);
}

TEST(ExitConditionsTest, FailedUploadFallsBackToTheDefault) {
  EXPECT_EQ(action(with({.otherwise = disable()}), TaskEnding::upload_failed, 0), JobAction::disable);
}

TEST(ExitConditionsTest, EndedTaskFollowsTheDefaultWhateverItsExitCode) {
  const auto rules = with({.codes = {{.first = 137, .last = 137, .options = none()}}, .otherwise = disable()});
  EXPECT_EQ(action(rules, TaskEnding::ended, 137), JobAction::disable);
}

TEST(ExitConditionsTest, ConditionMaySatisfyWithoutSayingAnythingAboutTheJob) {
  const auto rules =
      with({.codes = {{.first = 2, .last = 2, .options = {.dependency_action = DependencyAction::satisfy}}}});
  const ExitActions expected{JobAction::terminate, DependencyAction::satisfy};
  EXPECT_EQ(exit_actions(rules, TaskEnding::exited, 2), expected);
}

TEST(ExitConditionsTest, EndingIsToldFromTheRecord) {
  TaskRecord task;
  task.execution.exit_code = 0;
  EXPECT_EQ(ending_of(task), TaskEnding::exited);
  task.execution.failure = Failure{.code = "FailureExitCode"};
  EXPECT_EQ(ending_of(task), TaskEnding::exited);
  task.execution.failure = Failure{.code = "TaskEnded"};
  EXPECT_EQ(ending_of(task), TaskEnding::ended);
  task.execution.failure = Failure{.code = "FileUploadAccessDenied"};
  EXPECT_EQ(ending_of(task), TaskEnding::upload_failed);
  task.execution.exit_code.reset();
  EXPECT_EQ(ending_of(task), TaskEnding::not_started);
}

TEST(ExitConditionsTest, JobActionIsFoundWhereverItIsNamed) {
  EXPECT_FALSE(names_job_action({}));
  EXPECT_FALSE(names_job_action({.codes = {{.options = {.dependency_action = DependencyAction::block}}}}));
  EXPECT_TRUE(names_job_action({.codes = {{.options = none()}}}));
  EXPECT_TRUE(names_job_action({.ranges = {{.options = none()}}}));
  EXPECT_TRUE(names_job_action({.pre_processing_error = none()}));
  EXPECT_TRUE(names_job_action({.file_upload_error = none()}));
  EXPECT_TRUE(names_job_action({.otherwise = none()}));
}

}  // namespace
}  // namespace emulator::core
