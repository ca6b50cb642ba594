// Jobs and their states: contract 5.4, 6.6.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using wire::batch::OnTaskFailure;

using JobsTest = BatchFixture;

TEST_F(JobsTest, NewJobIsActiveWithoutAPreviousState) {
  add_job();
  EXPECT_EQ(job_state(), JobState::active);
  EXPECT_FALSE(job_record().previous_state);
  EXPECT_EQ(job_record().started, now_);
  EXPECT_EQ(job_record().created, now_);
}

TEST_F(JobsTest, IdIsTakenWhateverItsCase) {
  add_job("job");
  EXPECT_EQ(error_of(AddJob{new_job("JOB")}), ErrorCode::JobExists);
}

TEST_F(JobsTest, UnknownPoolIsNoError) {
  add_job("job", "nowhere");
  EXPECT_EQ(job_state(), JobState::active);
}

TEST_F(JobsTest, QuotaCountsJobsThatAreNotCompleted) {
  options_.max_active_jobs = 1;
  batch_.emplace(options_);
  add_job("a");
  EXPECT_EQ(error_of(AddJob{new_job("b")}), ErrorCode::ActiveJobAndScheduleQuotaReached);
  terminate_job("", "a");
  add_job("b");
}

TEST_F(JobsTest, UnknownJobIsNotFound) {
  EXPECT_EQ(error_of(DisableJob{JobId{"none"}, {}, {}}), ErrorCode::JobNotFound);
  EXPECT_EQ(error_of(EnableJob{JobId{"none"}, {}}), ErrorCode::JobNotFound);
  EXPECT_EQ(error_of(TerminateJob{JobId{"none"}, {}, ""}), ErrorCode::JobNotFound);
  EXPECT_EQ(error_of(DeleteJob{JobId{"none"}, {}}), ErrorCode::JobNotFound);
  EXPECT_EQ(error_of(UpdateJob{new_job("none"), {}, {}}), ErrorCode::JobNotFound);
  EXPECT_EQ(error_of(AddTask{JobId{"none"}, new_task("t")}), ErrorCode::JobNotFound);
}

TEST_F(JobsTest, DisableEnableTerminateBackToBackAreAllAccepted) {
  add_job();
  disable(DisableTasksOption::requeue);
  enable();
  terminate_job();
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(JobsTest, DisabledJobStartsNoTasks) {
  ready_pool("pool", 1);
  add_job();
  disable(DisableTasksOption::requeue);
  EXPECT_EQ(job_state(), JobState::disabled);
  EXPECT_EQ(job_record().previous_state, JobState::disabling);
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active);
  enable();
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(JobsTest, DisableWithRequeueKillsAndCounts) {
  running_task();
  disable(DisableTasksOption::requeue);
  EXPECT_EQ(job_state(), JobState::disabling);
  EXPECT_EQ(noticed<StopTask>().size(), 1U);
  stopped("task");
  EXPECT_EQ(job_state(), JobState::disabled);
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(task_record().execution.requeue_count, 1);
}

TEST_F(JobsTest, DisableWithTerminateCompletesTheTasks) {
  running_task();
  disable(DisableTasksOption::terminate);
  stopped("task");
  EXPECT_EQ(job_state(), JobState::disabled);
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
}

TEST_F(JobsTest, DisableWithWaitLetsTheTasksEnd) {
  running_task();
  disable(DisableTasksOption::wait);
  EXPECT_EQ(job_state(), JobState::disabling);
  EXPECT_TRUE(noticed<StopTask>().empty());
  exits("task");
  EXPECT_EQ(job_state(), JobState::disabled);
  EXPECT_EQ(task_record().execution.result, TaskResult::success);
}

TEST_F(JobsTest, DisableAgainIsAcceptedAndItsOptionHolds) {
  running_task();
  disable(DisableTasksOption::wait);
  disable(DisableTasksOption::requeue);
  EXPECT_EQ(noticed<StopTask>().size(), 1U);
  stopped("task");
  disable(DisableTasksOption::requeue);
  EXPECT_EQ(job_state(), JobState::disabled);
}

TEST_F(JobsTest, EnablingAnActiveJobIsRefused) {
  add_job();
  EXPECT_EQ(error_of(EnableJob{JobId{"job"}, {}}), ErrorCode::OperationInvalidForCurrentState);
}

TEST_F(JobsTest, TerminatingAnEmptyJobCompletesItAtOnce) {
  add_job();
  terminate_job();
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().previous_state, JobState::terminating);
  EXPECT_EQ(job_record().terminate_reason, "UserTerminate");
  EXPECT_EQ(job_record().ended, now_);
}

TEST_F(JobsTest, CallersReasonIsKept) {
  add_job();
  terminate_job("had enough");
  EXPECT_EQ(job_record().terminate_reason, "had enough");
}

TEST_F(JobsTest, JobIsTerminatingUntilItsRunningTasksAreStopped) {
  running_task();
  add_task("waiting");
  terminate_job();
  EXPECT_EQ(job_state(), JobState::terminating);
  EXPECT_FALSE(job_record().ended);
  stopped("task");
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
  EXPECT_EQ(task_state("waiting"), TaskState::active);
}

TEST_F(JobsTest, TerminatingJobEndsWhenItsNodeIsLost) {
  running_task();
  terminate_job();
  lose(node());
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(JobsTest, TerminatingJobEndsWhenItsNodeIsRemoved) {
  running_task();
  terminate_job();
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::requeue));
  gone(node());
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(task_state(), TaskState::completed);
}

TEST_F(JobsTest, ActiveTasksOfATerminatedJobNeverRun) {
  add_job();
  add_task("task");
  terminate_job();
  ready_pool("pool", 1);
  advance(std::chrono::days{365});
  EXPECT_EQ(task_state(), TaskState::active);
}

TEST_F(JobsTest, CompletedJobRefusesChanges) {
  add_job();
  auto update = update_of();
  terminate_job();
  EXPECT_EQ(error_of(update), ErrorCode::JobCompleted);
  EXPECT_EQ(error_of(AddTask{JobId{"job"}, new_task("t")}), ErrorCode::JobCompleted);
  EXPECT_EQ(error_of(AddTasks{JobId{"job"}, {new_task("t")}}), ErrorCode::JobCompleted);
  EXPECT_EQ(error_of(DisableJob{JobId{"job"}, {}, {}}), ErrorCode::JobCompleted);
  EXPECT_EQ(error_of(EnableJob{JobId{"job"}, {}}), ErrorCode::JobCompleted);
  EXPECT_EQ(error_of(TerminateJob{JobId{"job"}, {}, ""}), ErrorCode::JobCompleted);
}

TEST_F(JobsTest, TerminatingJobRefusesChanges) {
  running_task();
  auto update = update_of();
  terminate_job();
  EXPECT_EQ(error_of(update), ErrorCode::JobBeingTerminated);
  EXPECT_EQ(error_of(AddTask{JobId{"job"}, new_task("t")}), ErrorCode::JobBeingTerminated);
  EXPECT_EQ(error_of(DisableJob{JobId{"job"}, {}, {}}), ErrorCode::JobBeingTerminated);
  EXPECT_EQ(error_of(EnableJob{JobId{"job"}, {}}), ErrorCode::JobBeingTerminated);
  EXPECT_EQ(error_of(TerminateJob{JobId{"job"}, {}, ""}), ErrorCode::JobBeingTerminated);
}

TEST_F(JobsTest, DeletingJobRefusesChangesAndItsIdIsTaken) {
  running_task();
  auto update = update_of();
  delete_job();
  EXPECT_EQ(job_state(), JobState::deleting);
  EXPECT_EQ(error_of(update), ErrorCode::JobBeingDeleted);
  EXPECT_EQ(error_of(DeleteJob{JobId{"job"}, {}}), ErrorCode::JobBeingDeleted);
  EXPECT_EQ(error_of(TerminateJob{JobId{"job"}, {}, ""}), ErrorCode::JobBeingDeleted);
  EXPECT_EQ(error_of(AddTask{JobId{"job"}, new_task("t")}), ErrorCode::JobBeingDeleted);
  EXPECT_EQ(error_of(AddJob{new_job("job")}), ErrorCode::JobBeingDeleted);
}

TEST_F(JobsTest, DeletedJobEndsItsTasksAndGoesWithThemAndTheirFiles) {
  running_task();
  add_task("done");
  exits("task");
  delete_job();
  advance(1s);
  EXPECT_TRUE(has_job("job"));
  stopped("done");
  EXPECT_EQ(job_state(), JobState::deleting);
  advance(1s);
  EXPECT_FALSE(has_job("job"));
  EXPECT_EQ(noticed<RemoveTaskFiles>().size(), 2U);
  auto snapshot = store_->load();
  EXPECT_TRUE(snapshot->tasks.empty());
}

TEST_F(JobsTest, DeletedJobWithoutRunningTasksShowsDeletingFirst) {
  add_job();
  delete_job();
  EXPECT_EQ(job_state(), JobState::deleting);
  advance(1s);
  EXPECT_FALSE(has_job("job"));
  add_job("job");
}

TEST_F(JobsTest, CompletedJobCanBeDeleted) {
  add_job();
  terminate_job();
  delete_job();
  advance(1s);
  EXPECT_FALSE(has_job("job"));
}

TEST_F(JobsTest, TerminatingJobCanBeDeleted) {
  running_task();
  terminate_job();
  delete_job();
  stopped("task");
  advance(1s);
  EXPECT_FALSE(has_job("job"));
}

TEST_F(JobsTest, UpdateSetsWhatItCarries) {
  add_job();
  auto update = update_of();
  update.job.priority = 7;
  update.job.max_parallel_tasks = 3;
  update.job.max_task_retries = 2;
  update.job.document = std::make_shared<const std::string>("new");
  update.job.uses_task_dependencies = true;
  update.job.on_task_failure = OnTaskFailure::performexitoptionsjobaction;
  ok(update);
  EXPECT_EQ(job_record().priority, 7);
  EXPECT_EQ(job_record().max_parallel_tasks, 3);
  EXPECT_EQ(job_record().max_task_retries, 2);
  EXPECT_EQ(*job_record().document, "new");
  EXPECT_FALSE(job_record().uses_task_dependencies) << "fixed at creation";
  EXPECT_EQ(job_record().on_task_failure, OnTaskFailure::noaction) << "fixed at creation";
}

TEST_F(JobsTest, UpdateThatSawAnOlderVersionIsToBeTriedAgain) {
  add_job();
  auto update = update_of();
  ok(update);
  EXPECT_EQ(error_of(update), base::Errc::unavailable);
}

TEST_F(JobsTest, UnchangedPoolOfAnActiveJobIsAccepted) {
  add_job("job", "pool");
  auto update = update_of();
  update.job.pool = PoolId{"POOL"};
  ok(update);
}

TEST_F(JobsTest, PoolChangesOnlyWhileTheJobIsDisabled) {
  ready_pool("other", 1);
  add_job("job", "pool");
  add_task("task");
  auto update = update_of();
  update.job.pool = PoolId{"other"};
  EXPECT_EQ(error_of(update), ErrorCode::OperationInvalidForCurrentState);
  disable(DisableTasksOption::requeue);
  update = update_of();
  update.job.pool = PoolId{"other"};
  ok(update);
  enable();
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(JobsTest, VersionFollowsUpdatesAndStatesAndNotTasks) {
  ready_pool("pool", 1);
  add_job();
  const auto version = job_record().version.last_modified;
  add_task("task");
  exits("task");
  EXPECT_EQ(job_record().version.last_modified, version);
  disable(DisableTasksOption::requeue);
  EXPECT_GT(job_record().version.last_modified, version);
}

TEST_F(JobsTest, ConditionsAreCheckedBeforeTheState) {
  add_job();
  terminate_job();
  Conditions conditions{.if_match = Conditions::Match{.any = false, .etags = {now_ - 1h}}};
  EXPECT_EQ(error_of(TerminateJob{JobId{"job"}, conditions, ""}), ErrorCode::ConditionNotMet);
}

}  // namespace
}  // namespace emulator::core
