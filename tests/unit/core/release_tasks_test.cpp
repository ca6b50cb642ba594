// Release tasks: what runs on the nodes of a job that ends before it is over, and what does not hold the job (contract
// 5.6, 5.9, 6.7).
#include "tests/unit/core/special_tasks_fixture.h"

namespace emulator::core {
namespace {

TEST_F(SpecialTasksTest, TheReleaseTaskRunsWhenTheJobIsTerminatedAndTheJobStaysTerminatingUntilItIsDone) {
  releasing();
  EXPECT_EQ(job_state(), JobState::terminating);
  advance(5s);
  release_exits(0, node());
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_record().ended, now_);
  EXPECT_EQ(job_record().terminate_reason, "UserTerminate");
  EXPECT_EQ(job_node(node()).release->exit_code, 0);
}

TEST_F(SpecialTasksTest, TheReleaseTaskWaitsForTheRunningTasks) {
  running_prepared_task();
  terminate_job();
  EXPECT_EQ(told_to_stop(), Ids{"task"});
  EXPECT_EQ(ordered(), Ids{});
  stopped("task");
  EXPECT_EQ(ordered(), Ids{"rel"});
}

TEST_F(SpecialTasksTest, TheReleaseTaskWaitsForTheProcessesOfDeletedTasks) {
  running_prepared_task();
  const auto last = report("task", RunEnd::stopped, 137);
  ok(DeleteTask{key("task"), {}});
  terminate_job();
  EXPECT_EQ(ordered(), Ids{});
  ok(last);
  EXPECT_EQ(ordered(), Ids{"rel"});
}

TEST_F(SpecialTasksTest, TheReleaseTaskRunsWhenTheJobIsDeletedWhileActive) {
  running_prepared_task();
  exits("task");
  delete_job();
  EXPECT_EQ(ordered(), Ids{"rel"});
  EXPECT_EQ(job_state(), JobState::deleting);
  release_exits(0, node());
  advance(1s);
  EXPECT_FALSE(has_job("job"));
  std::vector<std::string> removed;
  for (const auto& notice : noticed<RemoveTaskFiles>()) removed.push_back(notice.task.task.text());
  std::sort(removed.begin(), removed.end());
  EXPECT_EQ(removed, (Ids{"prep", "rel", "task"}));
  restart();
}

TEST_F(SpecialTasksTest, TheReleaseTaskRunsWhenTheWallClockOfTheJobIsOver) {
  ready_pool("pool", 1);
  auto job = prepared_job();
  job.max_wall_clock = 1h;
  ok(AddJob{job, {}});
  add_task("task");
  prep_exits(0, node());
  exits("task");
  advance(1h);
  EXPECT_EQ(ordered(), Ids{"rel"});
}

TEST_F(SpecialTasksTest, TheReleaseTaskRunsWhenAllTasksAreComplete) {
  ready_pool("pool", 1);
  auto job = prepared_job();
  job.on_all_tasks_complete = wire::batch::OnAllTasksComplete::terminatejob;
  ok(AddJob{job, {}});
  add_task("task");
  prep_exits(0, node());
  exits("task");
  EXPECT_EQ(ordered(), Ids{"rel"});
  release_exits(0, node());
  EXPECT_EQ(job_record().terminate_reason, "AllTasksComplete");
}

TEST_F(SpecialTasksTest, TheReleaseTaskRunsOnEachNodeThatWasPreparedAndRanTasks) {
  ready_pool("pool", 3);
  ok(AddJob{prepared_job(), {}});
  add_task("a");
  add_task("b");
  const auto first = *task_record("a").node;
  const auto second = *task_record("b").node;
  prep_exits(0, first);
  prep_exits(0, second);
  exits("a");
  exits("b");
  terminate_job();
  EXPECT_EQ(ordered(), (Ids{"rel", "rel"}));
  release_exits(0, first);
  EXPECT_EQ(job_state(), JobState::terminating);
  release_exits(0, second);
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, TheReleaseTaskDoesNotRunWhereThePreparationDidNotComplete) {
  assigned_task();
  terminate_job();
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(told_to_stop(), Ids{"prep"});
  EXPECT_EQ(job_state(), JobState::terminating) << "the preparation still runs";
  ok(special_report(SpecialTask::preparation, node(), RunEnd::stopped, 137));
  EXPECT_EQ(ordered(), Ids{});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_node(node()).preparation->failure->code, "TaskEnded");
  EXPECT_FALSE(job_node(node()).barred);
}

TEST_F(SpecialTasksTest, TheReleaseTaskDoesNotRunWhereNoTaskRan) {
  assigned_task();
  ok(TerminateTask{key("task"), {}});
  prep_exits(0, node());
  terminate_job();
  EXPECT_EQ(ordered(), Ids{});
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, AFailedReleaseTaskIsNotRetriedAndDoesNotBlockCompletion) {
  releasing();
  release_exits(1, node());
  EXPECT_EQ(ordered(), Ids{});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_node(node()).release->failure->code, "FailureExitCode");
}

TEST_F(SpecialTasksTest, AReleaseTaskIsEndedAfterFifteenMinutes) {
  releasing();
  advance(15min - 1s);
  EXPECT_EQ(told_to_stop(), Ids{});
  advance(1s);
  EXPECT_EQ(told_to_stop(), Ids{"rel"});
  ok(special_report(SpecialTask::release, node(), RunEnd::stopped, 137));
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_node(node()).release->failure->code, "TaskEnded");
}

TEST_F(SpecialTasksTest, ANodeThatStaysAwayHoldsTheJobNoLongerThanAReleaseTaskMayTake) {
  releasing();
  lose(node());
  EXPECT_EQ(job_state(), JobState::terminating);
  advance(15min);
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_TRUE(job_node(node()).release->failure);
}

TEST_F(SpecialTasksTest, AReleaseTaskThatIsLostWithItsAgentRunsAgain) {
  releasing();
  lose(node());
  EXPECT_EQ(job_state(), JobState::terminating);
  join(node());
  EXPECT_EQ(ordered(), Ids{"rel"});
  EXPECT_GT(job_node(node()).release->attempt, 2U);
  release_exits(0, node());
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, TheReleaseTaskDoesNotRunOnNodesThatWereRemoved) {
  ready_pool("pool", 1);
  ok(AddJob{prepared_job(), {}});
  add_task("task");
  prep_exits(0, node());
  exits("task");
  EXPECT_FALSE(resize("pool", 0));
  gone(node());
  terminate_job();
  EXPECT_EQ(ordered(), Ids{});
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, ANodeThatIsRemovedWhileItReleasesDoesNotHoldTheJob) {
  releasing();
  EXPECT_FALSE(resize("pool", 0));
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
  const auto leaving = node();
  gone(leaving);
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(job_node(leaving).release->failure->code, "TaskEnded");
}

TEST_F(SpecialTasksTest, ANodeLeavesOnTaskCompletionOnlyWhenItsReleaseTaskIsDone) {
  releasing();
  EXPECT_FALSE(resize("pool", 0, DeallocationOption::taskcompletion));
  EXPECT_EQ(node_state(node()), NodeState::idle);
  release_exits(0, node());
  EXPECT_EQ(node_state(node()), NodeState::leavingpool);
}

TEST_F(SpecialTasksTest, ATerminatedJobThatIsDeletedLaterDoesNotReleaseAgain) {
  releasing();
  release_exits(0, node());
  delete_job();
  EXPECT_EQ(ordered(), Ids{});
  advance(1s);
  EXPECT_FALSE(has_job("job"));
}

TEST_F(SpecialTasksTest, ATerminatingJobThatIsDeletedWaitsForItsReleaseTask) {
  releasing();
  delete_job();
  EXPECT_EQ(ordered(), Ids{});
  advance(1s);
  EXPECT_TRUE(has_job("job"));
  release_exits(0, node());
  advance(1s);
  EXPECT_FALSE(has_job("job"));
}

TEST_F(SpecialTasksTest, AReleaseTaskUnderWaySurvivesARestart) {
  releasing();
  restart();
  EXPECT_EQ(job_state(), JobState::terminating);
  auto command = joined(node());
  command.adopted = true;
  command.running = {{key("rel"), job_node(node()).release->attempt}};
  ok(command);
  EXPECT_EQ(ordered(), Ids{});
  release_exits(0, node());
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, AReleaseTaskThatIsDueIsOrderedAfterARestart) {
  running_prepared_task();
  terminate_job();
  restart();
  auto command = joined(node());
  command.adopted = true;
  ok(command);
  EXPECT_EQ(task_state(), TaskState::completed) << "it was told to stop and is not there any more";
  EXPECT_EQ(ordered(), Ids{"rel"});
}

TEST_F(SpecialTasksTest, TheDirectoriesOfSpecialTasksGoWhenTheirRetentionIsOver) {
  releasing();
  release_exits(0, node());
  advance(24h * 7 - 1s);
  EXPECT_TRUE(noticed<RemoveTaskFiles>().empty());
  advance(1s);
  EXPECT_TRUE(job_node(node()).preparation_files_removed);
  EXPECT_TRUE(job_node(node()).release_files_removed);
}

// ---- what happens to nodes ----

TEST_F(SpecialTasksTest, TheReleaseTaskDoesNotRunOnANodeThatWasReimaged) {
  running_prepared_task();
  exits("task");
  reboot(NodeAction::reimage);
  terminate_job();
  EXPECT_EQ(ordered(), Ids{});
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, AReleaseTaskRebootedInTheMiddleRunsAgain) {
  releasing();
  reboot();
  EXPECT_EQ(job_state(), JobState::terminating);
  EXPECT_EQ(ordered(), Ids{"rel"});
  release_exits(0, node());
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(SpecialTasksTest, ANodeThatBecomesUnusableDoesNotHoldTheJob) {
  releasing();
  ok(NodeUnusable{node(), node_record(node()).incarnation, {.code = "DiskFull", .message = "m", .values = {}}});
  ok(NodeHalted{node(), node_record(node()).incarnation});
  EXPECT_EQ(job_state(), JobState::completed);
}

// ---- ends that are forced ----

TEST_F(SpecialTasksTest, ForceCompletesTheJobEvenIfNodesHaveNotFinished) {
  running_prepared_task();
  const auto last = report("task", RunEnd::stopped, 137);
  ok(TerminateJob{.id = JobId{"job"}, .conditions = {}, .reason = "", .force = true});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(task_state(), TaskState::completed);
  EXPECT_EQ(told_to_stop(), Ids{"task"});
  EXPECT_EQ(batch_->running_slots(node()), 1) << "its processes still hold them";
  ok(last);
  EXPECT_EQ(batch_->running_slots(node()), 0);
  EXPECT_TRUE(noticed<RemoveTaskFiles>().empty());
}

TEST_F(SpecialTasksTest, ForceEndsAReleaseTaskThatTakesTooLong) {
  releasing();
  const auto last = special_report(SpecialTask::release, node(), RunEnd::stopped, 137);
  ok(TerminateJob{.id = JobId{"job"}, .conditions = {}, .reason = "", .force = true});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(told_to_stop(), Ids{"rel"});
  ok(last);
  EXPECT_EQ(node_state(node()), NodeState::idle);
}

TEST_F(SpecialTasksTest, ForceDeletesTheJobEvenIfNodesHaveNotFinished) {
  running_prepared_task();
  const auto last = report("task", RunEnd::stopped, 137);
  delete_job();
  EXPECT_EQ(error_of(DeleteJob{.id = JobId{"job"}, .conditions = {}}), ErrorCode::JobBeingDeleted);
  ok(DeleteJob{.id = JobId{"job"}, .conditions = {}, .force = true});
  advance(1s);
  EXPECT_FALSE(has_job("job"));
  ok(last);
  EXPECT_EQ(batch_->running_slots(node()), 0);
}

}  // namespace
}  // namespace emulator::core
