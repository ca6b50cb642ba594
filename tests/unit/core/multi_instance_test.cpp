// Multi-instance tasks (contract 6.10, and what other sections say of them): on which nodes, how the instances wait for
// each other, and how they end together.
#include "tests/unit/core/multi_instance_fixture.h"

#include "emulator/core/place.h"
#include "emulator/core/scheduler.h"

#include <algorithm>
#include <set>

namespace emulator::core {
namespace {

// ---- which nodes, and when ----

TEST_F(MultiInstanceTest, WithoutInterNodeCommunicationTheTaskStaysActive) {
  ready_pool("pool", 3);
  add_job();
  add_task(multi_task(2));
  advance(24h);
  EXPECT_EQ(task_state(), TaskState::active);
}

TEST_F(MultiInstanceTest, WithMoreThanOneSlotPerNodeTheTaskStaysActive) {
  talking_pool(3, 2);
  add_job();
  add_task(multi_task(2));
  advance(24h);
  EXPECT_EQ(task_state(), TaskState::active);
}

TEST_F(MultiInstanceTest, TheTaskWaitsForAsManyIdleNodesAtOnceAsItHasInstances) {
  talking_pool(3);
  add_job();
  add_task("a");
  add_task(multi_task(3));
  EXPECT_EQ(task_state(), TaskState::active);
  exits("a");
  EXPECT_EQ(task_state(), TaskState::running);
  for (const NodeKey& key : nodes_of("pool")) EXPECT_EQ(node_state(key), NodeState::running);
}

TEST_F(MultiInstanceTest, ATaskThatWaitsForNodesLetsSmallerOnesPass) {
  talking_pool(2);
  add_job();
  add_task(multi_task(3));
  add_task(multi_task(2, "small"));
  EXPECT_EQ(task_state("small"), TaskState::running);
  EXPECT_EQ(task_state(), TaskState::active);
}

TEST_F(MultiInstanceTest, OneNodeRunsThePrimaryAndTheOthersTheSubtasks) {
  running_on(3);
  const auto runs = noticed<RunTask>();
  ASSERT_EQ(runs.size(), 3U);
  for (const auto& run : runs) EXPECT_EQ(run.attempt, 1U);
  EXPECT_EQ(task_record().subtasks.size(), 2U);
  std::set<NodeId> nodes{primary_node().node, subtask(1).node.node, subtask(2).node.node};
  EXPECT_EQ(nodes.size(), 3U);
  EXPECT_EQ(subtask(1).state, SubtaskState::running);
  EXPECT_EQ(subtask(1).started, now_);
}

TEST_F(MultiInstanceTest, ThePrimaryPrefersTheNodeOfItsAffinity) {
  talking_pool(3);
  add_job();
  NewTask task = multi_task(2);
  task.rules.affinity_id = "TVM:" + node(2).node.text();
  add_task(std::move(task));
  EXPECT_EQ(primary_node(), node(2));
  EXPECT_EQ(subtask(1).node, node(0));
}

TEST_F(MultiInstanceTest, ItCountsAsOneTaskOfTheJobsMaximum) {
  talking_pool(3);
  JobRecord job = new_job("job");
  job.max_parallel_tasks = 2;
  ok(AddJob{job});
  add_task(multi_task(2));
  add_task("b");
  EXPECT_EQ(task_state("b"), TaskState::running);
  EXPECT_EQ(batch_->task_counts(JobId{"job"}).running, 2);
}

TEST_F(MultiInstanceTest, EveryNodeHasALoopbackAddressOfItsOwn) {
  talking_pool(3);
  std::set<std::string> addresses;
  for (const auto& key : nodes_of("pool")) addresses.insert(loopback_address(node_record(key)));
  EXPECT_EQ(addresses.size(), 3U);
  for (const auto& address : addresses) {
    EXPECT_TRUE(address.starts_with("127.")) << address;
    EXPECT_TRUE(address.ends_with(".0.4") || address.ends_with(".0.5") || address.ends_with(".0.6")) << address;
  }
}

// ---- coordination ----

TEST_F(MultiInstanceTest, ThePrimaryRunsItsCommandWhenAllCoordinationCommandsHaveExitedWithZero) {
  running_on(3);
  coordinated(1);
  coordinated(0);
  EXPECT_TRUE(noticed<StartPrimary>().empty());
  coordinated(2);
  const auto starts = noticed<StartPrimary>();
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].node, primary_node());
  EXPECT_EQ(starts[0].attempt, 1U);
}

TEST_F(MultiInstanceTest, ACoordinationReportedTwiceStartsThePrimaryOnce) {
  running_on(2);
  all_coordinated(2);
  coordinated(1);
  EXPECT_TRUE(noticed<StartPrimary>().empty());
}

TEST_F(MultiInstanceTest, ACoordinationOfAnEarlierAttemptIsStale) {
  running_on(2, 1);
  const CoordinationFinished old = coordination(1);
  const NodeKey other = subtask(1).node;
  ok(instance_report(0, RunEnd::exited, 1));
  subtask_ended(other, 1);
  ASSERT_EQ(task_record().attempt, 2U);
  EXPECT_EQ(error_of(old), base::Errc::not_found);
}

TEST_F(MultiInstanceTest, ASingleInstanceCoordinatesWithItself) {
  running_on(1);
  coordinated(0);
  EXPECT_EQ(noticed<StartPrimary>().size(), 1U);
  exits("task");
  EXPECT_EQ(task_record().execution.result, TaskResult::success);
}

// ---- the end ----

TEST_F(MultiInstanceTest, WhenThePrimaryEndsTheSubtasksAreEnded) {
  running_on(3);
  all_coordinated(3);
  exits("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.result, TaskResult::success);
  EXPECT_EQ(stopped_nodes().size(), 2U);
  for (const int instance : {1, 2}) {
    EXPECT_EQ(subtask(instance).state, SubtaskState::completed);
    EXPECT_EQ(subtask(instance).previous_state, SubtaskState::running);
    EXPECT_EQ(subtask(instance).result, TaskResult::success);
    EXPECT_EQ(subtask(instance).exit_code, 0);
    EXPECT_EQ(subtask(instance).ended, now_);
  }
}

TEST_F(MultiInstanceTest, TheNodeOfASubtaskIsBusyUntilNothingIsLeftOfIt) {
  running_on(2);
  all_coordinated(2);
  const NodeKey other = subtask(1).node;
  exits("task");
  EXPECT_EQ(node_state(primary_node()), NodeState::idle);
  EXPECT_EQ(node_state(other), NodeState::running);
  subtask_ended(other, 1);
  EXPECT_EQ(node_state(other), NodeState::idle);
  EXPECT_TRUE(noticed<RemoveTaskFiles>().empty()) << "its files stay until their retention is over";
}

TEST_F(MultiInstanceTest, TerminateEndsThePrimaryAtOnceAndTheSubtasksInTheBackground) {
  running_on(3);
  all_coordinated(3);
  ok(TerminateTask{key("task"), {}});
  EXPECT_EQ(stopped_nodes(), std::vector{primary_node()});
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
  EXPECT_EQ(stopped_nodes().size(), 2U);
}

TEST_F(MultiInstanceTest, DeleteEndsAllInstancesAndRemovesTheirDirectories) {
  running_on(2);
  const NodeKey primary = primary_node();
  const NodeKey other = subtask(1).node;
  ok(DeleteTask{key("task"), {}});
  EXPECT_FALSE(has_task("task"));
  EXPECT_EQ(stopped_nodes().size(), 2U);
  subtask_ended(primary, 1);
  EXPECT_EQ(noticed<RemoveTaskFiles>().size(), 1U);
  subtask_ended(other, 1);
  EXPECT_EQ(noticed<RemoveTaskFiles>().size(), 1U);
  EXPECT_EQ(node_state(other), NodeState::idle);
}

TEST_F(MultiInstanceTest, DeletingACompletedTaskRemovesTheDirectoriesOfItsSubtasksToo) {
  running_on(2);
  all_coordinated(2);
  const NodeKey other = subtask(1).node;
  exits("task");
  ok(DeleteTask{key("task"), {}});
  EXPECT_EQ(noticed<RemoveTaskFiles>().size(), 1U) << "the subtask is still being ended";
  subtask_ended(other, 1);
  ASSERT_EQ(noticed<RemoveTaskFiles>().size(), 1U);
  EXPECT_EQ(noticed<RemoveTaskFiles>()[0].node, other);
}

TEST_F(MultiInstanceTest, DeletingTheJobRemovesTheDirectoriesOfSubtasks) {
  running_on(2);
  all_coordinated(2);
  const NodeKey other = subtask(1).node;
  exits("task");
  subtask_ended(other, 1);
  delete_job();
  const std::size_t before = notices_.size();
  advance(1s);
  EXPECT_FALSE(has_job("job"));
  const auto removals = std::count_if(notices_.begin() + static_cast<std::ptrdiff_t>(before), notices_.end(),
                                      [](const Notice& n) { return std::holds_alternative<RemoveTaskFiles>(n); });
  EXPECT_EQ(removals, 2);
}

TEST_F(MultiInstanceTest, TheJobCompletesWithThePrimary) {
  talking_pool(2);
  JobRecord job = new_job("job");
  job.on_all_tasks_complete = wire::batch::OnAllTasksComplete::terminatejob;
  ok(AddJob{job});
  add_task(multi_task(2));
  all_coordinated(2);
  exits("task");
  EXPECT_EQ(job_state(), JobState::completed);
}

// ---- retention, dependencies, counters ----

TEST_F(MultiInstanceTest, ChangesOfTheRetentionTouchThePrimaryOnly) {
  talking_pool(2);
  add_job();
  NewTask task = multi_task(2);
  task.rules.constraints.retention = 1h;
  add_task(std::move(task));
  all_coordinated(2);
  UpdateTask update{.key = key("task"), .conditions = {}, .constraints = {}, .document = task_record().document};
  update.constraints.retention = 2h;
  ok(update);
  const NodeKey other = subtask(1).node;
  exits("task");
  subtask_ended(other, 1);
  advance(1h);
  ASSERT_EQ(noticed<RemoveTaskFiles>().size(), 1U);
  EXPECT_EQ(noticed<RemoveTaskFiles>()[0].node, subtask(1).node);
  EXPECT_FALSE(task_record().files_removed);
  advance(1h);
  ASSERT_EQ(noticed<RemoveTaskFiles>().size(), 1U);
  EXPECT_EQ(noticed<RemoveTaskFiles>()[0].node, primary_node());
  EXPECT_TRUE(task_record().files_removed);
}

TEST_F(MultiInstanceTest, AMultiInstanceParentCountsAsOneTask) {
  talking_pool(2);
  JobRecord job = new_job("job");
  job.uses_task_dependencies = true;
  ok(AddJob{job});
  add_task(multi_task(2));
  NewTask child = new_task("child");
  child.rules.depends_on = {"task"};
  add_task(std::move(child));
  all_coordinated(2);
  EXPECT_EQ(task_state("child"), TaskState::active);
  exits("task");
  EXPECT_EQ(task_state("child"), TaskState::running);
}

TEST_F(MultiInstanceTest, RecentTasksOfANodeNameTheSubtask) {
  running_on(2);
  ASSERT_EQ(node_record(primary_node()).recent_tasks.size(), 1U);
  EXPECT_EQ(node_record(primary_node()).recent_tasks[0].subtask, 0);
  EXPECT_EQ(node_record(subtask(1).node).recent_tasks[0].subtask, 1);
  EXPECT_EQ(node_record(subtask(1).node).recent_tasks[0].state, TaskState::running);
  all_coordinated(2);
  exits("task");
  EXPECT_EQ(node_record(subtask(1).node).recent_tasks[0].state, TaskState::completed);
  EXPECT_EQ(node_record(subtask(1).node).total_tasks_run, 1);
  EXPECT_EQ(node_record(subtask(1).node).total_tasks_succeeded, 1);
}

TEST(WaitingTasksTest, AMultiInstanceTaskCountsAsItsNumberOfInstances) {
  WaitingTasks waiting;
  waiting.insert(1, Need{1, 0}, {});
  waiting.insert(2, Need{1, 5}, {});
  EXPECT_EQ(waiting.instances(), 6);
  EXPECT_EQ(waiting.size(), 2U);
  waiting.erase(2, Need{1, 5});
  EXPECT_EQ(waiting.instances(), 1);
}

}  // namespace
}  // namespace emulator::core
