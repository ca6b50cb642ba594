// Preparation tasks: tasks of a job wait on a node until it is prepared, and a node that cannot be is barred for the
// job (contract 5.6, 6.7).
#include "tests/unit/core/special_tasks_fixture.h"

namespace emulator::core {
namespace {

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
  EXPECT_EQ(job_node(node()).preparation->attempt, job_record().sequence + 2);
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
  EXPECT_EQ(job_node(node()).preparation->attempt, job_record().sequence + 2);
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

}  // namespace
}  // namespace emulator::core
