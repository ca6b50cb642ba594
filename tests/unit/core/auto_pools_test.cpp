// Pools that jobs and schedules make for themselves (contract 4.3, 6.9).
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using wire::batch::JobScheduleState;
using wire::batch::PoolLifetimeOption;

class AutoPoolsTest : public BatchFixture {
 protected:
  JobRecord auto_job(const std::string& id, PoolLifetimeOption lifetime = PoolLifetimeOption::job,
                     bool keep_alive = false) {
    auto job = new_job(id);
    job.pool = {};
    AutoPool automatic{.pool = new_pool("", 1), .id_prefix = "mine", .lifetime = lifetime, .keep_alive = keep_alive};
    job.auto_pool = std::make_shared<const AutoPool>(std::move(automatic));
    return job;
  }
  void add_auto_job(bool keep_alive = false) { ok(AddJob{auto_job("job", PoolLifetimeOption::job, keep_alive)}); }
  void add_schedule(bool keep_alive = false, PoolLifetimeOption lifetime = PoolLifetimeOption::jobschedule) {
    JobScheduleRecord schedule;
    schedule.id = JobScheduleId{"s"};
    schedule.document = std::make_shared<const std::string>("{}");
    schedule.times.recurrence = 10min;
    schedule.specification = std::make_shared<const AddJob>(AddJob{.job = auto_job("", lifetime, keep_alive)});
    ok(AddJobSchedule{schedule});
  }
  std::string pool_of(const std::string& job = "job") { return job_record(job).pool.text(); }
  bool has_pool(const std::string& id) { return batch_->find_pool(PoolId{id}) != nullptr; }
  PoolState state_of_pool(const std::string& id) { return pool_record(id).state; }
  int pools() {
    int count = 0;
    batch_->visit_pools(std::nullopt, [&](const PoolRecord&) { return ++count > 0; });
    return count;
  }
};

TEST_F(AutoPoolsTest, AutoPoolOfAJobIsCreatedAtJobCreation) {
  add_auto_job();
  ASSERT_TRUE(has_pool(pool_of()));
  EXPECT_TRUE(pool_record(pool_of()).is_auto_pool);
  EXPECT_EQ(pool_record(pool_of()).target_dedicated, 1);
  EXPECT_EQ(job_state(), JobState::active);
}

TEST_F(AutoPoolsTest, ItsIdIsThePrefixFollowedByAnUpperCaseGuid) {
  add_auto_job();
  const auto id = pool_of();
  ASSERT_EQ(id.size(), 4U + 36U);
  EXPECT_TRUE(id.starts_with("mine"));
  EXPECT_EQ(id.find_first_not_of("0123456789ABCDEF-", 4), std::string::npos);
  for (const auto dash : {8U, 13U, 18U, 23U}) EXPECT_EQ(id[4 + dash], '-');
}

TEST_F(AutoPoolsTest, TwoJobsHaveTwoAutoPools) {
  ok(AddJob{auto_job("a")});
  ok(AddJob{auto_job("b")});
  EXPECT_NE(pool_of("a"), pool_of("b"));
}

TEST_F(AutoPoolsTest, ItsTasksRunThere) {
  add_auto_job();
  add_task("task");
  advance(1s);
  join_all(pool_of());
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(AutoPoolsTest, ItIsDeletedWhenTheJobCompletes) {
  add_auto_job();
  terminate_job();
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(state_of_pool(pool_of()), PoolState::deleting);
}

TEST_F(AutoPoolsTest, ItIsDeletedWithADeletedJob) {
  add_auto_job();
  const auto pool = pool_of();
  delete_job();
  advance(1s);
  EXPECT_FALSE(has_job("job"));
  EXPECT_EQ(state_of_pool(pool), PoolState::deleting);
}

TEST_F(AutoPoolsTest, ItStaysWhileTheJobsTasksAreBeingEnded) {
  add_auto_job();
  add_task("task");
  advance(1s);
  join_all(pool_of());
  terminate_job();
  EXPECT_EQ(state_of_pool(pool_of()), PoolState::active);
  stopped("task");
  EXPECT_EQ(state_of_pool(pool_of()), PoolState::deleting);
}

TEST_F(AutoPoolsTest, KeptAlivePoolStays) {
  add_auto_job(true);
  const auto pool = pool_of();
  terminate_job();
  delete_job();
  advance(1s);
  EXPECT_EQ(state_of_pool(pool), PoolState::active);
}

TEST_F(AutoPoolsTest, KeepAliveMayChangeByUpdate) {
  add_auto_job();
  auto change = update_of();
  change.job = auto_job("job", PoolLifetimeOption::job, true);
  ok(change);
  terminate_job();
  EXPECT_EQ(state_of_pool(pool_of()), PoolState::active);
}

TEST_F(AutoPoolsTest, AutoPoolOfAScheduleIsCreatedWithItsFirstJobAndSharedByAll) {
  add_schedule();
  const auto pool = pool_of("s:job-1");
  ASSERT_TRUE(has_pool(pool));
  terminate_job("", "s:job-1");
  EXPECT_EQ(state_of_pool(pool), PoolState::active);
  advance(10min);
  EXPECT_EQ(pool_of("s:job-2"), pool);
  EXPECT_EQ(pools(), 1);
}

TEST_F(AutoPoolsTest, AutoPoolOfAScheduleWaitsForTheFirstJob) {
  JobScheduleRecord schedule;
  schedule.id = JobScheduleId{"s"};
  schedule.times.do_not_run_until = now_ + 1h;
  schedule.specification = std::make_shared<const AddJob>(AddJob{.job = auto_job("", PoolLifetimeOption::jobschedule)});
  ok(AddJobSchedule{schedule});
  EXPECT_EQ(pools(), 0);
  advance(1h);
  EXPECT_EQ(pools(), 1);
}

TEST_F(AutoPoolsTest, ItIsDeletedWhenTheScheduleCompletes) {
  add_schedule();
  ok(TerminateJobSchedule{JobScheduleId{"s"}, {}});
  EXPECT_EQ(state_of_pool(pool_of("s:job-1")), PoolState::deleting);
}

TEST_F(AutoPoolsTest, ItIsDeletedWithADeletedSchedule) {
  add_schedule();
  const auto pool = pool_of("s:job-1");
  ok(DeleteJobSchedule{JobScheduleId{"s"}, {}});
  EXPECT_EQ(state_of_pool(pool), PoolState::active);
  advance(1s);
  advance(1s);
  EXPECT_EQ(state_of_pool(pool), PoolState::deleting);
}

TEST_F(AutoPoolsTest, KeptAlivePoolOfAScheduleStays) {
  add_schedule(true);
  ok(TerminateJobSchedule{JobScheduleId{"s"}, {}});
  EXPECT_EQ(state_of_pool(pool_of("s:job-1")), PoolState::active);
}

TEST_F(AutoPoolsTest, PoolOfLifetimeJobInAScheduleIsMadeForEachJob) {
  add_schedule(false, PoolLifetimeOption::job);
  const auto first = pool_of("s:job-1");
  terminate_job("", "s:job-1");
  EXPECT_EQ(state_of_pool(first), PoolState::deleting);
  advance(10min);
  EXPECT_NE(pool_of("s:job-2"), first);
}

TEST_F(AutoPoolsTest, SchedulesPoolThatTheUserDeletedIsMadeAnew) {
  add_schedule();
  const auto first = pool_of("s:job-1");
  terminate_job("", "s:job-1");
  ok(DeletePool{PoolId{first}, {}});
  advance(10min);
  EXPECT_NE(pool_of("s:job-2"), first);
  EXPECT_EQ(state_of_pool(pool_of("s:job-2")), PoolState::active);
}

TEST_F(AutoPoolsTest, JobWhosePoolCannotBeMadeIsCompletedWithASchedulingError) {
  options_.max_pools = 0;
  restart();
  ok(AddJob{auto_job("job")});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().previous_state, JobState::active);
  EXPECT_TRUE(job_record().pool.empty());
  EXPECT_EQ(job_record().ended, now_);
  ASSERT_TRUE(job_record().scheduling_error.has_value());
  EXPECT_EQ(job_record().scheduling_error->code, "AutoPoolCreationFailedWithQuotaReached");
  restart();
  EXPECT_TRUE(job_record().scheduling_error.has_value());
}

TEST_F(AutoPoolsTest, FormulaThatIsNoneIsASchedulingError) {
  auto job = auto_job("job");
  auto automatic = *job.auto_pool;
  automatic.pool.auto_scale = AutoScale{.formula = "$TargetDedicatedNodes = ;", .interval = 15min};
  job.auto_pool = std::make_shared<const AutoPool>(std::move(automatic));
  ok(AddJob{job});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().scheduling_error->code, "InvalidAutoScaleFormulaInAutoPool");
}

TEST_F(AutoPoolsTest, UnknownPackageIsASchedulingError) {
  auto job = auto_job("job");
  auto automatic = *job.auto_pool;
  automatic.pool.packages = {{ApplicationId{"absent"}, "1.0"}};
  job.auto_pool = std::make_shared<const AutoPool>(std::move(automatic));
  ok(AddJob{job});
  EXPECT_EQ(job_record().scheduling_error->code, "InvalidApplicationPackageReferencesInAutoPool");
}

TEST_F(AutoPoolsTest, UnknownCertificateIsASchedulingError) {
  auto job = auto_job("job");
  auto automatic = *job.auto_pool;
  automatic.pool.certificates = {CertificateId{std::string(40, 'a')}};
  job.auto_pool = std::make_shared<const AutoPool>(std::move(automatic));
  ok(AddJob{job});
  EXPECT_EQ(job_record().scheduling_error->code, "InvalidCertificatesInAutoPool");
}

TEST_F(AutoPoolsTest, ScheduleGoesOnAfterAJobWithoutPool) {
  options_.max_pools = 0;
  restart();
  add_schedule();
  EXPECT_EQ(job_state("s:job-1"), JobState::completed);
  advance(10min);
  EXPECT_EQ(job_state("s:job-2"), JobState::completed);
  EXPECT_EQ(batch_->find_job_schedule(JobScheduleId{"s"})->state, JobScheduleState::active);
}

TEST_F(AutoPoolsTest, SpecificationSurvivesARestart) {
  add_schedule();
  terminate_job("", "s:job-1");
  restart();
  advance(10min);
  EXPECT_EQ(pool_of("s:job-2"), pool_of("s:job-1"));
  ok(TerminateJobSchedule{JobScheduleId{"s"}, {}});
  EXPECT_EQ(state_of_pool(pool_of("s:job-1")), PoolState::deleting);
}

}  // namespace
}  // namespace emulator::core
