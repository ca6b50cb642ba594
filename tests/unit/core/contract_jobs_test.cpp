// Sentences of contract 5.4, 5.5, 6.5, 6.6 and 6.11 about jobs and their schedules that no other file of this folder
// has as a test.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using wire::batch::JobScheduleState;
using wire::batch::OnAllTasksComplete;

class ContractJobsTest : public BatchFixture {
 protected:
  void add_schedule(ScheduleTimes times) {
    JobScheduleRecord schedule;
    schedule.id = JobScheduleId{"s"};
    schedule.document = std::make_shared<const std::string>("{}");
    schedule.times = times;
    schedule.specification = std::make_shared<const AddJob>(AddJob{.job = prepared_job("")});
    ok(AddJobSchedule{schedule});
  }
  const JobScheduleRecord& schedule() { return *batch_->find_job_schedule(JobScheduleId{"s"}); }
  /// A job that is disabling: its task is waited for.
  void disabling_job() {
    running_task();
    disable(DisableTasksOption::wait);
    ASSERT_EQ(job_state(), JobState::disabling);
  }
};

// ---- 5.4 ----

TEST_F(ContractJobsTest, TheStartTimeOfAJobIsItsCreation) {
  add_job();
  EXPECT_EQ(job_record().started, now_);
  EXPECT_EQ(job_record().created, now_);
  const auto creation = now_;
  ready_pool("pool", 1);
  advance(1h);
  add_task("task");
  EXPECT_EQ(job_record().started, creation);
}

TEST_F(ContractJobsTest, AJobIsDisabledOnlyWhenAllRunningTasksWereTreated) {
  ready_pool("pool", 2);
  add_job();
  add_task("a");
  add_task("b");
  disable(DisableTasksOption::requeue);
  stopped("a");
  EXPECT_EQ(job_state(), JobState::disabling);
  stopped("b");
  EXPECT_EQ(job_state(), JobState::disabled);
}

TEST_F(ContractJobsTest, DisablingAJobLeavesItsNodesInTheirPool) {
  running_task();
  disable(DisableTasksOption::requeue);
  stopped("task");
  EXPECT_EQ(node_state(node()), NodeState::idle);
  add_job("other");
  add_task("task", "other");
  EXPECT_EQ(task_state("task", "other"), TaskState::running);
}

TEST_F(ContractJobsTest, ADisablingJobMayBeEnabledAgain) {
  disabling_job();
  enable();
  EXPECT_EQ(job_state(), JobState::active);
  EXPECT_EQ(job_record().previous_state, JobState::enabling);
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(ContractJobsTest, ADisablingJobMayBeTerminated) {
  disabling_job();
  terminate_job();
  EXPECT_EQ(job_state(), JobState::terminating);
  stopped("task");
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(task_record().execution.failure->code, "TaskEnded");
}

TEST_F(ContractJobsTest, ADisabledJobMayBeTerminated) {
  add_job();
  disable(DisableTasksOption::requeue);
  ASSERT_EQ(job_state(), JobState::disabled);
  terminate_job();
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(ContractJobsTest, ADisablingJobMayBeDeleted) {
  disabling_job();
  delete_job();
  EXPECT_EQ(job_state(), JobState::deleting);
  stopped("task");
  advance(1s);
  EXPECT_FALSE(has_job("job"));
}

TEST_F(ContractJobsTest, ADisabledJobMayBeDeleted) {
  add_job();
  disable(DisableTasksOption::requeue);
  delete_job();
  advance(1s);
  EXPECT_FALSE(has_job("job"));
}

TEST_F(ContractJobsTest, ACompletedJobHasAnEndTimeAndAReason) {
  running_task();
  terminate_job();
  EXPECT_FALSE(job_record().ended);
  advance(5s);
  stopped("task");
  EXPECT_EQ(job_record().ended, now_);
  EXPECT_EQ(job_record().terminate_reason, "UserTerminate");
}

TEST_F(ContractJobsTest, TasksOfATerminatedJobAreStillReadable) {
  running_task();
  add_task("waiting");
  terminate_job();
  stopped("task");
  EXPECT_EQ(task_state("task"), TaskState::completed);
  EXPECT_EQ(task_state("waiting"), TaskState::active);
  EXPECT_EQ(batch_->task_counts(JobId{"job"}).active, 1);
}

TEST_F(ContractJobsTest, ActiveTasksOfACompletedJobStayActiveOverARestart) {
  running_task();
  add_task("waiting");
  terminate_job();
  stopped("task");
  restart();
  ok(NodeJoined{.node = node(), .incarnation = 1, .agent_version = "1.0", .running = {}, .adopted = true});
  EXPECT_EQ(node_state(node()), NodeState::idle);
  EXPECT_EQ(task_state("waiting"), TaskState::active);
}

// ---- 5.5 ----

TEST_F(ContractJobsTest, ACompletedScheduleHasAnEndTime) {
  add_schedule({});
  EXPECT_FALSE(schedule().ended);
  advance(1min);
  terminate_job("", "s:job-1");
  ASSERT_EQ(schedule().state, JobScheduleState::completed);
  EXPECT_EQ(schedule().ended, now_);
}

TEST_F(ContractJobsTest, ATerminatedScheduleIsCompletedWhenItsActiveJobIs) {
  ready_pool("pool", 1);
  add_schedule({});
  add_task("task", "s:job-1");
  prep_exits(0, node(), "s:job-1");
  ok(TerminateJobSchedule{JobScheduleId{"s"}, {}});
  EXPECT_EQ(schedule().state, JobScheduleState::terminating);
  EXPECT_EQ(job_state("s:job-1"), JobState::terminating);
  stopped("task", "s:job-1");
  ASSERT_EQ(ordered(), std::vector<std::string>{"rel"}) << "release tasks run when a schedule is terminated";
  EXPECT_EQ(schedule().state, JobScheduleState::terminating);
  release_exits(0, node(), "s:job-1");
  EXPECT_EQ(job_record("s:job-1").terminate_reason, "TerminateJobSchedule");
  EXPECT_EQ(schedule().state, JobScheduleState::completed);
}

TEST_F(ContractJobsTest, ADeletedScheduleIsThereUntilTheLastOfItsJobsIsGone) {
  ready_pool("pool", 1);
  add_schedule({.recurrence = 10min});
  terminate_job("", "s:job-1");
  advance(10min);
  ASSERT_EQ(job_state("s:job-2"), JobState::active);
  add_task("task", "s:job-2");
  prep_exits(0, node(), "s:job-2");
  ok(DeleteJobSchedule{JobScheduleId{"s"}, {}});
  advance(1s);
  EXPECT_FALSE(has_job("s:job-1"));
  EXPECT_EQ(schedule().state, JobScheduleState::deleting);
  stopped("task", "s:job-2");
  release_exits(0, node(), "s:job-2");
  advance(1s);
  advance(1s);
  EXPECT_FALSE(has_job("s:job-2"));
  EXPECT_EQ(batch_->find_job_schedule(JobScheduleId{"s"}), nullptr);
}

// ---- 6.5 ----

TEST_F(ContractJobsTest, AJobWhoseTasksAreAllCompleteTerminatesWhenItIsPatchedToTerminateJob) {
  running_task();
  exits("task");
  auto update = update_of();
  update.job.on_all_tasks_complete = OnAllTasksComplete::terminatejob;
  ok(update);
  advance(5s);
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().terminate_reason, "AllTasksComplete");
}

TEST_F(ContractJobsTest, AJobWithoutTasksTerminatesWhenItIsPatchedToTerminateJob) {
  add_job();
  auto update = update_of();
  update.job.on_all_tasks_complete = OnAllTasksComplete::terminatejob;
  ok(update);
  advance(5s);
  EXPECT_EQ(job_record().terminate_reason, "AllTasksComplete");
}

TEST_F(ContractJobsTest, ASlowTaskLoaderLosesTheRaceAgainstTerminateJob) {
  auto job = new_job("job");
  job.on_all_tasks_complete = OnAllTasksComplete::terminatejob;
  ok(AddJob{job, {}});
  advance(1min);
  EXPECT_EQ(error_of(AddTask{JobId{"job"}, new_task("task")}), ErrorCode::JobCompleted);
}

// ---- 6.11 ----

TEST_F(ContractJobsTest, JobsOfAScheduleAreNamedAfterItAndCounted) {
  add_schedule({.recurrence = 1min});
  for (int number = 1; number <= 12; ++number) {
    const auto id = "s:job-" + std::to_string(number);
    ASSERT_TRUE(has_job(id));
    EXPECT_EQ(schedule().recent_job.text(), id);
    terminate_job("", id);
    advance(1min);
  }
}

TEST_F(ContractJobsTest, NoJobComesAfterDoNotRunAfter) {
  ScheduleTimes times{.recurrence = 10min};
  times.do_not_run_after = now_ + 12min;
  add_schedule(times);
  advance(13min);
  EXPECT_FALSE(has_job("s:job-2")) << "it was due before, but could not be made in time";
  terminate_job("", "s:job-1");
  advance(1h);
  EXPECT_FALSE(has_job("s:job-2"));
  EXPECT_EQ(schedule().state, JobScheduleState::completed);
}

TEST_F(ContractJobsTest, AJobThatIsDueWhileTheEarlierOneRunsIsMadeWhenThatEnds) {
  add_schedule({.start_window = 5min, .recurrence = 10min});
  advance(12min);
  EXPECT_FALSE(has_job("s:job-2"));
  terminate_job("", "s:job-1");
  ASSERT_TRUE(has_job("s:job-2"));
  EXPECT_EQ(job_record("s:job-2").created, now_);
  EXPECT_EQ(schedule().next_run, now_ + 10min) << "measured between starts";
}

TEST_F(ContractJobsTest, DailyJobsKeepTheirUtcTimeOverAChangeToDaylightSaving) {
  const Timestamp noon_before = std::chrono::sys_days{std::chrono::year{2026} / 3 / 28} + 12h;
  const auto day = std::chrono::days{1};
  add_schedule({.do_not_run_until = noon_before, .recurrence = Ticks{day}});
  for (int number = 1; number <= 3; ++number) {
    now_ = noon_before + (number - 1) * day;
    tick();
    const auto id = "s:job-" + std::to_string(number);
    ASSERT_TRUE(has_job(id));
    EXPECT_EQ(schedule().next_run, now_ + day);
    terminate_job("", id);
  }
}

}  // namespace
}  // namespace emulator::core
