// A task on a node: contract 5.6, 5.7, 5.8, 6.2.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using TaskRunTest = BatchFixture;

TEST_F(TaskRunTest, TaskIsAssignedAsSoonAsANodeIsIdle) {
  add_pool("pool", 1);
  add_job();
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active);
  join(node());
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().node, node());
  ASSERT_EQ(noticed<RunTask>().size(), 1U);
  EXPECT_EQ(noticed<RunTask>()[0].attempt, 1U);
}

TEST_F(TaskRunTest, ExitZeroCompletesWithSuccess) {
  running_task();
  now_ += 5s;
  exits("task", 0);
  const auto& execution = task_record().execution;
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(execution.result, TaskResult::success);
  EXPECT_EQ(execution.exit_code, 0);
  EXPECT_FALSE(execution.failure);
  EXPECT_EQ(*execution.ended - *execution.started, 5s);
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(TaskRunTest, NonZeroExitCompletesWithFailureExitCode) {
  running_task();
  exits("task", 3);
  const auto& execution = task_record().execution;
  EXPECT_EQ(execution.result, TaskResult::failure);
  EXPECT_EQ(execution.exit_code, 3);
  ASSERT_TRUE(execution.failure);
  EXPECT_EQ(execution.failure->code, "FailureExitCode");
  EXPECT_EQ(execution.failure->category, wire::batch::FailureCategory::usererror);
  EXPECT_EQ(execution.failure->message, "The task exited with an exit code representing a failure");
  const NameValues details{{"Message", "The task process exited with an unexpected exit code"},
                           {"AdditionalErrorCode", "FailureExitCode"}};
  EXPECT_EQ(execution.failure->details, details);
}

TEST_F(TaskRunTest, NonZeroExitWithRetriesLeftRunsAgain) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.max_retries = 1;
  add_task(task);
  exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
  EXPECT_EQ(task_record().execution.retry_count, 1);
  EXPECT_EQ(task_record().execution.last_retry, now_);
  EXPECT_FALSE(task_record().execution.exit_code);
  EXPECT_EQ(task_record().previous_state, TaskState::active);
  exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.exit_code, 1);
  EXPECT_EQ(task_record().execution.retry_count, 1);
}

TEST_F(TaskRunTest, TheJobsRetryCountHoldsWhenTheTaskHasNone) {
  ready_pool("pool", 1);
  auto job = new_job("job");
  job.max_task_retries = 2;
  ok(AddJob{job});
  add_task("task");
  exits("task", 1);
  exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::running);
  exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(TaskRunTest, TheTasksRetryCountBeatsTheJobs) {
  ready_pool("pool", 1);
  auto job = new_job("job");
  job.max_task_retries = 5;
  ok(AddJob{job});
  auto task = new_task("task");
  task.rules.constraints.max_retries = 0;
  add_task(task);
  exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(TaskRunTest, MinusOneRetriesWithoutLimit) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.max_retries = -1;
  add_task(task);
  for (int run = 0; run < 50; ++run) exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().execution.retry_count, 50);
}

TEST_F(TaskRunTest, PreProcessingErrorIsNotRetriedAndHasNoExitCode) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.max_retries = 3;
  add_task(task);
  auto finished = report("task", RunEnd::pre_processing_error);
  finished.failure = Failure{.category = wire::batch::FailureCategory::usererror, .code = "BlobNotFound"};
  ok(finished);
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "BlobNotFound");
  EXPECT_FALSE(task_record().execution.exit_code);
  EXPECT_EQ(task_record().execution.retry_count, 0);
}

TEST_F(TaskRunTest, FailedUploadIsAFailureWithExitCodeAndIsNotRetried) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.max_retries = 3;
  add_task(task);
  auto finished = report("task", RunEnd::exited, 0);
  finished.failure = Failure{.code = "FileUploadAccessDenied"};
  ok(finished);
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.result, TaskResult::failure);
  EXPECT_EQ(task_record().execution.exit_code, 0);
  EXPECT_EQ(task_record().execution.failure->code, "FileUploadAccessDenied");
}

TEST_F(TaskRunTest, LostNodeBringsTheTaskBackAndCountsNothing) {
  running_task();
  lose(node());
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().previous_state, TaskState::running);
  EXPECT_EQ(task_record().execution.retry_count, 0);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
  EXPECT_EQ(task_record().crashes, 1);
  join(node());
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
}

TEST_F(TaskRunTest, ReportOfAnEarlierAttemptIsRefusedAndChangesNothing) {
  running_task();
  auto late = report("task", RunEnd::exited, 0);
  lose(node());
  join(node());
  EXPECT_EQ(error_of(late), base::Errc::not_found);
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(TaskRunTest, ReportOfAnotherNodeIsRefused) {
  running_task();
  auto forged = report("task", RunEnd::exited, 0);
  forged.node = NodeKey{PoolId{"pool"}, NodeId{"other"}};
  EXPECT_EQ(error_of(forged), base::Errc::not_found);
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(TaskRunTest, RepeatedReportIsRefused) {
  running_task();
  auto finished = report("task", RunEnd::exited, 0);
  ok(finished);
  EXPECT_EQ(error_of(finished), base::Errc::not_found);
}

TEST_F(TaskRunTest, TerminatedRunningTaskIsStoppedAndThenCompletedWithTaskEnded) {
  running_task();
  ok(TerminateTask{key("task"), {}});
  EXPECT_EQ(task_state(), TaskState::running);
  ASSERT_EQ(noticed<StopTask>().size(), 1U);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
  EXPECT_EQ(task_record().execution.failure->message, "The task was ended by user request");
  EXPECT_EQ(task_record().execution.exit_code, 137);
}

TEST_F(TaskRunTest, TerminatingTwiceStopsOnce) {
  running_task();
  ok(TerminateTask{key("task"), {}});
  ok(TerminateTask{key("task"), {}});
  EXPECT_TRUE(noticed<StopTask>().empty());
}

TEST_F(TaskRunTest, TerminatedTaskIsNotRetriedWhenItExitsBeforeItIsKilled) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.max_retries = 3;
  add_task(task);
  ok(TerminateTask{key("task"), {}});
  exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(TaskRunTest, TerminatedTaskOfALostNodeIsCompleted) {
  running_task();
  ok(TerminateTask{key("task"), {}});
  lose(node());
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
}

TEST_F(TaskRunTest, WallClockEndsTheTaskWithTheDetailThatSaysSo) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.max_wall_clock = 10s;
  task.rules.constraints.max_retries = 3;
  add_task(task);
  advance(9s);
  EXPECT_TRUE(noticed<StopTask>().empty());
  EXPECT_EQ(batch_->next_deadline(), now_ + 1s);
  advance(1s);
  ASSERT_EQ(noticed<StopTask>().size(), 1U);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
  EXPECT_EQ(task_record().execution.failure->details.at(0).second,
            "The maximum execution time configured on the task was exceeded");
  EXPECT_EQ(task_record().execution.exit_code, 137);
}

TEST_F(TaskRunTest, WallClockKeptByTheAgentEndsTheSameWay) {
  running_task();
  ok(report("task", RunEnd::wall_clock_expired, 137));
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_FALSE(task_record().execution.failure->details.empty());
}

TEST_F(TaskRunTest, TaskStoppedByAnAgentThatShutsDownRunsAgain) {
  running_task();
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
  EXPECT_EQ(task_record().crashes, 0);
}

TEST_F(TaskRunTest, NodeCountsTasksAndKeepsTheTenMostRecent) {
  ready_pool("pool", 1);
  add_job();
  for (int i = 0; i < 12; ++i) {
    add_task("task" + std::to_string(i));
    exits("task" + std::to_string(i), i % 2);
  }
  const auto& record = node_record(node());
  EXPECT_EQ(record.total_tasks_run, 12);
  EXPECT_EQ(record.total_tasks_succeeded, 6);
  ASSERT_EQ(record.recent_tasks.size(), 10U);
  EXPECT_EQ(record.recent_tasks.front().task.text(), "task11");
  EXPECT_EQ(record.recent_tasks.front().exit_code, 1);
  EXPECT_EQ(record.recent_tasks.front().state, TaskState::completed);
}

TEST_F(TaskRunTest, EndTimeNeverLiesBeforeTheStartOrAfterNow) {
  running_task();
  auto finished = report("task", RunEnd::exited, 0);
  finished.ended = now_ - 1h;
  ok(finished);
  EXPECT_EQ(task_record().execution.ended, task_record().execution.started);
}

}  // namespace
}  // namespace emulator::core
