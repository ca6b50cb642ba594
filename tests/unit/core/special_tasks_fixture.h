// Tests of preparation and release tasks (contract 5.6, 5.9, 6.7): a job that has both, and one node, brought to the
// moment that matters.
#pragma once

#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {

class SpecialTasksTest : public BatchFixture {
 protected:
  using Ids = std::vector<std::string>;

  /// One idle node of two slots, a job with both special tasks, "task" assigned to the node.
  void assigned_task() {
    ready_pool("pool", 1, 2);
    ok(AddJob{prepared_job(), {}});
    add_task("task");
  }
  /// The same, prepared and running.
  void running_prepared_task() {
    assigned_task();
    prep_exits(0, node());
    ASSERT_EQ(task_state(), TaskState::running);
  }
  /// The node is restarted and its agent is back.
  void reboot(NodeAction action = NodeAction::reboot) {
    ok(ActOnNode{.node = node(), .action = action, .option = DeallocationOption::requeue});
    ok(NodeHalted{node(), node_record(node()).incarnation});
    join(node());
  }
  /// The same, the task over and the job told to end: the release task runs.
  void releasing() {
    running_prepared_task();
    exits("task");
    terminate_job();
    ASSERT_EQ(ordered(), Ids{"rel"});
  }
};

}  // namespace emulator::core
