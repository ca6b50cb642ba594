// Which task next, and where: contract 6.1. place() alone first, then the rules around it.
#include "emulator/core/scheduler.h"

#include "tests/unit/core/batch_fixture.h"

#include <map>

namespace emulator::core {
namespace {

using wire::batch::NodeFillType;

// ---- place() ----

class PlaceTest : public ::testing::Test {
 protected:
  /// Tasks and nodes are only pointers to the scheduler.
  static Task* task(std::uintptr_t number) { return reinterpret_cast<Task*>(number); }
  NodeOffer& node(std::uint64_t number, std::int32_t free) {
    NodeOffer& offer = offers_[number];
    offer.node = reinterpret_cast<Node*>(number);
    offer.number = number;
    offer.affinity = "tvm:n" + std::to_string(number);
    slots_.offer(offer, free);
    return offer;
  }
  void wait(JobQueue& job, std::uint64_t sequence, std::int32_t slots, const std::string& affinity = none_) {
    job.waiting.insert(sequence, Need{slots, 0}, {.task = task(sequence), .affinity = &affinity});
    jobs_.insert(&job);
  }
  static std::uint64_t number_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
  /// (task, node) as numbers; 0 and 0 when nothing fits.
  std::pair<std::uint64_t, std::uint64_t> placed(NodeFillType fill = NodeFillType::spread) {
    const auto placement = place(jobs_, slots_, {.fill = fill});
    if (!placement) return {0, 0};
    return {number_of(placement->task), number_of(placement->node)};
  }

  inline static const std::string none_;
  std::map<std::uint64_t, NodeOffer> offers_;
  FreeSlots slots_;
  JobQueue job_{.priority = 0, .sequence = 1, .room = 100};
  JobQueue other_{.priority = 0, .sequence = 2, .room = 100};
  JobsInOrder jobs_;
};

TEST_F(PlaceTest, NothingFitsWithoutTasksOrWithoutNodes) {
  EXPECT_EQ(placed(), std::pair(0UL, 0UL));
  wait(job_, 10, 1);
  EXPECT_EQ(placed(), std::pair(0UL, 0UL));
}

TEST_F(PlaceTest, OldestTaskGoesFirst) {
  node(1, 4);
  wait(job_, 11, 1);
  wait(job_, 10, 1);
  EXPECT_EQ(placed(), std::pair(10UL, 1UL));
}

TEST_F(PlaceTest, TaskThatDoesNotFitIsPassedOver) {
  node(1, 2);
  wait(job_, 10, 3);
  wait(job_, 11, 2);
  wait(job_, 12, 1);
  EXPECT_EQ(placed(), std::pair(11UL, 1UL));
}

TEST_F(PlaceTest, HigherPriorityGoesFirst) {
  node(1, 1);
  other_.priority = 5;
  wait(job_, 10, 1);
  wait(other_, 20, 1);
  EXPECT_EQ(placed().first, 20U);
}

TEST_F(PlaceTest, EqualPriorityGoesByAgeOfTheJob) {
  node(1, 1);
  wait(other_, 10, 1);
  wait(job_, 20, 1);
  EXPECT_EQ(placed().first, 20U);
}

TEST_F(PlaceTest, JobWithoutRoomIsPassedOver) {
  node(1, 1);
  job_.room = 0;
  wait(job_, 10, 1);
  wait(other_, 20, 1);
  EXPECT_EQ(placed().first, 20U);
}

TEST_F(PlaceTest, SpreadTakesTheEmptiestNode) {
  node(1, 1);
  node(2, 4);
  node(3, 4);
  wait(job_, 10, 1);
  EXPECT_EQ(placed(NodeFillType::spread).second, 2U);
}

TEST_F(PlaceTest, PackTakesTheFullestNodeThatHasRoom) {
  node(1, 1);
  node(2, 4);
  node(3, 2);
  wait(job_, 10, 2);
  EXPECT_EQ(placed(NodeFillType::pack).second, 3U);
}

TEST_F(PlaceTest, AffinityPrefersItsNodeWhenThatHasRoom) {
  node(1, 4);
  node(2, 1);
  const std::string affinity = "TVM:N2";
  wait(job_, 10, 1, affinity);
  EXPECT_EQ(placed().second, 2U);
}

TEST_F(PlaceTest, AffinityIsIgnoredWithoutRoomThere) {
  node(1, 4);
  node(2, 1);
  const std::string affinity = "TVM:n2";
  wait(job_, 10, 2, affinity);
  EXPECT_EQ(placed().second, 1U);
}

TEST_F(PlaceTest, AffinityToSomethingUnknownIsIgnored) {
  node(1, 4);
  const std::string affinity = "whatever";
  wait(job_, 10, 1, affinity);
  EXPECT_EQ(placed().second, 1U);
}

TEST_F(PlaceTest, NodeThatOffersNothingIsNotTaken) {
  NodeOffer& only = node(1, 4);
  wait(job_, 10, 1);
  slots_.offer(only, 0);
  EXPECT_EQ(placed(), std::pair(0UL, 0UL));
  slots_.offer(only, 1);
  EXPECT_EQ(placed(), std::pair(10UL, 1UL));
}

// ---- the rules around it ----

class SchedulingTest : public BatchFixture {
 protected:
  int running_in(const std::string& job) { return static_cast<int>(batch_->task_counts(JobId{job}).running); }
  void add_tasks(int count, const std::string& job = "job", int slots = 1) {
    for (int i = 0; i < count; ++i) {
      auto task = new_task("t" + std::to_string(i));
      task.rules.required_slots = slots;
      add_task(std::move(task), job);
    }
  }
};

TEST_F(SchedulingTest, SlotsBoundWhatANodeRuns) {
  ready_pool("pool", 1, 4);
  add_job();
  add_tasks(3, "job", 2);
  EXPECT_EQ(running_in("job"), 2);
  EXPECT_EQ(batch_->running_slots(node()), 4);
  EXPECT_EQ(batch_->running_tasks(node()), 2);
}

TEST_F(SchedulingTest, TaskThatWantsMoreThanANodeHasWaitsForEverAndBlocksNobody) {
  ready_pool("pool", 1, 2);
  add_job();
  auto big = new_task("big");
  big.rules.required_slots = 3;
  add_task(std::move(big));
  add_task("small");
  EXPECT_EQ(task_state("big"), TaskState::active);
  EXPECT_EQ(task_state("small"), TaskState::running);
}

TEST_F(SchedulingTest, MaxParallelTasksBoundsAJob) {
  ready_pool("pool", 5);
  auto job = new_job("job");
  job.max_parallel_tasks = 2;
  ok(AddJob{job});
  add_tasks(5);
  EXPECT_EQ(running_in("job"), 2);
  exits("t0");
  EXPECT_EQ(running_in("job"), 2);
}

TEST_F(SchedulingTest, LoweringMaxParallelTasksStopsNewStartsOnly) {
  ready_pool("pool", 3);
  add_job();
  add_tasks(5);
  auto update = update_of();
  update.job.max_parallel_tasks = 1;
  ok(update);
  EXPECT_EQ(running_in("job"), 3);
  exits("t0");
  EXPECT_EQ(running_in("job"), 2);
}

TEST_F(SchedulingTest, RaisingMaxParallelTasksStartsMore) {
  ready_pool("pool", 3);
  auto job = new_job("job");
  job.max_parallel_tasks = 1;
  ok(AddJob{job});
  add_tasks(3);
  auto update = update_of();
  update.job.max_parallel_tasks = -1;
  ok(update);
  EXPECT_EQ(running_in("job"), 3);
}

TEST_F(SchedulingTest, RaisedPriorityAffectsTasksThatHaveNotStarted) {
  ready_pool("pool", 1);
  add_job("first");
  add_job("second");
  add_tasks(2, "first");
  add_tasks(2, "second");
  auto update = update_of("second");
  update.job.priority = 10;
  ok(update);
  EXPECT_EQ(task_state("t0", "first"), TaskState::running) << "running tasks are never preempted";
  exits("t0", 0, "first");
  EXPECT_EQ(task_state("t0", "second"), TaskState::running);
  EXPECT_EQ(task_state("t1", "first"), TaskState::active);
}

TEST_F(SchedulingTest, RetriedTaskKeepsItsPlaceInTheJob) {
  ready_pool("pool", 1);
  add_job();
  auto task = new_task("first");
  task.rules.constraints.max_retries = 1;
  add_task(std::move(task));
  add_task("second");
  exits("first", 1);
  EXPECT_EQ(task_state("first"), TaskState::running);
}

TEST_F(SchedulingTest, SpreadUsesAllNodes) {
  ready_pool("pool", 3, 4);
  add_job();
  add_tasks(3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(batch_->running_tasks(node(i)), 1);
}

TEST_F(SchedulingTest, PackFillsANodeBeforeTheNext) {
  auto pool = new_pool("pool", 3, 0, 4);
  pool.fill = NodeFillType::pack;
  ok(AddPool{pool});
  advance(1s);
  join_all("pool");
  add_job();
  add_tasks(5);
  EXPECT_EQ(batch_->running_tasks(node(0)), 4);
  EXPECT_EQ(batch_->running_tasks(node(1)), 1);
}

TEST_F(SchedulingTest, AffinityToANodeIsFollowed) {
  ready_pool("pool", 3, 2);
  add_job();
  for (int i = 0; i < 2; ++i) {
    auto task = new_task("t" + std::to_string(i));
    task.rules.affinity_id = "TVM:" + node(2).node.text();
    add_task(std::move(task));
  }
  EXPECT_EQ(batch_->running_tasks(node(2)), 2);
}

TEST_F(SchedulingTest, TasksRunWhileThePoolIsStillResizing) {
  add_pool("pool", 2);
  join(node(0));
  add_job();
  add_task("task");
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(task_state(), TaskState::running);
}

}  // namespace
}  // namespace emulator::core
