// Dependencies between the tasks of a job: contract 6.4.
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using wire::batch::DependencyAction;

class DependenciesTest : public BatchFixture {
 protected:
  void add_job_with_dependencies() {
    auto job = new_job("job");
    job.uses_task_dependencies = true;
    ok(AddJob{job});
  }
  static NewTask child_of(std::vector<std::string> parents, const std::string& id = "child") {
    auto task = new_task(id);
    task.rules.depends_on = std::move(parents);
    return task;
  }
  static NewTask child_of_range(std::int64_t first, std::int64_t last, const std::string& id = "child") {
    auto task = new_task(id);
    task.rules.depends_on_ranges = {{first, last}};
    return task;
  }
};

TEST_F(DependenciesTest, DependencyWithoutAJobThatUsesThemIsRefused) {
  add_job();
  EXPECT_EQ(error_of(AddTask{JobId{"job"}, child_of({"a"})}), ErrorCode::TaskDependenciesNotSpecifiedOnJob);
  EXPECT_EQ(error_of(AddTask{JobId{"job"}, child_of_range(1, 2)}), ErrorCode::TaskDependenciesNotSpecifiedOnJob);
}

TEST_F(DependenciesTest, ChildWaitsForAllItsParents) {
  ready_pool("pool", 5);
  add_job_with_dependencies();
  add_task("a");
  add_task("b");
  add_task(child_of({"a", "B"}));
  exits("b");
  EXPECT_EQ(task_state("child"), TaskState::active);
  exits("a");
  EXPECT_EQ(task_state("child"), TaskState::running);
}

TEST_F(DependenciesTest, ParentMayComeAfterItsChild) {
  ready_pool("pool", 5);
  add_job_with_dependencies();
  add_task(child_of({"parent"}));
  EXPECT_EQ(task_state("child"), TaskState::active);
  add_task("parent");
  exits("parent");
  EXPECT_EQ(task_state("child"), TaskState::running);
}

TEST_F(DependenciesTest, FailedParentBlocksUntilItIsReactivatedAndSucceeds) {
  ready_pool("pool", 5);
  add_job_with_dependencies();
  add_task("parent");
  add_task(child_of({"parent"}));
  exits("parent", 1);
  EXPECT_EQ(task_state("child"), TaskState::active);
  ok(ReactivateTask{key("parent"), {}});
  exits("parent", 0);
  EXPECT_EQ(task_state("child"), TaskState::running);
}

TEST_F(DependenciesTest, ExitConditionCanSatisfyDespiteAFailure) {
  ready_pool("pool", 5);
  add_job_with_dependencies();
  auto parent = new_task("parent");
  parent.rules.exit_conditions = std::make_shared<const ExitConditions>(
      ExitConditions{.codes = {{.first = 3, .last = 3, .options = {.dependency_action = DependencyAction::satisfy}}}});
  add_task(parent);
  add_task(child_of({"parent"}));
  exits("parent", 3);
  EXPECT_EQ(task_state("child"), TaskState::running);
}

TEST_F(DependenciesTest, RangeMeansIdsThatSpellItsNumbersWithOrWithoutLeadingZeros) {
  ready_pool("pool", 9);
  add_job_with_dependencies();
  add_task(child_of_range(1, 3));
  for (const auto* id : {"1", "02", "003", "x1"}) add_task(id);
  exits("02");
  exits("1");
  EXPECT_EQ(task_state("child"), TaskState::active);
  exits("003");
  EXPECT_EQ(task_state("child"), TaskState::running);
}

TEST_F(DependenciesTest, FirstOfSeveralTasksThatSpellANumberSatisfies) {
  ready_pool("pool", 9);
  add_job_with_dependencies();
  add_task(child_of_range(4, 4));
  add_task("4");
  add_task("04");
  exits("04");
  EXPECT_EQ(task_state("child"), TaskState::running);
}

TEST_F(DependenciesTest, DeletedUnfinishedParentNeverSatisfies) {
  ready_pool("pool", 5);
  add_job_with_dependencies();
  add_task(child_of({"parent"}));
  add_task("parent");
  const auto finished = report("parent", RunEnd::exited, 0);
  ok(DeleteTask{key("parent"), {}});
  ok(finished);
  EXPECT_EQ(task_state("child"), TaskState::active);
}

TEST_F(DependenciesTest, DeletedChildWaitsNoMore) {
  ready_pool("pool", 5);
  add_job_with_dependencies();
  add_task("parent");
  add_task(child_of({"parent"}));
  add_task(child_of_range(1, 9, "numbers"));
  ok(DeleteTask{key("child"), {}});
  ok(DeleteTask{key("numbers"), {}});
  exits("parent");
  EXPECT_FALSE(has_task("child"));
}

TEST_F(DependenciesTest, DependenciesAreKnownAgainAfterARestart) {
  ready_pool("pool", 5);
  add_job_with_dependencies();
  add_task("a");
  add_task("b");
  add_task(child_of({"a", "b"}));
  exits("a");
  restart();
  join_all("pool");
  ok(NodeJoined{.node = *task_record("b").node,
                .incarnation = 1,
                .agent_version = "1.0",
                .running = {{key("b"), 1}},
                .adopted = true});
  exits("b");
  ok(NodeJoined{.node = node(4), .incarnation = 1, .agent_version = "1.0", .running = {}, .adopted = true});
  EXPECT_EQ(task_state("child"), TaskState::running);
}

TEST_F(DependenciesTest, LongChainsAreReleasedOneByOne) {
  ready_pool("pool", 2);
  add_job_with_dependencies();
  add_task("0");
  for (int i = 1; i < 200; ++i) add_task(child_of_range(0, i - 1, std::to_string(i)));
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(task_state(std::to_string(i)), TaskState::running);
    exits(std::to_string(i));
  }
}

}  // namespace
}  // namespace emulator::core
