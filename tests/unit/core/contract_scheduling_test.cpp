// Sentences of contract 6.1 and 6.7 about where and when tasks run that no other file of this folder has as a test.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using Ids = std::vector<std::string>;
using ContractSchedulingTest = BatchFixture;

TEST_F(ContractSchedulingTest, TasksRunOnThePoolOfTheirJobOnly) {
  ready_pool("other", 1);
  ready_pool("pool", 1);
  add_job("job", "pool");
  add_task("a");
  add_task("b");
  EXPECT_EQ(task_record("a").node, node(0, "pool"));
  EXPECT_EQ(task_state("b"), TaskState::active);
}

TEST_F(ContractSchedulingTest, PriorityCountsPerPool) {
  ready_pool("a", 1);
  ready_pool("b", 1);
  auto high = new_job("high", "a");
  high.priority = 1000;
  ok(AddJob{high, {}});
  add_job("low", "b");
  add_task("1", "high");
  add_task("2", "high");
  add_task("1", "low");
  EXPECT_EQ(task_state("2", "high"), TaskState::active);
  EXPECT_EQ(task_state("1", "low"), TaskState::running);
}

TEST_F(ContractSchedulingTest, TasksOfAJobThatIsNotActiveAreNoCandidates) {
  add_pool("pool", 3);
  advance(1s);
  for (const auto* id : {"disabled", "terminated", "active"}) {
    add_job(id);
    add_task("task", id);
  }
  disable(DisableTasksOption::requeue, "disabled");
  terminate_job("", "terminated");
  join_all("pool");
  EXPECT_EQ(task_state("task", "disabled"), TaskState::active);
  EXPECT_EQ(task_state("task", "terminated"), TaskState::active);
  EXPECT_EQ(task_state("task", "active"), TaskState::running);
}

TEST_F(ContractSchedulingTest, ATaskTakesItsRequiredSlotsOfItsNode) {
  ready_pool("pool", 1, 4);
  add_job();
  auto wide = new_task("wide");
  wide.rules.required_slots = 3;
  add_task(wide);
  EXPECT_EQ(batch_->running_slots(node()), 3);
  add_task("a");
  add_task("b");
  EXPECT_EQ(task_state("a"), TaskState::running);
  EXPECT_EQ(task_state("b"), TaskState::active);
  exits("wide");
  EXPECT_EQ(task_state("b"), TaskState::running);
}

TEST_F(ContractSchedulingTest, ATaskIsNoCandidateWhileItsDependenciesAreNotSatisfied) {
  ready_pool("pool", 1);
  auto job = new_job("job");
  job.uses_task_dependencies = true;
  ok(AddJob{job, {}});
  auto child = new_task("child");
  child.rules.depends_on = {"parent"};
  add_task(child);
  EXPECT_EQ(task_state("child"), TaskState::active) << "though a node is free";
  add_task("parent");
  EXPECT_EQ(task_state("parent"), TaskState::running);
}

TEST_F(ContractSchedulingTest, ATaskIsNoCandidateForANodeWhoseSchedulingIsDisabled) {
  ready_pool("pool", 1);
  ok(DisableNodeScheduling{.node = node(), .option = DeallocationOption::requeue});
  add_job();
  add_task("task");
  EXPECT_EQ(task_state(), TaskState::active);
  ok(EnableNodeScheduling{node()});
  EXPECT_EQ(task_state(), TaskState::running);
}

TEST_F(ContractSchedulingTest, AffinityPrefersANodeOverWhatTheFillTypeWouldTake) {
  auto pool = new_pool("pool", 2, 0, 4);
  pool.fill = wire::batch::NodeFillType::pack;
  ok(AddPool{pool});
  advance(1s);
  join_all("pool");
  add_job();
  add_task("first");
  const NodeKey busy = *task_record("first").node;
  const NodeKey idle = busy == node(0) ? node(1) : node(0);
  auto task = new_task("task");
  task.rules.affinity_id = "TVM:" + idle.node.text();
  add_task(task);
  EXPECT_EQ(task_record().node, idle);
}

TEST_F(ContractSchedulingTest, IfAllNodesAreBarredTheJobHangsAndOtherJobsContinue) {
  ready_pool("pool", 2);
  ok(AddJob{prepared_job(), {}});
  add_task("task");
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(task_state(), TaskState::preparing);
    prep_exits(1, *task_record().node);
  }
  advance(24h);
  EXPECT_EQ(task_state(), TaskState::active);
  EXPECT_EQ(job_state(), JobState::active);
  add_job("other");
  add_task("task", "other");
  EXPECT_EQ(task_state("task", "other"), TaskState::running);
}

TEST_F(ContractSchedulingTest, ReleaseTasksTakeNoSlot) {
  ready_pool("pool", 1);
  ok(AddJob{prepared_job(), {}});
  add_task("task");
  prep_exits(0, node());
  exits("task");
  terminate_job();
  ASSERT_EQ(ordered(), Ids{"rel"});
  EXPECT_EQ(batch_->running_slots(node()), 0);
  add_job("other");
  add_task("task", "other");
  EXPECT_EQ(task_state("task", "other"), TaskState::running) << "beside the release task";
}

TEST_F(ContractSchedulingTest, TheReleaseTaskRunsWhenTheJobManagerCompletes) {
  ready_pool("pool", 1);
  NewTask manager = new_task("manager");
  manager.rules.manager = ManagerRules{};
  ok(AddJob{prepared_job(), manager});
  prep_exits(0, node());
  exits("manager");
  EXPECT_EQ(ordered(), Ids{"rel"});
  EXPECT_EQ(job_state(), JobState::terminating);
  release_exits(0, node());
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().terminate_reason, "JMComplete");
}

TEST_F(ContractSchedulingTest, AReleaseTaskIsEndedByItsOwnShorterWallClock) {
  ready_pool("pool", 1);
  auto job = prepared_job();
  job.release->max_wall_clock = 1min;
  ok(AddJob{job, {}});
  add_task("task");
  prep_exits(0, node());
  exits("task");
  terminate_job();
  advance(59s);
  EXPECT_EQ(told_to_stop(), Ids{});
  advance(1s);
  EXPECT_EQ(told_to_stop(), Ids{"rel"});
}

TEST_F(ContractSchedulingTest, TheStatusKeepsTheItemOfANodeThatWasRemovedSince) {
  ready_pool("pool", 1);
  ok(AddJob{prepared_job(), {}});
  add_task("task");
  const NodeKey at = node();
  prep_exits(0, at);
  exits("task");
  EXPECT_FALSE(resize("pool", 0));
  gone(at);
  ASSERT_NE(batch_->find_job_node({JobId{"job"}, at}), nullptr);
  EXPECT_EQ(job_node(at).preparation->exit_code, 0);
  EXPECT_FALSE(job_node(at).release);
  restart();
  EXPECT_EQ(job_node(at).preparation->exit_code, 0);
}

TEST_F(ContractSchedulingTest, TheStatusShowsAReleaseTaskOnlyAfterItRan) {
  ready_pool("pool", 1);
  ok(AddJob{prepared_job(), {}});
  add_task("task");
  prep_exits(0, node());
  exits("task");
  EXPECT_FALSE(job_node(node()).release);
  terminate_job();
  EXPECT_TRUE(job_node(node()).release->running);
  release_exits(3, node());
  EXPECT_FALSE(job_node(node()).release->running);
  EXPECT_EQ(job_node(node()).release->exit_code, 3);
  EXPECT_EQ(job_node(node()).release->failure->code, "FailureExitCode");
}

TEST_F(ContractSchedulingTest, BeforeAnyTaskRanTheStatusIsEmpty) {
  ready_pool("pool", 1);
  ok(AddJob{prepared_job(), {}});
  int items = 0;
  batch_->visit_job_nodes(JobId{"job"}, std::nullopt, [&](const JobNodeRecord&) { return ++items > 0; });
  EXPECT_EQ(items, 0);
}

}  // namespace
}  // namespace emulator::core
