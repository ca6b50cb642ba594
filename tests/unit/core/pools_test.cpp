// Pools and how their nodes follow their targets: contract 5.1, 5.2, 6.6.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

class PoolsTest : public BatchFixture {
 protected:
  void stop_resize(const std::string& id = "pool") { ok(StopPoolResize{PoolId{id}, {}}); }
  void delete_pool(const std::string& id = "pool") { ok(DeletePool{PoolId{id}, {}}); }
  bool has_pool(const std::string& id = "pool") { return batch_->find_pool(PoolId{id}) != nullptr; }
  std::pair<int, int> current(const std::string& id = "pool") { return batch_->current_nodes(PoolId{id}); }
};

TEST_F(PoolsTest, NewPoolIsActiveAndResizing) {
  add_pool("pool", 2, 3);
  EXPECT_EQ(pool_record().state, PoolState::active);
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(pool_record().created, now_);
  EXPECT_EQ(current(), std::pair(2, 3));
  EXPECT_EQ(noticed<StartAgent>().size(), 5U);
}

TEST_F(PoolsTest, PoolWithTargetsOfZeroStillPassesThroughResizing) {
  add_pool("pool", 0);
  EXPECT_EQ(allocation(), AllocationState::resizing);
  ASSERT_TRUE(batch_->next_deadline());
  EXPECT_LE(*batch_->next_deadline(), now_ + 1s);
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_FALSE(batch_->next_deadline());
}

TEST_F(PoolsTest, PoolIsSteadyWhenItsNodesAreAllocatedThoughNoneIsIdle) {
  add_pool("pool", 2);
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(node_state(node()), NodeState::starting);
}

TEST_F(PoolsTest, IdIsTakenWhateverItsCase) {
  add_pool("pool", 0);
  EXPECT_EQ(error_of(AddPool{new_pool("POOL", 0)}), ErrorCode::PoolExists);
  EXPECT_EQ(pool_record("POOL").id.text(), "pool");
}

TEST_F(PoolsTest, QuotaRefusesFurtherPools) {
  options_.max_pools = 2;
  batch_.emplace(options_);
  add_pool("a", 0);
  add_pool("b", 0);
  EXPECT_EQ(error_of(AddPool{new_pool("c", 0)}), ErrorCode::PoolQuotaReached);
}

TEST_F(PoolsTest, NodesBootBeforeTheirAgentIsStarted) {
  options_.node_boot_time = 10s;
  batch_.emplace(options_);
  add_pool("pool", 1);
  EXPECT_EQ(node_state(node()), NodeState::creating);
  EXPECT_FALSE(node_record(node()).last_boot);
  EXPECT_TRUE(noticed<StartAgent>().empty());
  advance(9s);
  EXPECT_EQ(node_state(node()), NodeState::creating);
  advance(1s);
  EXPECT_EQ(node_state(node()), NodeState::starting);
  EXPECT_EQ(node_record(node()).last_boot, now_);
  EXPECT_EQ(noticed<StartAgent>().size(), 1U);
}

TEST_F(PoolsTest, NodeIdsAndAddressesHaveTheServicesForm) {
  add_pool("pool", 1, 1);
  const auto& dedicated = node_record(node(0));
  const auto& low_priority = node_record(node(1));
  EXPECT_EQ(dedicated.key.node.text().size(), 6U + 64U + 2U);
  EXPECT_TRUE(dedicated.key.node.text().starts_with("tvmps_"));
  EXPECT_TRUE(dedicated.key.node.text().ends_with("_d"));
  EXPECT_TRUE(low_priority.key.node.text().ends_with("_p"));
  EXPECT_EQ(dedicated.ip_address, "10.0.0.4");
  EXPECT_EQ(low_priority.ip_address, "10.0.0.5");
}

TEST_F(PoolsTest, PoolMadeAgainHasOtherNodeIds) {
  add_pool("pool", 1);
  const auto first = node();
  delete_pool();
  gone(first);
  advance(1s);
  add_pool("pool", 1);
  EXPECT_NE(node(), first);
}

TEST_F(PoolsTest, ResizeUpAddsNodesAndClearsErrors) {
  ready_pool("pool", 1);
  const auto before = pool_record().version.last_modified;
  EXPECT_FALSE(resize("pool", 3));
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_GT(pool_record().version.last_modified, before);
  EXPECT_EQ(nodes_of("pool").size(), 3U);
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
}

TEST_F(PoolsTest, ResizeWhileResizingIsRefused) {
  add_pool("pool", 1);
  EXPECT_EQ(resize("pool", 2), ErrorCode::PoolBeingResized);
}

TEST_F(PoolsTest, UnknownPoolIsNotFound) {
  EXPECT_EQ(resize("none", 2), ErrorCode::PoolNotFound);
  EXPECT_EQ(error_of(DeletePool{PoolId{"none"}, {}}), ErrorCode::PoolNotFound);
  EXPECT_EQ(error_of(StopPoolResize{PoolId{"none"}, {}}), ErrorCode::PoolNotFound);
  EXPECT_EQ(error_of(UpdatePool{.id = PoolId{"none"}}), ErrorCode::PoolNotFound);
}

TEST_F(PoolsTest, ResizeKeepsATargetThatIsNotGiven) {
  add_pool("pool", 1, 2);
  advance(1s);
  ok(ResizePool{.id = PoolId{"pool"}, .conditions = {}, .target_dedicated = 3});
  EXPECT_EQ(pool_record().target_low_priority, 2);
  EXPECT_EQ(current(), std::pair(3, 2));
}

TEST_F(PoolsTest, ResizeTimeoutIsTheMostRecentResizes) {
  ready_pool("pool", 1);
  ok(ResizePool{.id = PoolId{"pool"}, .conditions = {}, .target_dedicated = 2, .timeout = Ticks{6min}});
  EXPECT_EQ(pool_record().resize.timeout, 6min);
}

TEST_F(PoolsTest, ShrinkTakesIdleNodesFirst) {
  ready_pool("pool", 3);
  add_job();
  add_task("a");
  add_task("b");
  EXPECT_FALSE(resize("pool", 2));
  const auto stops = noticed<StopAgent>();
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(batch_->running_tasks(stops[0].node), 0);
  EXPECT_EQ(node_state(stops[0].node), NodeState::leavingpool);
  EXPECT_EQ(task_state("a"), TaskState::running);
  EXPECT_EQ(task_state("b"), TaskState::running);
}

TEST_F(PoolsTest, ShrinkIsSteadyOnlyWhenTheNodesAreGone) {
  ready_pool("pool", 2);
  EXPECT_FALSE(resize("pool", 0));
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(current(), std::pair(2, 0));
  all_leaving_gone("pool");
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(current(), std::pair(0, 0));
  EXPECT_TRUE(pool_record().resize_errors.empty());
}

TEST_F(PoolsTest, RequeueKillsTheTaskWhichThenRunsElsewhere) {
  running_task();
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::requeue));
  EXPECT_EQ(task_state(), TaskState::running);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
  EXPECT_EQ(task_record().execution.last_requeue, now_);
}

TEST_F(PoolsTest, RequeueOfANodeThatIsGoneWithoutAReportCountsToo) {
  running_task();
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::requeue));
  gone(node());
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
  EXPECT_TRUE(task_record().node_gone);
}

TEST_F(PoolsTest, TerminateEndsTheTaskForGood) {
  running_task();
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::terminate));
  gone(node());
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
}

TEST_F(PoolsTest, TaskCompletionLetsTheTaskEndAndGivesTheNodeNoOther) {
  running_task();
  add_task("next");
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::taskcompletion));
  EXPECT_EQ(node_state(node()), NodeState::running);
  EXPECT_TRUE(noticed<StopAgent>().empty());
  exits("task");
  EXPECT_EQ(task_state("next"), TaskState::active);
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
  EXPECT_EQ(noticed<StopAgent>().size(), 1U);
}

TEST_F(PoolsTest, RetainedDataWaitsForRetentionToo) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.retention = 60s;
  add_task(task);
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::retaineddata));
  exits("task");
  EXPECT_EQ(node_state(node()), NodeState::idle);
  advance(59s);
  EXPECT_EQ(node_state(node()), NodeState::idle);
  advance(1s);
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
}

TEST_F(PoolsTest, IdleNodeLeavesAtOnceWithEveryOption) {
  for (const auto option : {DeallocationOption::requeue, DeallocationOption::terminate,
                            DeallocationOption::taskcompletion, DeallocationOption::retaineddata}) {
    batch_.emplace(options_);
    store_ = store::make_memory_state_store();
    ready_pool("pool", 1);
    EXPECT_FALSE(resize("pool", 0, option));
    EXPECT_EQ(node_state(node()), NodeState::leavingpool);
  }
}

TEST_F(PoolsTest, ResizeTimeoutEndsInSteadyWithAnErrorForTheKindThatMissed) {
  running_task();
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::taskcompletion));
  advance(15min);
  EXPECT_EQ(allocation(), AllocationState::steady);
  ASSERT_EQ(pool_record().resize_errors.size(), 1U);
  EXPECT_EQ(pool_record().resize_errors[0].code, "RemoveNodesFailed");
  EXPECT_EQ(pool_record().target_dedicated, 0);
  exits("task");
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(PoolsTest, NextResizeClearsTheErrors) {
  running_task();
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::taskcompletion));
  advance(15min);
  EXPECT_FALSE(resize("pool", 1));
  EXPECT_TRUE(pool_record().resize_errors.empty());
}

TEST_F(PoolsTest, StopResizeKeepsTheNodesAndSaysResizeStopped) {
  running_task();
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::taskcompletion));
  const auto version = pool_record().version.last_modified;
  stop_resize();
  EXPECT_EQ(allocation(), AllocationState::stopping);
  EXPECT_EQ(pool_record().version.last_modified, version);
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  ASSERT_EQ(pool_record().resize_errors.size(), 1U);
  EXPECT_EQ(pool_record().resize_errors[0].code, "ResizeStopped");
  EXPECT_EQ(current(), std::pair(1, 0));
  EXPECT_FALSE(node_record(node()).pending);
}

TEST_F(PoolsTest, StopResizeWaitsForNodesThatAreLeavingAlready) {
  ready_pool("pool", 2);
  EXPECT_FALSE(resize("pool", 0));
  stop_resize();
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::stopping);
  all_leaving_gone("pool");
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_TRUE(pool_record().resize_errors.empty());
}

TEST_F(PoolsTest, StopResizeStopsTheInitialSizing) {
  add_pool("pool", 1);
  stop_resize();
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
}

TEST_F(PoolsTest, ResizeWhileStoppingIsRefused) {
  add_pool("pool", 1);
  stop_resize();
  EXPECT_EQ(resize("pool", 2), ErrorCode::PoolBeingResized);
}

TEST_F(PoolsTest, StopResizeOfASteadyPoolIsRefused) {
  ready_pool("pool", 1);
  EXPECT_EQ(error_of(StopPoolResize{PoolId{"pool"}, {}}), ErrorCode::OperationInvalidForCurrentState);
}

TEST_F(PoolsTest, DeletedPoolRequeuesItsTasksAndIsGoneWithItsLastNode) {
  running_task();
  delete_pool();
  EXPECT_EQ(pool_record().state, PoolState::deleting);
  EXPECT_EQ(pool_record().target_dedicated, 0);
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
  advance(1s);
  EXPECT_TRUE(has_pool());
  gone(node());
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
  advance(1s);
  EXPECT_FALSE(has_pool());
  EXPECT_EQ(job_state(), JobState::active);
}

TEST_F(PoolsTest, DeletedPoolWithoutNodesShowsDeletingFirst) {
  ready_pool("pool", 0);
  delete_pool();
  EXPECT_EQ(pool_record().state, PoolState::deleting);
  advance(1s);
  EXPECT_FALSE(has_pool());
}

TEST_F(PoolsTest, DeletingStopsAResizeThatIsUnderWay) {
  running_task();
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::taskcompletion));
  delete_pool();
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
}

TEST_F(PoolsTest, PoolBeingDeletedRefusesChanges) {
  ready_pool("pool", 1);
  delete_pool();
  EXPECT_EQ(resize("pool", 2), ErrorCode::PoolBeingDeleted);
  EXPECT_EQ(error_of(DeletePool{PoolId{"pool"}, {}}), ErrorCode::PoolBeingDeleted);
  EXPECT_EQ(error_of(StopPoolResize{PoolId{"pool"}, {}}), ErrorCode::PoolBeingDeleted);
  EXPECT_EQ(error_of(UpdatePool{.id = PoolId{"pool"}}), ErrorCode::PoolBeingDeleted);
  EXPECT_EQ(error_of(AddPool{new_pool("pool", 1)}), ErrorCode::PoolBeingDeleted);
}

TEST_F(PoolsTest, PoolMadeAgainPicksUpTheWaitingTasks) {
  running_task();
  delete_pool();
  gone(node());
  advance(1s);
  ready_pool("pool", 1);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().node, node());
}

TEST_F(PoolsTest, TasksWaitForAPoolThatDoesNotExistYet) {
  add_job("job", "later");
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active);
  ready_pool("later", 1);
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(PoolsTest, UpdateReplacesTheDocumentAndTheStartTaskOfLaterNodes) {
  ready_pool("pool", 1);
  UpdatePool command{.id = PoolId{"pool"}, .conditions = {}, .seen = pool_record().version};
  command.document = std::make_shared<const std::string>("new");
  command.start_task = std::make_shared<const std::string>("start");
  ok(command);
  EXPECT_EQ(*pool_record().document, "new");
  EXPECT_EQ(node_record(node()).start_task, nullptr);
  EXPECT_FALSE(resize("pool", 2));
  ASSERT_NE(node_record(node(1)).start_task, nullptr);
  EXPECT_EQ(*node_record(node(1)).start_task, "start");
}

TEST_F(PoolsTest, UpdateThatSawAnOlderVersionIsToBeTriedAgain) {
  ready_pool("pool", 1);
  UpdatePool command{.id = PoolId{"pool"}, .conditions = {}, .seen = pool_record().version};
  EXPECT_FALSE(resize("pool", 2));
  EXPECT_EQ(error_of(command), base::Errc::unavailable);
}

TEST_F(PoolsTest, VersionFollowsThePoolAndNotItsNodes) {
  add_pool("pool", 1);
  const auto version = pool_record().version.last_modified;
  advance(1s);
  join_all("pool");
  EXPECT_EQ(pool_record().version.last_modified, version);
}

TEST_F(PoolsTest, TwoWritesAtOneTimeDiffer) {
  ready_pool("pool", 1);
  UpdatePool command{.id = PoolId{"pool"}, .conditions = {}, .seen = pool_record().version};
  const auto first = ok(command).written.version;
  command.seen = first;
  const auto second = ok(command).written.version;
  EXPECT_GT(second.last_modified, first.last_modified);
}

}  // namespace
}  // namespace emulator::core
