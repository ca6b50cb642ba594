// Tasks over the API.
#include "tests/unit/rest/rest_fixture.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

class TasksTest : public RestTest {
 protected:
  void SetUp() override { add_job(); }
  json add_collection(const json& tasks) {
    const auto reply = call("POST", "/jobs/j/addtaskcollection", json{{"value", tasks}});
    EXPECT_EQ(reply.status, 200) << reply.text;
    return reply.json()["value"];
  }
};

TEST_F(TasksTest, NewTaskAnswers201WithItsOwnLocation) {
  const auto reply = call("POST", "/jobs/J/tasks", task_body("T1"));
  EXPECT_EQ(reply.status, 201) << reply.text;
  EXPECT_EQ(reply.headers.get("Location"), std::string{kBase} + "/jobs/j/tasks/T1");
}

TEST_F(TasksTest, ActiveTaskShowsItsDefaultsAndCounters) {
  add_task();
  const auto reply = call("GET", "/jobs/j/tasks/t");
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto task = reply.json();
  EXPECT_EQ(task["state"], "active");
  EXPECT_EQ(task["executionInfo"], (json{{"retryCount", 0}, {"requeueCount", 0}}));
  EXPECT_EQ(task["constraints"]["maxWallClockTime"], "P10675199DT2H48M5.4775807S");
  EXPECT_EQ(task["constraints"]["retentionTime"], "P7D");
  EXPECT_EQ(task["constraints"]["maxTaskRetryCount"], 0);
  EXPECT_EQ(task["userIdentity"]["autoUser"]["elevationLevel"], "nonadmin");
  EXPECT_FALSE(task.contains("nodeInfo"));
  EXPECT_FALSE(task.contains("previousState"));
}

TEST_F(TasksTest, RetryCountDefaultsToTheJobs) {
  auto body = job_body("k");
  body["constraints"] = {{"maxTaskRetryCount", 4}};
  ASSERT_EQ(call("POST", "/jobs", body).status, 201);
  ASSERT_EQ(call("POST", "/jobs/k/tasks", task_body()).status, 201);
  EXPECT_EQ(call("GET", "/jobs/k/tasks/t").json()["constraints"]["maxTaskRetryCount"], 4);
}

TEST_F(TasksTest, CollectionAnswersEachItemForItself) {
  const auto results = add_collection({task_body("a"), {{"id", "b"}}, task_body("a"), task_body("c")});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0]["status"], "Success");
  EXPECT_EQ(results[0]["location"], std::string{kBase} + "/jobs/j/tasks/a");
  EXPECT_TRUE(results[0].contains("eTag"));
  EXPECT_EQ(results[1]["status"], "ClientError");
  EXPECT_EQ(results[1]["error"]["code"], "MissingRequiredProperty");
  EXPECT_EQ(results[1]["taskId"], "b");
  EXPECT_EQ(results[2]["error"]["code"], "TaskExists");
  EXPECT_EQ(results[3]["status"], "Success");
}

TEST_F(TasksTest, CollectionOfAnUnknownJobFailsAsAWhole) {
  const auto reply = call("POST", "/jobs/q/addtaskcollection", json{{"value", {task_body()}}});
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.code(), "JobNotFound");
}

TEST_F(TasksTest, CollectionOfACompletedJobFailsAsAWholeEvenWithoutAValidItem) {
  ASSERT_EQ(call("POST", "/jobs/j/terminate").status, 202);
  settle();
  const auto reply = call("POST", "/jobs/j/addtaskcollection", json{{"value", {{{"id", "x"}}}}});
  EXPECT_EQ(reply.code(), "JobCompleted");
}

TEST_F(TasksTest, CollectionOfMoreThanAHundredIsRefused) {
  auto tasks = json::array();
  for (int i = 0; i <= 100; ++i) tasks.push_back(task_body("t" + std::to_string(i)));
  EXPECT_EQ(call("POST", "/jobs/j/addtaskcollection", json{{"value", tasks}}).status, 400);
}

TEST_F(TasksTest, CollectionAboveOneMegabyteIsRequestBodyTooLarge) {
  auto files = json::array();
  for (int i = 0; i < 10'000; ++i) {
    const auto name = "resourceFile" + std::to_string(i);
    files.push_back({{"httpUrl", "https://mystorageaccount.blob.core.windows.net/files/" + name}, {"filePath", name}});
  }
  auto task = task_body();
  task["resourceFiles"] = files;
  const auto reply = call("POST", "/jobs/j/addtaskcollection", json{{"value", {task}}});
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.code(), "RequestBodyTooLarge");
}

TEST_F(TasksTest, TaskOfAnUnknownJobIsAJobNotFound) {
  EXPECT_EQ(call("GET", "/jobs/q/tasks/t").code(), "JobNotFound");
  EXPECT_EQ(call("GET", "/jobs/j/tasks/q").code(), "TaskNotFound");
  EXPECT_EQ(call("POST", "/jobs/q/tasks", task_body()).code(), "JobNotFound");
}

TEST_F(TasksTest, ListIsOrderedByIdAndFilteredByState) {
  for (const auto* id : {"c", "a", "b"}) add_task(id);
  ASSERT_EQ(call("POST", "/jobs/j/tasks/b/terminate").status, 204);
  const auto all = call("GET", "/jobs/j/tasks").json()["value"];
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0]["id"], "a");
  const auto done = call("GET", "/jobs/j/tasks?api-version=2022-10-01.16.0&$filter=state%20eq%20'completed'").json();
  ASSERT_EQ(done["value"].size(), 1U);
  EXPECT_EQ(done["value"][0]["id"], "b");
  EXPECT_EQ(call("GET", "/jobs/q/tasks").code(), "JobNotFound");
}

TEST_F(TasksTest, PageOfLargeTasksEndsEarlyWithALink) {
  for (int i = 0; i < 6; ++i) {
    auto task = task_body("t" + std::to_string(i));
    task["environmentSettings"] = json::array();
    for (int n = 0; n < 30; ++n) {
      task["environmentSettings"].push_back({{"name", "N" + std::to_string(n)}, {"value", std::string(30'000, 'x')}});
    }
    ASSERT_EQ(call("POST", "/jobs/j/tasks", task).status, 201);
  }
  const auto first = call("GET", "/jobs/j/tasks").json();
  ASSERT_TRUE(first.contains("odata.nextLink"));
  const auto second = call("GET", first["odata.nextLink"].get<std::string>().substr(kBase.size())).json();
  EXPECT_EQ(first["value"].size() + second["value"].size(), 6U);
}

TEST_F(TasksTest, PutReplacesTheConstraints) {
  add_task();
  const json update{{"constraints", {{"maxWallClockTime", "PT1H"}, {"maxTaskRetryCount", 2}}}};
  ASSERT_EQ(call("PUT", "/jobs/j/tasks/t", update).status, 200);
  const auto task = call("GET", "/jobs/j/tasks/t").json();
  EXPECT_EQ(task["constraints"]["maxWallClockTime"], "PT1H");
  EXPECT_EQ(task["constraints"]["maxTaskRetryCount"], 2);
  EXPECT_EQ(task["constraints"]["retentionTime"], "P7D");
}

TEST_F(TasksTest, TerminatedTaskCanBeReactivatedAndUpdated) {
  add_task();
  EXPECT_EQ(call("POST", "/jobs/j/tasks/t/terminate").status, 204);
  const auto ended = call("GET", "/jobs/j/tasks/t").json();
  EXPECT_EQ(ended["state"], "completed");
  EXPECT_EQ(ended["executionInfo"]["failureInfo"]["code"], "TaskEnded");
  EXPECT_EQ(ended["executionInfo"]["result"], "failure");
  EXPECT_EQ(call("POST", "/jobs/j/tasks/t/terminate").code(), "TaskCompleted");
  EXPECT_EQ(call("POST", "/jobs/j/tasks/t/reactivate").status, 204);
  EXPECT_EQ(call("GET", "/jobs/j/tasks/t").json()["state"], "active");
  EXPECT_EQ(call("PUT", "/jobs/j/tasks/t", json{{"constraints", {{"maxTaskRetryCount", 1}}}}).status, 200);
}

TEST_F(TasksTest, DeletedTaskMayBeAddedAgainAtOnce) {
  add_task();
  EXPECT_EQ(call("DELETE", "/jobs/j/tasks/t").status, 200);
  EXPECT_EQ(call("POST", "/jobs/j/tasks", task_body()).status, 201);
}

TEST_F(TasksTest, FinishedTaskShowsWhereItRanAndHowItEnded) {
  add_pool("p", 1);
  const auto node = join_first_node();
  add_task();
  settle();
  finish_task("t", 3);
  const auto task = call("GET", "/jobs/j/tasks/t").json();
  EXPECT_EQ(task["state"], "completed");
  EXPECT_EQ(task["previousState"], "running");
  EXPECT_EQ(task["executionInfo"]["exitCode"], 3);
  EXPECT_EQ(task["executionInfo"]["result"], "failure");
  EXPECT_EQ(task["executionInfo"]["failureInfo"]["category"], "UserError");
  EXPECT_EQ(task["nodeInfo"]["nodeId"], node.node.text());
  EXPECT_EQ(task["nodeInfo"]["taskRootDirectory"], "workitems/j/job-1/t");
  const auto shown = call("GET", "/pools/p/nodes/" + node.node.text()).json();
  EXPECT_EQ(shown["recentTasks"][0]["taskId"], "t");
  EXPECT_EQ(shown["totalTasksRun"], 1);
}

TEST_F(TasksTest, UnknownMembersAreRefusedByName) {
  auto task = task_body();
  task["runElevated"] = true;
  const auto reply = call("POST", "/jobs/j/tasks", task);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "UnsupportedProperty");
}

TEST_F(TasksTest, AMultiInstanceTaskTakesExactlyOneSlot) {
  auto task = task_body();
  task["multiInstanceSettings"] = {{"numberOfInstances", 2}, {"coordinationCommandLine", "/bin/true"}};
  task["requiredSlots"] = 2;
  const auto reply = call("POST", "/jobs/j/tasks", task);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "InvalidPropertyValue");
}

TEST_F(TasksTest, OrdinaryTasksHaveNoSubtasks) {
  add_task();
  const auto reply = call("GET", "/jobs/j/tasks/t/subtasksinfo");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.json()["value"], json::array());
  EXPECT_EQ(call("GET", "/jobs/j/tasks/absent/subtasksinfo").code(), "TaskNotFound");
}

TEST_F(TasksTest, SubtasksAreListedWithoutThePrimary) {
  auto pool = pool_body("p", 2);
  pool["enableInterNodeCommunication"] = true;
  ASSERT_EQ(call("POST", "/pools", pool).status, 201);
  join_all_nodes();
  auto task = task_body();
  task["multiInstanceSettings"] = {{"numberOfInstances", 2}, {"coordinationCommandLine", "/bin/true"}};
  ASSERT_EQ(call("POST", "/jobs/j/tasks", task).status, 201);
  settle();
  const auto listed = call("GET", "/jobs/j/tasks/t/subtasksinfo").json();
  ASSERT_EQ(listed["value"].size(), 1U);
  const auto& subtask = listed["value"][0];
  EXPECT_EQ(subtask["id"], 1);
  EXPECT_EQ(subtask["state"], "running");
  EXPECT_TRUE(subtask.contains("startTime") && subtask.contains("stateTransitionTime"));
  EXPECT_FALSE(subtask.contains("endTime") || subtask.contains("exitCode") || subtask.contains("result"));
  const auto primary = call("GET", "/jobs/j/tasks/t").json();
  EXPECT_NE(subtask["nodeInfo"]["nodeId"], primary["nodeInfo"]["nodeId"]);
  EXPECT_EQ(subtask["nodeInfo"]["taskRootDirectory"], "workitems/j/job-1/t/1");
  const auto node = call("GET", "/pools/p/nodes/" + subtask["nodeInfo"]["nodeId"].get<std::string>()).json();
  EXPECT_EQ(node["recentTasks"][0]["subtaskId"], 1);
  finish_task("t", 0);
  const auto ended = call("GET", "/jobs/j/tasks/t/subtasksinfo").json()["value"][0];
  EXPECT_EQ(ended["state"], "completed");
  EXPECT_EQ(ended["previousState"], "running");
  EXPECT_TRUE(ended.contains("endTime"));
}

TEST_F(TasksTest, InAContainerTheCommandLineMayBeEmpty) {
  auto task = task_body();
  task["commandLine"] = "";
  EXPECT_EQ(call("POST", "/jobs/j/tasks", task).status, 400);
  task["containerSettings"] = {{"imageName", "ubuntu"}};
  EXPECT_EQ(call("POST", "/jobs/j/tasks", task).status, 201);
  EXPECT_EQ(call("GET", "/jobs/j/tasks/t").json()["containerSettings"]["imageName"], "ubuntu");
}

TEST_F(TasksTest, ManagedIdentitiesOfARegistryAreRefusedByName) {
  auto task = task_body();
  task["containerSettings"] = {{"imageName", "i"}, {"registry", {{"identityReference", {{"resourceId", "r"}}}}}};
  const auto reply = call("POST", "/jobs/j/tasks", task);
  EXPECT_EQ(reply.status, 501);
  EXPECT_NE(reply.text.find("containerSettings.registry.identityReference"), std::string::npos);
}

}  // namespace
}  // namespace emulator::rest
