// The emulator dies and comes back on what was committed: who runs what, and who is asked again.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

class RecoveryTest : public BatchFixture {
 protected:
  NodeJoined adopted(const NodeKey& node_key, std::vector<std::pair<TaskKey, Attempt>> running = {}) {
    auto command = joined(node_key);
    command.adopted = true;
    command.running = std::move(running);
    return command;
  }
  template <class N>
  static std::vector<N> among(const std::vector<Notice>& notices) {
    std::vector<N> found;
    for (const auto& notice : notices) {
      if (const auto* match = std::get_if<N>(&notice)) found.push_back(*match);
    }
    return found;
  }
};

TEST_F(RecoveryTest, AgentsOfAllNodesAreAskedForAgainAndLeavingOnesAreStopped) {
  ready_pool("pool", 3);
  EXPECT_FALSE(resize("pool", 2));
  restart();
  const auto notices = batch_->notices_after_restart();
  EXPECT_EQ(among<StartAgent>(notices).size(), 2U);
  ASSERT_EQ(among<StopAgent>(notices).size(), 1U);
  EXPECT_EQ(among<StartAgent>(notices)[0].incarnation, 1U) << "a living agent of this incarnation is adopted";
}

TEST_F(RecoveryTest, NothingOfAnUnusableNodeIsLeft) {
  ready_pool("pool", 1);
  ok(NodeUnusable{node(), 1, {.code = "DiskFull"}});
  restart();
  const auto notices = batch_->notices_after_restart();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(among<HaltNode>(notices).size(), 1U);
}

TEST_F(RecoveryTest, RunningTaskStaysRunningUntilItsAgentIsHeardOf) {
  running_task();
  restart();
  EXPECT_EQ(task_state(), TaskState::running);
  tick();
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(RecoveryTest, AdoptedAgentGoesOnWithItsTask) {
  running_task();
  restart();
  ok(adopted(node(), {{key("task"), 1}}));
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 1U);
  EXPECT_TRUE(noticed<RunTask>().empty());
  exits("task");
  EXPECT_EQ(task_record().execution.result, TaskResult::success);
}

TEST_F(RecoveryTest, AdoptedAgentThatNeverGotItsTaskIsToldAgain) {
  running_task();
  restart();
  ok(adopted(node()));
  ASSERT_EQ(noticed<RunTask>().size(), 1U);
  EXPECT_EQ(noticed<RunTask>()[0].attempt, 1U);
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(RecoveryTest, TaskOfAnAgentThatDidNotSurviveRunsAgainAsRecovery) {
  running_task();
  restart();
  lose(node());
  EXPECT_EQ(task_state(), TaskState::active);
  join(node());
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
  EXPECT_EQ(task_record().execution.retry_count, 0);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
}

TEST_F(RecoveryTest, NewAgentOfTheSameIncarnationStartsFromTheBeginning) {
  running_task();
  restart();
  join(node());
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
  EXPECT_EQ(task_record().crashes, 0) << "the agent did not die because of it";
}

TEST_F(RecoveryTest, NoTaskIsPlacedOnANodeThatHasNotBeenHeardOf) {
  ready_pool("pool", 1);
  add_job();
  restart();
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active);
  ok(adopted(node()));
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(RecoveryTest, AgentThatRunsADeletedTaskIsToldToEndIt) {
  running_task();
  ok(DeleteTask{key("task"), {}});
  restart();
  add_task("task");
  ok(adopted(node(), {{key("task"), 1}}));
  EXPECT_EQ(noticed<StopTask>().size(), 1U);
  EXPECT_EQ(task_state(), TaskState::active) << "its slot is still taken";
  TaskFinished finished{.task = key("task"), .attempt = 1, .end = RunEnd::stopped, .ended = now_};
  finished.node = node();
  ok(finished);
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(RecoveryTest, AgentThatRunsAnEarlierAttemptIsToldToEndIt) {
  running_task();
  restart();
  ok(adopted(node(), {{key("task"), 7}}));
  ASSERT_EQ(noticed<StopTask>().size(), 1U);
  EXPECT_EQ(noticed<StopTask>()[0].attempt, 7U);
  EXPECT_EQ(noticed<RunTask>().size(), 1U);
}

TEST_F(RecoveryTest, StopIsAskedForAgain) {
  running_task();
  ok(TerminateTask{key("task"), {}});
  restart();
  ok(adopted(node(), {{key("task"), 1}}));
  EXPECT_EQ(noticed<StopTask>().size(), 1U);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(RecoveryTest, StoppedTaskThatIsNotThereAnyMoreHasEnded) {
  running_task();
  ok(TerminateTask{key("task"), {}});
  restart();
  ok(adopted(node()));
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(RecoveryTest, TerminatingJobEndsAfterTheRestart) {
  running_task();
  terminate_job();
  restart();
  EXPECT_EQ(job_state(), JobState::terminating);
  lose(node());
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(RecoveryTest, DeletedJobGoesAfterTheRestart) {
  add_job();
  delete_job();
  restart();
  ASSERT_TRUE(batch_->next_deadline());
  advance(1s);
  EXPECT_FALSE(has_job("job"));
}

TEST_F(RecoveryTest, DeletedPoolGoesAfterTheRestart) {
  ready_pool("pool", 1);
  ok(DeletePool{PoolId{"pool"}, {}});
  restart();
  EXPECT_EQ(among<StopAgent>(batch_->notices_after_restart()).size(), 1U);
  gone(node());
  advance(1s);
  EXPECT_EQ(batch_->find_pool(PoolId{"pool"}), nullptr);
}

TEST_F(RecoveryTest, NewPoolSettlesAfterTheRestart) {
  add_pool("pool", 1);
  restart();
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
}

TEST_F(RecoveryTest, EmptyJobThatEndsWithItsTasksEndsAfterTheRestart) {
  auto job = new_job("job");
  job.on_all_tasks_complete = wire::batch::OnAllTasksComplete::terminatejob;
  ok(AddJob{job});
  restart();
  advance(5s);
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(RecoveryTest, RetentionGoesOnAfterTheRestart) {
  running_task();
  exits("task");
  restart();
  EXPECT_EQ(batch_->next_deadline(), now_ + std::chrono::days{7});
}

TEST_F(RecoveryTest, NodeIdsAreNotUsedAgain) {
  ready_pool("pool", 1);
  const auto first = node();
  EXPECT_FALSE(resize("pool", 0));
  gone(first);
  restart();
  advance(1s);
  EXPECT_FALSE(resize("pool", 1));
  EXPECT_NE(node(), first);
}

TEST_F(RecoveryTest, StartTaskThatWasRunningGoesOn) {
  auto pool = new_pool("pool", 1);
  pool.start_task = std::make_shared<const std::string>("start");
  ok(AddPool{pool});
  join(node());
  restart();
  auto command = adopted(node());
  command.start_task_running = true;
  ok(command);
  EXPECT_TRUE(noticed<RunStartTask>().empty());
  EXPECT_EQ(node_state(node()), NodeState::waitingforstarttask);
}

TEST_F(RecoveryTest, StartTaskThatTheAgentDoesNotKnowIsAskedForAgain) {
  auto pool = new_pool("pool", 1);
  pool.start_task = std::make_shared<const std::string>("start");
  ok(AddPool{pool});
  join(node());
  restart();
  ok(adopted(node()));
  EXPECT_EQ(noticed<RunStartTask>().size(), 1U);
}

TEST_F(RecoveryTest, WhatANodeHasToBeToldCanBeAskedForAtAnyTime) {
  running_task();
  EXPECT_EQ(among<RunTask>(batch_->notices_for(node())).size(), 1U);
  ok(TerminateTask{key("task"), {}});
  EXPECT_TRUE(among<RunTask>(batch_->notices_for(node())).empty());
  EXPECT_EQ(among<StopTask>(batch_->notices_for(node())).size(), 1U);
}

TEST_F(RecoveryTest, SequencesGrowOverRestarts) {
  add_job();
  add_task("a");
  const auto first = task_record("a").sequence;
  ok(DeleteTask{key("a"), {}});
  restart();
  now_ += 1s;
  add_task("b");
  EXPECT_GT(task_record("b").sequence, first);
}

}  // namespace
}  // namespace emulator::core
