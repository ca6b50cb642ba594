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
    return run_task_order(task_, job_, pool_, place_, storage_, base::Timestamp{}).value();
  }

  core::TaskRecord task_;
  core::JobRecord job_;
  core::PoolRecord pool_;
  core::TaskPlace place_;
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
  EXPECT_FALSE(run_task_order(task_, job_, pool_, place_, storage_, base::Timestamp{}));
}

TEST_F(AssignmentTest, ThePrimaryOfAMultiInstanceTaskHasTheWholeTask) {
  pool_.cores_per_node = 2;
  place_ = {.instance = 0, .hosts = {"127.1.0.4", "127.1.0.5"}};
  const json settings{{"numberOfInstances", 2},
                      {"coordinationCommandLine", "start daemon"},
                      {"commonResourceFiles", {{{"httpUrl", "http://h/common"}, {"filePath", "c"}}}}};
  const json task{{"commandLine", "x"},
                  {"multiInstanceSettings", settings},
                  {"resourceFiles", {{{"httpUrl", "http://h/own"}, {"filePath", "o"}}}},
                  {"outputFiles", {{{"filePattern", "*"}, {"destination", {{"container", {{"containerUrl", "u"}}}}}}}}};
  const auto run = order(task);
  ASSERT_TRUE(run.multi_instance);
  EXPECT_EQ(run.multi_instance->instance, 0);
  EXPECT_EQ(run.multi_instance->coordination_command_line, "start daemon");
  EXPECT_EQ(run.multi_instance->common_resource_files.at(0).http_url, "http://h/common");
  EXPECT_EQ(run.multi_instance->hosts, place_.hosts);
  EXPECT_EQ(run.multi_instance->cores, 2);
  EXPECT_EQ(run.resource_files.at(0).http_url, "http://h/own");
  EXPECT_EQ(run.output_files.size(), 1U);

  place_.instance = 1;
  const auto subtask = order(task);
  EXPECT_EQ(subtask.multi_instance->instance, 1);
  EXPECT_EQ(subtask.multi_instance->common_resource_files.size(), 1U);
  EXPECT_TRUE(subtask.resource_files.empty()) << "resource files are the primary's";
  EXPECT_TRUE(subtask.output_files.empty()) << "output files are the primary's";
}

TEST_F(AssignmentTest, ANamedUserMustBeAmongThePoolsAccounts) {
  EXPECT_TRUE(order({{"commandLine", "x"}, {"userIdentity", {{"username", "root"}}}}).elevated);
  task_.document = make_document(json{{"commandLine", "x"}, {"userIdentity", {{"username", "nobody"}}}});
  const auto refused = run_task_order(task_, job_, pool_, place_, storage_, base::Timestamp{});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().details.at(0).value, "CommandLaunchFailed");
}

TEST_F(AssignmentTest, ContainerSettingsAndContainerPoolsGoTogether) {
  task_.document = make_document(json{{"commandLine", "x"}, {"containerSettings", {{"imageName", "i"}}}});
  EXPECT_EQ(run_task_order(task_, job_, pool_, place_, storage_, base::Timestamp{}).error().details.at(0).value,
            "ContainerInvalidSettings");
  pool_.document = make_document(json{{"virtualMachineConfiguration", {{"containerConfiguration", json::object()}}}});
  EXPECT_EQ(run_task_order(task_, job_, pool_, place_, storage_, base::Timestamp{})->container->image, "i");
  task_.document = make_document(json{{"commandLine", "x"}});
  EXPECT_EQ(run_task_order(task_, job_, pool_, place_, storage_, base::Timestamp{}).error().details.at(0).value,
            "ContainerInvalidSettings");
}

TEST_F(AssignmentTest, ContainerSettingsBecomeAContainer) {
  pool_.document = make_document(json{{"virtualMachineConfiguration", {{"containerConfiguration", json::object()}}}});
  const auto whole = order({{"commandLine", ""},
                            {"containerSettings",
                             {{"imageName", "i"},
                              {"containerRunOptions", "--rm"},
                              {"workingDirectory", "containerImageDefault"},
                              {"registry", {{"username", "u"}, {"password", "p"}}}}}});
  EXPECT_EQ(whole.container->run_options, "--rm");
  EXPECT_TRUE(whole.container->image_directory);
  EXPECT_TRUE(whole.container->whole_root);
  EXPECT_EQ(whole.container->registry->server, "docker.io");
  EXPECT_EQ(whole.container->registry->password, "p");
  const json binds = json::array({{{"source", "Shared"}, {"isReadOnly", true}}});
  const auto part = order(
      {{"commandLine", "x"}, {"containerSettings", {{"imageName", "i"}, {"containerHostBatchBindMounts", binds}}}});
  EXPECT_FALSE(part.container->whole_root);
  EXPECT_EQ(part.container->bind_mounts.at(0).source, "shared");
  EXPECT_TRUE(part.container->bind_mounts.at(0).read_only);
}

class MountOrderTest : public AssignmentTest {
 protected:
  MountOrderTest() {
    storage_.endpoint = "http://127.0.0.1:10000";
    storage_.accounts = {"store1"};
  }
  wire::node::PrepareNode preparation() const {
    wire::node::PrepareNode order;
    add_mounts_and_containers(order, pool_, storage_, base::Timestamp{});
    return order;
  }
  wire::node::Mount mount(const json& configuration) {
    pool_.document = make_document(json{{"mountConfiguration", json::array({configuration})}});
    return preparation().mounts.at(0);
  }
};

TEST_F(MountOrderTest, AContainerOfAnOwnAccountIsMountedByItsUrl) {
  json settings{{"accountName", "store1"},
                {"containerName", "box"},
                {"sasKey", "?sig=given"},
                {"blobfuseOptions", "-o ro"},
                {"relativeMountPath", "data"}};
  const auto by_sas = mount({{"azureBlobFileSystemConfiguration", settings}});
  EXPECT_EQ(by_sas.container_url, "http://127.0.0.1:10000/store1/box?sig=given");
  EXPECT_EQ(by_sas.relative_path, "data");
  EXPECT_TRUE(by_sas.read_only);
  EXPECT_EQ(by_sas.problem, "");
  settings.erase("sasKey");
  settings["accountKey"] = "a2V5";
  const auto by_key = mount({{"azureBlobFileSystemConfiguration", settings}});
  EXPECT_TRUE(by_key.container_url.starts_with("http://127.0.0.1:10000/store1/box?"));
  EXPECT_NE(by_key.container_url.find("sp=racwdl"), std::string::npos);
  EXPECT_EQ(by_key.container_url.find("a2V5"), std::string::npos) << "the key itself does not travel";
}

TEST_F(MountOrderTest, WhatCannotBeMountedSaysWhy) {
  const auto strange = mount({{"azureBlobFileSystemConfiguration",
                               {{"accountName", "other"}, {"containerName", "c"}, {"relativeMountPath", "m"}}}});
  EXPECT_NE(strange.problem.find("account other"), std::string::npos);
  EXPECT_EQ(strange.relative_path, "m");
  for (const char* kind : {"cifsMountConfiguration", "azureFileShareConfiguration"}) {
    EXPECT_NE(mount({{kind, {{"relativeMountPath", "m"}}}}).problem.find(kind), std::string::npos);
  }
  EXPECT_NE(mount({{"nfsMountConfiguration", {{"source", "server:/export"}}}}).problem, "");
}

TEST_F(MountOrderTest, ANetworkDirectoryOfThisMachineIsADirectory) {
  EXPECT_EQ(mount({{"nfsMountConfiguration", {{"source", "localhost:/srv/data"}}}}).directory, "/srv/data");
  EXPECT_EQ(mount({{"nfsMountConfiguration", {{"source", "/srv/data"}}}}).directory, "/srv/data");
}

TEST_F(MountOrderTest, ImagesAndRegistriesOfThePoolAreNamed) {
  const json registry{{"username", "u"}, {"password", "p"}, {"registryServer", "r.example"}};
  const json containers{{"containerImageNames", {"a", "b"}}, {"containerRegistries", json::array({registry})}};
  pool_.document = make_document(json{{"virtualMachineConfiguration", {{"containerConfiguration", containers}}}});
  const auto set_up = preparation();
  EXPECT_TRUE(set_up.containers);
  EXPECT_EQ(set_up.images, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(set_up.registries.at(0).server, "r.example");
}

}  // namespace
}  // namespace emulator::rest
