// Which steps are told as diagnostic events (contract 9.2).
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

class EventsTest : public BatchFixture {};

TEST_F(EventsTest, NewPoolTellsPoolCreateAndTheStartOfItsSizing) {
  add_pool("pool", 2);
  ASSERT_EQ(told<PoolCreated>().size(), 1U);
  EXPECT_EQ(told<PoolCreated>()[0].pool.id, PoolId{"pool"});
  ASSERT_EQ(told<PoolResizeStarted>().size(), 1U);
  const auto figures = told<PoolResizeStarted>()[0].figures;
  EXPECT_EQ(figures.current_dedicated, 0);
  EXPECT_EQ(figures.target_dedicated, 2);
  EXPECT_FALSE(figures.deallocation.has_value());
}

TEST_F(EventsTest, RefusedPoolTellsNothing) {
  add_pool("pool", 0);
  events_.clear();
  error_of(AddPool{new_pool("POOL", 1)});
  EXPECT_TRUE(events_.empty());
}

TEST_F(EventsTest, ReachedTargetsTellPoolResizeCompleteWithSuccess) {
  add_pool("pool", 2);
  const auto started = now_;
  advance(1s);
  ASSERT_EQ(told<PoolResizeCompleted>().size(), 1U);
  const auto event = told<PoolResizeCompleted>()[0];
  EXPECT_TRUE(event.errors.empty());
  EXPECT_EQ(event.figures.current_dedicated, 2);
  EXPECT_EQ(event.started, started);
  EXPECT_EQ(event.ended, now_);
}

TEST_F(EventsTest, ShrinkingTellsTheDeallocationOption) {
  ready_pool("pool", 2);
  events_.clear();
  resize("pool", 1, DeallocationOption::taskcompletion);
  ASSERT_EQ(told<PoolResizeStarted>().size(), 1U);
  EXPECT_EQ(told<PoolResizeStarted>()[0].figures.deallocation, DeallocationOption::taskcompletion);
}

TEST_F(EventsTest, StoppedResizeTellsItsError) {
  ready_pool("pool", 2);
  resize("pool", 1, DeallocationOption::retaineddata);
  events_.clear();
  ok(StopPoolResize{PoolId{"pool"}, {}});
  all_leaving_gone("pool");
  advance(1s);
  ASSERT_EQ(told<PoolResizeCompleted>().size(), 1U);
}

TEST_F(EventsTest, PoolDeletionTellsItsStartAndItsEnd) {
  ready_pool("pool", 1);
  ok(DeletePool{PoolId{"pool"}, {}});
  const auto started = now_;
  EXPECT_EQ(told<PoolDeleteStarted>().size(), 1U);
  EXPECT_TRUE(told<PoolDeleteCompleted>().empty());
  advance(1s);
  all_leaving_gone("pool");
  advance(1s);
  ASSERT_EQ(told<PoolDeleteCompleted>().size(), 1U);
  EXPECT_EQ(told<PoolDeleteCompleted>()[0].started, started);
  EXPECT_EQ(told<PoolDeleteCompleted>()[0].ended, now_);
}

TEST_F(EventsTest, AssignmentTellsTaskStart) {
  running_task();
  ASSERT_EQ(told<TaskStarted>().size(), 1U);
  const auto task = told<TaskStarted>()[0].task;
  EXPECT_EQ(task.key, key("task"));
  EXPECT_EQ(task.node, node());
  EXPECT_EQ(task.attempt, 1U);
}

TEST_F(EventsTest, SuccessTellsTaskCompleteAlone) {
  running_task();
  exits("task", 0);
  ASSERT_EQ(told<TaskCompleted>().size(), 1U);
  EXPECT_EQ(told<TaskCompleted>()[0].task.execution.exit_code, 0);
  EXPECT_TRUE(told<TaskFailed>().empty());
}

TEST_F(EventsTest, FailureTellsTaskCompleteAndTaskFail) {
  running_task();
  exits("task", 3);
  EXPECT_EQ(told<TaskCompleted>().size(), 1U);
  ASSERT_EQ(told<TaskFailed>().size(), 1U);
  EXPECT_EQ(told<TaskFailed>()[0].task.execution.failure->code, "FailureExitCode");
}

TEST_F(EventsTest, RequeueTellsTaskRequeueWithItsCount) {
  running_task();
  disable(DisableTasksOption::requeue);
  stopped("task");
  ASSERT_EQ(told<TaskRequeued>().size(), 1U);
  EXPECT_EQ(told<TaskRequeued>()[0].task.execution.requeue_count, 1);
  EXPECT_TRUE(told<TaskRequeued>()[0].task.execution.started.has_value());
}

TEST_F(EventsTest, RestartTellsNothingAgain) {
  running_task();
  events_.clear();
  restart();
  tick();
  EXPECT_TRUE(events_.empty());
}

}  // namespace
}  // namespace emulator::core
