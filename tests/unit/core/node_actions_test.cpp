// What is asked to be done with nodes: reboot, reimage, deallocation, scheduling, preemption, users, and an agent that
// is not heard (contract 5.3, 6.6). Names are the contract's sentences where it has one.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using Option = DeallocationOption;

class NodeActionsTest : public BatchFixture {
 protected:
  Outcome ask(NodeAction action, Option option = Option::requeue) {
    return apply(ActOnNode{.node = node(), .action = action, .option = option});
  }
  void reboot(Option option = Option::requeue) { EXPECT_TRUE(ask(NodeAction::reboot, option).reply.has_value()); }
  void halted() { ok(NodeHalted{node(), node_record(node()).incarnation}); }
  /// The node has been halted, its agent is started again and joins.
  void comes_back() {
    halted();
    join(node());
  }
  std::error_code refusal_of(NodeAction action) {
    auto outcome = ask(action);
    EXPECT_TRUE(outcome.reply.has_error());
    return outcome.reply.has_error() ? outcome.reply.error().code : std::error_code{};
  }
  static NodeUser user(const std::string& name) {
    return {.name = name, .is_admin = false, .expires = {}, .has_password = true, .ssh_public_key = {}};
  }
  PoolRecord pool_with_start_task() {
    auto pool = new_pool("pool", 1);
    pool.start_task = std::make_shared<const std::string>("first");
    return pool;
  }
  void start_task_ends(int exit_code) {
    ok(StartTaskFinished{.node = node(),
                         .incarnation = node_record(node()).incarnation,
                         .started = now_,
                         .ended = now_,
                         .exit_code = exit_code});
  }
  /// A low-priority node with "task" running on it.
  void running_task_on_low_priority() {
    add_pool("pool", 0, 1);
    advance(1s);
    join_all("pool");
    add_job();
    add_task("task");
    ASSERT_EQ(task_state(), TaskState::running);
  }
};

// ---- reboot ----

TEST_F(NodeActionsTest, RebootedNodeIsRebootingThenStartingThenIdle) {
  ready_pool("pool", 1);
  reboot();
  EXPECT_EQ(node_state(node()), NodeState::rebooting);
  ASSERT_EQ(noticed<HaltNode>().size(), 1U);
  EXPECT_FALSE(noticed<HaltNode>()[0].wipe) << "files survive a reboot";
  halted();
  EXPECT_EQ(node_state(node()), NodeState::starting);
  ASSERT_EQ(noticed<StartAgent>().size(), 1U);
  EXPECT_EQ(noticed<StartAgent>()[0].incarnation, 2U);
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(NodeActionsTest, RebootSetsTheLastBootTime) {
  ready_pool("pool", 1);
  advance(1h);
  reboot();
  advance(5s);
  halted();
  EXPECT_EQ(node_record(node()).last_boot, now_);
}

TEST_F(NodeActionsTest, RebootTakesAsLongAsAMachineBoots) {
  options_.node_boot_time = 30s;
  batch_.emplace(options_);
  add_pool("pool", 1);
  advance(30s);
  join_all("pool");
  reboot();
  halted();
  EXPECT_EQ(node_state(node()), NodeState::rebooting);
  restart();
  EXPECT_TRUE(batch_->notices_after_restart().empty());
  advance(29s);
  EXPECT_EQ(node_state(node()), NodeState::rebooting);
  advance(1s);
  EXPECT_EQ(node_state(node()), NodeState::starting);
}

TEST_F(NodeActionsTest, RebootWithRequeueKillsTheTaskAndCountsARequeue) {
  running_task();
  reboot(Option::requeue);
  EXPECT_EQ(noticed<StopTask>().size(), 1U);
  EXPECT_EQ(node_state(node()), NodeState::running) << "it acts when the task is killed";
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().previous_state, TaskState::running);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
  EXPECT_EQ(node_state(node()), NodeState::rebooting);
  comes_back();
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(node_state(node()), NodeState::running);
}

TEST_F(NodeActionsTest, RebootWithTerminateCompletesTheTaskForGood) {
  running_task();
  reboot(Option::terminate);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
  EXPECT_EQ(node_state(node()), NodeState::rebooting);
}

TEST_F(NodeActionsTest, RebootWithTaskCompletionWaitsForTheTaskAndTakesNoNewOnes) {
  running_task();
  add_task("next");
  reboot(Option::taskcompletion);
  EXPECT_TRUE(noticed<StopTask>().empty());
  EXPECT_EQ(node_state(node()), NodeState::running);
  exits("task");
  EXPECT_EQ(task_record().execution.result, TaskResult::success);
  EXPECT_EQ(node_state(node()), NodeState::rebooting);
  EXPECT_EQ(task_state("next"), TaskState::active);
  comes_back();
  EXPECT_EQ(task_state("next"), TaskState::running);
}

TEST_F(NodeActionsTest, RebootWithRetainedDataWaitsForTheRetentionTimesToo) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.retention = Ticks{10min};
  add_task(std::move(task));
  reboot(Option::retaineddata);
  exits("task");
  EXPECT_EQ(node_state(node()), NodeState::idle);
  add_task("next");
  EXPECT_EQ(task_state("next"), TaskState::active) << "the node takes no new tasks";
  advance(10min);
  EXPECT_EQ(node_state(node()), NodeState::rebooting);
}

TEST_F(NodeActionsTest, LaterRebootRequestOverridesTheOption) {
  running_task();
  reboot(Option::taskcompletion);
  reboot(Option::requeue);
  EXPECT_EQ(noticed<StopTask>().size(), 1U);
}

TEST_F(NodeActionsTest, PendingRebootSurvivesARestartOfTheEmulator) {
  running_task();
  reboot(Option::taskcompletion);
  restart();
  auto back = joined(node());
  back.adopted = true;
  back.running = {{key("task"), 1}};
  ok(back);
  exits("task");
  EXPECT_EQ(node_state(node()), NodeState::rebooting);
}

TEST_F(NodeActionsTest, RebootUnderWayGoesOnAfterARestartOfTheEmulator) {
  ready_pool("pool", 1);
  reboot();
  restart();
  const auto notices = batch_->notices_after_restart();
  ASSERT_EQ(notices.size(), 1U);
  ASSERT_TRUE(std::holds_alternative<HaltNode>(notices[0]));
  comes_back();
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(NodeActionsTest, NodeTakesThePoolsCurrentStartTaskAtReboot) {
  ok(AddPool{pool_with_start_task()});
  advance(1s);
  join(node());
  start_task_ends(0);
  auto update = UpdatePool{.id = PoolId{"pool"}, .conditions = {}, .seen = pool_record().version};
  update.document = pool_record().document;
  update.start_task = std::make_shared<const std::string>("second");
  ok(update);
  EXPECT_EQ(*node_record(node()).start_task, "first") << "changes reach existing nodes only at their next reboot";
  reboot();
  halted();
  EXPECT_EQ(*node_record(node()).start_task, "second");
  EXPECT_FALSE(node_record(node()).start_task_info);
}

TEST_F(NodeActionsTest, StartTaskRunsAgainAfterReboot) {
  ok(AddPool{pool_with_start_task()});
  advance(1s);
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::waitingforstarttask);
  start_task_ends(0);
  reboot();
  comes_back();
  EXPECT_EQ(node_state(node()), NodeState::waitingforstarttask);
  EXPECT_EQ(noticed<RunStartTask>().size(), 1U);
  start_task_ends(1);
  EXPECT_EQ(node_state(node()), NodeState::starttaskfailed);
}

TEST_F(NodeActionsTest, FilesOfTasksSurviveReboot) {
  running_task();
  exits("task");
  reboot();
  comes_back();
  EXPECT_FALSE(task_record().files_removed);
}

TEST_F(NodeActionsTest, NodeThatDiesWhileItsRebootWaitsRebootsAtOnce) {
  running_task();
  reboot(Option::taskcompletion);
  lose(node());
  EXPECT_EQ(node_state(node()), NodeState::rebooting);
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_TRUE(noticed<StartAgent>().empty());
  comes_back();
  EXPECT_EQ(node_state(node()), NodeState::running);
}

TEST_F(NodeActionsTest, AgentThatRegistersWhileItsNodeRebootsIsStale) {
  ready_pool("pool", 1);
  reboot();
  EXPECT_EQ(error_of(joined(node())), base::Errc::not_found);
}

TEST_F(NodeActionsTest, NodeIsRemovedWhileItReboots) {
  ready_pool("pool", 1);
  reboot();
  EXPECT_FALSE(resize("pool", 0));
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
  EXPECT_EQ(error_of(NodeHalted{node(), 1}), base::Errc::not_found);
  gone(node());
  EXPECT_TRUE(nodes_of("pool").empty());
}

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
