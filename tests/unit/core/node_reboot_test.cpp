// Nodes that are rebooted: when they go, what becomes of their tasks, and how they come back (contract 5.3, 6.6). Names
// are the contract's sentences where it has one.
#include "tests/unit/core/node_actions_fixture.h"

namespace emulator::core {
namespace {

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

}  // namespace
}  // namespace emulator::core
