// The variables of contract 7.2.
#include "nodeagent/task/environment.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <algorithm>

namespace nodeagent::task {
namespace {

class EnvironmentTest : public ::testing::Test {
 protected:
  EnvironmentTest() {
    settings_.account_name = "devbatch";
    settings_.account_url = "http://127.0.0.1:10100";
    settings_.pool_id = "Pool";
    settings_.node_id = "tvm-1";
    settings_.dedicated = false;
  }
  std::optional<TaskPaths> preparation_;
  wire::node::Environment environment(bool of_start_task = false) const {
    const auto task = of_start_task ? paths_.start_task() : *paths_.task("job", "task");
    std::optional<wire::node::TaskRun> run;
    if (!of_start_task) run = {.job_id = "job", .task_id = "task", .attempt = 2};
    return command_environment({.node = paths_,
                                .settings = settings_,
                                .task = task,
                                .run = run,
                                .preparation = preparation_,
                                .node_marker = "node-1",
                                .has_mounts = has_mounts_,
                                .multi_instance = instances_ ? &*instances_ : nullptr,
                                .shared_directory = "/n/root/workitems/job/job-1/task",
                                .of_packages = of_packages_,
                                .of_user = of_user_});
  }
  std::string value(const std::string& name, bool of_start_task = false) const {
    return find_variable(environment(of_start_task), name).value_or("<absent>");
  }
  NodePaths paths_{"/n"};
  wire::node::NodeSettings settings_;
  wire::node::Environment of_packages_;
  wire::node::Environment of_user_;
  bool has_mounts_ = false;
  std::optional<wire::node::MultiInstance> instances_;
};

TEST_F(EnvironmentTest, TaskKnowsItsAccountPoolNodeJobAndItself) {
  EXPECT_EQ(value("AZ_BATCH_ACCOUNT_NAME"), "devbatch");
  EXPECT_EQ(value("AZ_BATCH_ACCOUNT_URL"), "http://127.0.0.1:10100");
  EXPECT_EQ(value("AZ_BATCH_POOL_ID"), "Pool");
  EXPECT_EQ(value("AZ_BATCH_NODE_ID"), "tvm-1");
  EXPECT_EQ(value("AZ_BATCH_NODE_IS_DEDICATED"), "false");
  EXPECT_EQ(value("AZ_BATCH_JOB_ID"), "job");
  EXPECT_EQ(value("AZ_BATCH_TASK_ID"), "task");
}
TEST_F(EnvironmentTest, TaskHasTheWayToRealNamesWhereTheyAreEmulatedAndMayChooseAnother) {
  EXPECT_EQ(value("HTTPS_PROXY"), "<absent>");
  EXPECT_EQ(value("SSL_CERT_FILE"), "<absent>");
  settings_.proxy = wire::ProxySettings{.port = 4711,
                                        .session = "s1",
                                        .secret = "secret",
                                        .ca_certificate = "/d/ca.pem",
                                        .ca_bundle = "/d/bundle.pem",
                                        .ca_java_store = "/d/ca.p12"};
  EXPECT_EQ(value("HTTPS_PROXY"), "http://s1:secret@127.0.0.1:4711");
  EXPECT_EQ(value("SSL_CERT_FILE"), "/d/bundle.pem");
  EXPECT_EQ(value("HTTPS_PROXY", true), "http://s1:secret@127.0.0.1:4711");
  of_user_ = {{"HTTPS_PROXY", "http://mine:1"}};
  EXPECT_EQ(value("HTTPS_PROXY"), "http://mine:1");
}
TEST_F(EnvironmentTest, TaskKnowsTheDirectoryOfItsJobsPreparation) {
  EXPECT_EQ(value("AZ_BATCH_JOB_PREP_DIR"), "<absent>");
  EXPECT_EQ(value("AZ_BATCH_JOB_PREP_WORKING_DIR"), "<absent>");
  preparation_ = *paths_.task("job", "prep");
  EXPECT_EQ(value("AZ_BATCH_JOB_PREP_DIR"), "/n/root/workitems/job/job-1/prep");
  EXPECT_EQ(value("AZ_BATCH_JOB_PREP_WORKING_DIR"), "/n/root/workitems/job/job-1/prep/wd");
}

TEST_F(EnvironmentTest, TaskKnowsItsDirectories) {
  EXPECT_EQ(value("AZ_BATCH_NODE_ROOT_DIR"), "/n/root");
  EXPECT_EQ(value("AZ_BATCH_NODE_SHARED_DIR"), "/n/root/shared");
  EXPECT_EQ(value("AZ_BATCH_NODE_STARTUP_DIR"), "/n/root/startup");
  EXPECT_EQ(value("AZ_BATCH_NODE_STARTUP_WORKING_DIR"), "/n/root/startup/wd");
  EXPECT_EQ(value("AZ_BATCH_TASK_DIR"), "/n/root/workitems/job/job-1/task");
  EXPECT_EQ(value("AZ_BATCH_TASK_WORKING_DIR"), "/n/root/workitems/job/job-1/task/wd");
  EXPECT_EQ(value("AZ_BATCH_CERTIFICATES_DIR"), "/n/root/workitems/job/job-1/task/certs");
}
TEST_F(EnvironmentTest, StartTaskHasNoJobAndTask) {
  EXPECT_EQ(value("AZ_BATCH_JOB_ID", true), "<absent>");
  EXPECT_EQ(value("AZ_BATCH_TASK_ID", true), "<absent>");
  EXPECT_EQ(value("AZ_BATCH_TASK_DIR", true), "/n/root/startup");
}
TEST_F(EnvironmentTest, PathStartsWithTheStandIns) {
  EXPECT_TRUE(value("PATH").starts_with("/n/bin:/"));
}
TEST_F(EnvironmentTest, HomeIsTheWorkingDirectory) {
  EXPECT_EQ(value("HOME"), "/n/root/workitems/job/job-1/task/wd");
  EXPECT_EQ(value("TMPDIR"), "/n/tmp");
}
TEST_F(EnvironmentTest, NothingElseIsInherited) {
  ::setenv("SECRET_OF_THE_AGENT", "x", 1);
  EXPECT_EQ(value("SECRET_OF_THE_AGENT"), "<absent>");
  ::unsetenv("SECRET_OF_THE_AGENT");
}
TEST_F(EnvironmentTest, UsersSettingsAreAddedAndReplaceOrdinaryOnes) {
  of_user_ = {{"MINE", "1"}, {"PATH", "/opt/bin"}, {"MINE", "2"}};
  EXPECT_EQ(value("MINE"), "2");
  EXPECT_EQ(value("PATH"), "/opt/bin");
}
TEST_F(EnvironmentTest, UsersSettingsReplaceNothingOfTheService) {
  of_user_ = {{"AZ_BATCH_TASK_ID", "other"}, {"BATCH_EMULATOR_TASK", "x"}, {"BATCH_EMULATOR_NODE", "x"}};
  EXPECT_EQ(value("AZ_BATCH_TASK_ID"), "task");
  EXPECT_EQ(value("BATCH_EMULATOR_TASK"), "job/task/2");
  EXPECT_EQ(value("BATCH_EMULATOR_NODE"), "node-1");
}
TEST_F(EnvironmentTest, NamesThatAreNoneAreLeftOut) {
  of_user_ = {{"", "x"}, {"A=B", "x"}, {std::string("A\0", 2), "x"}};
  for (const auto& [name, ignored] : environment()) {
    EXPECT_FALSE(name.empty());
    EXPECT_EQ(name.find('='), std::string::npos);
    EXPECT_EQ(name.find('\0'), std::string::npos);
  }
}
TEST_F(EnvironmentTest, EachNameIsThereOnce) {
  of_user_ = {{"PATH", "a"}, {"PATH", "b"}, {"HOME", "c"}};
  auto variables = environment();
  std::vector<std::string> names;
  for (const auto& [name, ignored] : variables) names.push_back(name);
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST_F(EnvironmentTest, OnlyPoolsWithMountsHaveAMountsDirectory) {
  EXPECT_EQ(value("AZ_BATCH_NODE_MOUNTS_DIR"), "<absent>");
  has_mounts_ = true;
  EXPECT_EQ(value("AZ_BATCH_NODE_MOUNTS_DIR"), "/n/root/fsmounts");
}
TEST_F(EnvironmentTest, InstancesOfAMultiInstanceTaskKnowEachOther) {
  instances_ = wire::node::MultiInstance{.instance = 0, .hosts = {"127.9.0.4", "127.9.0.5"}, .cores = 4};
  EXPECT_EQ(value("AZ_BATCH_NODE_LIST"), "127.9.0.4;127.9.0.5");
  EXPECT_EQ(value("AZ_BATCH_HOST_LIST"), "127.9.0.4,127.9.0.5");
  EXPECT_EQ(value("AZ_BATCH_MASTER_NODE"), "127.9.0.4:6000");
  EXPECT_EQ(value("AZ_BATCH_IS_CURRENT_NODE_MASTER"), "true");
  EXPECT_EQ(value("AZ_BATCH_TASK_SHARED_DIR"), "/n/root/workitems/job/job-1/task");
  EXPECT_EQ(value("CCP_NODES"), "2 127.9.0.4 4 127.9.0.5 4");
  instances_->instance = 1;
  EXPECT_EQ(value("AZ_BATCH_IS_CURRENT_NODE_MASTER"), "false");
  EXPECT_EQ(value("BATCH_EMULATOR_HOST"), "127.9.0.5");
}
TEST_F(EnvironmentTest, OrdinaryTasksKnowOfNoInstances) {
  for (const char* name : {"AZ_BATCH_NODE_LIST", "AZ_BATCH_HOST_LIST", "AZ_BATCH_MASTER_NODE",
                           "AZ_BATCH_IS_CURRENT_NODE_MASTER", "AZ_BATCH_TASK_SHARED_DIR", "CCP_NODES"}) {
    EXPECT_EQ(value(name), "<absent>");
  }
}

}  // namespace
}  // namespace nodeagent::task
