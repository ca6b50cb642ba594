// Sentences of contract 5.6 to 5.8, 6.2 to 6.4 and 6.6 about tasks that no other file of this folder has as a test.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using wire::batch::DependencyAction;

class ContractTasksTest : public BatchFixture {
 protected:
  static NewTask retrying(int retries) {
    auto task = new_task("task");
    task.rules.constraints.max_retries = retries;
    return task;
  }
  void running_task_with(const NewTask& task) {
    ready_pool("pool", 1);
    add_job();
    add_task(task);
    ASSERT_EQ(task_state(), TaskState::running);
  }
  const TaskExecution& execution(const std::string& id = "task") { return task_record(id).execution; }
  void add_job_with_dependencies(const std::string& id = "job") {
    auto job = new_job(id);
    job.uses_task_dependencies = true;
    ok(AddJob{job, {}});
  }
  static NewTask child_of(const std::string& parent, const std::string& id = "child") {
    auto task = new_task(id);
    task.rules.depends_on = {parent};
    return task;
  }
};

// ---- 5.6 ----

TEST_F(ContractTasksTest, ADeletedActiveTaskIsRemovedAtOnce) {
  add_job();
  add_task("task");
  ok(DeleteTask{key("task"), {}});
  EXPECT_FALSE(has_task("task"));
  ready_pool("pool", 1);
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(ContractTasksTest, ATerminatedActiveTaskIsCompletedAtOnceAndNeverRuns) {
  add_job();
  add_task("task");
  ok(TerminateTask{key("task"), {}});
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(execution().result, TaskResult::failure);
  EXPECT_FALSE(execution().exit_code);
  ready_pool("pool", 1);
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(ContractTasksTest, ARequeuedTaskIsActiveAndWasRunning) {
  running_task();
  disable(DisableTasksOption::requeue);
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().previous_state, TaskState::running);
}

TEST_F(ContractTasksTest, ATaskCompletedWithSuccessIsNotReactivated) {
  running_task();
  exits("task", 0);
  EXPECT_TRUE(error_of(ReactivateTask{key("task"), {}}));
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(ContractTasksTest, AReactivatedTaskRunsAgain) {
  running_task();
  exits("task", 1);
  ok(ReactivateTask{key("task"), {}});
  EXPECT_EQ(task_state(), TaskState::running);
  exits("task", 0);
  EXPECT_EQ(execution().result, TaskResult::success);
  EXPECT_FALSE(execution().failure);
}

TEST_F(ContractTasksTest, TheWallClockOfATaskIsNotRetried) {
  running_task_with(retrying(-1));
  ok(report("task", RunEnd::wall_clock_expired, 137));
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(execution().result, TaskResult::failure);
  EXPECT_EQ(execution().retry_count, 0);
  EXPECT_EQ(execution().exit_code, 137);
}

TEST_F(ContractTasksTest, ATerminatedTaskIsNotRetried) {
  running_task_with(retrying(-1));
  ok(TerminateTask{key("task"), {}});
  stopped("task");
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(execution().failure->code, "TaskEnded");
  EXPECT_EQ(execution().retry_count, 0);
}

// ---- 5.7 ----

TEST_F(ContractTasksTest, TheStartTimeIsThatOfTheLatestStart) {
  running_task_with(retrying(1));
  const auto first = now_;
  EXPECT_EQ(execution().started, first);
  advance(10s);
  exits("task", 1);
  EXPECT_EQ(execution().started, first + 10s);
  advance(10s);
  exits("task", 0);
  EXPECT_EQ(execution().started, first + 10s) << "in completed too";
}

TEST_F(ContractTasksTest, TheStartTimeIsThereInRunningAndCompletedOnly) {
  running_task();
  disable(DisableTasksOption::requeue);
  stopped("task");
  EXPECT_FALSE(execution().started);
  enable();
  EXPECT_TRUE(execution().started);
}

TEST_F(ContractTasksTest, TheEndTimeIsThereInCompletedOnly) {
  running_task();
  EXPECT_FALSE(execution().ended);
  advance(5s);
  exits("task", 1);
  EXPECT_EQ(execution().ended, now_);
  ok(ReactivateTask{key("task"), {}});
  EXPECT_FALSE(execution().ended);
}

TEST_F(ContractTasksTest, TheLastRetryTimeIsThereOnlyAfterARetry) {
  running_task_with(retrying(1));
  EXPECT_FALSE(execution().last_retry);
  advance(10s);
  exits("task", 1);
  EXPECT_EQ(execution().retry_count, 1);
  EXPECT_EQ(execution().last_retry, execution().started) << "usually the start time";
}

TEST_F(ContractTasksTest, TheLastRequeueTimeIsThereOnlyAfterARequeue) {
  running_task();
  lose(node());
  EXPECT_FALSE(execution().last_requeue);
  join(node());
  disable(DisableTasksOption::requeue);
  advance(3s);
  stopped("task");
  EXPECT_EQ(execution().requeue_count, 1);
  EXPECT_EQ(execution().last_requeue, now_);
}

TEST_F(ContractTasksTest, RequeueCountCountsRequeuesByUserRequest) {
  running_task_with(retrying(0));
  const auto act = [&](NodeAction action) {
    ok(ActOnNode{.node = node(), .action = action, .option = DeallocationOption::requeue});
    stopped("task");
    ok(NodeHalted{node(), node_record(node()).incarnation});
    if (action == NodeAction::deallocate) ok(StartNode{node()});
    join(node());
    ASSERT_EQ(task_state(), TaskState::running);
  };
  act(NodeAction::reboot);
  EXPECT_EQ(execution().requeue_count, 1);
  act(NodeAction::reimage);
  EXPECT_EQ(execution().requeue_count, 2);
  act(NodeAction::deallocate);
  EXPECT_EQ(execution().requeue_count, 3);
  ok(DisableNodeScheduling{.node = node(), .option = DeallocationOption::requeue});
  stopped("task");
  ok(EnableNodeScheduling{node()});
  EXPECT_EQ(execution().requeue_count, 4);
  disable(DisableTasksOption::requeue);
  stopped("task");
  enable();
  EXPECT_EQ(execution().requeue_count, 5);
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::requeue));
  gone(node());
  EXPECT_EQ(execution().requeue_count, 6);
  EXPECT_EQ(execution().retry_count, 0);
}

TEST_F(ContractTasksTest, RecoveryRunsCountInNeitherAndAreNotLimitedByMaxTaskRetryCount) {
  running_task_with(retrying(0));
  for (int failure = 0; failure < 5; ++failure) {
    lose(node());
    advance(1h);
    join(node());
    ASSERT_EQ(task_state(), TaskState::running);
  }
  EXPECT_EQ(execution().retry_count, 0);
  EXPECT_EQ(execution().requeue_count, 0);
  exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::completed) << "and they spent no retry, for there was none";
}

TEST_F(ContractTasksTest, ResultIsFailureExactlyWhenThereIsFailureInfo) {
  ready_pool("pool", 1);
  add_job();
  const auto run = [&](const std::string& id, RunEnd end, std::optional<int> code, std::optional<Failure> failure) {
    add_task(id);
    auto finished = report(id, end, code);
    finished.failure = std::move(failure);
    ok(finished);
    ASSERT_EQ(task_state(id), TaskState::completed);
    EXPECT_EQ(execution(id).result == TaskResult::failure, execution(id).failure.has_value()) << id;
  };
  run("success", RunEnd::exited, 0, {});
  run("exit-code", RunEnd::exited, 1, {});
  run("upload", RunEnd::exited, 0, Failure{.code = "FileUploadMiscError"});
  run("set-up", RunEnd::pre_processing_error, {}, Failure{.code = "BlobNotFound"});
  run("wall-clock", RunEnd::wall_clock_expired, 137, {});
  EXPECT_EQ(execution("success").result, TaskResult::success);
  EXPECT_EQ(execution("upload").result, TaskResult::failure);
}

// ---- 5.8 ----

TEST_F(ContractTasksTest, ATaskThatTheUserEndedSaysSo) {
  running_task();
  ok(TerminateTask{key("task"), {}});
  stopped("task");
  ASSERT_TRUE(execution().failure);
  EXPECT_EQ(execution().failure->category, wire::batch::FailureCategory::usererror);
  EXPECT_EQ(execution().failure->code, "TaskEnded");
  EXPECT_EQ(execution().failure->message, "The task was ended by user request");
}

TEST_F(ContractTasksTest, ATaskThatCouldNotBeSetUpForNoKnownReasonIsUnknownAndTheServersFault) {
  running_task();
  ok(report("task", RunEnd::pre_processing_error));
  EXPECT_EQ(execution().failure->code, "Unknown");
  EXPECT_EQ(execution().failure->category, wire::batch::FailureCategory::servererror);
}

// ---- 6.2, 6.3 ----

TEST_F(ContractTasksTest, ATaskRunsOnceAndUpToMaxTaskRetryCountTimesMore) {
  running_task_with(retrying(3));
  int runs = 0;
  while (task_state() == TaskState::running) {
    ++runs;
    exits("task", 1);
  }
  EXPECT_EQ(runs, 4);
  EXPECT_EQ(execution().retry_count, 3);
}

TEST_F(ContractTasksTest, AFailedRunMayBeTakenByAnotherNode) {
  ready_pool("pool", 2);
  add_job();
  add_task(retrying(1));
  const NodeKey first = *task_record().node;
  ok(DisableNodeScheduling{.node = first, .option = DeallocationOption::taskcompletion});
  exits("task", 1);
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_NE(task_record().node, first);
}

TEST_F(ContractTasksTest, TheWallClockOfATaskCountsFromTheStartOfItsRun) {
  auto task = retrying(1);
  task.rules.constraints.max_wall_clock = 10s;
  add_job();
  add_task(task);
  advance(1h);
  ready_pool("pool", 1);
  EXPECT_EQ(task_state(), TaskState::running) << "not from its addition";
  advance(8s);
  exits("task", 1);
  advance(9s);
  EXPECT_EQ(told_to_stop(), std::vector<std::string>{}) << "not from the first run";
  advance(1s);
  EXPECT_EQ(told_to_stop(), std::vector<std::string>{"task"});
}

TEST_F(ContractTasksTest, RetentionCountsFromTheEndTime) {
  auto task = new_task("task");
  task.rules.constraints.retention = 1h;
  running_task_with(task);
  advance(2h);
  exits("task");
  advance(59min);
  EXPECT_FALSE(task_record().files_removed);
  advance(1min);
  EXPECT_TRUE(task_record().files_removed);
}

TEST_F(ContractTasksTest, DeletingTheJobRemovesDirectoriesBeforeTheirRetentionIsOver) {
  running_task();
  exits("task");
  delete_job();
  advance(1s);
  ASSERT_EQ(noticed<RemoveTaskFiles>().size(), 1U);
  EXPECT_EQ(noticed<RemoveTaskFiles>()[0].task, key("task"));
}

// ---- 6.4 ----

TEST_F(ContractTasksTest, DependenciesHoldWithinTheirJobOnly) {
  ready_pool("pool", 3);
  add_job_with_dependencies("job");
  add_job_with_dependencies("other");
  add_task(child_of("parent"), "job");
  add_task("parent", "other");
  exits("parent", 0, "other");
  EXPECT_EQ(task_state("child", "job"), TaskState::active);
}

TEST_F(ContractTasksTest, ACycleOfDependenciesIsNotDetectedAndWaitsForEver) {
  ready_pool("pool", 3);
  add_job_with_dependencies();
  add_task(child_of("b", "a"));
  add_task(child_of("a", "b"));
  add_task(child_of("self", "self"));
  advance(24h);
  for (const auto* id : {"a", "b", "self"}) EXPECT_EQ(task_state(id), TaskState::active);
}

TEST_F(ContractTasksTest, ADependencyOnAnEndedParentIsNotSatisfied) {
  ready_pool("pool", 3);
  add_job_with_dependencies();
  add_task("parent");
  add_task(child_of("parent"));
  ok(TerminateTask{key("parent"), {}});
  stopped("parent");
  advance(24h);
  EXPECT_EQ(task_state("child"), TaskState::active);
}

TEST_F(ContractTasksTest, ADependencyIsSatisfiedByAPreProcessingErrorWhoseActionIsSatisfy) {
  ready_pool("pool", 3);
  add_job_with_dependencies();
  auto parent = new_task("parent");
  parent.rules.exit_conditions = std::make_shared<const ExitConditions>(
      ExitConditions{.pre_processing_error = ExitOptions{.dependency_action = DependencyAction::satisfy}});
  add_task(parent);
  add_task(child_of("parent"));
  ok(report("parent", RunEnd::pre_processing_error));
  EXPECT_EQ(task_state("child"), TaskState::running);
}

TEST_F(ContractTasksTest, AChildIsSatisfiedByAParentThatCompletedBeforeItWasAdded) {
  ready_pool("pool", 3);
  add_job_with_dependencies();
  add_task("parent");
  exits("parent");
  add_task(child_of("parent"));
  EXPECT_EQ(task_state("child"), TaskState::running);
}

TEST_F(ContractTasksTest, ExitCodeZeroBlocksWhenItsConditionSaysSo) {
  ready_pool("pool", 3);
  add_job_with_dependencies();
  auto parent = new_task("parent");
  parent.rules.exit_conditions = std::make_shared<const ExitConditions>(
      ExitConditions{.codes = {{.first = 0, .last = 0, .options = {.dependency_action = DependencyAction::block}}}});
  add_task(parent);
  add_task(child_of("parent"));
  exits("parent", 0);
  EXPECT_EQ(task_state("child"), TaskState::active);
}

}  // namespace
}  // namespace emulator::core
