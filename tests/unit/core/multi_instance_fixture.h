// Tests of multi-instance tasks (contract 6.10): a pool whose nodes talk to each other, a task on several of them, and
// what their agents report of its instances.
#pragma once

#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {

class MultiInstanceTest : public BatchFixture {
 protected:
  using SubtaskState = wire::batch::SubtaskState;

  /// A pool whose nodes talk to each other, ready to run tasks.
  void talking_pool(int nodes, int slots = 1) {
    PoolRecord pool = new_pool("pool", nodes, 0, slots);
    pool.inter_node_communication = true;
    ok(AddPool{pool});
    advance(1s);
    join_all("pool");
  }
  static NewTask multi_task(int instances, const std::string& id = "task") {
    NewTask task = new_task(id);
    task.rules.instances = instances;
    return task;
  }
  /// `instances` nodes, a job, and "task" running on all of them, not yet coordinated.
  void running_on(int instances, int retries = 0) {
    talking_pool(instances);
    JobRecord job = new_job("job");
    job.max_task_retries = retries;
    ok(AddJob{job});
    add_task(multi_task(instances));
    ASSERT_EQ(task_state(), TaskState::running);
  }
  NodeKey primary_node(const std::string& id = "task") { return *task_record(id).node; }
  const SubtaskRecord& subtask(int instance, const std::string& id = "task") {
    return task_record(id).subtasks.at(static_cast<std::size_t>(instance - 1));
  }
  NodeKey node_of_instance(int instance) { return instance == 0 ? primary_node() : subtask(instance).node; }
  CoordinationFinished coordination(int instance) {
    return {.task = key("task"), .attempt = task_record().attempt, .node = node_of_instance(instance)};
  }
  void coordinated(int instance) { ok(coordination(instance)); }
  void all_coordinated(int instances) {
    for (int instance = 0; instance < instances; ++instance) coordinated(instance);
  }
  TaskFinished instance_report(int instance, RunEnd end, std::optional<int> exit_code = std::nullopt) {
    TaskFinished finished = report("task", end, exit_code);
    finished.node = node_of_instance(instance);
    return finished;
  }
  void subtask_exits(int instance, int code) { ok(instance_report(instance, RunEnd::exited, code)); }
  void subtask_ended(const NodeKey& node, Attempt attempt) {
    ok(TaskFinished{.task = key("task"), .attempt = attempt, .end = RunEnd::stopped, .ended = now_, .node = node});
  }
  std::vector<NodeKey> stopped_nodes() {
    std::vector<NodeKey> nodes;
    for (const auto& stop : noticed<StopTask>()) nodes.push_back(stop.node);
    return nodes;
  }
};

}  // namespace emulator::core
