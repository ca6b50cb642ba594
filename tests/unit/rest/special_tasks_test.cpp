// Preparation, release and manager tasks of jobs over the API.
#include "tests/unit/rest/rest_fixture.h"

#include <fstream>

namespace emulator::rest {
namespace {

using nlohmann::json;

constexpr const char* kStatus = "/jobs/j/jobpreparationandreleasetaskstatus";

class SpecialTasksTest : public RestTest {
 protected:
  static json body_with_special_tasks() {
    auto body = job_body();
    body["jobPreparationTask"] = {{"commandLine", "prepare"}};
    body["jobReleaseTask"] = {{"commandLine", "release"}};
    return body;
  }
  /// "t" assigned to the only node, whose preparation is under way.
  void SetUp() override {
    add_pool("p", 1);
    node_ = join_first_node();
    ASSERT_EQ(call("POST", "/jobs", body_with_special_tasks()).status, 201);
    add_task();
    settle();
  }
  void finish_special(const std::string& task, int exit_code = 0) {
    const auto assigned = assignment_of(task);
    ASSERT_TRUE(assigned.has_value()) << task;
    core::TaskFinished finished{.task = assigned->task, .attempt = assigned->attempt, .end = core::RunEnd::exited};
    finished.ended = clock_.now();
    finished.exit_code = exit_code;
    finished.node = assigned->node;
    run(execute(std::move(finished)));
    settle();
  }
  json status() {
    const auto reply = call("GET", kStatus);
    EXPECT_EQ(reply.status, 200) << reply.text;
    return reply.json()["value"];
  }
  std::string job_state() { return call("GET", "/jobs/j").json()["state"]; }
  std::string task_state() { return call("GET", "/jobs/j/tasks/t").json()["state"]; }

  core::NodeKey node_;
};

TEST_F(SpecialTasksTest, TheJobEchoesTheDefaultsOfItsSpecialTasks) {
  const auto job = call("GET", "/jobs/j").json();
  const auto& preparation = job["jobPreparationTask"];
  EXPECT_EQ(preparation["id"], "jobpreparation");
  EXPECT_EQ(preparation["waitForSuccess"], true);
  EXPECT_EQ(preparation["rerunOnNodeRebootAfterSuccess"], true);
  EXPECT_EQ(preparation["constraints"]["maxTaskRetryCount"], 0);
  EXPECT_EQ(preparation["userIdentity"]["autoUser"]["scope"], "pool");
  EXPECT_EQ(job["jobReleaseTask"]["id"], "jobrelease");
  EXPECT_EQ(job["jobReleaseTask"]["maxWallClockTime"], "PT15M");
  EXPECT_EQ(job["jobReleaseTask"]["retentionTime"], "P7D");
}

TEST_F(SpecialTasksTest, ATaskIsPreparingUntilThePreparationSucceeds) {
  EXPECT_EQ(task_state(), "preparing");
  EXPECT_FALSE(call("GET", "/jobs/j/tasks/t").json()["executionInfo"].contains("startTime"));
  finish_special("jobpreparation");
  EXPECT_EQ(task_state(), "running");
}

TEST_F(SpecialTasksTest, TheStatusListShowsBothTasksOfANode) {
  finish_special("jobpreparation");
  auto list = status();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["poolId"], "p");
  EXPECT_EQ(list[0]["nodeId"], node_.node.text());
  EXPECT_EQ(list[0]["nodeUrl"], std::string{kBase} + "/pools/p/nodes/" + node_.node.text());
  const auto& preparation = list[0]["jobPreparationTaskExecutionInfo"];
  EXPECT_EQ(preparation["state"], "completed");
  EXPECT_EQ(preparation["exitCode"], 0);
  EXPECT_EQ(preparation["result"], "success");
  EXPECT_EQ(preparation["retryCount"], 0);
  EXPECT_EQ(preparation["taskRootDirectory"], "workitems/j/job-1/jobpreparation");
  EXPECT_FALSE(list[0].contains("jobReleaseTaskExecutionInfo"));

  finish_task("t");
  ASSERT_EQ(call("POST", "/jobs/j/terminate").status, 202);
  settle();
  EXPECT_EQ(status()[0]["jobReleaseTaskExecutionInfo"]["state"], "running");
  EXPECT_EQ(job_state(), "terminating");
  finish_special("jobrelease", 3);
  list = status();
  const auto& release = list[0]["jobReleaseTaskExecutionInfo"];
  EXPECT_EQ(release["result"], "failure");
  EXPECT_EQ(release["failureInfo"]["code"], "FailureExitCode");
  EXPECT_FALSE(release.contains("retryCount"));
  EXPECT_EQ(job_state(), "completed");
}

TEST_F(SpecialTasksTest, TheStatusListIsEmptyBeforeAnyTaskRan) {
  auto body = body_with_special_tasks();
  body["id"] = "idle";
  ASSERT_EQ(call("POST", "/jobs", body).status, 201);
  const auto reply = call("GET", "/jobs/idle/jobpreparationandreleasetaskstatus");
  EXPECT_EQ(reply.json()["value"], json::array());
  EXPECT_TRUE(reply.json()["odata.metadata"].get<std::string>().ends_with("#jobpreparationandreleasetaskstatuslist"));
}

TEST_F(SpecialTasksTest, TheStatusOfAJobWithoutPreparationTaskIsRefused) {
  add_job("plain");
  const auto reply = call("GET", "/jobs/plain/jobpreparationandreleasetaskstatus");
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.code(), "JobPreparationTaskNotSpecified");
  EXPECT_EQ(call("GET", "/jobs/none/jobpreparationandreleasetaskstatus").code(), "JobNotFound");
}

TEST_F(SpecialTasksTest, TheStatusOfAReleaseTaskThatTheJobLacksIsRefused) {
  auto body = job_body("only");
  body["jobPreparationTask"] = {{"commandLine", "prepare"}};
  ASSERT_EQ(call("POST", "/jobs", body).status, 201);
  const auto query = "?" + std::string{kVersionQuery} + "&$filter=jobReleaseTaskExecutionInfo/state%20eq%20'running'";
  const auto reply = call("GET", "/jobs/only/jobpreparationandreleasetaskstatus" + query);
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.code(), "JobReleaseTaskNotSpecified");
}

TEST_F(SpecialTasksTest, TheStatusListIsFilteredAndSelected) {
  finish_special("jobpreparation", 1);
  const auto list = [&](const std::string& query) {
    return call("GET", std::string{kStatus} + "?" + std::string{kVersionQuery} + query).json()["value"];
  };
  EXPECT_EQ(list("&$filter=jobPreparationTaskExecutionInfo/exitCode%20eq%201").size(), 1U);
  EXPECT_EQ(list("&$filter=jobPreparationTaskExecutionInfo/result%20eq%20'success'").size(), 0U);
  EXPECT_EQ(list("&$filter=poolId%20eq%20'p'%20and%20jobPreparationTaskExecutionInfo/state%20eq%20'completed'").size(),
            1U);
  EXPECT_EQ(list("&$filter=nodeId%20eq%20'other'").size(), 0U);
  EXPECT_EQ(list("&$select=nodeId")[0].size(), 1U);
}

TEST_F(SpecialTasksTest, FilesOfSpecialTasksAreReachedThroughTheNode) {
  const auto directory = root_of(node_) / "workitems/j/job-1/jobpreparation";
  std::filesystem::create_directories(directory);
  std::ofstream{directory / "stdout.txt"} << "prepared";
  const auto path = "/pools/p/nodes/" + node_.node.text() + "/files/workitems/j/job-1/";
  EXPECT_EQ(call("GET", path + "jobpreparation/stdout.txt").text, "prepared");
  const auto reply = call("GET", path + "jobrelease/stdout.txt");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.code(), "JobReleaseTaskNotRunOnNode");
}

TEST_F(SpecialTasksTest, FilesOfAPreparationTaskThatHasNotRunOnTheNodeAreRefused) {
  auto body = body_with_special_tasks();
  body["id"] = "idle";
  ASSERT_EQ(call("POST", "/jobs", body).status, 201);
  std::filesystem::create_directories(root_of(node_));
  const auto path = "/pools/p/nodes/" + node_.node.text() + "/files/workitems/idle/job-1/jobpreparation/stdout.txt";
  EXPECT_EQ(call("GET", path).code(), "JobPreparationTaskNotRunOnNode");
}

TEST_F(SpecialTasksTest, TasksMayNotUseTheIdsOfSpecialTasks) {
  EXPECT_EQ(call("POST", "/jobs/j/tasks", task_body("JobPreparation")).code(), "TaskIdSameAsJobPreparationTask");
  const auto reply = call("POST", "/jobs/j/tasks", task_body("jobrelease"));
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.code(), "TaskIdSameAsJobReleaseTask");
}

TEST_F(SpecialTasksTest, AReleaseTaskNeedsAPreparationTaskAndAtMostFifteenMinutes) {
  auto body = job_body("x");
  body["jobReleaseTask"] = {{"commandLine", "release"}};
  EXPECT_EQ(call("POST", "/jobs", body).code(), "InvalidPropertyValue");
  body["jobPreparationTask"] = {{"commandLine", "prepare"}};
  body["jobReleaseTask"]["maxWallClockTime"] = "PT16M";
  EXPECT_EQ(call("POST", "/jobs", body).code(), "InvalidPropertyValue");
}

TEST_F(SpecialTasksTest, ForceOfNewVersionsCompletesAJobWhoseNodesHaveNotFinished) {
  finish_special("jobpreparation");
  EXPECT_EQ(call("POST", "/jobs/j/terminate?api-version=2024-07-01.20.0&force=true").status, 202);
  EXPECT_EQ(job_state(), "completed");
  EXPECT_EQ(task_state(), "completed");
  EXPECT_EQ(call("DELETE", "/jobs/j?api-version=2024-07-01.20.0&force=true").status, 202);
  EXPECT_EQ(call("POST", "/jobs/j/terminate?api-version=2023-11-01.18.0&force=true").code(),
            "UnsupportedQueryParameter");
}

TEST_F(SpecialTasksTest, TheManagerTaskIsShownAmongTheTasksOfItsJob) {
  auto body = job_body("managed");
  body["jobManagerTask"] = {{"id", "boss"}, {"commandLine", "manage"}};
  body["onAllTasksComplete"] = "terminatejob";
  const auto added = call("POST", "/jobs", body);
  ASSERT_EQ(added.status, 201) << added.text;
  const auto manager = call("GET", "/jobs/managed").json()["jobManagerTask"];
  EXPECT_EQ(manager["killJobOnCompletion"], true);
  EXPECT_EQ(manager["runExclusive"], true);
  EXPECT_EQ(manager["allowLowPriorityNode"], true);
  EXPECT_EQ(manager["requiredSlots"], 1);
  const auto task = call("GET", "/jobs/managed/tasks/boss").json();
  EXPECT_EQ(task["commandLine"], "manage");
  EXPECT_EQ(task["id"], "boss");
  EXPECT_FALSE(task.contains("runExclusive"));
  EXPECT_EQ(call("GET", "/jobs/managed/tasks").json()["value"].size(), 1U);
}

TEST_F(SpecialTasksTest, AManagerTaskOfAnOldVersionLivesAsShortAsItsOtherTasks) {
  const auto is_short_lived = [&](const std::string& job) {
    auto look = [&](const core::Batch& batch) {
      const auto* task = batch.find_task({core::JobId{job}, core::TaskId{"m"}});
      return task == nullptr ? std::optional<bool>{} : std::optional{task->rules.short_lived};
    };
    return run(service_->read(std::move(look))).value();
  };
  auto body = job_body("old");
  body["jobManagerTask"] = {{"id", "m"}, {"commandLine", "x"}};
  ASSERT_EQ(call("POST", "/jobs?api-version=2018-08-01.7.0", body).status, 201);
  EXPECT_EQ(is_short_lived("old"), true);
  body["id"] = "new";
  ASSERT_EQ(call("POST", "/jobs?api-version=2018-12-01.8.0", body).status, 201);
  EXPECT_EQ(is_short_lived("new"), false);

  body.erase("id");
  const json schedule{{"id", "s"}, {"schedule", json::object()}, {"jobSpecification", body}};
  ASSERT_EQ(call("POST", "/jobschedules?api-version=2018-08-01.7.0", schedule).status, 201);
  settle();
  EXPECT_EQ(is_short_lived("s:job-1"), true);
}

TEST_F(SpecialTasksTest, AllowTaskPreemptionIsKeptAndPatched) {
  auto body = job_body("yields");
  body["allowTaskPreemption"] = true;
  ASSERT_EQ(call("POST", "/jobs", body).status, 201);
  EXPECT_EQ(call("GET", "/jobs/yields").json()["allowTaskPreemption"], true);
  ASSERT_EQ(call("PATCH", "/jobs/yields", json{{"allowTaskPreemption", false}}).status, 200);
  EXPECT_EQ(call("GET", "/jobs/yields").json()["allowTaskPreemption"], false);
}

TEST_F(SpecialTasksTest, ADependencyActionNeedsUsesTaskDependenciesUpToNine) {
  auto task = task_body("conditions");
  task["exitConditions"] = {{"default", {{"dependencyAction", "satisfy"}}}};
  const auto old = call("POST", "/jobs/j/tasks?api-version=2019-06-01.9.0", task);
  EXPECT_EQ(old.status, 400);
  EXPECT_EQ(old.code(), "InvalidPropertyValue");
  EXPECT_EQ(call("POST", "/jobs/j/tasks?api-version=2019-08-01.10.0", task).status, 201);
}

}  // namespace
}  // namespace emulator::rest
