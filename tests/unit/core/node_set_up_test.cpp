// Nodes of pools with mounts or container images: what has to be there before the start task and before tasks.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

class SetUpTest : public BatchFixture {
 protected:
  void pool_with_mounts(Document start_task = nullptr) {
    PoolRecord pool = new_pool("pool", 1);
    pool.sets_up_nodes = true;
    pool.start_task = std::move(start_task);
    ok(AddPool{pool});
    advance(1s);
    join(node());
  }
  NodePrepared done() {
    return {.node = node(), .incarnation = node_record(node()).incarnation, .error = std::nullopt};
  }
};

TEST_F(SetUpTest, TheNodeTurnsIdleWhenItsMountsAndImagesAreThere) {
  pool_with_mounts();
  EXPECT_EQ(node_state(node()), NodeState::starting);
  EXPECT_EQ(noticed<PrepareNode>().size(), 1U);
  add_job();
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active);
  ok(done());
  EXPECT_EQ(node_state(node()), NodeState::running);
}

TEST_F(SetUpTest, TheStartTaskComesAfterMountsAndImages) {
  pool_with_mounts(std::make_shared<const std::string>("{}"));
  EXPECT_TRUE(noticed<RunStartTask>().empty());
  ok(done());
  EXPECT_EQ(node_state(node()), NodeState::waitingforstarttask);
  EXPECT_EQ(noticed<RunStartTask>().size(), 1U);
}

TEST_F(SetUpTest, AMountThatFailsMakesTheNodeUnusable) {
  pool_with_mounts();
  NodePrepared failed = done();
  failed.error = ResourceError{.code = "MountConfigurationError", .message = "m", .values = {}};
  ok(failed);
  EXPECT_EQ(node_state(node()), NodeState::unusable);
  EXPECT_EQ(node_record(node()).errors.at(0).code, "MountConfigurationError");
}

TEST_F(SetUpTest, ANewAgentIsToldAgain) {
  pool_with_mounts();
  ok(done());
  lose(node());
  join(node());
  EXPECT_EQ(node_state(node()), NodeState::starting);
  EXPECT_EQ(noticed<PrepareNode>().size(), 1U);
}

}  // namespace
}  // namespace emulator::core
