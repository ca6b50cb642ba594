// From notices to orders and from reports to commands.
#include "emulator/nodes/orders.h"

#include <gtest/gtest.h>

namespace emulator::nodes {
namespace {

const core::NodeKey kNode{core::PoolId("pool"), core::NodeId("node")};
const core::TaskKey kTask{core::JobId("job"), core::TaskId("task")};
const core::Timestamp kNow{core::Ticks(1000)};

AssignmentSource refusing() {
  AssignmentSource source;
  source.task = [](const auto&, const auto&, const auto&, const auto&) -> base::Result<wire::node::RunTask> {
    return base::Error(base::Errc::invalid_argument, "no such container");
  };
  source.start_task = [](const auto&, const auto&) -> base::Result<wire::node::RunStartTask> {
    return base::Error(base::Errc::invalid_argument, "no such container");
  };
  return source;
}

AssignmentSource plain() {
  AssignmentSource source;
  source.task = [](const core::TaskRecord& task, const auto&, const auto&,
                   const auto&) -> base::Result<wire::node::RunTask> {
    wire::node::RunTask order;
    order.run = {task.key.job.text(), task.key.task.text(), task.attempt};
    return order;
  };
  source.start_task = [](const auto&, const auto&) -> base::Result<wire::node::RunStartTask> {
    return wire::node::RunStartTask{};
  };
  return source;
}

NoticedWork special_work() {
  NoticedWork work{.notice = core::RunTask{kNode, kTask, 4}, .node = kNode};
  work.special = core::SpecialTask::release;
  work.job = std::make_shared<core::JobRecord>();
  work.pool = std::make_shared<core::PoolRecord>();
  return work;
}

NoticedWork task_work() {
  NoticedWork work{.notice = core::RunTask{kNode, kTask, 4}, .node = kNode};
  core::TaskRecord task;
  task.key = kTask;
  task.attempt = 4;
  work.task = task;
  work.job = std::make_shared<core::JobRecord>();
  work.pool = std::make_shared<core::PoolRecord>();
  return work;
}

TEST(OrdersTest, ANoticedTaskBecomesAnOrder) {
  const auto made = make_order(task_work(), plain(), kNow);
  ASSERT_TRUE(made.order);
  EXPECT_EQ(std::get<wire::node::RunTask>(*made.order).run, (wire::node::TaskRun{"job", "task", 4}));
  EXPECT_FALSE(made.failure);
}

TEST(OrdersTest, ATaskThatIsGoneIsNotOrdered) {
  auto work = task_work();
  work.task.reset();
  const auto made = make_order(work, plain(), kNow);
  EXPECT_FALSE(made.order);
  EXPECT_FALSE(made.failure);
}

TEST(OrdersTest, ATaskThatCannotBeOrderedEndsWithAPreProcessingError) {
  const auto made = make_order(task_work(), refusing(), kNow);
  EXPECT_FALSE(made.order);
  ASSERT_TRUE(made.failure);
  const auto& finished = std::get<core::TaskFinished>(*made.failure);
  EXPECT_EQ(finished.task, kTask);
  EXPECT_EQ(finished.attempt, 4U);
  EXPECT_EQ(finished.end, core::RunEnd::pre_processing_error);
  EXPECT_EQ(finished.failure->details.at(0).second, "no such container");
}

TEST(OrdersTest, ATasksPackagesComeWithItsOrder) {
  auto source = plain();
  source.package = [](const core::DeployablePackage& package) {
    return wire::node::Package{.application_id = package.application.text(), .version = package.version};
  };
  auto work = task_work();
  work.packages = {{.application = core::ApplicationId("app"), .version = "1.0"}};
  const auto made = make_order(work, source, kNow);
  ASSERT_TRUE(made.order);
  EXPECT_EQ(std::get<wire::node::RunTask>(*made.order).packages.at(0).version, "1.0");
}

TEST(OrdersTest, ATaskWhosePackageIsMissingFailsWithoutBeingOrdered) {
  auto work = task_work();
  work.missing_package = core::PackageReference{core::ApplicationId("app"), ""};
  const auto made = make_order(work, plain(), kNow);
  EXPECT_FALSE(made.order);
  ASSERT_TRUE(made.failure);
  const auto& finished = std::get<core::TaskFinished>(*made.failure);
  EXPECT_EQ(finished.end, core::RunEnd::pre_processing_error);
  EXPECT_EQ(finished.failure->code, "ApplicationPackageError");
  EXPECT_EQ(finished.failure->details.at(0).second, "app:None");
}

TEST(OrdersTest, ANodeWhosePoolNamesAMissingPackageIsNotPrepared) {
  NoticedWork work{.notice = core::PrepareNode{kNode, 3}, .node = kNode};
  work.preparation = Preparation{};
  work.missing_package = core::PackageReference{core::ApplicationId("app"), "1.0"};
  const auto made = make_order(work, plain(), kNow);
  EXPECT_FALSE(made.order);
  ASSERT_TRUE(made.failure);
  const auto& prepared = std::get<core::NodePrepared>(*made.failure);
  EXPECT_EQ(prepared.incarnation, 3U);
  EXPECT_EQ(prepared.error->code, "ApplicationPackageError");
}

TEST(OrdersTest, WhatANodeSaysOfItsPreparationBecomesACommand) {
  const auto good = command_of(wire::node::NodePrepared{}, kNode, 2);
  EXPECT_FALSE(std::get<core::NodePrepared>(good).error);
  wire::node::NodePrepared failed;
  failed.failure = wire::node::Failure{.code = "ApplicationPackageError", .message = "m", .details = {{"a", "b"}}};
  const auto bad = std::get<core::NodePrepared>(command_of(failed, kNode, 2));
  ASSERT_TRUE(bad.error);
  EXPECT_EQ(bad.error->values, (core::NameValues{{"a", "b"}}));
}

TEST(OrdersTest, ASpecialTaskIsOrderedByItsKindAndAttempt) {
  AssignmentSource source;
  source.special_task = [](core::SpecialTask kind, core::Attempt attempt, const auto&,
                           const auto&) -> base::Result<wire::node::RunTask> {
    wire::node::RunTask order;
    order.run = {"job", kind == core::SpecialTask::release ? "release" : "preparation", attempt};
    return order;
  };
  const auto made = make_order(special_work(), source, kNow);
  ASSERT_TRUE(made.order);
  EXPECT_EQ(std::get<wire::node::RunTask>(*made.order).run, (wire::node::TaskRun{"job", "release", 4}));
}

TEST(OrdersTest, ASpecialTaskThatCannotBeOrderedEndsOnItsNode) {
  AssignmentSource source;
  source.special_task = [](auto, auto, const auto&, const auto&) -> base::Result<wire::node::RunTask> {
    return base::Error(base::Errc::invalid_argument, "no such container");
  };
  const auto made = make_order(special_work(), source, kNow);
  ASSERT_TRUE(made.failure);
  const auto& finished = std::get<core::TaskFinished>(*made.failure);
  EXPECT_EQ(finished.node, kNode);
  EXPECT_EQ(finished.end, core::RunEnd::pre_processing_error);
}

TEST(OrdersTest, OnlyTheCurrentRunOfASpecialTaskIsGathered) {
  core::Snapshot snapshot;
  snapshot.pools.emplace_back().id = kNode.pool;
  snapshot.nodes.emplace_back().key = kNode;
  auto& job = snapshot.jobs.emplace_back();
  job.id = kTask.job;
  job.pool = kNode.pool;
  job.preparation = core::PreparationRules{.id = kTask.task};
  auto& at = snapshot.job_nodes.emplace_back();
  at.key = {kTask.job, kNode};
  at.preparation = core::SpecialTaskInfo{.running = true, .attempt = 4};
  const core::Batch batch({}, std::move(snapshot));
  const auto gathered = [&](core::Attempt attempt) {
    const std::vector<core::Notice> notices{core::RunTask{kNode, kTask, attempt}};
    return gather(batch, notices).at(0);
  };
  EXPECT_EQ(gathered(4).special, core::SpecialTask::preparation);
  EXPECT_NE(gathered(4).job, nullptr);
  EXPECT_FALSE(gathered(3).special);
  EXPECT_EQ(gathered(3).job, nullptr);
}

TEST(OrdersTest, AStartTaskThatCannotBeOrderedFails) {
  NoticedWork work{.notice = core::RunStartTask{kNode, 2}, .node = kNode};
  work.record = core::NodeRecord{};
  work.pool = std::make_shared<core::PoolRecord>();
  const auto made = make_order(work, refusing(), kNow);
  ASSERT_TRUE(made.failure);
  EXPECT_EQ(std::get<core::StartTaskFinished>(*made.failure).incarnation, 2U);
}

TEST(OrdersTest, StopsAndRemovalsNeedNoRecords) {
  const NoticedWork stop{.notice = core::StopTask{kNode, kTask, 3}, .node = kNode};
  EXPECT_EQ(std::get<wire::node::StopTask>(*make_order(stop, refusing(), kNow).order).run.attempt, 3U);
  const NoticedWork files{.notice = core::RemoveTaskFiles{kNode, kTask}, .node = kNode};
  EXPECT_EQ(std::get<wire::node::RemoveTaskFiles>(*make_order(files, refusing(), kNow).order).task_id, "task");
}

TEST(OrdersTest, AReportedEndKeepsEverythingItSays) {
  wire::node::TaskFinished report;
  report.run = {"job", "task", 9};
  report.end = wire::node::RunEnd::wall_clock_expired;
  report.ended = kNow;
  report.exit_code = 137;
  report.failure = wire::node::Failure{true, "FileUploadMiscError", "m", {{"k", "v"}}};
  const auto command = std::get<core::TaskFinished>(command_of(report, kNode, 1));
  EXPECT_EQ(command.task, kTask);
  EXPECT_EQ(command.attempt, 9U);
  EXPECT_EQ(command.end, core::RunEnd::wall_clock_expired);
  EXPECT_EQ(command.ended, kNow);
  EXPECT_EQ(command.exit_code, 137);
  EXPECT_EQ(command.failure->category, wire::batch::FailureCategory::usererror);
  EXPECT_EQ(command.failure->details, (core::NameValues{{"k", "v"}}));
}

TEST(OrdersTest, ReportsOfAStartTaskNameTheAgentsLife) {
  const auto started = command_of(wire::node::StartTaskStarted{kNow, 2}, kNode, 5);
  EXPECT_EQ(std::get<core::StartTaskStarted>(started).incarnation, 5U);
  wire::node::StartTaskFinished report{.started = kNow, .ended = kNow};
  report.exit_code = 1;
  report.retry_count = 3;
  report.last_retry = kNow;
  const auto finished = std::get<core::StartTaskFinished>(command_of(report, kNode, 5));
  EXPECT_EQ(finished.incarnation, 5U);
  EXPECT_EQ(finished.retry_count, 3);
  EXPECT_EQ(finished.last_retry, kNow);
}

}  // namespace
}  // namespace emulator::nodes
