// What is done with job schedules: disabled, enabled, terminated, deleted and changed (contract 4.4, 5.5).
#include "tests/unit/core/job_schedules_fixture.h"

namespace emulator::core {
namespace {

// ---- states, deletion, ids ----

TEST_F(JobSchedulesTest, NewScheduleIsActive) {
  add_schedule();
  EXPECT_EQ(state(), JobScheduleState::active);
  EXPECT_FALSE(schedule().previous_state.has_value());
}

TEST_F(JobSchedulesTest, DisabledScheduleMakesNoJobsAndItsRunningJobGoesOn) {
  add_schedule(every(10min));
  disable_schedule();
  EXPECT_EQ(state(), JobScheduleState::disabled);
  EXPECT_EQ(state_of(1), JobState::active);
  end(1);
  advance(1h);
  EXPECT_FALSE(has(2));
}

TEST_F(JobSchedulesTest, EnablingMakesUpForTheOccasionInsideTheWindow) {
  add_schedule(every(10min));
  disable_schedule();
  end(1);
  advance(35min);
  enable_schedule();
  EXPECT_EQ(state(), JobScheduleState::active);
  EXPECT_TRUE(has(2));
}

TEST_F(JobSchedulesTest, EnablingAfterTheWindowWaitsForTheNextOccasion) {
  add_schedule(every(10min, 1min));
  disable_schedule();
  end(1);
  advance(12min);
  enable_schedule();
  EXPECT_FALSE(has(2));
  advance(8min);
  EXPECT_TRUE(has(2));
}

TEST_F(JobSchedulesTest, DisabledAgainOrEnabledWhileActiveIsRefused) {
  add_schedule();
  EXPECT_EQ(error_of(EnableJobSchedule{JobScheduleId{"s"}, {}}), ErrorCode::OperationInvalidForCurrentState);
  disable_schedule();
  EXPECT_EQ(error_of(DisableJobSchedule{JobScheduleId{"s"}, {}}), ErrorCode::JobScheduleDisabled);
}

TEST_F(JobSchedulesTest, TerminateEndsTheActiveJobWithTerminateJobSchedule) {
  ready_pool("pool", 1);
  add_schedule(every(10min));
  add_task("task", "s:job-1");
  terminate();
  EXPECT_EQ(state(), JobScheduleState::terminating);
  EXPECT_EQ(state_of(1), JobState::terminating);
  stopped("task", "s:job-1");
  EXPECT_EQ(state_of(1), JobState::completed);
  EXPECT_EQ(job_record("s:job-1").terminate_reason, "TerminateJobSchedule");
  EXPECT_EQ(state(), JobScheduleState::completed);
  advance(1h);
  EXPECT_FALSE(has(2));
}

TEST_F(JobSchedulesTest, TerminatingADisabledScheduleCompletesIt) {
  add_schedule(every(10min));
  end(1);
  disable_schedule();
  terminate();
  EXPECT_EQ(state(), JobScheduleState::completed);
}

TEST_F(JobSchedulesTest, CompletedScheduleRefusesEverythingButDeletion) {
  add_schedule();
  end(1);
  const JobScheduleId id{"s"};
  EXPECT_EQ(error_of(EnableJobSchedule{id, {}}), ErrorCode::JobScheduleCompleted);
  EXPECT_EQ(error_of(DisableJobSchedule{id, {}}), ErrorCode::JobScheduleCompleted);
  EXPECT_EQ(error_of(TerminateJobSchedule{id, {}}), ErrorCode::JobScheduleCompleted);
  EXPECT_EQ(error_of(update()), ErrorCode::JobScheduleCompleted);
  remove();
}

TEST_F(JobSchedulesTest, TerminatingScheduleRefusesChanges) {
  ready_pool("pool", 1);
  add_schedule();
  add_task("task", "s:job-1");
  terminate();
  const JobScheduleId id{"s"};
  EXPECT_EQ(error_of(TerminateJobSchedule{id, {}}), ErrorCode::JobScheduleBeingTerminated);
  EXPECT_EQ(error_of(EnableJobSchedule{id, {}}), ErrorCode::JobScheduleBeingTerminated);
  EXPECT_EQ(error_of(update()), ErrorCode::JobScheduleBeingTerminated);
}

TEST_F(JobSchedulesTest, DeletionDeletesAllItsJobsThenTheSchedule) {
  ready_pool("pool", 1);
  add_schedule(every(10min));
  end(1);
  advance(10min);
  add_task("task", "s:job-2");
  remove();
  EXPECT_EQ(state(), JobScheduleState::deleting);
  EXPECT_EQ(state_of(1), JobState::deleting);
  EXPECT_EQ(state_of(2), JobState::deleting);
  advance(1s);
  EXPECT_FALSE(has(1));
  EXPECT_TRUE(has_schedule());
  EXPECT_EQ(error_of(DeleteJobSchedule{JobScheduleId{"s"}, {}}), ErrorCode::JobScheduleBeingDeleted);
  EXPECT_EQ(error_of(AddJobSchedule{new_schedule()}), ErrorCode::JobScheduleBeingDeleted);
  stopped("task", "s:job-2");
  advance(1s);
  advance(1s);
  EXPECT_FALSE(has(2));
  EXPECT_FALSE(has_schedule());
}

TEST_F(JobSchedulesTest, JobsAndSchedulesShareOneIdSpace) {
  add_job("s");
  EXPECT_EQ(error_of(AddJobSchedule{new_schedule()}), ErrorCode::JobWithSameIdExists);
  delete_job("s");
  advance(1s);
  add_schedule();
  EXPECT_EQ(error_of(AddJob{new_job("S")}), ErrorCode::JobScheduleWithSameIdExists);
  EXPECT_EQ(error_of(AddJobSchedule{new_schedule({}, "S")}), ErrorCode::JobScheduleExists);
}

TEST_F(JobSchedulesTest, UnknownScheduleIsNotFound) {
  EXPECT_EQ(error_of(TerminateJobSchedule{JobScheduleId{"x"}, {}}), ErrorCode::JobScheduleNotFound);
}

TEST_F(JobSchedulesTest, DeletionGoesOnAfterARestart) {
  add_schedule();
  remove();
  restart();
  advance(1s);
  advance(1s);
  EXPECT_FALSE(has_schedule());
  EXPECT_FALSE(has(1));
}

// ---- changes and versions ----

TEST_F(JobSchedulesTest, MakingJobsDoesNotChangeTheSchedulesVersion) {
  add_schedule(every(10min));
  const auto version = schedule().version.last_modified;
  end(1);
  advance(10min);
  ASSERT_TRUE(has(2));
  EXPECT_EQ(schedule().version.last_modified, version);
}

TEST_F(JobSchedulesTest, UpdatesAndStateChangesChangeTheVersion) {
  add_schedule(every(10min));
  auto version = schedule().version.last_modified;
  ok(update());
  EXPECT_GT(schedule().version.last_modified, version);
  version = schedule().version.last_modified;
  disable_schedule();
  EXPECT_GT(schedule().version.last_modified, version);
}

TEST_F(JobSchedulesTest, ChangesTouchOnlyJobsMadeLater) {
  add_schedule(every(10min));
  auto change = update();
  auto job = new_job("");
  job.priority = 7;
  change.schedule.specification = std::make_shared<const AddJob>(AddJob{.job = job});
  ok(change);
  EXPECT_EQ(job_record("s:job-1").priority, 0);
  end(1);
  advance(10min);
  EXPECT_EQ(job_record("s:job-2").priority, 7);
}

TEST_F(JobSchedulesTest, NewRecurrenceCountsFromTheLastStart) {
  const auto begin = now_;
  add_schedule(every(10min));
  auto change = update();
  change.schedule.times = every(30min);
  ok(change);
  EXPECT_EQ(schedule().next_run, begin + 30min);
}

TEST_F(JobSchedulesTest, ScheduleThatLosesItsRecurrenceCompletesWithItsJob) {
  add_schedule(every(10min));
  auto change = update();
  change.schedule.times = {};
  ok(change);
  EXPECT_FALSE(schedule().next_run.has_value());
  end(1);
  EXPECT_EQ(state(), JobScheduleState::completed);
}

TEST_F(JobSchedulesTest, ConditionIsCheckedBeforeTheState) {
  add_schedule();
  end(1);
  Conditions conditions;
  conditions.if_match = Conditions::Match{.any = false, .etags = {now_ - 1h}};
  EXPECT_EQ(error_of(TerminateJobSchedule{JobScheduleId{"s"}, conditions}), ErrorCode::ConditionNotMet);
}

}  // namespace
}  // namespace emulator::core
