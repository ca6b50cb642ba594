// Multi-instance tasks that do not go well (contract 6.10): an instance fails, a node is lost, the emulator restarts.
// The task fails, is retried and comes back as a whole.
#include "tests/unit/core/multi_instance_fixture.h"

namespace emulator::core {
namespace {

// ---- failure and retries ----

TEST_F(MultiInstanceTest, IfASubtaskFailsTheWholeTaskFails) {
  running_on(3);
  subtask_exits(2, 7);
  EXPECT_EQ(stopped_nodes(), std::vector{primary_node()});
  EXPECT_EQ(task_state(), TaskState::running) << "until the primary is gone";
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "FailureExitCode");
  EXPECT_EQ(task_record().execution.exit_code, 7);
  EXPECT_EQ(subtask(2).failure->code, "FailureExitCode");
  EXPECT_EQ(subtask(2).exit_code, 7);
  EXPECT_EQ(subtask(1).failure->code, "TaskEnded") << "it was ended before it had coordinated";
}

TEST_F(MultiInstanceTest, AFailedTaskIsRetriedAsAWholeUpToItsLimit) {
  running_on(2, 1);
  subtask_exits(1, 7);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
  EXPECT_EQ(task_record().execution.retry_count, 1);
  EXPECT_EQ(noticed<RunTask>().size(), 2U);
  EXPECT_EQ(subtask(1).state, SubtaskState::running);
  subtask_exits(1, 7);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.retry_count, 1);
}

TEST_F(MultiInstanceTest, ThePrimarysCoordinationCommandMayFailToo) {
  running_on(2);
  coordinated(1);
  ok(instance_report(0, RunEnd::exited, 3));
  EXPECT_EQ(task_record().execution.exit_code, 3);
  EXPECT_EQ(task_record().execution.failure->code, "FailureExitCode");
  EXPECT_EQ(subtask(1).result, TaskResult::success);
}

TEST_F(MultiInstanceTest, ASubtaskThatCannotBeSetUpFailsTheTaskWithoutRetry) {
  running_on(2, 5);
  TaskFinished finished = instance_report(1, RunEnd::pre_processing_error);
  finished.failure = Failure{.category = {}, .code = "BlobNotFound", .message = "m", .details = {}};
  ok(finished);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "BlobNotFound");
  EXPECT_FALSE(task_record().execution.exit_code);
}

TEST_F(MultiInstanceTest, TheNextAttemptWaitsUntilNothingOfTheLastIsLeft) {
  running_on(2, 1);
  all_coordinated(2);
  const NodeKey other = subtask(1).node;
  exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::active);
  subtask_ended(other, 1);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
  EXPECT_FALSE(task_record().coordinated);
}

TEST_F(MultiInstanceTest, DirectoriesOnNodesThatTheNextAttemptDoesNotUseAreRemoved) {
  talking_pool(4);
  JobRecord job = new_job("job");
  job.max_task_retries = 1;
  ok(AddJob{job});
  add_task(multi_task(2));
  const std::vector<NodeKey> before{primary_node(), subtask(1).node};
  // The nodes of the first attempt become busy before the second.
  add_task("a");
  add_task("b");
  JobRecord urgent = new_job("urgent");
  urgent.priority = 10;
  ok(AddJob{urgent});
  add_task("c", "urgent");
  add_task("d", "urgent");
  all_coordinated(2);
  exits("task", 1);
  subtask_ended(before[1], 1);
  ASSERT_EQ(task_state(), TaskState::active);
  exits("a");
  exits("b");
  ASSERT_EQ(task_state(), TaskState::running);
  const auto removals = noticed<RemoveTaskFiles>();
  std::size_t removed = removals.size();
  EXPECT_GE(removed, 1U);
  for (const auto& removal : removals) {
    EXPECT_NE(removal.node, primary_node());
    EXPECT_NE(removal.node, subtask(1).node);
  }
}

TEST_F(MultiInstanceTest, AReactivatedTaskRunsOnAllItsNodesAgain) {
  running_on(2);
  subtask_exits(1, 1);
  stopped("task");
  ok(ReactivateTask{key("task"), {}});
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(noticed<RunTask>().size(), 2U);
}

// ---- requeues and losses ----

TEST_F(MultiInstanceTest, DisablingTheJobWithRequeueRunsAllInstancesAgain) {
  running_on(2);
  all_coordinated(2);
  const NodeKey other = subtask(1).node;
  disable(DisableTasksOption::requeue);
  EXPECT_EQ(stopped_nodes(), std::vector{primary_node()});
  stopped("task");
  EXPECT_EQ(stopped_nodes(), std::vector{other});
  EXPECT_EQ(job_state(), JobState::disabled);
  subtask_ended(other, 1);
  enable();
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
}

TEST_F(MultiInstanceTest, WhenTheNodeOfASubtaskIsLostTheTaskRunsAgainAndNothingIsCounted) {
  running_on(2);
  all_coordinated(2);
  const NodeKey lost = subtask(1).node;
  lose(lost);
  EXPECT_EQ(stopped_nodes(), std::vector{primary_node()});
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.retry_count, 0);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
  join(lost);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
}

TEST_F(MultiInstanceTest, WhenTheNodeOfThePrimaryIsLostTheSubtasksAreEndedAndTheTaskRunsAgain) {
  running_on(2);
  const NodeKey lost = primary_node();
  const NodeKey other = subtask(1).node;
  lose(lost);
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(stopped_nodes(), std::vector{other});
  subtask_ended(other, 1);
  join(lost);
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(MultiInstanceTest, RemovingTheNodeOfASubtaskRequeuesTheTask) {
  running_on(3);
  all_coordinated(3);
  const NodeKey first = subtask(1).node;
  const NodeKey second = subtask(2).node;
  resize("pool", 2);
  const NodeKey leaving = node_state(first) == NodeState::leavingpool    ? first
                          : node_state(second) == NodeState::leavingpool ? second
                                                                         : primary_node();
  subtask_ended(leaving, 1);
  if (leaving != primary_node()) stopped("task");
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
}

TEST_F(MultiInstanceTest, TheTasksOwnWallClockEndsAllInstances) {
  talking_pool(2);
  add_job();
  NewTask task = multi_task(2);
  task.rules.constraints.max_wall_clock = 10min;
  add_task(std::move(task));
  advance(10min);
  EXPECT_EQ(stopped_nodes(), std::vector{primary_node()});
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(stopped_nodes(), std::vector{subtask(1).node});
}

// ---- after a restart of the emulator ----

TEST_F(MultiInstanceTest, AfterARestartRunningInstancesGoOn) {
  running_on(2);
  coordinated(0);
  restart();
  for (int instance = 0; instance < 2; ++instance) {
    NodeJoined command = joined(node_of_instance(instance));
    command.running = {{key("task"), 1}};
    command.adopted = true;
    ok(command);
    EXPECT_TRUE(noticed<RunTask>().empty());
  }
  coordinated(1);
  EXPECT_EQ(noticed<StartPrimary>().size(), 1U);
}

TEST_F(MultiInstanceTest, AfterARestartThePrimaryIsToldAgainThatItMayStart) {
  running_on(2);
  all_coordinated(2);
  restart();
  NodeJoined command = joined(primary_node());
  command.running = {{key("task"), 1}};
  command.adopted = true;
  ok(command);
  EXPECT_EQ(noticed<StartPrimary>().size(), 1U);
}

TEST_F(MultiInstanceTest, AfterARestartSubtasksThatWereBeingEndedStillHoldTheirNodes) {
  running_on(2, 1);
  all_coordinated(2);
  const NodeKey other = subtask(1).node;
  exits("task", 1);
  restart();
  ASSERT_EQ(task_state(), TaskState::active);
  join(primary_node());
  NodeJoined command = joined(other);
  command.running = {{key("task"), 1}};
  command.adopted = true;
  ok(command);
  EXPECT_EQ(stopped_nodes(), std::vector{other});
  EXPECT_EQ(task_state(), TaskState::active);
  subtask_ended(other, 1);
  EXPECT_EQ(task_state(), TaskState::running);
}

}  // namespace
}  // namespace emulator::core
