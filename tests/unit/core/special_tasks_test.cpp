// Preparation and release tasks (contract 5.6, 5.9, 6.7).
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using Ids = std::vector<std::string>;

class SpecialTasksTest : public BatchFixture {
 protected:
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

// ---- preparation ----

TEST_F(SpecialTasksTest, TheFirstTaskOnANodeWaitsInPreparingWhileThePreparationTaskRuns) {
  assigned_task();
  EXPECT_EQ(task_state(), TaskState::preparing);
  EXPECT_EQ(ordered(), Ids{"prep"});
  EXPECT_FALSE(task_record().execution.started);
  EXPECT_EQ(batch_->running_slots(node()), 1);
  EXPECT_EQ(batch_->task_counts(JobId{"job"}).running, 1);
  EXPECT_TRUE(job_node(node()).preparation->running);
}

TEST_F(SpecialTasksTest, TheTaskRunsWhenThePreparationSucceeds) {
  assigned_task();
  advance(5s);
  prep_exits(0, node());
  EXPECT_EQ(ordered(), Ids{"task"});
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(task_record().previous_state, TaskState::preparing);
  EXPECT_EQ(task_record().execution.started, now_);
  EXPECT_EQ(job_node(node()).preparation->exit_code, 0);
  EXPECT_EQ(job_node(node()).preparation->ended, now_);
}

TEST_F(SpecialTasksTest, SuccessIsRememberedPerNodeAndJob) {
  running_prepared_task();
  add_task("second");
  EXPECT_EQ(ordered(), Ids{"second"});
  exits("task");
  exits("second");
  ok(AddJob{prepared_job("other"), {}});
  add_task("third", "other");
  EXPECT_EQ(ordered(), Ids{"prep"});
}

TEST_F(SpecialTasksTest, ThePreparationNeverRunsOnNodesThatGetNoTaskOfTheJob) {
  ready_pool("pool", 3);
  ok(AddJob{prepared_job(), {}});
  add_task("task");
  int visited = 0;
  batch_->visit_job_nodes(JobId{"job"}, std::nullopt, [&](const JobNodeRecord&) { return ++visited > 0; });
  EXPECT_EQ(visited, 1);
}

TEST_F(SpecialTasksTest, ThePreparationTakesNoSlot) {
  ready_pool("pool", 1, 2);
  ok(AddJob{prepared_job(), {}});
  add_task("a");
  add_task("b");
  EXPECT_EQ(task_state("a"), TaskState::preparing);
  EXPECT_EQ(task_state("b"), TaskState::preparing);
  prep_exits(0, node());
  EXPECT_EQ(ordered(), (Ids{"a", "b"}));
}

TEST_F(SpecialTasksTest, ThePreparationIsRetriedOnItsNode) {
  ready_pool("pool", 1);
  auto job = prepared_job();
  job.preparation->max_retries = 1;
  ok(AddJob{job, {}});
  add_task("task");
  prep_exits(1, node());
  EXPECT_EQ(ordered(), Ids{"prep"});
  EXPECT_EQ(task_state(), TaskState::preparing);
  EXPECT_EQ(job_node(node()).preparation->retry_count, 1);
  EXPECT_EQ(job_node(node()).preparation->last_retry, now_);
  prep_exits(0, node());
  EXPECT_EQ(task_state(), TaskState::running);
  EXPECT_EQ(job_node(node()).preparation->retry_count, 1);
}

TEST_F(SpecialTasksTest, EndlessRetriesOfAPreparationArePaced) {
  ready_pool("pool", 1);
  auto job = prepared_job();
  job.preparation->max_retries = -1;
  ok(AddJob{job, {}});
  add_task("task");
  for (int i = 0; i < 3; ++i) prep_exits(1, node());
  EXPECT_EQ(ordered(), Ids{"prep"});
  prep_exits(1, node());
  EXPECT_EQ(ordered(), Ids{});
  advance(100ms);
  EXPECT_EQ(ordered(), Ids{"prep"});
}

TEST_F(SpecialTasksTest, FailureAfterRetriesReturnsTheTaskToActiveAndBarsTheNodeForTheJob) {
  assigned_task();
  prep_exits(3, node());
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().previous_state, TaskState::preparing);
  EXPECT_EQ(task_record().execution.retry_count, 0);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
  EXPECT_TRUE(job_node(node()).barred);
  EXPECT_EQ(job_node(node()).preparation->failure->code, "FailureExitCode");
  EXPECT_EQ(node_state(node()), NodeState::idle);
  add_task("second");
  EXPECT_EQ(task_state("second"), TaskState::active) << "if all nodes are barred the job hangs";
}

TEST_F(SpecialTasksTest, OtherJobsContinueOnABarredNode) {
  assigned_task();
  prep_exits(3, node());
  add_job("other");
  add_task("task", "other");
  EXPECT_EQ(task_state("task", "other"), TaskState::running);
}

TEST_F(SpecialTasksTest, ATaskWhosePreparationFailedRunsOnAnotherNode) {
  ready_pool("pool", 2);
  ok(AddJob{prepared_job(), {}});
  add_task("task");
  const auto first = *task_record().node;
  prep_exits(1, first);
  EXPECT_EQ(task_state(), TaskState::preparing);
  EXPECT_NE(*task_record().node, first);
  EXPECT_EQ(task_record().attempt, 2U);
  restart();
  EXPECT_NE(*task_record().node, first);
}

TEST_F(SpecialTasksTest, ANodeStaysBarredOverARestart) {
  assigned_task();
  prep_exits(3, node());
  restart();
  join(node());
  add_task("second");
  EXPECT_EQ(task_state("second"), TaskState::active);
}

TEST_F(SpecialTasksTest, APreparationThatCannotBeSetUpFailsWithoutRetry) {
  ready_pool("pool", 1);
  auto job = prepared_job();
  job.preparation->max_retries = 5;
  ok(AddJob{job, {}});
  add_task("task");
  auto report = special_report(SpecialTask::preparation, node(), RunEnd::pre_processing_error, std::nullopt);
  report.failure = Failure{.category = wire::batch::FailureCategory::usererror, .code = "BlobNotFound", .message = "m"};
  ok(report);
  EXPECT_TRUE(job_node(node()).barred);
  EXPECT_EQ(job_node(node()).preparation->failure->code, "BlobNotFound");
  EXPECT_FALSE(job_node(node()).preparation->exit_code);
}

TEST_F(SpecialTasksTest, APreparationIsEndedByItsOwnWallClock) {
  ready_pool("pool", 1);
  auto job = prepared_job();
  job.preparation->max_wall_clock = 1min;
  ok(AddJob{job, {}});
  add_task("task");
  advance(1min);
  EXPECT_EQ(told_to_stop(), Ids{"prep"});
  ok(special_report(SpecialTask::preparation, node(), RunEnd::stopped, 137));
  EXPECT_TRUE(job_node(node()).barred);
  EXPECT_EQ(job_node(node()).preparation->failure->code, "TaskEnded");
}

TEST_F(SpecialTasksTest, WithoutWaitForSuccessTasksStartInParallelAndFailuresDoNotMatter) {
  ready_pool("pool", 1);
  auto job = prepared_job();
  job.preparation->wait_for_success = false;
  ok(AddJob{job, {}});
  add_task("task");
  EXPECT_EQ(ordered(), (Ids{"prep", "task"}));
  EXPECT_EQ(task_state(), TaskState::running);
  prep_exits(1, node());
  EXPECT_EQ(task_state(), TaskState::running);
  exits("task");
  add_task("second");
  EXPECT_EQ(ordered(), Ids{"second"});
}

TEST_F(SpecialTasksTest, AStaleReportOfAPreparationChangesNothing) {
  assigned_task();
  auto old = special_report(SpecialTask::preparation, node(), RunEnd::exited, 0);
  ++old.attempt;
  EXPECT_EQ(error_of(old), base::Errc::not_found);
  old.attempt -= 1;
  old.node->node = NodeId{"other"};
  EXPECT_EQ(error_of(old), base::Errc::not_found);
  EXPECT_EQ(task_state(), TaskState::preparing);
  prep_exits(0, node());
  EXPECT_EQ(error_of(special_report(SpecialTask::preparation, node(), RunEnd::exited, 0)), base::Errc::not_found);
}

TEST_F(SpecialTasksTest, TerminatingAPreparingTaskCompletesItAtOnce) {
  assigned_task();
  ok(TerminateTask{key("task"), {}});
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
  EXPECT_EQ(batch_->running_slots(node()), 0);
  prep_exits(0, node());
  EXPECT_EQ(ordered(), Ids{});
}

TEST_F(SpecialTasksTest, DeletingAPreparingTaskFreesItsSlots) {
  assigned_task();
  ok(DeleteTask{key("task"), {}});
  EXPECT_FALSE(has_task("task"));
  EXPECT_EQ(batch_->running_slots(node()), 0);
  EXPECT_EQ(node_state(node()), NodeState::idle);
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::preparing);
}

TEST_F(SpecialTasksTest, DisablingWithRequeueReturnsPreparingTasksAndKeepsThePreparation) {
  assigned_task();
  disable(DisableTasksOption::requeue);
  EXPECT_EQ(job_state(), JobState::disabled);
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
  prep_exits(0, node());
  enable();
  EXPECT_EQ(ordered(), Ids{"task"});
}

TEST_F(SpecialTasksTest, DisablingWithTerminateCompletesPreparingTasks) {
  assigned_task();
  disable(DisableTasksOption::terminate);
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(job_state(), JobState::disabled);
}

TEST_F(SpecialTasksTest, DisablingWithWaitLetsPreparingTasksRunToTheEnd) {
  assigned_task();
  disable(DisableTasksOption::wait);
  EXPECT_EQ(job_state(), JobState::disabling);
  prep_exits(0, node());
  EXPECT_EQ(task_state(), TaskState::running);
  exits("task");
  EXPECT_EQ(job_state(), JobState::disabled);
}

TEST_F(SpecialTasksTest, APreparationThatIsLostWithItsAgentRunsAgainWithTheNextTask) {
  assigned_task();
  lose(node());
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 0);
  EXPECT_FALSE(job_node(node()).preparation);
  join(node());
  EXPECT_EQ(ordered(), Ids{"prep"});
  EXPECT_EQ(job_node(node()).preparation->attempt, 2U);
  prep_exits(0, node());
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(SpecialTasksTest, AnAgentThatDiedDoesNotUndoAPreparationThatSucceeded) {
  running_prepared_task();
  lose(node());
  join(node());
  EXPECT_EQ(ordered(), Ids{"task"});
}

TEST_F(SpecialTasksTest, AnAdoptedAgentGoesOnWithItsPreparation) {
  assigned_task();
  restart();
  auto command = joined(node());
  command.adopted = true;
  command.running = {{key("prep"), job_node(node()).preparation->attempt}};
  ok(command);
  EXPECT_EQ(ordered(), Ids{});
  prep_exits(0, node());
  EXPECT_EQ(ordered(), Ids{"task"});
}

TEST_F(SpecialTasksTest, AnAdoptedAgentThatNeverGotItsPreparationIsOrderedIt) {
  assigned_task();
  restart();
  auto command = joined(node());
  command.adopted = true;
  ok(command);
  EXPECT_EQ(ordered(), Ids{"prep"});
}

TEST_F(SpecialTasksTest, ANodeThatLeavesRequeuesItsPreparingTasks) {
  assigned_task();
  EXPECT_FALSE(resize("pool", 0));
  gone(node());
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
  tick();
  int listed = 0;
  batch_->visit_job_nodes(JobId{"job"}, std::nullopt, [&](const JobNodeRecord& at) {
    ++listed;
    EXPECT_FALSE(at.preparation->running);
    return true;
  });
  EXPECT_EQ(listed, 1) << "the record outlives the node";
  restart();
}

TEST_F(SpecialTasksTest, ATaskCannotHaveTheIdOfASpecialTask) {
  ready_pool("pool", 1);
  ok(AddJob{prepared_job(), {}});
  EXPECT_EQ(error_of(AddTask{JobId{"job"}, new_task("PREP")}), ErrorCode::TaskIdSameAsJobPreparationTask);
  EXPECT_EQ(error_of(AddTask{JobId{"job"}, new_task("rel")}), ErrorCode::TaskIdSameAsJobReleaseTask);
}

// ---- what happens to nodes ----

TEST_F(SpecialTasksTest, ARebootReRunsThePreparation) {
  running_prepared_task();
  exits("task");
  reboot();
  add_task("second");
  EXPECT_EQ(task_state("second"), TaskState::preparing);
  EXPECT_EQ(ordered(), Ids{"prep"});
}

TEST_F(SpecialTasksTest, ARebootDoesNotReRunASuccessfulPreparationWithoutRerunOnNodeRebootAfterSuccess) {
  ready_pool("pool", 1, 2);
  auto job = prepared_job();
  job.preparation->rerun_after_reboot = false;
  ok(AddJob{job, {}});
  add_task("task");
  prep_exits(0, node());
  exits("task");
  reboot();
  add_task("second");
  EXPECT_EQ(task_state("second"), TaskState::running);
}

TEST_F(SpecialTasksTest, ARebootReRunsAPreparationThatHadNotCompleted) {
  ready_pool("pool", 1, 2);
  auto job = prepared_job();
  job.preparation->rerun_after_reboot = false;
  ok(AddJob{job, {}});
  add_task("task");
  reboot();
  EXPECT_EQ(task_state("task"), TaskState::preparing);
  EXPECT_EQ(task_record("task").execution.requeue_count, 1);
  EXPECT_EQ(job_node(node()).preparation->attempt, 2U);
}

TEST_F(SpecialTasksTest, AReimageAlwaysReRunsThePreparationAndEndsTheBar) {
  assigned_task();
  prep_exits(1, node());
  ASSERT_TRUE(job_node(node()).barred);
  reboot();
  EXPECT_EQ(task_state(), TaskState::active) << "a reboot does not end the bar";
  reboot(NodeAction::reimage);
  EXPECT_EQ(task_state(), TaskState::preparing);
  EXPECT_FALSE(job_node(node()).barred);
}

TEST_F(SpecialTasksTest, TheReleaseTaskDoesNotRunOnANodeThatWasReimaged) {
  running_prepared_task();
  exits("task");
  reboot(NodeAction::reimage);
  terminate_job();
  EXPECT_EQ(ordered(), Ids{});
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, AReleaseTaskRebootedInTheMiddleRunsAgain) {
  releasing();
  reboot();
  EXPECT_EQ(job_state(), JobState::terminating);
  EXPECT_EQ(ordered(), Ids{"rel"});
  release_exits(0, node());
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, ANodeThatBecomesUnusableDoesNotHoldTheJob) {
  releasing();
  ok(NodeUnusable{node(), node_record(node()).incarnation, {.code = "DiskFull", .message = "m", .values = {}}});
  ok(NodeHalted{node(), node_record(node()).incarnation});
  EXPECT_EQ(job_state(), JobState::completed);
}

// ---- release ----

TEST_F(SpecialTasksTest, TheReleaseTaskRunsWhenTheJobIsTerminatedAndTheJobStaysTerminatingUntilItIsDone) {
  releasing();
  EXPECT_EQ(job_state(), JobState::terminating);
  advance(5s);
  release_exits(0, node());
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().ended, now_);
  EXPECT_EQ(job_record().terminate_reason, "UserTerminate");
  EXPECT_EQ(job_node(node()).release->exit_code, 0);
}

TEST_F(SpecialTasksTest, TheReleaseTaskWaitsForTheRunningTasks) {
  running_prepared_task();
  terminate_job();
  EXPECT_EQ(told_to_stop(), Ids{"task"});
  EXPECT_EQ(ordered(), Ids{});
  stopped("task");
  EXPECT_EQ(ordered(), Ids{"rel"});
}

TEST_F(SpecialTasksTest, TheReleaseTaskWaitsForTheProcessesOfDeletedTasks) {
  running_prepared_task();
  const auto last = report("task", RunEnd::stopped, 137);
  ok(DeleteTask{key("task"), {}});
  terminate_job();
  EXPECT_EQ(ordered(), Ids{});
  ok(last);
  EXPECT_EQ(ordered(), Ids{"rel"});
}

TEST_F(SpecialTasksTest, TheReleaseTaskRunsWhenTheJobIsDeletedWhileActive) {
  running_prepared_task();
  exits("task");
  delete_job();
  EXPECT_EQ(ordered(), Ids{"rel"});
  EXPECT_EQ(job_state(), JobState::deleting);
  release_exits(0, node());
  advance(1s);
  EXPECT_FALSE(has_job("job"));
  std::vector<std::string> removed;
  for (const auto& notice : noticed<RemoveTaskFiles>()) removed.push_back(notice.task.task.text());
  std::sort(removed.begin(), removed.end());
  EXPECT_EQ(removed, (Ids{"prep", "rel", "task"}));
  restart();
}

TEST_F(SpecialTasksTest, TheReleaseTaskRunsWhenTheWallClockOfTheJobIsOver) {
  ready_pool("pool", 1);
  auto job = prepared_job();
  job.max_wall_clock = 1h;
  ok(AddJob{job, {}});
  add_task("task");
  prep_exits(0, node());
  exits("task");
  advance(1h);
  EXPECT_EQ(ordered(), Ids{"rel"});
}

TEST_F(SpecialTasksTest, TheReleaseTaskRunsWhenAllTasksAreComplete) {
  ready_pool("pool", 1);
  auto job = prepared_job();
  job.on_all_tasks_complete = wire::batch::OnAllTasksComplete::terminatejob;
  ok(AddJob{job, {}});
  add_task("task");
  prep_exits(0, node());
  exits("task");
  EXPECT_EQ(ordered(), Ids{"rel"});
  release_exits(0, node());
  EXPECT_EQ(job_record().terminate_reason, "AllTasksComplete");
}

TEST_F(SpecialTasksTest, TheReleaseTaskRunsOnEachNodeThatWasPreparedAndRanTasks) {
  ready_pool("pool", 3);
  ok(AddJob{prepared_job(), {}});
  add_task("a");
  add_task("b");
  const auto first = *task_record("a").node;
  const auto second = *task_record("b").node;
  prep_exits(0, first);
  prep_exits(0, second);
  exits("a");
  exits("b");
  terminate_job();
  EXPECT_EQ(ordered(), (Ids{"rel", "rel"}));
  release_exits(0, first);
  EXPECT_EQ(job_state(), JobState::terminating);
  release_exits(0, second);
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, TheReleaseTaskDoesNotRunWhereThePreparationDidNotComplete) {
  assigned_task();
  terminate_job();
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(told_to_stop(), Ids{"prep"});
  EXPECT_EQ(job_state(), JobState::terminating) << "the preparation still runs";
  ok(special_report(SpecialTask::preparation, node(), RunEnd::stopped, 137));
  EXPECT_EQ(ordered(), Ids{});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_node(node()).preparation->failure->code, "TaskEnded");
  EXPECT_FALSE(job_node(node()).barred);
}

TEST_F(SpecialTasksTest, TheReleaseTaskDoesNotRunWhereNoTaskRan) {
  assigned_task();
  ok(TerminateTask{key("task"), {}});
  prep_exits(0, node());
  terminate_job();
  EXPECT_EQ(ordered(), Ids{});
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, AFailedReleaseTaskIsNotRetriedAndDoesNotBlockCompletion) {
  releasing();
  release_exits(1, node());
  EXPECT_EQ(ordered(), Ids{});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_node(node()).release->failure->code, "FailureExitCode");
}

TEST_F(SpecialTasksTest, AReleaseTaskIsEndedAfterFifteenMinutes) {
  releasing();
  advance(15min - 1s);
  EXPECT_EQ(told_to_stop(), Ids{});
  advance(1s);
  EXPECT_EQ(told_to_stop(), Ids{"rel"});
  ok(special_report(SpecialTask::release, node(), RunEnd::stopped, 137));
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_node(node()).release->failure->code, "TaskEnded");
}

TEST_F(SpecialTasksTest, ANodeThatStaysAwayHoldsTheJobNoLongerThanAReleaseTaskMayTake) {
  releasing();
  lose(node());
  EXPECT_EQ(job_state(), JobState::terminating);
  advance(15min);
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_TRUE(job_node(node()).release->failure);
}

TEST_F(SpecialTasksTest, AReleaseTaskThatIsLostWithItsAgentRunsAgain) {
  releasing();
  lose(node());
  EXPECT_EQ(job_state(), JobState::terminating);
  join(node());
  EXPECT_EQ(ordered(), Ids{"rel"});
  EXPECT_GT(job_node(node()).release->attempt, 2U);
  release_exits(0, node());
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, TheReleaseTaskDoesNotRunOnNodesThatWereRemoved) {
  ready_pool("pool", 1);
  ok(AddJob{prepared_job(), {}});
  add_task("task");
  prep_exits(0, node());
  exits("task");
  EXPECT_FALSE(resize("pool", 0));
  gone(node());
  terminate_job();
  EXPECT_EQ(ordered(), Ids{});
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, ANodeThatIsRemovedWhileItReleasesDoesNotHoldTheJob) {
  releasing();
  EXPECT_FALSE(resize("pool", 0));
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
  const auto leaving = node();
  gone(leaving);
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_node(leaving).release->failure->code, "TaskEnded");
}

TEST_F(SpecialTasksTest, ANodeLeavesOnTaskCompletionOnlyWhenItsReleaseTaskIsDone) {
  releasing();
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::taskcompletion));
  EXPECT_EQ(node_state(node()), NodeState::idle);
  release_exits(0, node());
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
}

TEST_F(SpecialTasksTest, ATerminatedJobThatIsDeletedLaterDoesNotReleaseAgain) {
  releasing();
  release_exits(0, node());
  delete_job();
  EXPECT_EQ(ordered(), Ids{});
  advance(1s);
  EXPECT_FALSE(has_job("job"));
}

TEST_F(SpecialTasksTest, ATerminatingJobThatIsDeletedWaitsForItsReleaseTask) {
  releasing();
  delete_job();
  EXPECT_EQ(ordered(), Ids{});
  advance(1s);
  EXPECT_TRUE(has_job("job"));
  release_exits(0, node());
  advance(1s);
  EXPECT_FALSE(has_job("job"));
}

TEST_F(SpecialTasksTest, EndsOfSpecialTasksAndFailedPlacementsAreTold) {
  assigned_task();
  events_.clear();
  prep_exits(3, node());
  ASSERT_EQ(events_.size(), 2U);
  const auto& ended = std::get<SpecialTaskEnded>(events_[0].body);
  EXPECT_EQ(ended.task, TaskId{"prep"});
  EXPECT_FALSE(ended.release);
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(std::get<TaskScheduleFailed>(events_[1].body).error.code, "JobPreparationTaskFailed");
}

TEST_F(SpecialTasksTest, AReleaseTaskUnderWaySurvivesARestart) {
  releasing();
  restart();
  EXPECT_EQ(job_state(), JobState::terminating);
  auto command = joined(node());
  command.adopted = true;
  command.running = {{key("rel"), job_node(node()).release->attempt}};
  ok(command);
  EXPECT_EQ(ordered(), Ids{});
  release_exits(0, node());
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, AReleaseTaskThatIsDueIsOrderedAfterARestart) {
  running_prepared_task();
  terminate_job();
  restart();
  auto command = joined(node());
  command.adopted = true;
  ok(command);
  EXPECT_EQ(task_state(), TaskState::completed) << "it was told to stop and is not there any more";
  EXPECT_EQ(ordered(), Ids{"rel"});
}

TEST_F(SpecialTasksTest, ForceCompletesTheJobEvenIfNodesHaveNotFinished) {
  running_prepared_task();
  const auto last = report("task", RunEnd::stopped, 137);
  ok(TerminateJob{.id = JobId{"job"}, .conditions = {}, .reason = "", .force = true});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(told_to_stop(), Ids{"task"});
  EXPECT_EQ(batch_->running_slots(node()), 1) << "its processes still hold them";
  ok(last);
  EXPECT_EQ(batch_->running_slots(node()), 0);
  EXPECT_TRUE(noticed<RemoveTaskFiles>().empty());
}

TEST_F(SpecialTasksTest, ForceEndsAReleaseTaskThatTakesTooLong) {
  releasing();
  const auto last = special_report(SpecialTask::release, node(), RunEnd::stopped, 137);
  ok(TerminateJob{.id = JobId{"job"}, .conditions = {}, .reason = "", .force = true});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(told_to_stop(), Ids{"rel"});
  ok(last);
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(SpecialTasksTest, ForceDeletesTheJobEvenIfNodesHaveNotFinished) {
  running_prepared_task();
  const auto last = report("task", RunEnd::stopped, 137);
  delete_job();
  EXPECT_EQ(error_of(DeleteJob{.id = JobId{"job"}, .conditions = {}}), ErrorCode::JobBeingDeleted);
  ok(DeleteJob{.id = JobId{"job"}, .conditions = {}, .force = true});
  advance(1s);
  EXPECT_FALSE(has_job("job"));
  ok(last);
  EXPECT_EQ(batch_->running_slots(node()), 0);
}

TEST_F(SpecialTasksTest, TheDirectoriesOfSpecialTasksGoWhenTheirRetentionIsOver) {
  releasing();
  release_exits(0, node());
  advance(24h * 7 - 1s);
  EXPECT_TRUE(noticed<RemoveTaskFiles>().empty());
  advance(1s);
  EXPECT_TRUE(job_node(node()).preparation_files_removed);
  EXPECT_TRUE(job_node(node()).release_files_removed);
}

}  // namespace
}  // namespace emulator::core
