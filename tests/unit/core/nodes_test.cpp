// Nodes and their agents: contract 5.3; start tasks; agents that die.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

class NodesTest : public BatchFixture {
 protected:
  void add_pool_with_start_task(bool waits) {
    auto pool = new_pool("pool", 1);
    pool.start_task = std::make_shared<const std::string>("start");
    pool.start_task_waits = waits;
    ok(AddPool{pool});
    advance(1s);
  }
  StartTaskFinished start_task_ends(int exit_code) {
    return {.node = node(),
            .incarnation = node_record(node()).incarnation,
            .started = now_,
            .ended = now_,
            .exit_code = exit_code};
  }
};

TEST_F(NodesTest, NodeWithoutStartTaskIsIdleWhenItsAgentHasJoined) {
  add_pool("pool", 1);
  EXPECT_EQ(node_state(node()), NodeState::starting);
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::idle);
  EXPECT_EQ(node_record(node()).agent_version, "1.0");
  EXPECT_EQ(node_record(node()).agent_updated, now_);
  EXPECT_TRUE(noticed<RunStartTask>().empty());
}

TEST_F(NodesTest, NodeWaitsForItsStartTask) {
  add_pool_with_start_task(true);
  add_job();
  add_task("task");
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::waitingforstarttask);
  EXPECT_EQ(noticed<RunStartTask>().size(), 1U);
  EXPECT_EQ(task_state(), TaskState::active);
  ok(StartTaskStarted{.node = node(), .incarnation = 1, .at = now_});
  EXPECT_TRUE(node_record(node()).start_task_info->running);
  ok(start_task_ends(0));
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_FALSE(node_record(node()).start_task_info->running);
  EXPECT_FALSE(node_record(node()).start_task_info->failure);
}

TEST_F(NodesTest, FailedStartTaskKeepsTasksAway) {
  add_pool_with_start_task(true);
  add_job();
  add_task("task");
  join(node());
  ok(start_task_ends(1));
  EXPECT_EQ(node_state(node()), NodeState::starttaskfailed);
  EXPECT_EQ(node_record(node()).start_task_info->failure->code, "FailureExitCode");
  EXPECT_EQ(task_state(), TaskState::active);
}

TEST_F(NodesTest, StartTaskThatIsNotWaitedForRunsBesideTasksAndItsFailureChangesNothing) {
  add_pool_with_start_task(false);
  add_job();
  add_task("task");
  join(node());
  EXPECT_EQ(noticed<RunStartTask>().size(), 1U);
  EXPECT_EQ(task_state(), TaskState::running);
  ok(start_task_ends(1));
  EXPECT_EQ(node_state(node()), NodeState::running);
  EXPECT_TRUE(node_record(node()).start_task_info->failure);
}

TEST_F(NodesTest, StartTaskThatCouldNotBeSetUpFails) {
  add_pool_with_start_task(true);
  join(node());
  auto finished = start_task_ends(0);
  finished.exit_code.reset();
  finished.failure = Failure{.code = "BlobNotFound"};
  ok(finished);
  EXPECT_EQ(node_state(node()), NodeState::starttaskfailed);
  EXPECT_EQ(node_record(node()).start_task_info->failure->code, "BlobNotFound");
}

TEST_F(NodesTest, StartTaskRunsAgainWhenTheAgentIsReplaced) {
  add_pool_with_start_task(true);
  join(node());
  ok(start_task_ends(0));
  lose(node());
  EXPECT_EQ(node_state(node()), NodeState::starting);
  EXPECT_FALSE(node_record(node()).start_task_info);
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::waitingforstarttask);
  EXPECT_EQ(noticed<RunStartTask>().size(), 1U);
}

TEST_F(NodesTest, LostAgentIsReplacedByTheNextIncarnation) {
  ready_pool("pool", 1);
  lose(node());
  EXPECT_EQ(node_state(node()), NodeState::starting);
  EXPECT_EQ(node_record(node()).incarnation, 2U);
  ASSERT_EQ(noticed<StartAgent>().size(), 1U);
  EXPECT_EQ(noticed<StartAgent>()[0].incarnation, 2U);
}

TEST_F(NodesTest, ReportsOfAnEarlierIncarnationAreRefused) {
  ready_pool("pool", 1);
  const auto early = joined(node());
  lose(node());
  EXPECT_EQ(error_of(early), base::Errc::not_found);
  EXPECT_EQ(error_of(NodeLost{node(), 1, ""}), base::Errc::not_found);
  EXPECT_EQ(node_record(node()).incarnation, 2U);
}

TEST_F(NodesTest, AgentThatDiesAgainAndAgainMakesTheNodeUnusable) {
  ready_pool("pool", 1);
  for (int death = 0; death < 4; ++death) {
    lose(node());
    EXPECT_EQ(node_state(node()), NodeState::starting);
  }
  lose(node());
  EXPECT_EQ(node_state(node()), NodeState::unusable);
  ASSERT_EQ(node_record(node()).errors.size(), 1U);
  EXPECT_TRUE(noticed<StartAgent>().empty());
}

TEST_F(NodesTest, DeathsThatAreFarApartAreForgiven) {
  ready_pool("pool", 1);
  for (int death = 0; death < 20; ++death) {
    lose(node());
    advance(20s);
  }
  EXPECT_EQ(node_state(node()), NodeState::starting);
}

TEST_F(NodesTest, NodeWhoseAgentCannotBeStartedIsUnusable) {
  add_pool("pool", 1);
  ok(NodeUnusable{node(), 1, {.code = "DiskFull", .message = "full"}});
  EXPECT_EQ(node_state(node()), NodeState::unusable);
  EXPECT_EQ(node_record(node()).errors.at(0).code, "DiskFull");
}

TEST_F(NodesTest, TasksOfAnUnusableNodeAreActiveAgain) {
  running_task();
  ok(NodeUnusable{node(), 1, {.code = "DiskFull"}});
  ASSERT_EQ(noticed<HaltNode>().size(), 1U);
  EXPECT_EQ(task_state(), TaskState::running) << "its processes are still being ended";
  ok(NodeHalted{node(), 1});
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
  EXPECT_EQ(node_state(node()), NodeState::unusable);
}

TEST_F(NodesTest, UnusableNodeLeavesWhenThePoolShrinks) {
  ready_pool("pool", 2);
  ok(NodeUnusable{node(0), 1, {.code = "DiskFull"}});
  EXPECT_FALSE(resize("pool", 1));
  EXPECT_EQ(node_state(node(0)), NodeState::leavingpool);
  EXPECT_EQ(node_state(node(1)), NodeState::idle);
}

TEST_F(NodesTest, NodeIsRunningWhileItRunsTasks) {
  running_task();
  EXPECT_EQ(node_state(node()), NodeState::running);
  exits("task");
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(NodesTest, SecretOfTheAgentIsKept) {
  add_pool("pool", 1);
  ok(SetNodeSecret{node(), 1, "abc"});
  EXPECT_EQ(node_record(node()).secret_hash, "abc");
  EXPECT_EQ(error_of(SetNodeSecret{node(), 2, "abc"}), base::Errc::not_found);
}

TEST_F(NodesTest, NodeThatHasNotBeenToldToLeaveCannotBeGone) {
  ready_pool("pool", 1);
  EXPECT_EQ(error_of(NodeGone{node(), 1}), base::Errc::not_found);
}

TEST_F(NodesTest, LeavingNodeTakesNoAgent) {
  add_pool("pool", 1);
  advance(1s);
  EXPECT_FALSE(resize("pool", 0));
  EXPECT_EQ(error_of(joined(node())), base::Errc::not_found);
}

TEST_F(NodesTest, AgentThatDiesWhileItsNodeLeavesIsNotReplaced) {
  running_task();
  EXPECT_FALSE(resize("pool", 0));
  lose(node());
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
  EXPECT_TRUE(noticed<StartAgent>().empty());
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
}

TEST_F(NodesTest, RecentTaskShowsHowARunWentThatIsOver) {
  running_task();
  lose(node());
  EXPECT_EQ(node_record(node()).recent_tasks.at(0).state, TaskState::active);
}

}  // namespace
}  // namespace emulator::core
