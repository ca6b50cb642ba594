// What a resize cannot have, and nodes that are removed by name: contract 4.0, 4.1.4, 5.2.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

class AllocationTest : public BatchFixture {
 protected:
  std::pair<int, int> current(const std::string& id = "pool") { return batch_->current_nodes(PoolId{id}); }
  RemoveNodes removal(std::vector<NodeKey> keys, DeallocationOption option = DeallocationOption::requeue) {
    RemoveNodes command{.id = PoolId{"pool"}, .conditions = {}, .nodes = {}, .timeout = {}, .deallocation = option};
    for (const auto& key : keys) command.nodes.push_back(key.node);
    return command;
  }
  void use(const BatchOptions& options) {
    options_ = options;
    batch_.emplace(options_);
  }
  std::vector<std::string> error_codes(const std::string& id = "pool") {
    std::vector<std::string> codes;
    for (const auto& error : pool_record(id).resize_errors) codes.push_back(error.code);
    return codes;
  }
};

using Codes = std::vector<std::string>;

TEST_F(AllocationTest, RemovingNodesLowersTheTargetsOfTheirKinds) {
  add_pool("pool", 3, 2);
  advance(1s);
  ok(removal({node(0), node(1), node(3)}));
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(pool_record().target_dedicated, 1);
  EXPECT_EQ(pool_record().target_low_priority, 1);
  EXPECT_EQ(node_state(node(0)), NodeState::leavingpool);
  EXPECT_EQ(node_state(node(2)), NodeState::starting);
  all_leaving_gone("pool");
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(current(), std::pair(1, 1));
}

TEST_F(AllocationTest, NodeNamedTwiceIsRemovedOnce) {
  ready_pool("pool", 3);
  ok(removal({node(0), node(0)}));
  EXPECT_EQ(pool_record().target_dedicated, 2);
}

TEST_F(AllocationTest, RemovingAnUnknownNodeRemovesNone) {
  ready_pool("pool", 2);
  auto command = removal({node(0)});
  command.nodes.emplace_back("none");
  EXPECT_EQ(error_of(command), ErrorCode::NodeNotFound);
  EXPECT_EQ(node_state(node(0)), NodeState::idle);
  EXPECT_EQ(allocation(), AllocationState::steady);
}

TEST_F(AllocationTest, RemoveNodesWhileResizingIsRefused) {
  add_pool("pool", 2);
  EXPECT_EQ(error_of(removal({node(0)})), ErrorCode::PoolBeingResized);
}

TEST_F(AllocationTest, RemovedNodesTasksAreTreatedByTheOption) {
  running_task();
  ok(removal({node()}, DeallocationOption::taskcompletion));
  EXPECT_EQ(node_state(node()), NodeState::running);
  exits("task");
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
}

TEST_F(AllocationTest, WhenShrinkingJobManagerNodesGoLast) {
  ready_pool("pool", 2, 2);
  auto manager = new_task("manager");
  manager.rules.manager = ManagerRules{.exclusive = false};
  ok(AddJob{new_job("job"), manager});
  for (const auto* id : {"a", "b", "c"}) add_task(id);
  const auto managed = *task_record("manager").node;
  for (const auto* id : {"a", "b", "c"}) {
    if (task_record(id).node == managed) exits(id);
  }
  ASSERT_EQ(batch_->running_slots(managed), 1) << "the least busy node";
  EXPECT_FALSE(resize("pool", 1));
  EXPECT_EQ(node_state(managed), NodeState::running);
  all_leaving_gone("pool");
  EXPECT_EQ(nodes_of("pool"), std::vector{managed});
}

TEST_F(AllocationTest, WhenShrinkingTheIdleNodeOfAPastJobManagerGoesFirst) {
  ready_pool("pool", 2);
  auto manager = new_task("manager");
  manager.rules.manager = ManagerRules{.ends_job = false};
  ok(AddJob{new_job("job"), manager});
  const auto managed = *task_record("manager").node;
  add_task("a");
  exits("manager");
  EXPECT_FALSE(resize("pool", 1));
  EXPECT_EQ(node_state(managed), NodeState::leavingpool);
}

TEST_F(AllocationTest, ShrinkThatOutlastsItsTimeFailsToRemoveNodesOfTheKindThatStays) {
  for (const auto option : {DeallocationOption::taskcompletion, DeallocationOption::retaineddata}) {
    const std::string id = option == DeallocationOption::taskcompletion ? "waits" : "keeps";
    ready_pool(id, 1);
    add_job(id, id);
    add_task("task", id);
    EXPECT_FALSE(resize(id, 0, option));
    advance(15min);
    EXPECT_EQ(allocation(id), AllocationState::steady);
    EXPECT_EQ(error_codes(id), Codes{"RemoveNodesFailed"});
    EXPECT_EQ(current(id), std::pair(1, 0));
    EXPECT_EQ(pool_record(id).target_dedicated, 0);
    EXPECT_EQ(task_state("task", id), TaskState::running);
  }
}

TEST_F(AllocationTest, TimeIsOverForNodesThatDidNotComeAndForNodesThatWouldNotGo) {
  use({.node_id_seed = "seed", .max_dedicated_cores = 1});
  ready_pool("other", 1);
  add_pool("pool", 0, 1);
  advance(1s);
  join_all("pool");
  add_job();
  add_task("task");
  ok(ResizePool{.id = PoolId{"pool"},
                .conditions = {},
                .target_dedicated = 1,
                .target_low_priority = 0,
                .timeout = Ticks{15min},
                .deallocation = DeallocationOption::taskcompletion});
  EXPECT_FALSE(resize("other", 0));
  all_leaving_gone("other");
  advance(15min);
  EXPECT_EQ(error_codes(), (Codes{"AllocationTimedout", "RemoveNodesFailed"}));
}

TEST_F(AllocationTest, RemovalTimesOutAsAnyResize) {
  running_task();
  auto command = removal({node()}, DeallocationOption::taskcompletion);
  command.timeout = Ticks{5min};
  ok(command);
  advance(5min);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(error_codes(), Codes{"RemoveNodesFailed"});
}

TEST_F(AllocationTest, TasksStartAsSoonAsANodeIsIdleNotOnlyAtSteady) {
  add_job();
  add_task("task");
  add_pool("pool", 2);
  join(node(0));
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(AllocationTest, TargetsAreVisibleAtOnceAndCurrentsFollow) {
  ready_pool("pool", 2);
  EXPECT_FALSE(resize("pool", 1));
  EXPECT_EQ(pool_record().target_dedicated, 1);
  EXPECT_EQ(current(), std::pair(2, 0));
  all_leaving_gone("pool");
  EXPECT_EQ(current(), std::pair(1, 0));
}

TEST_F(AllocationTest, RoomThatComesWhileAPoolResizesIsUsed) {
  use({.node_id_seed = "seed", .max_dedicated_cores = 2});
  add_pool("a", 1);
  advance(1s);
  join_all("a");
  add_job("job", "a");
  add_task("task");
  EXPECT_FALSE(resize("a", 0, DeallocationOption::taskcompletion));
  add_pool("b", 2);
  EXPECT_EQ(current("b"), std::pair(1, 0));
  exits("task");
  all_leaving_gone("a");
  advance(1s);
  EXPECT_EQ(current("b"), std::pair(2, 0));
  advance(1s);
  EXPECT_EQ(allocation("b"), AllocationState::steady);
  EXPECT_EQ(error_codes("b"), Codes{});
}

TEST_F(AllocationTest, CoreQuotaEndsTheResizeWithTheNodesThatFit) {
  use({.node_id_seed = "seed", .max_dedicated_cores = 5});
  auto pool = new_pool("pool", 4);
  pool.cores_per_node = 2;
  ok(AddPool{pool});
  EXPECT_EQ(current(), std::pair(2, 0));
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(error_codes(), Codes{"AccountCoreQuotaReached"});
  EXPECT_EQ(pool_record().target_dedicated, 4);
}

TEST_F(AllocationTest, EachKindOfNodeHasAQuotaOfItsOwn) {
  use({.node_id_seed = "seed", .max_dedicated_cores = 2, .max_low_priority_cores = 1});
  add_pool("pool", 2, 2);
  advance(1s);
  EXPECT_EQ(current(), std::pair(2, 1));
  EXPECT_EQ(error_codes(), Codes{"AccountLowPriorityCoreQuotaReached"});
}

TEST_F(AllocationTest, CoresOfAllPoolsCountTowardsTheQuota) {
  use({.node_id_seed = "seed", .max_dedicated_cores = 3});
  add_pool("a", 2);
  add_pool("b", 2);
  advance(1s);
  EXPECT_EQ(current("b"), std::pair(1, 0));
  EXPECT_EQ(error_codes("a"), Codes{});
  EXPECT_EQ(error_codes("b"), Codes{"AccountCoreQuotaReached"});
}

TEST_F(AllocationTest, ResizeThatGetsWhatItAskedForClearsAQuotaError) {
  use({.node_id_seed = "seed", .max_dedicated_cores = 1});
  add_pool("pool", 2);
  advance(1s);
  EXPECT_EQ(resize("pool", 1), std::error_code{});
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(error_codes(), Codes{});
}

TEST_F(AllocationTest, MachineThatCarriesNoMoreNodesFailsTheAllocation) {
  use({.node_id_seed = "seed", .max_nodes = 3});
  add_pool("pool", 2, 2);
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(current(), std::pair(2, 1));
  EXPECT_EQ(error_codes(), Codes{"AllocationFailed"});
}

TEST_F(AllocationTest, InterNodePoolHasALimitOfItsOwn) {
  use({.node_id_seed = "seed", .max_inter_node_nodes = 2});
  auto pool = new_pool("pool", 3);
  pool.inter_node_communication = true;
  ok(AddPool{pool});
  add_pool("other", 3);
  advance(1s);
  EXPECT_EQ(current(), std::pair(2, 0));
  EXPECT_EQ(error_codes(), Codes{"AllocationFailed"});
  EXPECT_EQ(current("other"), std::pair(3, 0));
}

TEST_F(AllocationTest, QuotaThatEndedAResizeEndsItAfterARestartToo) {
  use({.node_id_seed = "seed", .max_dedicated_cores = 1});
  add_pool("pool", 2);
  restart();
  advance(1s);
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(error_codes(), Codes{"AccountCoreQuotaReached"});
}

UpdatePool reshaping(const PoolRecord& pool, std::int32_t slots) {
  UpdatePool command{.id = pool.id, .conditions = {}, .seen = pool.version};
  command.document = pool.document;
  command.shape = UpdatePool::Shape{.task_slots_per_node = slots};
  return command;
}

TEST_F(AllocationTest, EmptyPoolMayChangeItsShape) {
  ready_pool("pool", 0);
  ok(reshaping(pool_record(), 4));
  EXPECT_EQ(pool_record().task_slots_per_node, 4);
}

TEST_F(AllocationTest, PoolWithNodesKeepsItsShape) {
  ready_pool("pool", 1);
  EXPECT_EQ(error_of(reshaping(pool_record(), 4)), ErrorCode::OperationInvalidForCurrentState);
  EXPECT_EQ(pool_record().task_slots_per_node, 1);
}

}  // namespace
}  // namespace emulator::core
