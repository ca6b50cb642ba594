// What else is asked to be done with nodes: reimage, deallocation, scheduling, users, and what is refused
// (contract 5.3, 6.6). Names are the contract's sentences where it has one.
#include "tests/unit/core/node_actions_fixture.h"

namespace emulator::core {
namespace {

// ---- refusals ----

TEST_F(NodeActionsTest, OnlyIdleOrRunningNodesRebootReimageAndDeallocate) {
  options_.node_boot_time = 10s;
  batch_.emplace(options_);
  ok(AddPool{pool_with_start_task()});
  EXPECT_EQ(refusal_of(NodeAction::reboot), ErrorCode::NodeBeingCreated);
  advance(10s);
  EXPECT_EQ(refusal_of(NodeAction::reimage), ErrorCode::NodeBeingStarted);
  join(node());
  EXPECT_EQ(refusal_of(NodeAction::deallocate), ErrorCode::NodeBeingStarted);
  start_task_ends(0);
  reboot();
  EXPECT_EQ(refusal_of(NodeAction::reboot), ErrorCode::NodeBeingRebooted);
  halted();
  advance(10s);
  join(node());
  start_task_ends(0);
  EXPECT_TRUE(ask(NodeAction::reimage).reply.has_value());
  EXPECT_EQ(refusal_of(NodeAction::reboot), ErrorCode::NodeBeingReimaged);
}

TEST_F(NodeActionsTest, UnusableNodeTakesNoActions) {
  ready_pool("pool", 1);
  ok(NodeUnusable{node(), 1, {.code = "DiskFull"}});
  EXPECT_EQ(refusal_of(NodeAction::reboot), ErrorCode::NodeStateUnusable);
  EXPECT_EQ(error_of(AddNodeUser{node(), user("ada")}), ErrorCode::NodeStateUnusable);
}

TEST_F(NodeActionsTest, NodeThatHasToLeaveTakesNoActions) {
  running_task();
  EXPECT_FALSE(resize("pool", 0, Option::taskcompletion));
  EXPECT_EQ(refusal_of(NodeAction::reboot), ErrorCode::OperationInvalidForCurrentState);
}

TEST_F(NodeActionsTest, UnknownPoolsAndNodesAreNamed) {
  EXPECT_EQ(error_of(ActOnNode{.node = {PoolId{"none"}, NodeId{"n"}}}), ErrorCode::PoolNotFound);
  ready_pool("pool", 1);
  EXPECT_EQ(error_of(ActOnNode{.node = {PoolId{"pool"}, NodeId{"n"}}}), ErrorCode::NodeNotFound);
  EXPECT_EQ(error_of(EnableNodeScheduling{{PoolId{"pool"}, NodeId{"n"}}}), ErrorCode::NodeNotFound);
}

// ---- reimage, deallocate, start ----

TEST_F(NodeActionsTest, ReimagedNodeLosesItsLocalFiles) {
  running_task();
  exits("task");
  EXPECT_TRUE(ask(NodeAction::reimage).reply.has_value());
  EXPECT_EQ(node_state(node()), NodeState::reimaging);
  EXPECT_TRUE(noticed<HaltNode>().at(0).wipe);
  EXPECT_FALSE(task_record().files_removed);
  halted();
  EXPECT_TRUE(task_record().files_removed);
  EXPECT_EQ(node_state(node()), NodeState::starting);
  EXPECT_TRUE(noticed<StartAgent>().at(0).wipe);
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::idle);
  lose(node());
  EXPECT_FALSE(noticed<StartAgent>().at(0).wipe) << "the next agent keeps what tasks have made since";
}

TEST_F(NodeActionsTest, ReimageTreatsRunningTasksByItsOption) {
  running_task();
  EXPECT_TRUE(ask(NodeAction::reimage, Option::requeue).reply.has_value());
  stopped("task");
  EXPECT_EQ(task_record().execution.requeue_count, 1);
  EXPECT_EQ(node_state(node()), NodeState::reimaging);
}

TEST_F(NodeActionsTest, DiskIsWipedEvenIfTheEmulatorDiesBetween) {
  ready_pool("pool", 1);
  EXPECT_TRUE(ask(NodeAction::reimage).reply.has_value());
  halted();
  restart();
  const auto notices = batch_->notices_after_restart();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_TRUE(std::get<StartAgent>(notices[0]).wipe);
}

TEST_F(NodeActionsTest, DeallocatedNodeStaysInItsPoolUntilItIsStarted) {
  ready_pool("pool", 1);
  EXPECT_TRUE(ask(NodeAction::deallocate).reply.has_value());
  EXPECT_EQ(node_state(node()), NodeState::deallocating);
  EXPECT_EQ(error_of(StartNode{node()}), ErrorCode::OperationInvalidForCurrentState);
  halted();
  EXPECT_EQ(node_state(node()), NodeState::deallocated);
  EXPECT_EQ(batch_->current_nodes(PoolId{"pool"}).first, 1);
  EXPECT_EQ(refusal_of(NodeAction::reboot), ErrorCode::OperationInvalidForCurrentState);
  restart();
  EXPECT_TRUE(batch_->notices_after_restart().empty());
  ok(StartNode{node()});
  EXPECT_EQ(node_state(node()), NodeState::starting);
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(NodeActionsTest, DeallocateTreatsRunningTasksByItsOption) {
  running_task();
  EXPECT_TRUE(ask(NodeAction::deallocate, Option::terminate).reply.has_value());
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(node_state(node()), NodeState::deallocating);
}

TEST_F(NodeActionsTest, DeallocatedNodeLeavesWhenThePoolShrinks) {
  ready_pool("pool", 1);
  EXPECT_TRUE(ask(NodeAction::deallocate).reply.has_value());
  halted();
  EXPECT_FALSE(resize("pool", 0, Option::taskcompletion));
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
}

// ---- scheduling ----

TEST_F(NodeActionsTest, IdleNodeIsOfflineWhenItsSchedulingIsDisabled) {
  ready_pool("pool", 1);
  ok(DisableNodeScheduling{node()});
  EXPECT_EQ(node_state(node()), NodeState::offline);
  add_job();
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active);
  ok(EnableNodeScheduling{node()});
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(node_state(node()), NodeState::running);
}

TEST_F(NodeActionsTest, RunningNodeIsOfflineWhenNoneRuns) {
  running_task();
  ok(DisableNodeScheduling{node(), Option::taskcompletion});
  EXPECT_EQ(node_state(node()), NodeState::running);
  EXPECT_TRUE(noticed<StopTask>().empty());
  add_task("next");
  EXPECT_EQ(task_state("next"), TaskState::active);
  exits("task");
  EXPECT_EQ(task_record().execution.result, TaskResult::success);
  EXPECT_EQ(node_state(node()), NodeState::offline);
}

TEST_F(NodeActionsTest, DisableSchedulingWithRequeueCountsARequeue) {
  running_task();
  ok(DisableNodeScheduling{node(), Option::requeue});
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
  EXPECT_EQ(node_state(node()), NodeState::offline);
}

TEST_F(NodeActionsTest, DisableSchedulingWithTerminateCompletesTheTask) {
  running_task();
  ok(DisableNodeScheduling{node(), Option::terminate});
  stopped("task");
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
  EXPECT_EQ(node_state(node()), NodeState::offline);
}

TEST_F(NodeActionsTest, SchedulingThatIsAlreadyInTheTargetStateIsRefused) {
  ready_pool("pool", 1);
  EXPECT_EQ(error_of(EnableNodeScheduling{node()}), ErrorCode::NodeAlreadyInTargetSchedulingState);
  ok(DisableNodeScheduling{node()});
  EXPECT_EQ(error_of(DisableNodeScheduling{node()}), ErrorCode::NodeAlreadyInTargetSchedulingState);
}

TEST_F(NodeActionsTest, DisabledSchedulingOutlivesTheAgentAndTheEmulator) {
  ready_pool("pool", 1);
  ok(DisableNodeScheduling{node()});
  lose(node());
  restart();
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::offline);
}

TEST_F(NodeActionsTest, NodeThatStartsWithDisabledSchedulingIsOffline) {
  ok(AddPool{pool_with_start_task()});
  advance(1s);
  ok(DisableNodeScheduling{node()});
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::waitingforstarttask);
  start_task_ends(0);
  EXPECT_EQ(node_state(node()), NodeState::offline);
}

TEST_F(NodeActionsTest, OfflineNodeIsNotRebooted) {
  ready_pool("pool", 1);
  ok(DisableNodeScheduling{node()});
  EXPECT_EQ(refusal_of(NodeAction::reboot), ErrorCode::OperationInvalidForCurrentState);
}

// ---- users ----

TEST_F(NodeActionsTest, UserIsAddedUpdatedAndDeleted) {
  ready_pool("pool", 1);
  ok(AddNodeUser{node(), user("ada")});
  EXPECT_EQ(error_of(AddNodeUser{node(), user("ADA")}), ErrorCode::NodeUserExists);
  auto changed = user("ada");
  changed.has_password = false;
  changed.ssh_public_key = "ssh-rsa AAAA";
  ok(UpdateNodeUser{node(), changed});
  EXPECT_FALSE(node_record(node()).users.at(0).has_password);
  ok(DeleteNodeUser{node(), "ada"});
  EXPECT_EQ(error_of(DeleteNodeUser{node(), "ada"}), ErrorCode::NodeUserNotFound);
  EXPECT_EQ(error_of(UpdateNodeUser{node(), changed}), ErrorCode::NodeUserNotFound);
}

TEST_F(NodeActionsTest, UsersSurviveRebootAndRestartButNotReimage) {
  ready_pool("pool", 1);
  ok(AddNodeUser{node(), user("ada")});
  reboot();
  comes_back();
  restart();
  EXPECT_EQ(node_record(node()).users.size(), 1U);
  join(node());
  EXPECT_TRUE(ask(NodeAction::reimage).reply.has_value());
  comes_back();
  EXPECT_TRUE(node_record(node()).users.empty());
}

TEST_F(NodeActionsTest, UsersNeedANodeThatIsIdleOrRunning) {
  ready_pool("pool", 1);
  ok(DisableNodeScheduling{node()});
  EXPECT_EQ(error_of(AddNodeUser{node(), user("ada")}), ErrorCode::OperationInvalidForCurrentState);
  EXPECT_EQ(error_of(DeleteNodeUser{node(), "ada"}), ErrorCode::OperationInvalidForCurrentState);
}

}  // namespace
}  // namespace emulator::core
