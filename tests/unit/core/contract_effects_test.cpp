// The first rows of contract 6.6: everything that takes a node away from its tasks, with every option.
#include "tests/unit/core/batch_fixture.h"

#include <ostream>

namespace emulator::core {
namespace {

enum class Trigger { resize_down, remove_nodes, autoscale_shrink, reboot, reimage, deallocate };
constexpr auto names_of(Trigger) {
  return std::to_array<std::string_view>(
      {"ResizeDown", "RemoveNodes", "AutoscaleShrink", "Reboot", "Reimage", "Deallocate"});
}
void PrintTo(Trigger trigger, std::ostream* out) {
  *out << wire::batch::name_of(trigger);
}

/// One node, "task" running on it, and a trigger.
class EffectsTest : public BatchFixture, public ::testing::WithParamInterface<Trigger> {
 protected:
  void SetUp() override {
    ready_pool("pool", 1, 2);
    add_job();
    auto task = new_task("task");
    task.rules.constraints.max_retries = 5;
    task.rules.constraints.retention = 5min;
    add_task(task);
    ASSERT_EQ(task_state(), TaskState::running);
  }
  void pull(DeallocationOption option) {
    switch (GetParam()) {
      case Trigger::resize_down: EXPECT_FALSE(resize("pool", 0, option)); break;
      case Trigger::remove_nodes:
        ok(RemoveNodes{
            .id = PoolId{"pool"}, .conditions = {}, .nodes = {node().node}, .timeout = {}, .deallocation = option});
        break;
      case Trigger::autoscale_shrink: {
        const auto name = std::string(wire::batch::name_of(option));
        ok(EnableAutoScale{.id = PoolId{"pool"},
                           .conditions = {},
                           .formula = "$TargetDedicatedNodes = 0; $NodeDeallocationOption = " + name + ";",
                           .interval = Ticks{15min}});
        tick();
        break;
      }
      case Trigger::reboot: act(NodeAction::reboot, option); break;
      case Trigger::reimage: act(NodeAction::reimage, option); break;
      case Trigger::deallocate: act(NodeAction::deallocate, option); break;
    }
  }
  void act(NodeAction action, DeallocationOption option) {
    ok(ActOnNode{.node = node(), .action = action, .option = option});
  }
  bool leaves() {
    return GetParam() == Trigger::resize_down || GetParam() == Trigger::remove_nodes ||
           GetParam() == Trigger::autoscale_shrink;
  }
  NodeState acting() {
    switch (GetParam()) {
      case Trigger::reboot: return NodeState::rebooting;
      case Trigger::reimage: return NodeState::reimaging;
      case Trigger::deallocate: return NodeState::deallocating;
      default: return NodeState::leavingpool;
    }
  }
  /// The node's processes are gone: of one that leaves with its agent, of another by an order for the task.
  void killed() {
    if (leaves()) {
      gone(node());
    } else {
      EXPECT_EQ(node_state(node()), NodeState::running) << "it acts when the task is killed";
      stopped("task");
      EXPECT_EQ(node_state(node()), acting());
    }
  }
};

TEST_P(EffectsTest, WithRequeueTheTaskIsKilledAndActiveWithRequeueCountPlusOneAndTheNodeActs) {
  pull(DeallocationOption::requeue);
  killed();
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().previous_state, TaskState::running);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
  EXPECT_EQ(task_record().execution.retry_count, 0);
}

TEST_P(EffectsTest, WithTerminateTheTaskIsKilledAndCompletedWithTaskEndedAndNeverRunsAgain) {
  pull(DeallocationOption::terminate);
  killed();
  EXPECT_EQ(task_state(), TaskState::completed);
  ASSERT_TRUE(task_record().execution.failure);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
  EXPECT_EQ(task_record().execution.requeue_count, 0);
  ready_pool("other", 1);
  advance(1h);
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_P(EffectsTest, WithTaskCompletionTheTaskRunsToTheEndAndTheNodeTakesNoNewOnesAndActsThen) {
  pull(DeallocationOption::taskcompletion);
  EXPECT_TRUE(told_to_stop().empty());
  add_task("next");
  EXPECT_EQ(task_state("next"), TaskState::active) << "though a slot is free";
  EXPECT_EQ(node_state(node()), NodeState::running);
  exits("task", 0);
  EXPECT_EQ(task_record().execution.result, TaskResult::success);
  EXPECT_EQ(node_state(node()), acting());
  EXPECT_EQ(task_state("next"), TaskState::active);
}

TEST_P(EffectsTest, WithRetainedDataTheNodeActsWhenAllTaskRetentionTimesOnItAreOver) {
  pull(DeallocationOption::retaineddata);
  exits("task", 0);
  EXPECT_EQ(node_state(node()), NodeState::idle);
  add_task("next");
  EXPECT_EQ(task_state("next"), TaskState::active) << "no new tasks on the node";
  advance(5min - 1s);
  EXPECT_EQ(node_state(node()), NodeState::idle);
  advance(1s);
  EXPECT_EQ(node_state(node()), acting());
}

std::string name_of_case(const ::testing::TestParamInfo<Trigger>& trigger) {
  return std::string(wire::batch::name_of(trigger.param));
}

INSTANTIATE_TEST_SUITE_P(Of, EffectsTest,
                         ::testing::Values(Trigger::resize_down, Trigger::remove_nodes, Trigger::autoscale_shrink,
                                           Trigger::reboot, Trigger::reimage, Trigger::deallocate),
                         name_of_case);

}  // namespace
}  // namespace emulator::core
