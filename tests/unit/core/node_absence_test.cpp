// Nodes that are away without being asked: preempted, or with an agent that is not heard (contract 5.3, 6.6). Names are
// the contract's sentences where it has one.
#include "tests/unit/core/node_actions_fixture.h"

namespace emulator::core {
namespace {

// ---- preemption ----

TEST_F(NodeActionsTest, PreemptedNodeGivesItsTasksBackWithCountersUnchanged) {
  running_task_on_low_priority();
  ok(PreemptNode{node()});
  EXPECT_EQ(node_state(node()), NodeState::preempted);
  ASSERT_EQ(noticed<HaltNode>().size(), 1U);
  EXPECT_TRUE(noticed<HaltNode>()[0].wipe) << "all local data lost";
  halted();
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
  EXPECT_EQ(task_record().execution.retry_count, 0);
  EXPECT_EQ(node_state(node()), NodeState::preempted) << "still listed";
  EXPECT_EQ(batch_->current_nodes(PoolId{"pool"}).second, 1);
}

TEST_F(NodeActionsTest, SameNodeComesBackWhenCapacityReturns) {
  running_task_on_low_priority();
  const auto before = node_record(node());
  ok(PreemptNode{node()});
  halted();
  advance(1h);
  ok(RestoreNode{node()});
  EXPECT_EQ(node_state(node()), NodeState::starting);
  EXPECT_EQ(node_record(node()).key, before.key);
  EXPECT_EQ(node_record(node()).allocated, before.allocated) << "survives preemption";
  join(node());
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(NodeActionsTest, RestoredNodeIsCreatingWhileItsMachineBoots) {
  options_.node_boot_time = 10s;
  batch_.emplace(options_);
  add_pool("pool", 0, 1);
  advance(10s);
  join_all("pool");
  ok(PreemptNode{node()});
  halted();
  advance(1h);
  ok(RestoreNode{node()});
  EXPECT_EQ(node_state(node()), NodeState::creating);
  advance(10s);
  EXPECT_EQ(node_state(node()), NodeState::starting);
  EXPECT_TRUE(noticed<StartAgent>().at(0).wipe);
}

TEST_F(NodeActionsTest, PreemptionSurvivesARestartOfTheEmulator) {
  running_task_on_low_priority();
  ok(PreemptNode{node()});
  restart();
  EXPECT_EQ(node_state(node()), NodeState::preempted);
  const auto notices = batch_->notices_after_restart();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<HaltNode>(notices[0]));
  halted();
  EXPECT_EQ(task_state(), TaskState::active);
}

TEST_F(NodeActionsTest, CapacityThatReturnsAtOnceDoesNotLoseTasks) {
  running_task_on_low_priority();
  ok(PreemptNode{node()});
  ok(RestoreNode{node()});
  EXPECT_EQ(error_of(NodeHalted{node(), 1}), base::Errc::not_found);
  join(node());
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
}

TEST_F(NodeActionsTest, DedicatedNodesAreNotPreempted) {
  ready_pool("pool", 1);
  EXPECT_EQ(error_of(PreemptNode{node()}), ErrorCode::OperationNotValidOnNode);
  EXPECT_EQ(error_of(RestoreNode{node()}), ErrorCode::OperationInvalidForCurrentState);
}

TEST_F(NodeActionsTest, PreemptedNodeThatWasToLeaveLeaves) {
  running_task_on_low_priority();
  ok(ResizePool{
      .id = PoolId{"pool"}, .conditions = {}, .target_low_priority = 0, .deallocation = Option::taskcompletion});
  EXPECT_EQ(node_state(node()), NodeState::running);
  ok(PreemptNode{node()});
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
  gone(node());
  EXPECT_EQ(task_state(), TaskState::active);
}

// ---- an agent that is not heard ----

TEST_F(NodeActionsTest, SilentNodeIsUnknownAndLaterBackToItsTrueState) {
  running_task();
  ok(NodeSilent{node(), 1});
  EXPECT_EQ(node_state(node()), NodeState::unknown);
  EXPECT_EQ(task_state(), TaskState::running);
  ok(NodeHeard{node(), 1});
  EXPECT_EQ(node_state(node()), NodeState::running);
  exits("task");
  ok(NodeSilent{node(), 1});
  ok(NodeHeard{node(), 1});
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(NodeActionsTest, UnknownNodeTakesNoTasks) {
  ready_pool("pool", 1);
  ok(NodeSilent{node(), 1});
  add_job();
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active);
  ok(NodeHeard{node(), 1});
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(NodeActionsTest, UnknownNodeThatIsGivenUpStartsAgainAndItsTasksAreActive) {
  running_task();
  ok(NodeSilent{node(), 1});
  lose(node());
  EXPECT_EQ(node_state(node()), NodeState::starting);
  EXPECT_EQ(task_state(), TaskState::active);
}

TEST_F(NodeActionsTest, NodeWhoseStartTaskRunsOrFailedComesBackAsWhatItWas) {
  ok(AddPool{pool_with_start_task()});
  advance(1s);
  join(node());
  ok(NodeSilent{node(), 1});
  ok(NodeHeard{node(), 1});
  EXPECT_EQ(node_state(node()), NodeState::waitingforstarttask);
  ok(NodeSilent{node(), 1});
  start_task_ends(1);
  ok(NodeHeard{node(), 1});
  EXPECT_EQ(node_state(node()), NodeState::starttaskfailed);
}

TEST_F(NodeActionsTest, OfflineNodeThatIsHeardAgainIsOffline) {
  ready_pool("pool", 1);
  ok(DisableNodeScheduling{node()});
  ok(NodeSilent{node(), 1});
  ok(NodeHeard{node(), 1});
  EXPECT_EQ(node_state(node()), NodeState::offline);
}

TEST_F(NodeActionsTest, SilentAgentThatTheNextEmulatorHearsIsKnownAgain) {
  running_task();
  ok(NodeSilent{node(), 1});
  restart();
  auto back = joined(node());
  back.adopted = true;
  back.running = {{key("task"), 1}};
  ok(back);
  EXPECT_EQ(node_state(node()), NodeState::running);
  EXPECT_EQ(task_record().attempt, 1U);
}

TEST_F(NodeActionsTest, DiskFullMakesTheNodeUnusableWithTheError) {
  running_task();
  ok(NodeUnusable{node(), 1, {.code = "DiskFull", .message = "full", .values = {{"Path", "x"}}}});
  EXPECT_EQ(node_state(node()), NodeState::unusable);
  EXPECT_EQ(node_record(node()).errors.at(0).code, "DiskFull");
  halted();
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
}

}  // namespace
}  // namespace emulator::core
