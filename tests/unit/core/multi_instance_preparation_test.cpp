// Multi-instance tasks of a job with a preparation task (contract 6.7, 6.10): all nodes of the task have to be
// prepared.
#include "tests/unit/core/multi_instance_fixture.h"

namespace emulator::core {
namespace {

class PreparedMultiInstanceTest : public MultiInstanceTest {
 protected:
  /// "task" assigned to two nodes, both of which have to be prepared.
  void assigned() {
    talking_pool(2);
    ok(AddJob{prepared_job(), {}});
    add_task(multi_task(2));
    ASSERT_EQ(task_state(), TaskState::preparing);
  }
};

TEST_F(PreparedMultiInstanceTest, TheTaskRunsWhenThePreparationHasSucceededOnAllItsNodes) {
  assigned();
  EXPECT_EQ(noticed<RunTask>().size(), 2U) << "the preparation on each node";
  EXPECT_EQ(subtask(1).state, SubtaskState::preparing);
  prep_exits(0, node(0));
  EXPECT_EQ(task_state(), TaskState::preparing);
  EXPECT_TRUE(noticed<RunTask>().empty());
  advance(1s);
  prep_exits(0, node(1));
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(noticed<RunTask>().size(), 2U);
  EXPECT_EQ(subtask(1).state, SubtaskState::running);
  EXPECT_EQ(subtask(1).previous_state, SubtaskState::preparing);
  EXPECT_EQ(subtask(1).started, now_);
}

TEST_F(PreparedMultiInstanceTest, APreparationThatFailsOnOneNodeReturnsTheTaskToActive) {
  assigned();
  prep_exits(1, subtask(1).node);
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(node_state(node(0)), NodeState::idle);
  EXPECT_EQ(node_state(node(1)), NodeState::idle);
  prep_exits(0, task_record().node.value());
  EXPECT_EQ(task_state(), TaskState::active) << "one of its nodes is barred";
}

TEST_F(PreparedMultiInstanceTest, ABarredNodeIsNotCounted) {
  talking_pool(3);
  ok(AddJob{prepared_job(), {}});
  add_task(multi_task(2));
  const NodeKey barred = subtask(1).node;
  const NodeKey good = primary_node();
  prep_exits(1, barred);
  ASSERT_EQ(task_state(), TaskState::preparing);
  EXPECT_NE(primary_node(), barred);
  EXPECT_NE(subtask(1).node, barred);
  prep_exits(0, good);
  for (const auto& key : {primary_node(), subtask(1).node}) {
    if (key != good) prep_exits(0, key);
  }
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(PreparedMultiInstanceTest, ATaskThatIsTerminatedWhilePreparingEndsAtOnceOnAllNodes) {
  assigned();
  ok(TerminateTask{key("task"), {}});
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(subtask(1).failure->code, "TaskEnded");
  EXPECT_EQ(node_state(node(0)), NodeState::idle);
  EXPECT_EQ(node_state(node(1)), NodeState::idle);
}

TEST_F(PreparedMultiInstanceTest, ANodeThatIsLostWhilePreparingReturnsTheTaskToActive) {
  assigned();
  lose(subtask(1).node);
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
}

TEST_F(PreparedMultiInstanceTest, ADeletedTaskFreesBothNodes) {
  assigned();
  ok(DeleteTask{key("task"), {}});
  EXPECT_EQ(node_state(node(0)), NodeState::idle);
  EXPECT_EQ(node_state(node(1)), NodeState::idle);
}

TEST_F(PreparedMultiInstanceTest, AfterARestartItStillWaitsForTheOtherNode) {
  assigned();
  prep_exits(0, node(0));
  restart();
  for (int index : {0, 1}) {
    NodeJoined command = joined(node(index));
    command.adopted = true;
    ok(command);
  }
  EXPECT_EQ(task_state(), TaskState::preparing);
  prep_exits(0, node(1));
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(PreparedMultiInstanceTest, TheReleaseTaskRunsOnAllNodesOfTheTask) {
  assigned();
  prep_exits(0, node(0));
  prep_exits(0, node(1));
  all_coordinated(2);
  const NodeKey other = subtask(1).node;
  exits("task");
  subtask_ended(other, 1);
  terminate_job();
  EXPECT_EQ(noticed<RunTask>().size(), 2U);
}

}  // namespace
}  // namespace emulator::core
