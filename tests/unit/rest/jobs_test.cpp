// Jobs over the API.
#include "tests/unit/rest/rest_fixture.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

class JobsTest : public RestTest {};

TEST_F(JobsTest, LocationOfEveryNewJobEndsInJob1) {
  const auto reply = call("POST", "/jobs", job_body("whatever"));
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.headers.get("Location"), std::string{kBase} + "/jobs/job-1");
  EXPECT_EQ(reply.headers.get("DataServiceId"), std::string{kBase} + "/jobs/job-1");
}

TEST_F(JobsTest, MinimalJobEchoesTheServicesDefaults) {
  add_job();
  const auto reply = call("GET", "/jobs/j");
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto job = reply.json();
  EXPECT_EQ(job["priority"], 0);
  EXPECT_EQ(job["maxParallelTasks"], -1);
  EXPECT_EQ(job["allowTaskPreemption"], false);
  EXPECT_EQ(job["usesTaskDependencies"], false);
  EXPECT_EQ(job["constraints"]["maxWallClockTime"], "P10675199DT2H48M5.4775807S");
  EXPECT_EQ(job["constraints"]["maxTaskRetryCount"], 0);
  EXPECT_EQ(job["onAllTasksComplete"], "noaction");
  EXPECT_EQ(job["onTaskFailure"], "noaction");
  EXPECT_EQ(job["executionInfo"]["poolId"], "p");
  EXPECT_EQ(job["state"], "active");
  EXPECT_FALSE(job.contains("previousState"));
}

TEST_F(JobsTest, PatchReplacesConstraintsAsAWhole) {
  auto body = job_body();
  body["constraints"] = {{"maxTaskRetryCount", 3}};
  ASSERT_EQ(call("POST", "/jobs", body).status, 201);
  ASSERT_EQ(call("PATCH", "/jobs/j", json{{"constraints", {{"maxWallClockTime", "PT1H"}}}}).status, 200);
  const auto job = call("GET", "/jobs/j").json();
  EXPECT_EQ(job["constraints"]["maxWallClockTime"], "PT1H");
  EXPECT_EQ(job["constraints"]["maxTaskRetryCount"], 0);
}

TEST_F(JobsTest, UnchangedPoolInfoOfAnActiveJobMayBePatched) {
  add_job();
  const json patch{{"poolInfo", {{"poolId", "p"}}}, {"onAllTasksComplete", "noaction"}, {"priority", 5}};
  const auto reply = call("PATCH", "/jobs/j", patch);
  EXPECT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(call("GET", "/jobs/j").json()["priority"], 5);
}

TEST_F(JobsTest, ChangedPoolInfoOfAnActiveJobIsRefused) {
  add_job();
  EXPECT_EQ(call("PATCH", "/jobs/j", json{{"poolInfo", {{"poolId", "other"}}}}).status, 409);
}

TEST_F(JobsTest, PutResetsWhatItLeavesOut) {
  auto body = job_body();
  body["priority"] = 7;
  body["metadata"] = json::array({{{"name", "a"}, {"value", "b"}}});
  ASSERT_EQ(call("POST", "/jobs", body).status, 201);
  const auto reply = call("PUT", "/jobs/j", json{{"poolInfo", {{"poolId", "p"}}}});
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto job = call("GET", "/jobs/j").json();
  EXPECT_EQ(job["priority"], 0);
  EXPECT_FALSE(job.contains("metadata"));
}

TEST_F(JobsTest, TerminateJobIsAOneWayDoor) {
  add_job();
  add_task();
  ASSERT_EQ(call("PATCH", "/jobs/j", json{{"onAllTasksComplete", "terminatejob"}}).status, 200);
  const auto reply = call("PATCH", "/jobs/j", json{{"onAllTasksComplete", "noaction"}});
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "InvalidPropertyValue");
}

TEST_F(JobsTest, DisableEnableAndTerminateAreAcceptedBackToBack) {
  add_job();
  EXPECT_EQ(call("POST", "/jobs/j/disable", json{{"disableTasks", "terminate"}}).status, 202);
  EXPECT_EQ(call("POST", "/jobs/j/enable").status, 202);
  const auto reply = call("POST", "/jobs/j/terminate");
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.headers.get("DataServiceId"), std::string{kBase} + "/jobs/j/terminate");
  settle();
  const auto job = call("GET", "/jobs/j").json();
  EXPECT_EQ(job["state"], "completed");
  EXPECT_EQ(job["executionInfo"]["terminateReason"], "UserTerminate");
}

TEST_F(JobsTest, TerminateKeepsTheCallersReason) {
  add_job();
  ASSERT_EQ(call("POST", "/jobs/j/terminate", json{{"terminateReason", "enough"}}).status, 202);
  settle();
  EXPECT_EQ(call("GET", "/jobs/j").json()["executionInfo"]["terminateReason"], "enough");
}

TEST_F(JobsTest, DisableNeedsItsOption) {
  add_job();
  EXPECT_EQ(call("POST", "/jobs/j/disable", json::object()).code(), "MissingRequiredProperty");
}

TEST_F(JobsTest, CompletedJobRefusesToBeTerminatedAgain) {
  add_job();
  ASSERT_EQ(call("POST", "/jobs/j/terminate").status, 202);
  settle();
  EXPECT_EQ(call("POST", "/jobs/j/terminate").code(), "JobCompleted");
}

TEST_F(JobsTest, DeletedJobIsGone) {
  add_job();
  EXPECT_EQ(call("DELETE", "/jobs/j").status, 202);
  settle();
  EXPECT_EQ(call("GET", "/jobs/j").code(), "JobNotFound");
}

TEST_F(JobsTest, ForceIsAParameterOfTheNewestVersionsOnly) {
  add_job();
  EXPECT_EQ(call("DELETE", "/jobs/j?api-version=2022-10-01.16.0&force=true").code(), "UnsupportedQueryParameter");
  EXPECT_EQ(call("DELETE", "/jobs/j?api-version=2025-06-01&force=true").status, 202);
}

TEST_F(JobsTest, ThereIsNoHeadOnJobs) {
  add_job();
  EXPECT_EQ(call("HEAD", "/jobs/j").status, 405);
}

TEST_F(JobsTest, TaskCountsChangedTheirShapeWith12) {
  add_job();
  add_task();
  EXPECT_EQ(call("GET", "/jobs/j/taskcounts").json()["taskCounts"]["active"], 1);
  EXPECT_EQ(call("GET", "/jobs/j/taskcounts").json()["taskSlotCounts"]["active"], 1);
  EXPECT_EQ(call("GET", "/jobs/j/taskcounts?api-version=2018-12-01.8.0").json()["active"], 1);
  EXPECT_EQ(call("GET", "/jobs/q/taskcounts").code(), "JobNotFound");
}

TEST_F(JobsTest, JobsAreFilteredByState) {
  add_job("a");
  add_job("b");
  ASSERT_EQ(call("POST", "/jobs/b/terminate").status, 202);
  settle();
  const auto list = call("GET", "/jobs?api-version=2022-10-01.16.0&$filter=state%20eq%20'active'").json();
  ASSERT_EQ(list["value"].size(), 1U);
  EXPECT_EQ(list["value"][0]["id"], "a");
}

TEST_F(JobsTest, AFilterMayWriteItsSpacesAsPlusSigns) {
  add_job("a");
  const auto list = call("GET", "/jobs?api-version=2022-10-01.16.0&$filter=state+eq+'active'+and+id+eq+'a'").json();
  ASSERT_EQ(list["value"].size(), 1U);
  EXPECT_TRUE(call("GET", "/jobs?api-version=2022-10-01.16.0&$filter=id+eq+'a%2Bb'").json()["value"].empty());
}

}  // namespace
}  // namespace emulator::rest
