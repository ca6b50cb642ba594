// Orders for nodes out of stored documents.
#include "emulator/rest/assignment.h"

#include "emulator/rest/documents.h"

#include <gtest/gtest.h>

namespace emulator::rest {
namespace {

using nlohmann::json;

class AssignmentTest : public testing::Test {
 protected:
  AssignmentTest() {
    task_.key = {core::JobId{"Job"}, core::TaskId{"Task"}};
    task_.attempt = 3;
    pool_.document = make_document(json{{"userAccounts", {{{"name", "root"}, {"elevationLevel", "admin"}}}}});
    job_.document = make_document(json::object());
  }
  wire::node::RunTask order(const json& task) {
    task_.document = make_document(task);
    return run_task_order(task_, job_, pool_, storage_, base::Timestamp{}).value();
  }

  core::TaskRecord task_;
  core::JobRecord job_;
  core::PoolRecord pool_;
  AutoStorage storage_{.account = "store1", .key = std::string(64, 'k'), .url = "http://127.0.0.1:10000/store1"};
};

TEST_F(AssignmentTest, NamesTheRunAndItsCommand) {
  const auto run = order({{"commandLine", "/bin/true"}});
  EXPECT_EQ(run.run, (wire::node::TaskRun{"Job", "Task", 3}));
  EXPECT_EQ(run.command_line, "/bin/true");
  EXPECT_FALSE(run.elevated);
  EXPECT_FALSE(run.isolate);
  EXPECT_FALSE(run.max_wall_clock);
}

TEST_F(AssignmentTest, TasksSettingsOverrideTheJobs) {
  job_.document = make_document(
      json{{"commonEnvironmentSettings", {{{"name", "A"}, {"value", "1"}}, {{"name", "B"}, {"value", "2"}}}}});
  const auto run = order({{"commandLine", "x"}, {"environmentSettings", {{{"name", "B"}, {"value", "3"}}}}});
  EXPECT_EQ(run.environment, (wire::node::Environment{{"A", "1"}, {"B", "3"}}));
}

TEST_F(AssignmentTest, AutoStorageBecomesASignedContainerUrl) {
  const auto run = order({{"commandLine", "x"}, {"resourceFiles", {{{"autoStorageContainerName", "in"}}}}});
  ASSERT_EQ(run.resource_files.size(), 1U);
  EXPECT_TRUE(run.resource_files[0].container_url.starts_with("http://127.0.0.1:10000/store1/in?"));
  EXPECT_NE(run.resource_files[0].container_url.find("sig="), std::string::npos);
}

TEST_F(AssignmentTest, OutputFilesKeepTheirCondition) {
  const json file{{"filePattern", "*.mp3"},
                  {"destination", {{"container", {{"containerUrl", "http://c"}, {"path", "out"}}}}},
                  {"uploadOptions", {{"uploadCondition", "TaskSuccess"}}}};
  const auto run = order({{"commandLine", "x"}, {"outputFiles", {file}}});
  ASSERT_EQ(run.output_files.size(), 1U);
  EXPECT_EQ(run.output_files[0].file_pattern, "*.mp3");
  EXPECT_EQ(run.output_files[0].container_url, "http://c");
  EXPECT_EQ(run.output_files[0].path, "out");
  EXPECT_EQ(run.output_files[0].condition, wire::node::UploadCondition::task_success);
}

TEST_F(AssignmentTest, AdminIsElevatedAsAutoUserAndAsNamedAccount) {
  const json auto_user{{"autoUser", {{"elevationLevel", "admin"}}}};
  EXPECT_TRUE(order({{"commandLine", "x"}, {"userIdentity", auto_user}}).elevated);
  EXPECT_TRUE(order({{"commandLine", "x"}, {"userIdentity", {{"username", "root"}}}}).elevated);
  EXPECT_FALSE(order({{"commandLine", "x"}, {"userIdentity", {{"username", "other"}}}}).elevated);
}

TEST_F(AssignmentTest, WallClockLimitTravelsInMillisecondsAndNoLimitDoesNot) {
  task_.rules.constraints.max_wall_clock = std::chrono::minutes{2};
  EXPECT_EQ(order({{"commandLine", "x"}}).max_wall_clock, std::chrono::milliseconds{120'000});
  task_.rules.constraints.max_wall_clock = core::kUnlimited;
  EXPECT_FALSE(order({{"commandLine", "x"}}).max_wall_clock);
}

TEST_F(AssignmentTest, TaskWhoseAgentDiedRunsIsolated) {
  task_.crashes = 1;
  EXPECT_TRUE(order({{"commandLine", "x"}}).isolate);
}

TEST_F(AssignmentTest, StartTaskComesFromTheNode) {
  core::NodeRecord node;
  node.start_task = make_document(json{{"commandLine", "/bin/setup"}, {"maxTaskRetryCount", 2}});
  const auto run = run_start_task_order(node, pool_, storage_, base::Timestamp{});
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->command_line, "/bin/setup");
  EXPECT_EQ(run->max_retries, 2);
}

TEST_F(AssignmentTest, SpecialTasksHaveTheirOwnSettingsAfterTheJobsCommonOnes) {
  job_.id = core::JobId{"Job"};
  job_.preparation = core::PreparationRules{.id = core::TaskId{"prep"}, .max_wall_clock = std::chrono::minutes{1}};
  job_.release = core::ReleaseRules{.id = core::TaskId{"rel"}};
  job_.document = make_document(json{
      {"commonEnvironmentSettings", {{{"name", "A"}, {"value", "1"}}}},
      {"jobPreparationTask", {{"commandLine", "prepare"}, {"environmentSettings", {{{"name", "B"}, {"value", "2"}}}}}},
      {"jobReleaseTask", {{"commandLine", "release"}}}});
  const auto preparation =
      special_task_order(core::SpecialTask::preparation, 5, job_, pool_, storage_, base::Timestamp{}).value();
  EXPECT_EQ(preparation.run, (wire::node::TaskRun{"Job", "prep", 5}));
  EXPECT_EQ(preparation.command_line, "prepare");
  EXPECT_EQ(preparation.environment, (wire::node::Environment{{"A", "1"}, {"B", "2"}}));
  EXPECT_EQ(preparation.max_wall_clock, std::chrono::minutes{1});
  EXPECT_EQ(preparation.preparation_task, "");
  const auto release =
      special_task_order(core::SpecialTask::release, 6, job_, pool_, storage_, base::Timestamp{}).value();
  EXPECT_EQ(release.run, (wire::node::TaskRun{"Job", "rel", 6}));
  EXPECT_EQ(release.environment, (wire::node::Environment{{"A", "1"}}));
  EXPECT_EQ(release.max_wall_clock, std::chrono::minutes{15});
  EXPECT_EQ(release.preparation_task, "prep");
  EXPECT_EQ(order({{"commandLine", "x"}}).preparation_task, "prep");
}

TEST_F(AssignmentTest, DocumentWithoutACommandIsRefused) {
  task_.document = make_document(json::object());
  EXPECT_FALSE(run_task_order(task_, job_, pool_, storage_, base::Timestamp{}));
}

}  // namespace
}  // namespace emulator::rest
