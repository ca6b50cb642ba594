// Sentences of contract 5.1, 5.2 and 6.6 about pools that no other file of this folder has as a test.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using Codes = std::vector<std::string>;

class ContractPoolsTest : public BatchFixture {
 protected:
  void delete_pool(const std::string& id = "pool") { ok(DeletePool{PoolId{id}, {}}); }
  std::pair<int, int> current(const std::string& id = "pool") { return batch_->current_nodes(PoolId{id}); }
  Codes error_codes() {
    Codes codes;
    for (const auto& error : pool_record().resize_errors) codes.push_back(error.code);
    return codes;
  }
  RemoveNodes removal(const NodeKey& at) { return {.id = PoolId{"pool"}, .conditions = {}, .nodes = {at.node}}; }
  EnableAutoScale enabling(const std::string& formula) {
    return {.id = PoolId{"pool"}, .conditions = {}, .formula = formula, .interval = {}};
  }
  /// A dedicated and a low-priority node, each with a task, and a steady pool that has missed targets of 0.
  void pool_of_both_kinds_with_tasks() {
    add_pool("pool", 1, 1);
    advance(1s);
    join_all("pool");
    add_job();
    add_task("a");
    add_task("b");
    ASSERT_EQ(task_state("a"), TaskState::running);
    ASSERT_EQ(task_state("b"), TaskState::running);
  }
  void resize_both(int dedicated, int low_priority) {
    ok(ResizePool{.id = PoolId{"pool"},
                  .conditions = {},
                  .target_dedicated = dedicated,
                  .target_low_priority = low_priority,
                  .timeout = Ticks{15min},
                  .deallocation = DeallocationOption::taskcompletion});
  }
  void time_out() {
    resize_both(0, 0);
    advance(15min);
    ASSERT_EQ(allocation(), AllocationState::steady);
    ASSERT_EQ(error_codes(), (Codes{"RemoveNodesFailed", "RemoveNodesFailed"}));
  }
};

// ---- 5.1 ----

TEST_F(ContractPoolsTest, ADeletingPoolIsStillReadAndListsItsLeavingNodes) {
  ready_pool("pool", 2);
  delete_pool();
  gone(node(0));
  advance(1s);
  ASSERT_NE(batch_->find_pool(PoolId{"pool"}), nullptr);
  EXPECT_EQ(pool_record().state, PoolState::deleting);
  ASSERT_EQ(nodes_of("pool").size(), 1U);
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
}

TEST_F(ContractPoolsTest, JobsOnADeletedPoolStayActiveWithWaitingTasks) {
  running_task();
  add_task("waiting");
  delete_pool();
  gone(node());
  advance(1s);
  ASSERT_EQ(batch_->find_pool(PoolId{"pool"}), nullptr);
  advance(24h);
  EXPECT_EQ(job_state(), JobState::active);
  EXPECT_EQ(task_state("task"), TaskState::active);
  EXPECT_EQ(task_state("waiting"), TaskState::active);
}

TEST_F(ContractPoolsTest, TasksOfADeletedPoolCanRunElsewhereAfterTheJobsPoolIsChanged) {
  running_task();
  ready_pool("other", 1);
  delete_pool();
  gone(node());
  advance(1s);
  disable(DisableTasksOption::requeue);
  auto update = update_of();
  update.job.pool = PoolId{"other"};
  ok(update);
  enable();
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().node, node(0, "other"));
}

TEST_F(ContractPoolsTest, PoolDeletionStopsAResizeAndResizesToZeroWithRequeue) {
  pool_of_both_kinds_with_tasks();
  resize_both(3, 1);
  delete_pool();
  EXPECT_EQ(pool_record().target_dedicated, 0);
  EXPECT_EQ(pool_record().target_low_priority, 0);
  EXPECT_EQ(pool_record().resize.deallocation, DeallocationOption::requeue);
  all_leaving_gone("pool");
  EXPECT_EQ(task_record("a").execution.requeue_count, 1);
  EXPECT_EQ(task_record("b").execution.requeue_count, 1);
  EXPECT_EQ(task_state("a"), TaskState::active);
}

// ---- 5.2 ----

TEST_F(ContractPoolsTest, StartOfAnAutoPoolIsResizing) {
  auto job = new_job("job");
  job.pool = {};
  AutoPool automatic{.pool = new_pool("", 1), .id_prefix = "", .lifetime = {}, .keep_alive = false};
  job.auto_pool = std::make_shared<const AutoPool>(std::move(automatic));
  ok(AddJob{job, {}});
  const auto pool = job_record().pool.text();
  EXPECT_EQ(allocation(pool), AllocationState::resizing);
  advance(1s);
  EXPECT_EQ(allocation(pool), AllocationState::steady);
}

TEST_F(ContractPoolsTest, RemoveNodesMakesASteadyPoolResizingAndClearsTheErrors) {
  pool_of_both_kinds_with_tasks();
  time_out();
  ok(removal(node(0)));
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(error_codes(), Codes{});
}

TEST_F(ContractPoolsTest, AnAutoscaleRunThatChangesATargetMakesThePoolResizingAndClearsTheErrors) {
  pool_of_both_kinds_with_tasks();
  time_out();
  ok(enabling("$TargetDedicatedNodes = 2; $TargetLowPriorityNodes = 1;"));
  tick();
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(error_codes(), Codes{});
}

TEST_F(ContractPoolsTest, ATimedOutResizeNamesEachKindThatMissedItsTarget) {
  pool_of_both_kinds_with_tasks();
  time_out();
  EXPECT_EQ(pool_record().resize_errors[0].values.at(0).second, "dedicated");
  EXPECT_EQ(pool_record().resize_errors[1].values.at(0).second, "lowPriority");
}

TEST_F(ContractPoolsTest, NodesGainedBeforeTheTimeoutStay) {
  pool_of_both_kinds_with_tasks();
  resize_both(3, 0);
  join_all("pool");
  advance(15min);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(error_codes(), Codes{"RemoveNodesFailed"});
  EXPECT_EQ(pool_record().resize_errors[0].values.at(0).second, "lowPriority");
  advance(1h);
  EXPECT_EQ(current(), std::pair(3, 1));
}

TEST_F(ContractPoolsTest, AShrinkWithRetainedDataMayOutlastTheResizeTimeout) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("task");
  task.rules.constraints.retention = 1h;
  add_task(task);
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::retaineddata));
  exits("task");
  advance(15min);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(error_codes(), Codes{"RemoveNodesFailed"});
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(ContractPoolsTest, QuotaTroubleLeavesBothTargetsAsAsked) {
  options_ = {.node_id_seed = "seed", .max_dedicated_cores = 1, .max_low_priority_cores = 1};
  batch_.emplace(options_);
  add_pool("pool", 3, 2);
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(error_codes(), (Codes{"AccountCoreQuotaReached", "AccountLowPriorityCoreQuotaReached"}));
  EXPECT_EQ(pool_record().target_dedicated, 3);
  EXPECT_EQ(pool_record().target_low_priority, 2);
}

TEST_F(ContractPoolsTest, AStoppedResizeNamesEachKindShortOfItsTargetAndTheNodeCountStaysWhereItWas) {
  pool_of_both_kinds_with_tasks();
  resize_both(0, 0);
  ok(StopPoolResize{PoolId{"pool"}, {}});
  EXPECT_EQ(allocation(), AllocationState::stopping);
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(error_codes(), (Codes{"ResizeStopped", "ResizeStopped"}));
  EXPECT_EQ(current(), std::pair(1, 1));
}

TEST_F(ContractPoolsTest, ResizeRemoveNodesAndEnableAutoScaleAreRefusedWhileStopping) {
  add_pool("pool", 1);
  ok(StopPoolResize{PoolId{"pool"}, {}});
  ASSERT_EQ(allocation(), AllocationState::stopping);
  EXPECT_EQ(resize("pool", 2), ErrorCode::PoolBeingResized);
  EXPECT_EQ(error_of(removal(node())), ErrorCode::PoolBeingResized);
  EXPECT_EQ(error_of(enabling("$TargetDedicatedNodes = 2;")), ErrorCode::PoolBeingResized);
}

TEST_F(ContractPoolsTest, WhileResizingNodesAlreadyPresentAreListedAndRunTasks) {
  pool_of_both_kinds_with_tasks();
  resize_both(2, 0);
  ASSERT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(nodes_of("pool").size(), 3U);
  exits("a");
  exits("b");
  add_task("next");
  EXPECT_EQ(task_state("next"), TaskState::running);
}

TEST_F(ContractPoolsTest, WhenShrinkingNodesOfJobManagersGoLast) {
  ready_pool("pool", 3, 2);
  add_job("ordinary");
  for (const auto* id : {"a", "b", "c", "d"}) add_task(id, "ordinary");
  NewTask manager = new_task("manager");
  manager.rules.manager = ManagerRules{.exclusive = false};
  ok(AddJob{new_job("managed"), manager});
  ASSERT_EQ(task_state("manager", "managed"), TaskState::running);
  const NodeKey home = *task_record("manager", "managed").node;
  EXPECT_FALSE(resize("pool", 1));
  for (const auto& key : nodes_of("pool")) EXPECT_EQ(node_record(key).pending.has_value(), key != home);
  all_leaving_gone("pool");
  EXPECT_EQ(task_state("manager", "managed"), TaskState::running);
}

TEST_F(ContractPoolsTest, WhenShrinkingTheNodeOfAManagerGoesAfterABusierOne) {
  ready_pool("pool", 2, 4);
  NewTask manager = new_task("manager");
  manager.rules.manager = ManagerRules{.exclusive = false};
  ok(AddJob{new_job("managed"), manager});
  const NodeKey home = *task_record("manager", "managed").node;
  add_job();
  for (const auto* id : {"a", "b", "c"}) {
    auto task = new_task(id);
    task.rules.affinity_id = "TVM:" + (home == node(0) ? node(1) : node(0)).node.text();
    add_task(task);
  }
  ASSERT_GT(batch_->running_slots(home == node(0) ? node(1) : node(0)), batch_->running_slots(home));
  EXPECT_FALSE(resize("pool", 1));
  EXPECT_EQ(node_state(home), NodeState::running);
  EXPECT_FALSE(node_record(home).pending);
}

}  // namespace
}  // namespace emulator::core
