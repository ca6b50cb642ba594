// Sentences of contract 5.3 and 6.6 about nodes that no other file of this folder has as a test.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

class ContractNodesTest : public BatchFixture {
 protected:
  void act(const NodeKey& at, NodeAction action) {
    ok(ActOnNode{.node = at, .action = action, .option = DeallocationOption::requeue});
  }
  void halted(const NodeKey& at) { ok(NodeHalted{at, node_record(at).incarnation}); }
  void disable_scheduling(const NodeKey& at, DeallocationOption option = DeallocationOption::requeue) {
    ok(DisableNodeScheduling{.node = at, .option = option});
  }
  PoolRecord pool_with_start_task(int dedicated, int low_priority, int slots = 1) {
    auto pool = new_pool("pool", dedicated, low_priority, slots);
    pool.start_task = std::make_shared<const std::string>("start");
    return pool;
  }
  void start_task_ends(int exit_code) {
    ok(StartTaskFinished{.node = node(),
                         .incarnation = node_record(node()).incarnation,
                         .started = now_,
                         .ended = now_,
                         .exit_code = exit_code});
  }
  /// The start task is ordered again and the node waits for it.
  void expect_start_task_again() {
    join(node());
    EXPECT_EQ(noticed<RunStartTask>().size(), 1U);
    EXPECT_EQ(node_state(node()), NodeState::waitingforstarttask);
    start_task_ends(0);
    EXPECT_EQ(node_state(node()), NodeState::idle);
  }
  /// A pool with nodes in ten states, of which none takes tasks.
  std::vector<NodeKey> nodes_that_serve_nobody() {
    add_pool("pool", 8, 1);
    advance(1s);
    const auto nodes = nodes_of("pool");
    for (std::size_t i = 1; i < nodes.size(); ++i) join(nodes[i]);
    disable_scheduling(nodes[1]);
    act(nodes[2], NodeAction::reboot);
    act(nodes[3], NodeAction::reimage);
    ok(NodeUnusable{nodes[4], 1, {.code = "DiskFull"}});
    ok(NodeSilent{nodes[5], 1});
    act(nodes[6], NodeAction::deallocate);
    act(nodes[7], NodeAction::deallocate);
    halted(nodes[7]);
    ok(PreemptNode{nodes[8]});
    halted(nodes[8]);
    std::vector<NodeState> states;
    for (const auto& key : nodes) states.push_back(node_state(key));
    EXPECT_EQ(states, (std::vector<NodeState>{NodeState::starting, NodeState::offline, NodeState::rebooting,
                                              NodeState::reimaging, NodeState::unusable, NodeState::unknown,
                                              NodeState::deallocating, NodeState::deallocated, NodeState::preempted}));
    return nodes;
  }
};

TEST_F(ContractNodesTest, ANodeOfAnyStateIsLeavingPoolWhenItsPoolIsDeleted) {
  const auto nodes = nodes_that_serve_nobody();
  ok(DeletePool{PoolId{"pool"}, {}});
  for (const auto& key : nodes) EXPECT_EQ(node_state(key), NodeState::leavingpool);
  for (const auto& key : nodes) gone(key);
  EXPECT_TRUE(nodes_of("pool").empty());
}

TEST_F(ContractNodesTest, ANodeOfAnyStateIsLeavingPoolWhenItIsRemoved) {
  const auto nodes = nodes_that_serve_nobody();
  RemoveNodes command{.id = PoolId{"pool"}, .conditions = {}, .nodes = {}};
  for (const auto& key : nodes) command.nodes.push_back(key.node);
  ok(command);
  for (const auto& key : nodes) EXPECT_EQ(node_state(key), NodeState::leavingpool);
}

TEST_F(ContractNodesTest, OnlyIdleAndRunningNodesTakeTasks) {
  const auto nodes = nodes_that_serve_nobody();
  add_job();
  add_task("task");
  advance(1h);
  EXPECT_EQ(task_state(), TaskState::active);
  ok(EnableNodeScheduling{nodes[1]});
  EXPECT_EQ(task_record().node, nodes[1]);
}

TEST_F(ContractNodesTest, AnOfflineNodeIsIdleWhenItsSchedulingIsEnabled) {
  ready_pool("pool", 1);
  disable_scheduling(node());
  ASSERT_EQ(node_state(node()), NodeState::offline);
  ok(EnableNodeScheduling{node()});
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(ContractNodesTest, ARunningNodeWithSchedulingDisabledTakesNoMoreTasks) {
  ready_pool("pool", 1, 2);
  add_job();
  add_task("task");
  disable_scheduling(node(), DeallocationOption::taskcompletion);
  add_task("next");
  EXPECT_EQ(node_state(node()), NodeState::running);
  EXPECT_EQ(task_state("next"), TaskState::active);
}

TEST_F(ContractNodesTest, ARunningNodeIsIdleWhenItsLastTaskEnds) {
  ready_pool("pool", 1, 2);
  add_job();
  add_task("a");
  add_task("b");
  exits("a");
  EXPECT_EQ(node_state(node()), NodeState::running);
  exits("b");
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(ContractNodesTest, TheStartTaskRunsAtJoiningAndAfterEachRebootAndReimage) {
  ok(AddPool{pool_with_start_task(1, 0)});
  advance(1s);
  expect_start_task_again();
  for (const auto action : {NodeAction::reboot, NodeAction::reimage, NodeAction::reboot}) {
    act(node(), action);
    halted(node());
    expect_start_task_again();
  }
}

TEST_F(ContractNodesTest, APreemptedNodeRunsItsStartTaskAgainWhenCapacityReturns) {
  ok(AddPool{pool_with_start_task(0, 1)});
  advance(1s);
  expect_start_task_again();
  ok(PreemptNode{node()});
  halted(node());
  ok(RestoreNode{node()});
  expect_start_task_again();
}

TEST_F(ContractNodesTest, ADeallocatedNodeThatIsStartedRunsItsStartTaskAgain) {
  ok(AddPool{pool_with_start_task(1, 0)});
  advance(1s);
  expect_start_task_again();
  act(node(), NodeAction::deallocate);
  halted(node());
  ASSERT_EQ(node_state(node()), NodeState::deallocated);
  ok(StartNode{node()});
  expect_start_task_again();
}

TEST_F(ContractNodesTest, StartTasksTakeNoSlot) {
  auto pool = pool_with_start_task(1, 0, 2);
  pool.start_task_waits = false;
  ok(AddPool{pool});
  advance(1s);
  join(node());
  ok(StartTaskStarted{.node = node(), .incarnation = 1, .at = now_});
  ASSERT_TRUE(node_record(node()).start_task_info->running);
  EXPECT_EQ(node_state(node()), NodeState::idle) << "a start task is no job task";
  add_job();
  add_task("a");
  add_task("b");
  EXPECT_EQ(task_state("a"), TaskState::running);
  EXPECT_EQ(task_state("b"), TaskState::running);
}

TEST_F(ContractNodesTest, ANodeWhoseStartTaskFailedTriesItAgainAfterAReplacedAgent) {
  ok(AddPool{pool_with_start_task(1, 0)});
  advance(1s);
  join(node());
  start_task_ends(1);
  ASSERT_EQ(node_state(node()), NodeState::starttaskfailed);
  lose(node());
  expect_start_task_again();
}

TEST_F(ContractNodesTest, TasksOfAPreemptedNodeAreRunAgainElsewhere) {
  add_pool("pool", 0, 2);
  advance(1s);
  join_all("pool");
  add_job();
  add_task("task");
  const NodeKey first = *task_record().node;
  ok(PreemptNode{first});
  halted(first);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_NE(task_record().node, first);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
  EXPECT_EQ(task_record().execution.retry_count, 0);
}

TEST_F(ContractNodesTest, TasksOfAFullDiskAreRequeuedAndRunElsewhere) {
  ready_pool("pool", 2);
  add_job();
  add_task("task");
  const NodeKey first = *task_record().node;
  ok(NodeUnusable{first, 1, {.code = "DiskFull"}});
  EXPECT_EQ(node_record(first).errors.at(0).code, "DiskFull");
  halted(first);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_NE(task_record().node, first);
}

}  // namespace
}  // namespace emulator::core
