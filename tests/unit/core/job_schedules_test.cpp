// When job schedules make jobs, and how they end (contract 4.4, 5.5, 6.11).
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using wire::batch::JobScheduleState;

class JobSchedulesTest : public BatchFixture {
 protected:
  JobScheduleRecord new_schedule(ScheduleTimes times = {}, const std::string& id = "s") {
    JobScheduleRecord schedule;
    schedule.id = JobScheduleId{id};
    schedule.document = std::make_shared<const std::string>("{}");
    schedule.times = times;
    schedule.specification = std::make_shared<const AddJob>(AddJob{.job = new_job("")});
    return schedule;
  }
  void add_schedule(ScheduleTimes times = {}) { ok(AddJobSchedule{new_schedule(times)}); }
  static ScheduleTimes every(Ticks recurrence, Ticks window = kUnlimited) {
    return {.start_window = window, .recurrence = recurrence};
  }
  const JobScheduleRecord& schedule(const std::string& id = "s") {
    return *batch_->find_job_schedule(JobScheduleId{id});
  }
  bool has_schedule(const std::string& id = "s") { return batch_->find_job_schedule(JobScheduleId{id}) != nullptr; }
  JobScheduleState state() { return schedule().state; }
  bool has(int number) { return has_job("s:job-" + std::to_string(number)); }
  JobState state_of(int number) { return job_state("s:job-" + std::to_string(number)); }
  void end(int number) { terminate_job("", "s:job-" + std::to_string(number)); }
  void disable_schedule() { ok(DisableJobSchedule{JobScheduleId{"s"}, {}}); }
  void enable_schedule() { ok(EnableJobSchedule{JobScheduleId{"s"}, {}}); }
  void terminate() { ok(TerminateJobSchedule{JobScheduleId{"s"}, {}}); }
  void remove() { ok(DeleteJobSchedule{JobScheduleId{"s"}, {}}); }
  UpdateJobSchedule update() { return {.schedule = schedule(), .conditions = {}, .seen = schedule().version}; }
};

TEST_F(JobSchedulesTest, NewScheduleIsActive) {
  add_schedule();
  EXPECT_EQ(state(), JobScheduleState::active);
  EXPECT_FALSE(schedule().previous_state.has_value());
}

TEST_F(JobSchedulesTest, FirstJobComesAtCreation) {
  add_schedule();
  ASSERT_TRUE(has(1));
  EXPECT_EQ(state_of(1), JobState::active);
  EXPECT_EQ(job_record("s:job-1").created, now_);
  EXPECT_EQ(schedule().recent_job.text(), "s:job-1");
}

TEST_F(JobSchedulesTest, FirstJobComesAtDoNotRunUntil) {
  add_schedule({.do_not_run_until = now_ + 1h});
  EXPECT_FALSE(has(1));
  EXPECT_EQ(schedule().next_run, now_ + 1h);
  EXPECT_EQ(batch_->next_deadline(), now_ + 1h);
  advance(1h);
  EXPECT_TRUE(has(1));
}

TEST_F(JobSchedulesTest, DoNotRunUntilInThePastHoldsNothingUp) {
  add_schedule({.do_not_run_until = now_ - 1h});
  EXPECT_TRUE(has(1));
}

TEST_F(JobSchedulesTest, RecurrenceIsMeasuredBetweenStartsOfSuccessiveJobs) {
  add_schedule(every(10min));
  EXPECT_EQ(schedule().next_run, now_ + 10min);
  end(1);
  advance(9min);
  EXPECT_FALSE(has(2));
  advance(1min);
  ASSERT_TRUE(has(2));
  EXPECT_EQ(schedule().next_run, now_ + 10min);
  EXPECT_EQ(schedule().recent_job.text(), "s:job-2");
}

TEST_F(JobSchedulesTest, AtMostOneJobIsActiveAtATime) {
  add_schedule(every(10min));
  advance(15min);
  EXPECT_FALSE(has(2));
  end(1);
  EXPECT_TRUE(has(2));
  EXPECT_EQ(schedule().next_run, now_ + 10min);
}

TEST_F(JobSchedulesTest, OccasionOutsideTheStartWindowIsLostUntilTheNextRecurrence) {
  const auto begin = now_;
  add_schedule(every(10min, 2min));
  advance(11min);
  EXPECT_EQ(schedule().next_run, begin + 10min);
  advance(1min);
  EXPECT_EQ(schedule().next_run, begin + 20min);
  end(1);
  EXPECT_FALSE(has(2));
  advance(8min);
  EXPECT_TRUE(has(2));
}

TEST_F(JobSchedulesTest, JobStartsInsideTheStartWindow) {
  add_schedule(every(10min, 2min));
  advance(11min);
  end(1);
  EXPECT_TRUE(has(2));
}

TEST_F(JobSchedulesTest, StartWindowAboveTheRecurrenceActsAsInfinite) {
  add_schedule(every(10min, 11min));
  advance(35min);
  end(1);
  EXPECT_TRUE(has(2));
}

TEST_F(JobSchedulesTest, ManyLostOccasionsAreSkippedAtOnce) {
  const auto begin = now_;
  add_schedule(every(10min, 1min));
  advance(24h * 365 + 5min);
  EXPECT_EQ(schedule().next_run, begin + 24h * 365 + 10min);
}

TEST_F(JobSchedulesTest, WithoutRecurrenceThereIsOneJobAndTheScheduleCompletesWhenItFinishes) {
  add_schedule();
  EXPECT_FALSE(schedule().next_run.has_value());
  advance(1h);
  EXPECT_EQ(state(), JobScheduleState::active);
  end(1);
  EXPECT_EQ(state(), JobScheduleState::completed);
  EXPECT_EQ(schedule().ended, now_);
  EXPECT_EQ(schedule().previous_state, JobScheduleState::terminating);
  advance(1h);
  EXPECT_FALSE(has(2));
}

TEST_F(JobSchedulesTest, DoNotRunAfterPastAndNoActiveJobCompletesTheSchedule) {
  auto times = every(10min);
  times.do_not_run_after = now_ + 15min;
  add_schedule(times);
  end(1);
  advance(10min);
  EXPECT_TRUE(has(2));
  EXPECT_FALSE(schedule().next_run.has_value());
  end(2);
  EXPECT_EQ(state(), JobScheduleState::active);
  advance(5min);
  EXPECT_EQ(state(), JobScheduleState::completed);
}

TEST_F(JobSchedulesTest, DoNotRunAfterWaitsForTheActiveJob) {
  auto times = every(10min);
  times.do_not_run_after = now_ + 5min;
  add_schedule(times);
  advance(1h);
  EXPECT_EQ(state(), JobScheduleState::active);
  EXPECT_FALSE(has(2));
  end(1);
  EXPECT_EQ(state(), JobScheduleState::completed);
}

TEST_F(JobSchedulesTest, DoNotRunAfterInThePastCompletesANewScheduleWithoutAJob) {
  add_schedule({.do_not_run_after = now_ - 1h});
  EXPECT_EQ(state(), JobScheduleState::completed);
  EXPECT_FALSE(has(1));
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

TEST_F(JobSchedulesTest, NumbersOfDeletedJobsAreNeverUsedAgain) {
  add_schedule(every(10min));
  delete_job("s:job-1");
  advance(1s);
  EXPECT_FALSE(has(1));
  advance(10min);
  EXPECT_FALSE(has(1));
  EXPECT_TRUE(has(2));
  delete_job("s:job-2");
  advance(1s);
  restart();
  advance(10min);
  EXPECT_TRUE(has(3));
}

TEST_F(JobSchedulesTest, DeletedActiveJobMakesRoomForTheNextOnlyWhenItIsGone) {
  ready_pool("pool", 1);
  add_schedule(every(10min));
  add_task("task", "s:job-1");
  delete_job("s:job-1");
  advance(10min);
  EXPECT_FALSE(has(2));
  stopped("task", "s:job-1");
  advance(1s);
  EXPECT_TRUE(has(2));
}

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

TEST_F(JobSchedulesTest, QuotaCountsActiveJobsAndSchedulesTogether) {
  options_.max_active_jobs = 3;
  restart();
  add_schedule(every(10min));  // and its job
  add_job("other");
  EXPECT_EQ(error_of(AddJob{new_job("more")}), ErrorCode::ActiveJobAndScheduleQuotaReached);
  EXPECT_EQ(error_of(AddJobSchedule{new_schedule({}, "more")}), ErrorCode::ActiveJobAndScheduleQuotaReached);
  end(1);
  add_job("more");
}

TEST_F(JobSchedulesTest, OccasionThatTheQuotaForbidsIsTriedAgain) {
  options_.max_active_jobs = 2;
  restart();
  add_schedule(every(10min));
  end(1);
  add_job("other");
  advance(10min);
  EXPECT_FALSE(has(2));
  terminate_job("", "other");
  advance(10s);
  EXPECT_TRUE(has(2));
}

TEST_F(JobSchedulesTest, ScheduleGoesOnAfterARestart) {
  add_schedule(every(10min));
  end(1);
  restart();
  advance(9min);
  EXPECT_FALSE(has(2));
  advance(1min);
  EXPECT_TRUE(has(2));
  restart();
  EXPECT_EQ(state_of(2), JobState::active);
  advance(10min);
  EXPECT_FALSE(has(3));
}

TEST_F(JobSchedulesTest, LongDowntimeCostsOneOccasionAndNotOneForEachMissed) {
  add_schedule(every(10min));
  end(1);
  restart();
  advance(24h);
  EXPECT_TRUE(has(2));
  end(2);
  EXPECT_FALSE(has(3));
  EXPECT_EQ(schedule().next_run, now_ + 10min);
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

TEST_F(JobSchedulesTest, JobsOfAScheduleAreListedWithoutOthers) {
  add_schedule(every(10min));
  add_job("other");
  end(1);
  advance(10min);
  std::vector<std::string> listed;
  batch_->visit_jobs_of(JobScheduleId{"S"}, std::nullopt, [&](const JobRecord& job) {
    listed.push_back(job.id.text());
    return true;
  });
  EXPECT_EQ(listed, (std::vector<std::string>{"s:job-1", "s:job-2"}));
}

}  // namespace
}  // namespace emulator::core
