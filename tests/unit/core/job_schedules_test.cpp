// When job schedules make jobs, and when they have made their last (contract 4.4, 5.5, 6.11).
#include "tests/unit/core/job_schedules_fixture.h"

namespace emulator::core {
namespace {

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
