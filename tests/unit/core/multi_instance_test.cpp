// Multi-instance tasks: contract 6.10, and what other sections say of them.
#include "tests/unit/core/batch_fixture.h"

#include "emulator/core/place.h"
#include "emulator/core/scheduler.h"

#include <algorithm>
#include <set>

namespace emulator::core {
namespace {

using wire::batch::SubtaskState;

class MultiInstanceTest : public BatchFixture {
 protected:
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

// ---- failure and retries ----

TEST_F(MultiInstanceTest, IfASubtaskFailsTheWholeTaskFails) {
  running_on(3);
  subtask_exits(2, 7);
  EXPECT_EQ(stopped_nodes(), std::vector{primary_node()});
  EXPECT_EQ(task_state(), TaskState::running) << "until the primary is gone";
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "FailureExitCode");
  EXPECT_EQ(task_record().execution.exit_code, 7);
  EXPECT_EQ(subtask(2).failure->code, "FailureExitCode");
  EXPECT_EQ(subtask(2).exit_code, 7);
  EXPECT_EQ(subtask(1).failure->code, "TaskEnded") << "it was ended before it had coordinated";
}

TEST_F(MultiInstanceTest, AFailedTaskIsRetriedAsAWholeUpToItsLimit) {
  running_on(2, 1);
  subtask_exits(1, 7);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
  EXPECT_EQ(task_record().execution.retry_count, 1);
  EXPECT_EQ(noticed<RunTask>().size(), 2U);
  EXPECT_EQ(subtask(1).state, SubtaskState::running);
  subtask_exits(1, 7);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.retry_count, 1);
}

TEST_F(MultiInstanceTest, ThePrimarysCoordinationCommandMayFailToo) {
  running_on(2);
  coordinated(1);
  ok(instance_report(0, RunEnd::exited, 3));
  EXPECT_EQ(task_record().execution.exit_code, 3);
  EXPECT_EQ(task_record().execution.failure->code, "FailureExitCode");
  EXPECT_EQ(subtask(1).result, TaskResult::success);
}

TEST_F(MultiInstanceTest, ASubtaskThatCannotBeSetUpFailsTheTaskWithoutRetry) {
  running_on(2, 5);
  TaskFinished finished = instance_report(1, RunEnd::pre_processing_error);
  finished.failure = Failure{.category = {}, .code = "BlobNotFound", .message = "m", .details = {}};
  ok(finished);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "BlobNotFound");
  EXPECT_FALSE(task_record().execution.exit_code);
}

TEST_F(MultiInstanceTest, TheNextAttemptWaitsUntilNothingOfTheLastIsLeft) {
  running_on(2, 1);
  all_coordinated(2);
  const NodeKey other = subtask(1).node;
  exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::active);
  subtask_ended(other, 1);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
  EXPECT_FALSE(task_record().coordinated);
}

TEST_F(MultiInstanceTest, DirectoriesOnNodesThatTheNextAttemptDoesNotUseAreRemoved) {
  talking_pool(4);
  JobRecord job = new_job("job");
  job.max_task_retries = 1;
  ok(AddJob{job});
  add_task(multi_task(2));
  const std::vector<NodeKey> before{primary_node(), subtask(1).node};
  // The nodes of the first attempt become busy before the second.
  add_task("a");
  add_task("b");
  JobRecord urgent = new_job("urgent");
  urgent.priority = 10;
  ok(AddJob{urgent});
  add_task("c", "urgent");
  add_task("d", "urgent");
  all_coordinated(2);
  exits("task", 1);
  subtask_ended(before[1], 1);
  ASSERT_EQ(task_state(), TaskState::active);
  exits("a");
  exits("b");
  ASSERT_EQ(task_state(), TaskState::running);
  const auto removals = noticed<RemoveTaskFiles>();
  std::size_t removed = removals.size();
  EXPECT_GE(removed, 1U);
  for (const auto& removal : removals) {
    EXPECT_NE(removal.node, primary_node());
    EXPECT_NE(removal.node, subtask(1).node);
  }
}

TEST_F(MultiInstanceTest, AReactivatedTaskRunsOnAllItsNodesAgain) {
  running_on(2);
  subtask_exits(1, 1);
  stopped("task");
  ok(ReactivateTask{key("task"), {}});
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(noticed<RunTask>().size(), 2U);
}

// ---- requeues and losses ----

TEST_F(MultiInstanceTest, DisablingTheJobWithRequeueRunsAllInstancesAgain) {
  running_on(2);
  all_coordinated(2);
  const NodeKey other = subtask(1).node;
  disable(DisableTasksOption::requeue);
  EXPECT_EQ(stopped_nodes(), std::vector{primary_node()});
  stopped("task");
  EXPECT_EQ(stopped_nodes(), std::vector{other});
  EXPECT_EQ(job_state(), JobState::disabled);
  subtask_ended(other, 1);
  enable();
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
}

TEST_F(MultiInstanceTest, WhenTheNodeOfASubtaskIsLostTheTaskRunsAgainAndNothingIsCounted) {
  running_on(2);
  all_coordinated(2);
  const NodeKey lost = subtask(1).node;
  lose(lost);
  EXPECT_EQ(stopped_nodes(), std::vector{primary_node()});
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.retry_count, 0);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
  join(lost);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().attempt, 2U);
}

TEST_F(MultiInstanceTest, WhenTheNodeOfThePrimaryIsLostTheSubtasksAreEndedAndTheTaskRunsAgain) {
  running_on(2);
  const NodeKey lost = primary_node();
  const NodeKey other = subtask(1).node;
  lose(lost);
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(stopped_nodes(), std::vector{other});
  subtask_ended(other, 1);
  join(lost);
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(MultiInstanceTest, RemovingTheNodeOfASubtaskRequeuesTheTask) {
  running_on(3);
  all_coordinated(3);
  const NodeKey first = subtask(1).node;
  const NodeKey second = subtask(2).node;
  resize("pool", 2);
  const NodeKey leaving = node_state(first) == NodeState::leavingpool    ? first
                          : node_state(second) == NodeState::leavingpool ? second
                                                                         : primary_node();
  subtask_ended(leaving, 1);
  if (leaving != primary_node()) stopped("task");
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
}

TEST_F(MultiInstanceTest, TheTasksOwnWallClockEndsAllInstances) {
  talking_pool(2);
  add_job();
  NewTask task = multi_task(2);
  task.rules.constraints.max_wall_clock = 10min;
  add_task(std::move(task));
  advance(10min);
  EXPECT_EQ(stopped_nodes(), std::vector{primary_node()});
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(stopped_nodes(), std::vector{subtask(1).node});
}

// ---- with a preparation task ----

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

// ---- after a restart of the emulator ----

TEST_F(MultiInstanceTest, AfterARestartRunningInstancesGoOn) {
  running_on(2);
  coordinated(0);
  restart();
  for (int instance = 0; instance < 2; ++instance) {
    NodeJoined command = joined(node_of_instance(instance));
    command.running = {{key("task"), 1}};
    command.adopted = true;
    ok(command);
    EXPECT_TRUE(noticed<RunTask>().empty());
  }
  coordinated(1);
  EXPECT_EQ(noticed<StartPrimary>().size(), 1U);
}

TEST_F(MultiInstanceTest, AfterARestartThePrimaryIsToldAgainThatItMayStart) {
  running_on(2);
  all_coordinated(2);
  restart();
  NodeJoined command = joined(primary_node());
  command.running = {{key("task"), 1}};
  command.adopted = true;
  ok(command);
  EXPECT_EQ(noticed<StartPrimary>().size(), 1U);
}

TEST_F(MultiInstanceTest, AfterARestartSubtasksThatWereBeingEndedStillHoldTheirNodes) {
  running_on(2, 1);
  all_coordinated(2);
  const NodeKey other = subtask(1).node;
  exits("task", 1);
  restart();
  ASSERT_EQ(task_state(), TaskState::active);
  join(primary_node());
  NodeJoined command = joined(other);
  command.running = {{key("task"), 1}};
  command.adopted = true;
  ok(command);
  EXPECT_EQ(stopped_nodes(), std::vector{other});
  EXPECT_EQ(task_state(), TaskState::active);
  subtask_ended(other, 1);
  EXPECT_EQ(task_state(), TaskState::running);
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

// ---- containers and mounts ----

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
