// Tasks off their nodes: contract 4.5, 5.6, 6.3, 9.1.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using TasksTest = BatchFixture;

TEST_F(TasksTest, NewTaskIsActiveWithZeroCounts) {
  add_job();
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_FALSE(task_record().previous_state);
  EXPECT_EQ(task_record().execution.retry_count, 0);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
  EXPECT_FALSE(task_record().node);
}

TEST_F(TasksTest, IdIsTakenWhateverItsCase) {
  add_job();
  add_task("task");
  EXPECT_EQ(error_of(AddTask{JobId{"job"}, new_task("TASK")}), ErrorCode::TaskExists);
}

TEST_F(TasksTest, EveryItemOfACollectionStandsAlone) {
  add_job();
  add_task("b");
  const auto reply = ok(AddTasks{JobId{"job"}, {new_task("a"), new_task("b"), new_task("c"), new_task("A")}});
  ASSERT_EQ(reply.each.size(), 4U);
  EXPECT_TRUE(reply.each[0].has_value());
  EXPECT_EQ(reply.each[1].error().code, ErrorCode::TaskExists);
  EXPECT_TRUE(reply.each[2].has_value());
  EXPECT_EQ(reply.each[3].error().code, ErrorCode::TaskExists);
  EXPECT_TRUE(has_task("c"));
}

TEST_F(TasksTest, TaskMayBeAddedToADisabledJob) {
  add_job();
  disable(DisableTasksOption::requeue);
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active);
}

TEST_F(TasksTest, OutermostMissingLevelReports) {
  EXPECT_EQ(error_of(TerminateTask{key("task", "none"), {}}), ErrorCode::JobNotFound);
  add_job();
  EXPECT_EQ(error_of(TerminateTask{key("task"), {}}), ErrorCode::TaskNotFound);
  EXPECT_EQ(error_of(DeleteTask{key("task"), {}}), ErrorCode::TaskNotFound);
  EXPECT_EQ(error_of(ReactivateTask{key("task"), {}}), ErrorCode::TaskNotFound);
  EXPECT_EQ(error_of(UpdateTask{.key = key("task")}), ErrorCode::TaskNotFound);
}

TEST_F(TasksTest, TerminatedActiveTaskIsCompletedAtOnce) {
  add_job();
  add_task("task");
  ok(TerminateTask{key("task"), {}});
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().previous_state, TaskState::active);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
  EXPECT_FALSE(task_record().execution.exit_code);
  EXPECT_FALSE(task_record().execution.started);
  ready_pool("pool", 1);
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(TasksTest, TerminateReactivateAndUpdateFollowEachOther) {
  add_job();
  add_task("task");
  ok(TerminateTask{key("task"), {}});
  ok(ReactivateTask{key("task"), {}});
  EXPECT_EQ(task_state(), TaskState::active);
  UpdateTask update{.key = key("task")};
  update.constraints.max_retries = 3;
  ok(update);
  EXPECT_EQ(task_record().rules.constraints.max_retries, 3);
}

TEST_F(TasksTest, TerminatingACompletedTaskIsRefused) {
  running_task();
  exits("task");
  EXPECT_EQ(error_of(TerminateTask{key("task"), {}}), ErrorCode::TaskCompleted);
  EXPECT_EQ(error_of(UpdateTask{.key = key("task")}), ErrorCode::TaskCompleted);
}

TEST_F(TasksTest, ReactivatedTaskForgetsItsFailureAndItsRetries) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.max_retries = 1;
  add_task(task);
  exits("task", 1);
  exits("task", 1);
  disable(DisableTasksOption::wait);
  ok(ReactivateTask{key("task"), {}});
  const auto& execution = task_record().execution;
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_FALSE(execution.exit_code);
  EXPECT_FALSE(execution.failure);
  EXPECT_FALSE(execution.result);
  EXPECT_FALSE(execution.ended);
  EXPECT_EQ(execution.retry_count, 0);
  EXPECT_FALSE(execution.last_retry);
}

TEST_F(TasksTest, OnlyFailedTasksAreReactivated) {
  running_task();
  EXPECT_EQ(error_of(ReactivateTask{key("task"), {}}), ErrorCode::TaskNotCompleted);
  exits("task", 0);
  EXPECT_EQ(error_of(ReactivateTask{key("task"), {}}), ErrorCode::TaskSucceeded);
}

TEST_F(TasksTest, TaskOfACompletedJobIsNotReactivated) {
  running_task();
  exits("task", 1);
  terminate_job();
  EXPECT_EQ(error_of(ReactivateTask{key("task"), {}}), ErrorCode::JobCompleted);
  EXPECT_EQ(error_of(UpdateTask{.key = key("task")}), ErrorCode::JobCompleted);
}

TEST_F(TasksTest, VersionStaysThroughAllStatesAndChangesWithConstraints) {
  ready_pool("pool", 1);
  add_job();
  add_task("task");
  const auto version = task_record().version.last_modified;
  advance(1s);
  UpdateTask update{.key = key("task")};
  exits("task", 1);
  ok(ReactivateTask{key("task"), {}});
  EXPECT_EQ(task_record().version.last_modified, version);
  ok(update);
  EXPECT_EQ(task_record().version.last_modified, now_);
}

TEST_F(TasksTest, ShorterWallClockOfAnUpdateHoldsForARunningTask) {
  running_task();
  UpdateTask update{.key = key("task")};
  update.constraints.max_wall_clock = 10s;
  ok(update);
  advance(10s);
  EXPECT_EQ(noticed<StopTask>().size(), 1U);
}

TEST_F(TasksTest, DeletedRunningTaskIsGoneAtOnceAndItsSlotWhenItIsStopped) {
  running_task();
  const auto finished = report("task", RunEnd::stopped);
  add_task("next");
  ok(DeleteTask{key("task"), {}});
  EXPECT_FALSE(has_task("task"));
  EXPECT_EQ(noticed<StopTask>().size(), 1U);
  EXPECT_EQ(task_state("next"), TaskState::active);
  EXPECT_EQ(batch_->running_slots(node()), 1);
  ok(finished);
  EXPECT_EQ(noticed<RemoveTaskFiles>().size(), 1U);
  EXPECT_EQ(task_state("next"), TaskState::running);
}

TEST_F(TasksTest, IdOfADeletedRunningTaskIsFreeAtOnceAndItsOldReportDoesNotCount) {
  running_task();
  const auto old_report = report("task", RunEnd::exited, 1);
  ok(DeleteTask{key("task"), {}});
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active) << "the old processes are still there";
  ok(old_report);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U) << "attempts of the deleted task are not used again";
  EXPECT_EQ(error_of(old_report), base::Errc::not_found);
}

TEST_F(TasksTest, DeletedRunningTaskOfALostNodeFreesItsId) {
  running_task();
  ok(DeleteTask{key("task"), {}});
  add_task("task");
  lose(node());
  join(node());
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(TasksTest, DeletedCompletedTaskTakesItsDirectoryAlong) {
  running_task();
  exits("task");
  ok(DeleteTask{key("task"), {}});
  ASSERT_EQ(noticed<RemoveTaskFiles>().size(), 1U);
  EXPECT_EQ(noticed<RemoveTaskFiles>()[0].node, node());
}

TEST_F(TasksTest, DirectoryIsRemovedWhenRetentionIsOver) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.retention = 1h;
  add_task(task);
  exits("task");
  advance(59min);
  EXPECT_FALSE(task_record().files_removed);
  advance(1min);
  EXPECT_TRUE(task_record().files_removed);
  EXPECT_EQ(noticed<RemoveTaskFiles>().size(), 1U);
}

TEST_F(TasksTest, RetentionIsSevenDaysWhenNoneIsGiven) {
  running_task();
  exits("task");
  EXPECT_EQ(batch_->next_deadline(), now_ + std::chrono::days{7});
  advance(std::chrono::days{7});
  EXPECT_TRUE(task_record().files_removed);
}

TEST_F(TasksTest, UnlimitedRetentionKeepsTheDirectory) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.retention = kUnlimited;
  add_task(task);
  exits("task");
  EXPECT_FALSE(batch_->next_deadline());
}

TEST_F(TasksTest, DirectoryOfARemovedNodeIsUnavailable) {
  running_task();
  exits("task");
  EXPECT_FALSE(resize("pool", 0));
  gone(node());
  EXPECT_TRUE(task_record().node_gone);
  EXPECT_FALSE(task_record().files_removed);
  restart();
  EXPECT_TRUE(task_record().node_gone);
}

TEST_F(TasksTest, TaskThatRunsElsewhereLeavesNoDirectoryBehind) {
  ready_pool("pool", 1);
  add_job();
  add_task("task");
  exits("task", 1);
  const auto first = node();
  disable(DisableTasksOption::wait);
  ok(ReactivateTask{key("task"), {}});
  ready_pool("other", 1);
  auto update = update_of();
  update.job.pool = PoolId{"other"};
  ok(update);
  enable();
  EXPECT_EQ(task_state(), TaskState::running);
  ASSERT_EQ(noticed<RemoveTaskFiles>().size(), 1U);
  EXPECT_EQ(noticed<RemoveTaskFiles>()[0].node, first);
}

TEST_F(TasksTest, ActiveTaskLives180Days) {
  add_job();
  add_task("task");
  advance(std::chrono::days{180} - 1s);
  EXPECT_EQ(task_state(), TaskState::active);
  advance(1s);
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
}

TEST_F(TasksTest, TaskOfAVersionBefore8Lives7Days) {
  add_job();
  auto task = new_task("task");
  task.rules.short_lived = true;
  add_task(task);
  advance(std::chrono::days{7} - 1s);
  EXPECT_EQ(task_state(), TaskState::active);
  advance(1s);
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(TasksTest, RunningTaskIsStoppedAfter180Days) {
  running_task();
  advance(std::chrono::days{180});
  EXPECT_EQ(noticed<StopTask>().size(), 1U);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_TRUE(task_record().execution.failure->details.empty());
}

TEST_F(TasksTest, CountsFollowTheStates) {
  ready_pool("pool", 1, 8);
  add_job();
  for (const auto* id : {"a", "b", "c", "d"}) {
    auto task = new_task(id);
    task.rules.required_slots = 2;
    add_task(task);
  }
  auto big = new_task("big");
  big.rules.required_slots = 100;
  add_task(big);
  exits("a", 0);
  exits("b", 1);
  const TaskCounts tasks{.active = 1, .running = 2, .completed = 2, .succeeded = 1, .failed = 1};
  const TaskCounts slots{.active = 100, .running = 4, .completed = 4, .succeeded = 2, .failed = 2};
  EXPECT_EQ(batch_->task_counts(JobId{"job"}), tasks);
  EXPECT_EQ(batch_->task_slot_counts(JobId{"job"}), slots);
}

TEST_F(TasksTest, ListsBeginAfterTheGivenIdAndAreOrdered) {
  add_job();
  for (const auto* id : {"c", "a", "b", "d"}) add_task(id);
  std::string seen;
  batch_->visit_tasks(JobId{"job"}, TaskId{"a"}, [&](const TaskRecord& task) {
    seen += task.key.task.text();
    return seen.size() < 2;
  });
  EXPECT_EQ(seen, "bc");
}

}  // namespace
}  // namespace emulator::core
