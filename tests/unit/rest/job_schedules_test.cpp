// Job schedules and auto pools as clients see them (contract 4.3, 4.4), and statistics (4.7, 9.1).
#include "tests/unit/rest/rest_fixture.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

class JobSchedulesRestTest : public RestTest {
 protected:
  static json schedule_body(const json& schedule = json::object(), const std::string& id = "s") {
    return {{"id", id}, {"schedule", schedule}, {"jobSpecification", {{"poolInfo", {{"poolId", "p"}}}}}};
  }
  void add(const json& schedule = json::object(), const std::string& id = "s") {
    const auto answer = call("POST", "/jobschedules", schedule_body(schedule, id));
    ASSERT_EQ(answer.status, 201) << answer.text;
  }
  json get(const std::string& path) {
    const auto answer = call("GET", path);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.json();
  }
  static std::string with(const std::string& path, const std::string& query) {
    return path + "?" + std::string{kVersionQuery} + "&" + query;
  }
  static json auto_pool(const std::string& lifetime = "job", bool keep_alive = false) {
    auto pool = pool_body("", 0);
    pool.erase("id");
    return {
        {"autoPoolSpecification",
         {{"autoPoolIdPrefix", "auto"}, {"poolLifetimeOption", lifetime}, {"keepAlive", keep_alive}, {"pool", pool}}}};
  }
};

TEST_F(JobSchedulesRestTest, AddAnswers201WithItsRightLocation) {
  const auto answer = call("POST", "/jobschedules", schedule_body());
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.headers.get("Location"), std::string{kBase} + "/jobschedules/s");
  EXPECT_EQ(answer.headers.get("DataServiceId"), std::string{kBase} + "/jobschedules/s");
  EXPECT_FALSE(answer.headers.get("ETag").empty());
}

TEST_F(JobSchedulesRestTest, GetShowsWhatWasSetWithTheDefaultsOfAJob) {
  add({{"recurrenceInterval", "PT10M"}});
  const auto schedule = get("/jobschedules/s");
  EXPECT_EQ(schedule["odata.metadata"], std::string{kBase} + "/$metadata#jobschedules/@Element");
  EXPECT_EQ(schedule["id"], "s");
  EXPECT_EQ(schedule["url"], std::string{kBase} + "/jobschedules/s");
  EXPECT_EQ(schedule["state"], "active");
  EXPECT_EQ(schedule["schedule"]["recurrenceInterval"], "PT10M");
  EXPECT_EQ(schedule["jobSpecification"]["priority"], 0);
  EXPECT_EQ(schedule["jobSpecification"]["constraints"]["maxTaskRetryCount"], 0);
  EXPECT_EQ(schedule["executionInfo"]["recentJob"]["id"], "s:job-1");
  EXPECT_EQ(schedule["executionInfo"]["recentJob"]["url"], std::string{kBase} + "/jobs/s:job-1");
  EXPECT_TRUE(schedule["executionInfo"].contains("nextRunTime"));
  EXPECT_FALSE(schedule.contains("previousState"));
  EXPECT_FALSE(schedule.contains("stats"));
}

TEST_F(JobSchedulesRestTest, JobOfAScheduleIsReadWithARawOrEscapedColon) {
  add();
  EXPECT_EQ(get("/jobs/s:job-1")["id"], "s:job-1");
  EXPECT_EQ(get("/jobs/s%3Ajob-1")["id"], "s:job-1");
  EXPECT_EQ(get("/jobs/s:job-1")["url"], std::string{kBase} + "/jobs/s:job-1");
}

TEST_F(JobSchedulesRestTest, TasksOfItsJobsLiveInADirectoryOfTheirOwn) {
  add_pool("p", 1);
  add();
  ASSERT_EQ(call("POST", "/jobs/s:job-1/tasks", task_body()).status, 201);
  join_first_node();
  const auto task = get("/jobs/s:job-1/tasks/t");
  EXPECT_EQ(task["nodeInfo"]["taskRootDirectory"], "workitems/s/job-1/t");
}

TEST_F(JobSchedulesRestTest, ExistsAnswers200Or404WithoutBody) {
  add();
  const auto there = call("HEAD", "/jobschedules/S");
  EXPECT_EQ(there.status, 200);
  EXPECT_FALSE(there.headers.get("ETag").empty());
  const auto absent = call("HEAD", "/jobschedules/x");
  EXPECT_EQ(absent.status, 404);
  EXPECT_TRUE(absent.text.empty());
}

TEST_F(JobSchedulesRestTest, ListIsFilteredAndPaged) {
  add(json::object(), "a");
  add({{"doNotRunUntil", "2099-01-01T00:00:00Z"}}, "b");
  EXPECT_EQ(get("/jobschedules")["value"].size(), 2U);
  const auto first = get(with("/jobschedules", "maxresults=1"));
  EXPECT_EQ(first["value"][0]["id"], "a");
  EXPECT_TRUE(first.contains("odata.nextLink"));
  const auto later = get(with("/jobschedules", "$filter=schedule/doNotRunUntil%20gt%20DateTime'2050-01-01T00:00:00Z'"));
  ASSERT_EQ(later["value"].size(), 1U);
  EXPECT_EQ(later["value"][0]["id"], "b");
  EXPECT_FALSE(later["value"][0]["executionInfo"].contains("recentJob"));
}

TEST_F(JobSchedulesRestTest, JobsOfAScheduleAreListedWithoutTheFilterOnIds) {
  add();
  add(json::object(), "other");
  const auto jobs = get("/jobschedules/s/jobs");
  ASSERT_EQ(jobs["value"].size(), 1U);
  EXPECT_EQ(jobs["value"][0]["id"], "s:job-1");
  EXPECT_EQ(call("GET", with("/jobschedules/s/jobs", "$filter=id%20eq%20'x'")).code(), "InvalidQueryParameterValue");
  EXPECT_EQ(call("GET", "/jobschedules/x/jobs").code(), "JobScheduleNotFound");
}

TEST_F(JobSchedulesRestTest, PatchReplacesWhatIsGivenWhole) {
  auto body = schedule_body({{"recurrenceInterval", "PT10M"}, {"startWindow", "PT2M"}});
  body["metadata"] = json::array({{{"name", "a"}, {"value", "b"}}});
  ASSERT_EQ(call("POST", "/jobschedules", body).status, 201);
  const json patch = {{"schedule", {{"recurrenceInterval", "PT20M"}}}};
  EXPECT_EQ(call("PATCH", "/jobschedules/s", patch).status, 200);
  const auto schedule = get("/jobschedules/s");
  EXPECT_EQ(schedule["schedule"]["recurrenceInterval"], "PT20M");
  EXPECT_FALSE(schedule["schedule"].contains("startWindow"));
  EXPECT_EQ(schedule["metadata"][0]["name"], "a");
}

TEST_F(JobSchedulesRestTest, PutDeletesTheMetadataThatIsNotGiven) {
  auto body = schedule_body();
  body["metadata"] = json::array({{{"name", "a"}, {"value", "b"}}});
  ASSERT_EQ(call("POST", "/jobschedules", body).status, 201);
  auto put = schedule_body({{"recurrenceInterval", "PT20M"}});
  put.erase("id");
  EXPECT_EQ(call("PUT", "/jobschedules/s", put).status, 200);
  EXPECT_FALSE(get("/jobschedules/s").contains("metadata"));
  put.erase("jobSpecification");
  EXPECT_EQ(call("PUT", "/jobschedules/s", put).code(), "MissingRequiredProperty");
}

TEST_F(JobSchedulesRestTest, ActionsAnswerWithTheirDocumentedStatus) {
  add({{"recurrenceInterval", "PT10M"}});
  EXPECT_EQ(call("POST", "/jobschedules/s/disable").status, 204);
  EXPECT_EQ(call("POST", "/jobschedules/s/enable").status, 204);
  const auto terminated = call("POST", "/jobschedules/s/terminate");
  EXPECT_EQ(terminated.status, 202);
  EXPECT_EQ(terminated.headers.get("DataServiceId"), std::string{kBase} + "/jobschedules/s/terminate");
  settle();
  EXPECT_EQ(get("/jobschedules/s")["state"], "completed");
  EXPECT_TRUE(get("/jobschedules/s")["executionInfo"].contains("endTime"));
  EXPECT_EQ(get("/jobs/s:job-1")["executionInfo"]["terminateReason"], "TerminateJobSchedule");
  EXPECT_EQ(call("POST", "/jobschedules/s/terminate").code(), "JobScheduleCompleted");
  EXPECT_EQ(call("DELETE", "/jobschedules/s").status, 202);
}

TEST_F(JobSchedulesRestTest, ConditionOnAnOldETagIsNotMet) {
  add();
  const HeaderFields stale{{"If-Match", "0x8D9D665BEA2AAD4"}};
  EXPECT_EQ(call("POST", "/jobschedules/s/disable", std::string{}, stale).status, 412);
}

TEST_F(JobSchedulesRestTest, IntervalsBelowAMinuteAreRefused) {
  EXPECT_EQ(call("POST", "/jobschedules", schedule_body({{"recurrenceInterval", "PT59S"}})).code(),
            "InvalidPropertyValue");
  EXPECT_EQ(call("POST", "/jobschedules", schedule_body({{"startWindow", "PT1S"}})).code(), "InvalidPropertyValue");
}

TEST_F(JobSchedulesRestTest, SameIdAsAJobIsRefused) {
  add_job("s");
  EXPECT_EQ(call("POST", "/jobschedules", schedule_body()).code(), "JobWithSameIdExists");
  add(json::object(), "t");
  EXPECT_EQ(call("POST", "/jobs", job_body("t")).code(), "JobScheduleWithSameIdExists");
}

TEST_F(JobSchedulesRestTest, AutoPoolKeepsItsSpecificationAndExecutionInfoNamesThePool) {
  ASSERT_EQ(call("POST", "/jobs", json{{"id", "j"}, {"poolInfo", auto_pool()}}).status, 201);
  const auto job = get("/jobs/j");
  EXPECT_EQ(job["poolInfo"]["autoPoolSpecification"]["autoPoolIdPrefix"], "auto");
  EXPECT_EQ(job["poolInfo"]["autoPoolSpecification"]["pool"]["taskSlotsPerNode"], 1);
  EXPECT_FALSE(job["poolInfo"].contains("poolId"));
  const std::string pool = job["executionInfo"]["poolId"];
  EXPECT_TRUE(pool.starts_with("auto"));
  EXPECT_EQ(get("/pools/" + pool)["vmSize"], "standard_a1_v2");
}

TEST_F(JobSchedulesRestTest, OnlyKeepAliveOfAnAutoPoolMayChange) {
  ASSERT_EQ(call("POST", "/jobs", json{{"id", "j"}, {"poolInfo", auto_pool()}}).status, 201);
  EXPECT_EQ(call("PATCH", "/jobs/j", json{{"poolInfo", auto_pool("job", true)}}).status, 200);
  EXPECT_EQ(get("/jobs/j")["poolInfo"]["autoPoolSpecification"]["keepAlive"], true);
  auto other = auto_pool("job", true);
  other["autoPoolSpecification"]["pool"]["vmSize"] = "standard_a2_v2";
  EXPECT_EQ(call("PATCH", "/jobs/j", json{{"poolInfo", other}}).code(), "InvalidPropertyValue");
  EXPECT_EQ(call("PATCH", "/jobs/j", json{{"priority", 5}}).status, 200);
}

TEST_F(JobSchedulesRestTest, LifetimeOfAScheduleIsNotForAJob) {
  EXPECT_EQ(call("POST", "/jobs", json{{"id", "j"}, {"poolInfo", auto_pool("jobschedule")}}).code(),
            "InvalidPropertyValue");
}

TEST_F(JobSchedulesRestTest, PoolOfTheSpecificationIsCheckedAsANewPoolIs) {
  auto info = auto_pool();
  info["autoPoolSpecification"]["pool"]["resizeTimeout"] = "PT1M";
  EXPECT_EQ(call("POST", "/jobs", json{{"id", "j"}, {"poolInfo", info}}).code(), "InvalidPropertyValue");
}

TEST_F(JobSchedulesRestTest, StatsAreShownWhenTheyAreExpanded) {
  add_pool("p", 1);
  add();
  ASSERT_EQ(call("POST", "/jobs/s:job-1/tasks", task_body()).status, 201);
  join_first_node();
  finish_task("t", 1);
  for (const std::string path : {"/jobschedules/s", "/jobs/s:job-1"}) {
    const auto stats = get(with(path, "$expand=stats"))["stats"];
    EXPECT_EQ(stats["numFailedTasks"], "1") << path;
    EXPECT_EQ(stats["numSucceededTasks"], "0") << path;
    EXPECT_EQ(stats["readIOps"], "0") << path;
    EXPECT_TRUE(stats["wallClockTime"].is_string()) << path;
  }
  const auto task = get(with("/jobs/s:job-1/tasks/t", "$expand=stats"))["stats"];
  EXPECT_EQ(task["userCPUTime"], "PT0S");
  EXPECT_FALSE(task.contains("numFailedTasks"));
  const auto pool = get(with("/pools/p", "$expand=stats"))["stats"];
  EXPECT_TRUE(pool["usageStats"]["dedicatedCoreTime"].is_string());
  EXPECT_TRUE(pool["resourceStats"]["avgCPUPercentage"].is_number());
  EXPECT_EQ(get(with("/jobs", "$expand=stats"))["value"][0]["stats"]["numFailedTasks"], "1");
  EXPECT_FALSE(get("/jobs/s:job-1").contains("stats"));
}

TEST_F(JobSchedulesRestTest, ExpandedStatsMustBeSelectedToShow) {
  add_job();
  EXPECT_FALSE(get(with("/jobs/j", "$select=id,state&$expand=stats")).contains("stats"));
  EXPECT_TRUE(get(with("/jobs/j", "$select=id,stats&$expand=stats")).contains("stats"));
}

TEST_F(JobSchedulesRestTest, LifetimeStatisticsAreThereUntil16) {
  add_pool("p", 1);
  const auto jobs = get("/lifetimejobstats");
  EXPECT_EQ(jobs["odata.metadata"], std::string{kBase} + "/$metadata#jobstats/@Element");
  EXPECT_EQ(jobs["numSucceededTasks"], "0");
  EXPECT_EQ(jobs["url"], std::string{kBase} + "/lifetimejobstats");
  EXPECT_TRUE(get("/lifetimepoolstats")["usageStats"].contains("dedicatedCoreTime"));
  EXPECT_EQ(call("GET", "/lifetimejobstats?api-version=2023-05-01.17.0").status, 400);
}

TEST_F(JobSchedulesRestTest, UsageMetricsWantTimesThatAreLongEnoughAgo) {
  EXPECT_EQ(get("/poolusagemetrics")["value"].size(), 0U);
  const auto recent = wire::print_timestamp(clock_.now() - std::chrono::hours{1});
  EXPECT_EQ(call("GET", with("/poolusagemetrics", "starttime=" + recent)).code(), "InvalidQueryParameterValue");
  EXPECT_EQ(call("GET", with("/poolusagemetrics", "endtime=" + recent)).code(), "InvalidQueryParameterValue");
  EXPECT_EQ(call("GET", with("/poolusagemetrics", "starttime=yesterday")).code(), "InvalidQueryParameterValue");
}

}  // namespace
}  // namespace emulator::rest
