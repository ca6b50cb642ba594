// How jobs end by themselves: with their last task, their wall clock, the exit of a task. Contract 6.3 to 6.5.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using wire::batch::JobAction;
using wire::batch::OnAllTasksComplete;
using wire::batch::OnTaskFailure;

class JobEndingTest : public BatchFixture {
 protected:
  void add_job_that_ends_with_its_tasks() {
    auto job = new_job("job");
    job.on_all_tasks_complete = OnAllTasksComplete::terminatejob;
    ok(AddJob{job});
  }
  void add_job_that_reacts() {
    auto job = new_job("job");
    job.on_task_failure = OnTaskFailure::performexitoptionsjobaction;
    ok(AddJob{job});
  }
  static NewTask task_with_exit_code(int code, JobAction action) {
    auto task = new_task("task");
    task.rules.exit_conditions = std::make_shared<const ExitConditions>(
        ExitConditions{.codes = {{.first = code, .last = code, .options = {.job_action = action}}}});
    return task;
  }
};

TEST_F(JobEndingTest, JobEndsWithItsLastTask) {
  ready_pool("pool", 1);
  add_job();
  add_task("a");
  add_task("b");
  auto update = update_of();
  update.job.on_all_tasks_complete = OnAllTasksComplete::terminatejob;
  ok(update);
  exits("a");
  EXPECT_EQ(job_state(), JobState::active);
  exits("b", 1);
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().terminate_reason, "AllTasksComplete");
}

TEST_F(JobEndingTest, EmptyJobThatEndsWithItsTasksEndsAfterAShortWhile) {
  add_job_that_ends_with_its_tasks();
  EXPECT_EQ(job_state(), JobState::active);
  advance(5s);
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().terminate_reason, "AllTasksComplete");
}

TEST_F(JobEndingTest, TaskThatComesInTimeKeepsTheJobOpen) {
  add_job_that_ends_with_its_tasks();
  add_task("task");
  advance(1h);
  EXPECT_EQ(job_state(), JobState::active);
}

TEST_F(JobEndingTest, DeletingTheLastOpenTaskEndsTheJob) {
  ready_pool("pool", 1);
  add_job_that_ends_with_its_tasks();
  add_task("a");
  add_task("b");
  exits("a");
  ok(DeleteTask{key("b"), {}});
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(JobEndingTest, TerminateOfAllTasksIsAOneWayDoor) {
  add_job_that_ends_with_its_tasks();
  auto update = update_of();
  update.job.on_all_tasks_complete = OnAllTasksComplete::noaction;
  EXPECT_EQ(error_of(update), ErrorCode::InvalidPropertyValue);
}

TEST_F(JobEndingTest, WallClockCountsFromCreation) {
  auto job = new_job("job");
  job.max_wall_clock = 1h;
  ready_pool("pool", 1);
  ok(AddJob{job});
  add_task("task");
  advance(59min);
  EXPECT_EQ(job_state(), JobState::active);
  EXPECT_EQ(batch_->next_deadline(), now_ + 1min);
  advance(1min);
  EXPECT_EQ(job_state(), JobState::terminating);
  stopped("task");
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().terminate_reason, "MaxWallClockTimeExpiry");
}

TEST_F(JobEndingTest, WallClockEndsADisabledJobToo) {
  auto job = new_job("job");
  job.max_wall_clock = 1h;
  ok(AddJob{job});
  disable(DisableTasksOption::requeue);
  advance(1h);
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(JobEndingTest, ShorterWallClockOfAnUpdateHolds) {
  add_job();
  auto update = update_of();
  update.job.max_wall_clock = 1min;
  ok(update);
  advance(1min);
  EXPECT_EQ(job_record().terminate_reason, "MaxWallClockTimeExpiry");
}

TEST_F(JobEndingTest, FailedTaskTerminatesAJobThatReacts) {
  ready_pool("pool", 1);
  add_job_that_reacts();
  add_task("task");
  exits("task", 1);
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().terminate_reason, "TaskFailed");
}

TEST_F(JobEndingTest, SuccessfulTaskDoesNothingToAJobThatReacts) {
  ready_pool("pool", 1);
  add_job_that_reacts();
  add_task("task");
  exits("task", 0);
  EXPECT_EQ(job_state(), JobState::active);
}

TEST_F(JobEndingTest, ListedExitCodeDisablesTheJobWithRequeue) {
  ready_pool("pool", 2);
  add_job_that_reacts();
  add_task(task_with_exit_code(5, JobAction::disable));
  add_task("other");
  exits("task", 5);
  EXPECT_EQ(job_state(), JobState::disabling);
  stopped("other");
  EXPECT_EQ(job_state(), JobState::disabled);
  EXPECT_EQ(task_record("other").execution.requeue_count, 1);
}

TEST_F(JobEndingTest, ListedExitCodeCanBeHarmless) {
  ready_pool("pool", 1);
  add_job_that_reacts();
  add_task(task_with_exit_code(5, JobAction::none));
  exits("task", 5);
  EXPECT_EQ(job_state(), JobState::active);
}

TEST_F(JobEndingTest, ListedZeroTerminates) {
  ready_pool("pool", 1);
  add_job_that_reacts();
  add_task(task_with_exit_code(0, JobAction::terminate));
  exits("task", 0);
  EXPECT_EQ(job_record().terminate_reason, "TaskFailed");
}

TEST_F(JobEndingTest, JobActionWithoutAJobThatReactsIsRefused) {
  add_job();
  EXPECT_EQ(error_of(AddTask{JobId{"job"}, task_with_exit_code(5, JobAction::disable)}),
            ErrorCode::InvalidPropertyValue);
}

TEST_F(JobEndingTest, OneFailureDoesNotEndAJobThatStillRetries) {
  ready_pool("pool", 1);
  add_job_that_reacts();
  auto task = new_task("task");
  task.rules.constraints.max_retries = 1;
  add_task(task);
  exits("task", 1);
  EXPECT_EQ(job_state(), JobState::active);
  exits("task", 1);
  EXPECT_EQ(job_state(), JobState::completed);
}

}  // namespace
}  // namespace emulator::core
