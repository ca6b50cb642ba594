// Tests of what is done with nodes (contract 5.3, 6.6): the requests, and the node that has been halted and comes back.
#pragma once

#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {

class NodeActionsTest : public BatchFixture {
 protected:
  using Option = DeallocationOption;

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

}  // namespace emulator::core
