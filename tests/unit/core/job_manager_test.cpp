// The job manager task (contract 5.4, 6.1, 6.8).
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using Ids = std::vector<std::string>;

class JobManagerTest : public BatchFixture {
 protected:
  static NewTask manager(ManagerRules rules = {}) {
    NewTask task = new_task("manager");
    task.rules.manager = rules;
    return task;
  }
  void add_managed_job(ManagerRules rules = {}) { ok(AddJob{new_job("job"), manager(rules)}); }
};

TEST_F(JobManagerTest, IsMadeWithTheJobAsAnOrdinaryTask) {
  ready_pool("pool", 1);
  add_managed_job();
  EXPECT_EQ(task_state("manager"), TaskState::running);
  EXPECT_EQ(batch_->task_counts(JobId{"job"}).running, 1);
}

TEST_F(JobManagerTest, IsTriedBeforeOtherTasksOfTheJob) {
  add_pool("pool", 0);
  add_managed_job();
  disable(DisableTasksOption::wait);
  auto first = new_task("first");
  add_task(first);
  enable();
  advance(1s);
  EXPECT_FALSE(resize("pool", 1));
  advance(1s);
  join_all("pool");
  EXPECT_EQ(ordered(), Ids{"manager"});
}

TEST_F(JobManagerTest, WithRunExclusiveTakesTheWholeNode) {
  ready_pool("pool", 1, 4);
  add_managed_job();
  EXPECT_EQ(batch_->running_slots(node()), 4);
  add_task("task");
  EXPECT_EQ(task_state("task"), TaskState::active);
  restart();
  EXPECT_EQ(batch_->running_slots(node()), 4);
}

TEST_F(JobManagerTest, WithRunExclusiveWaitsForAnEmptyNode) {
  ready_pool("pool", 1, 4);
  add_job("other");
  add_task("task", "other");
  add_managed_job();
  EXPECT_EQ(task_state("manager"), TaskState::active);
  exits("task", 0, "other");
  EXPECT_EQ(task_state("manager"), TaskState::running);
}

TEST_F(JobManagerTest, WithoutRunExclusiveTakesItsSlotsOnly) {
  ready_pool("pool", 1, 4);
  add_managed_job({.exclusive = false});
  EXPECT_EQ(batch_->running_slots(node()), 1);
}

TEST_F(JobManagerTest, WithoutAllowLowPriorityNodeWaitsForADedicatedOne) {
  add_pool("pool", 0, 1);
  advance(1s);
  join_all("pool");
  add_managed_job({.low_priority_nodes = false});
  EXPECT_EQ(task_state("manager"), TaskState::active);
  add_task("task");
  EXPECT_EQ(task_state("task"), TaskState::running) << "a manager that cannot start yet holds nobody";
  EXPECT_FALSE(resize("pool", 1));
  advance(1s);
  join_all("pool");
  EXPECT_EQ(task_state("manager"), TaskState::running);
  EXPECT_TRUE(node_record(*task_record("manager").node).dedicated);
}

TEST_F(JobManagerTest, WhenItCompletesWithKillJobOnCompletionTheJobEndsWithJMComplete) {
  ready_pool("pool", 2);
  add_managed_job();
  add_task("task");
  exits("manager");
  EXPECT_EQ(told_to_stop(), Ids{"task"});
  EXPECT_EQ(job_state(), JobState::terminating);
  stopped("task");
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().terminate_reason, "JMComplete");
}

TEST_F(JobManagerTest, EndsTheJobRegardlessOfItsResult) {
  ready_pool("pool", 1);
  add_managed_job();
  exits("manager", 1);
  EXPECT_EQ(job_record().terminate_reason, "JMComplete");
}

TEST_F(JobManagerTest, InheritsTheRetriesOfTheJob) {
  ready_pool("pool", 1);
  auto job = new_job("job");
  job.max_task_retries = 1;
  ok(AddJob{job, manager()});
  exits("manager", 1);
  EXPECT_EQ(job_state(), JobState::active);
  EXPECT_EQ(task_state("manager"), TaskState::running);
  EXPECT_EQ(task_record("manager").execution.retry_count, 1);
}

TEST_F(JobManagerTest, WithoutKillJobOnCompletionTheJobGoesOn) {
  ready_pool("pool", 1);
  add_managed_job({.ends_job = false});
  exits("manager");
  EXPECT_EQ(job_state(), JobState::active);
}

TEST_F(JobManagerTest, OnAllTasksCompleteWaitsForIt) {
  ready_pool("pool", 1);
  auto job = new_job("job");
  job.on_all_tasks_complete = wire::batch::OnAllTasksComplete::terminatejob;
  ok(AddJob{job, manager({.ends_job = false})});
  advance(1min);
  EXPECT_EQ(job_state(), JobState::active);
  exits("manager");
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().terminate_reason, "AllTasksComplete");
}

TEST_F(JobManagerTest, ARunningTaskOfTheSameJobIsRequeuedForARestart) {
  ready_pool("pool", 2);
  add_managed_job();
  add_task("a");
  add_task("b");
  lose(*task_record("manager").node);
  EXPECT_EQ(told_to_stop(), Ids{"a"});
  stopped("a");
  EXPECT_EQ(task_state("manager"), TaskState::running);
  EXPECT_EQ(task_state("a"), TaskState::active);
  EXPECT_EQ(task_record("a").execution.requeue_count, 1);
}

TEST_F(JobManagerTest, IsRestartedBeforeAnyOtherTaskOfItsJob) {
  ready_pool("pool", 1, 2);
  add_managed_job();
  add_task("a");
  lose(node());
  join(node());
  EXPECT_EQ(ordered(), Ids{"manager"});
  EXPECT_EQ(task_record("manager").attempt, 2U);
}

TEST_F(JobManagerTest, TakesARoomOfMaxParallelTasksFromItsJobsTasksForARestart) {
  ready_pool("pool", 3);
  auto job = new_job("job");
  job.max_parallel_tasks = 2;
  ok(AddJob{job, manager({.exclusive = false})});
  add_task("a");
  add_task("b");
  ASSERT_EQ(task_state("b"), TaskState::active);
  lose(*task_record("manager").node);
  // The manager is first; there was room for it on the third node.
  EXPECT_EQ(task_state("manager"), TaskState::running);
  EXPECT_EQ(task_state("b"), TaskState::active);
}

/// A manager that needs a dedicated node loses the only one; "a" runs on a low-priority node, "b" waits.
class LeftJobManagerTest : public JobManagerTest {
 protected:
  void SetUp() override {
    add_pool("pool", 1, 1);
    advance(1s);
    join_all("pool");
    auto job = new_job("job");
    ok(AddJob{job, manager({.low_priority_nodes = false})});
    add_task("a");
    add_task("b");
    ASSERT_EQ(task_state("a"), TaskState::running);
    ASSERT_TRUE(node_record(*task_record("manager").node).dedicated);
  }
  void lose_the_dedicated_node() {
    EXPECT_FALSE(resize("pool", 0));
    all_leaving_gone("pool");
    advance(1s);
    ASSERT_EQ(allocation(), AllocationState::steady);
    ASSERT_EQ(task_state("manager"), TaskState::active);
  }
};

TEST_F(LeftJobManagerTest, HoldsNobodyWhileNoNodeWillDoForIt) {
  lose_the_dedicated_node();
  EXPECT_EQ(task_state("a"), TaskState::running) << "nor does anybody yield for nothing";
  exits("a");
  EXPECT_EQ(task_state("b"), TaskState::running);
}

TEST_F(LeftJobManagerTest, TheLossOfItsNodeSetsWaitingTasksFree) {
  exits("a");
  exits("b");
  lose(*task_record("manager").node);
  add_task("c");
  ASSERT_EQ(task_state("c"), TaskState::active) << "its node starts again";
  lose_the_dedicated_node();
  EXPECT_EQ(task_state("c"), TaskState::running);
}

TEST_F(LeftJobManagerTest, HoldsTheOthersAgainAsSoonAsANodeIsComing) {
  lose_the_dedicated_node();
  EXPECT_FALSE(resize("pool", 1));
  exits("a");
  EXPECT_EQ(task_state("b"), TaskState::active);
  advance(1s);
  join_all("pool");
  EXPECT_EQ(task_state("manager"), TaskState::running);
  EXPECT_EQ(task_state("b"), TaskState::running);
}

TEST_F(LeftJobManagerTest, HoldsNobodyAfterARestartEither) {
  lose_the_dedicated_node();
  restart();
  for (const auto& key : nodes_of("pool")) {
    auto command = joined(key);
    command.adopted = true;
    command.running = {{this->key("a"), task_record("a").attempt}};
    ok(command);
  }
  exits("a");
  EXPECT_EQ(task_state("b"), TaskState::running);
}

TEST_F(LeftJobManagerTest, AnUnusableNodeIsNoneThatItWaitsFor) {
  const auto managed = *task_record("manager").node;
  exits("a");
  exits("b");
  lose(managed);
  add_task("c");
  ASSERT_EQ(task_state("c"), TaskState::active);
  join(managed);
  ASSERT_EQ(task_state("manager"), TaskState::running);
  ok(NodeUnusable{managed, node_record(managed).incarnation, {.code = "DiskFull", .message = "m", .values = {}}});
  ok(NodeHalted{managed, node_record(managed).incarnation});
  ASSERT_EQ(task_state("manager"), TaskState::active);
  exits("c");
  add_task("d");
  EXPECT_EQ(task_state("d"), TaskState::running);
}

TEST_F(JobManagerTest, WithMaxParallelTasksItHoldsNobodyWhileNoNodeWillDoForIt) {
  add_pool("pool", 1, 1);
  advance(1s);
  join_all("pool");
  auto job = new_job("job");
  job.max_parallel_tasks = 1;
  ok(AddJob{job, manager({.low_priority_nodes = false})});
  add_task("a");
  EXPECT_FALSE(resize("pool", 0));
  all_leaving_gone("pool");
  EXPECT_EQ(task_state("a"), TaskState::running);
  tick();
  EXPECT_EQ(told_to_stop(), Ids{});
}

TEST_F(JobManagerTest, IsPreparedLikeAnyTask) {
  ready_pool("pool", 1);
  ok(AddJob{prepared_job(), manager()});
  EXPECT_EQ(task_state("manager"), TaskState::preparing);
  prep_exits(0, node());
  exits("manager");
  EXPECT_EQ(ordered(), Ids{"rel"});
  release_exits(0, node());
  EXPECT_EQ(job_record().terminate_reason, "JMComplete");
}

}  // namespace
}  // namespace emulator::core
