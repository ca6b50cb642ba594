// The matrix of api-versions: what is made through one is read through every other, with that one's names and members
// (contract 1.2).
#include "tests/unit/rest/rest_fixture.h"

namespace emulator::rest {
namespace {

using enum wire::batch::Version;
using nlohmann::json;
using wire::batch::Version;

constexpr auto kOldest = wire::batch::kOldestVersion;
constexpr auto kNewest = wire::batch::kNewestVersion;

/// A member of an entity, and the first and last version whose readers see it.
struct Span {
  const char* pointer;
  Version first;
  Version last;
};

class VersionsTest : public RestTest {
 protected:
  Reply through(Version version, const std::string& method, const std::string& path, const json& body = nullptr) {
    const auto target = path + "?api-version=" + std::string{name_of(version)};
    return call(method, target, body.is_null() ? std::string{} : body.dump());
  }
  void make(Version version, const std::string& path, const char* body) {
    const auto reply = through(version, "POST", path, json::parse(body));
    ASSERT_EQ(reply.status, 201) << reply.text;
  }
  /// Reads the resource through every version and compares which members are there.
  void expect_spans(const std::string& path, std::span<const Span> spans) {
    for (int number = 0; number <= static_cast<int>(kNewest); ++number) {
      const auto version = static_cast<Version>(number);
      const auto reply = through(version, "GET", path);
      ASSERT_EQ(reply.status, 200) << reply.text;
      const auto entity = reply.json();
      for (const auto& span : spans) {
        EXPECT_EQ(entity.contains(json::json_pointer{span.pointer}), span.first <= version && version <= span.last)
            << span.pointer << " in " << name_of(version) << "\n"
            << entity.dump(1);
      }
    }
  }
  json read(Version version, const std::string& path) { return through(version, "GET", path).json(); }
};

constexpr Span kPoolSpans[] = {
    {"/targetDedicated", kOldest, v4_0},        {"/currentDedicated", kOldest, v4_0},
    {"/targetDedicatedNodes", v5_0, kNewest},   {"/currentDedicatedNodes", v5_0, kNewest},
    {"/targetLowPriorityNodes", v5_0, kNewest}, {"/currentLowPriorityNodes", v5_0, kNewest},
    {"/maxTasksPerNode", kOldest, v11_0},       {"/taskSlotsPerNode", v12_0, kNewest},
    {"/startTask/runElevated", kOldest, v3_1},  {"/startTask/userIdentity", v4_0, kNewest},
    {"/enableAutoScale", kOldest, kNewest},     {"/startTask/resourceFiles/0/blobSource", kOldest, v7_0},
    {"/resizeTimeout", kOldest, kNewest},       {"/startTask/resourceFiles/0/httpUrl", v8_0, kNewest},
};

TEST_F(VersionsTest, APoolMadeThroughTheOldestIsReadThroughAll) {
  make(v2_2, "/pools", R"({"id":"p","vmSize":"SMALL","osFamily":"4","targetDedicated":0,"maxTasksPerNode":2,
      "startTask":{"commandLine":"x","runElevated":true,
                   "resourceFiles":[{"blobSource":"https://a/b","filePath":"f"}]}})");
  expect_spans("/pools/p", kPoolSpans);
  constexpr Span kCloudSpans[] = {
      {"/osFamily", kOldest, v2_2},
      {"/targetOSVersion", kOldest, v2_2},
      {"/currentOSVersion", kOldest, v2_2},
      {"/virtualMachineConfiguration", kNewest, kOldest},  // never
      {"/cloudServiceConfiguration/osFamily", v3_0, v19_0},
      {"/cloudServiceConfiguration/targetOSVersion", v3_0, v7_0},
      {"/cloudServiceConfiguration/currentOSVersion", v3_0, v7_0},
      {"/cloudServiceConfiguration/osVersion", v8_0, v19_0},
      {"/certificateReferences", kNewest, kOldest},
  };
  expect_spans("/pools/p", kCloudSpans);
  EXPECT_EQ(read(kNewest, "/pools/p")["taskSlotsPerNode"], 2);
  EXPECT_EQ(read(kNewest, "/pools/p")["startTask"]["userIdentity"]["autoUser"],
            json::parse(R"({"scope":"task","elevationLevel":"admin"})"));
  EXPECT_EQ(read(kNewest, "/pools/p")["startTask"]["waitForSuccess"], false);
  EXPECT_EQ(read(v2_2, "/pools/p")["vmSize"], "small");
}

TEST_F(VersionsTest, APoolMadeThroughTheNewestIsReadThroughAll) {
  make(kNewest, "/pools", R"({"id":"p","vmSize":"standard_d2_v3","targetLowPriorityNodes":1,"taskSlotsPerNode":2,
      "virtualMachineConfiguration":{"imageReference":{"publisher":"canonical","offer":"ubuntuserver","sku":"18.04-lts"},
        "nodeAgentSKUId":"batch.node.ubuntu 18.04","licenseType":"Windows_Server",
        "dataDisks":[{"lun":0,"diskSizeGB":1}],"nodePlacementConfiguration":{"policy":"zonal"},
        "osDisk":{"caching":"none"},"securityProfile":{"encryptionAtHost":true}},
      "startTask":{"commandLine":"x","resourceFiles":[{"httpUrl":"https://a/b","filePath":"f"}]},
      "networkConfiguration":{"enableAcceleratedNetworking":true,"publicIPAddressConfiguration":
        {"provision":"usermanaged","ipAddressIds":["i"]}},
      "userAccounts":[{"name":"u","password":"p"}],"upgradePolicy":{"mode":"manual"},
      "metadata":[{"name":"a","value":"b"}]})");
  expect_spans("/pools/p", kPoolSpans);
  constexpr Span kMachineSpans[] = {
      {"/virtualMachineConfiguration", v3_0, kNewest},
      {"/virtualMachineConfiguration/licenseType", v6_0, kNewest},
      {"/virtualMachineConfiguration/dataDisks", v6_0, kNewest},
      {"/virtualMachineConfiguration/nodePlacementConfiguration", v14_0, kNewest},
      {"/virtualMachineConfiguration/securityProfile", v18_0, kNewest},
      {"/networkConfiguration/publicIPs", v10_0, v10_0},
      {"/networkConfiguration/publicIPAddressConfiguration", v11_0, kNewest},
      {"/networkConfiguration/enableAcceleratedNetworking", v17_0, kNewest},
      {"/userAccounts", v4_0, kNewest},
      {"/userAccounts/0/password", kNewest, kOldest},
      {"/upgradePolicy", v19_0, kNewest},
      {"/metadata", kOldest, kNewest},
      {"/osFamily", kNewest, kOldest},
  };
  expect_spans("/pools/p", kMachineSpans);
  EXPECT_EQ(read(v4_0, "/pools/p")["taskSchedulingPolicy"]["nodeFillType"], "spread");
  EXPECT_EQ(read(v6_0, "/pools/p")["taskSchedulingPolicy"]["nodeFillType"], "Spread");
}

constexpr Span kJobSpans[] = {
    {"/onAllTasksComplete", v3_1, kNewest},
    {"/onTaskFailure", v3_1, kNewest},
    {"/maxParallelTasks", v14_0, kNewest},
    {"/allowTaskPreemption", v15_0, kNewest},
    {"/constraints/maxTaskRetryCount", kOldest, kNewest},
    {"/usesTaskDependencies", kOldest, kNewest},
    {"/executionInfo/poolId", kOldest, kNewest},
};

TEST_F(VersionsTest, AJobMadeThroughAnyEndIsReadThroughAll) {
  make(v2_2, "/jobs", R"({"id":"old","poolInfo":{"poolId":"p"}})");
  make(kNewest, "/jobs", R"({"id":"new","poolInfo":{"poolId":"p"},"networkConfiguration":{"subnetId":"s"}})");
  expect_spans("/jobs/old", kJobSpans);
  expect_spans("/jobs/new", kJobSpans);
  constexpr Span kNetwork[] = {{"/networkConfiguration", v8_0, kNewest}};
  expect_spans("/jobs/new", kNetwork);
  EXPECT_EQ(read(v5_1, "/jobs/old")["onAllTasksComplete"], "noAction");
}

constexpr Span kTaskSpans[] = {
    {"/runElevated", kOldest, v3_1},
    {"/userIdentity", v4_0, kNewest},
    {"/requiredSlots", v12_0, kNewest},
    {"/resourceFiles/0/blobSource", kOldest, v7_0},
    {"/resourceFiles/0/httpUrl", v8_0, kNewest},
    {"/exitConditions/schedulingError", v3_1, v4_0},
    {"/exitConditions/preProcessingError", v5_0, kNewest},
    {"/constraints/retentionTime", kOldest, kNewest},
    {"/executionInfo/requeueCount", kOldest, kNewest},
};

TEST_F(VersionsTest, ATaskMadeThroughAnOldVersionIsReadThroughAll) {
  make(v3_1, "/jobs", R"({"id":"j","poolInfo":{"poolId":"p"},"onTaskFailure":"performExitOptionsJobAction"})");
  make(v3_1, "/jobs/j/tasks", R"({"id":"t","commandLine":"x","runElevated":false,
      "resourceFiles":[{"blobSource":"https://a/b","filePath":"f"}],
      "exitConditions":{"schedulingError":{"jobAction":"disable"}}})");
  expect_spans("/jobs/j/tasks/t", kTaskSpans);
  for (const auto version : {kOldest, v8_0, kNewest}) {
    EXPECT_EQ(read(version, "/jobs/j/tasks/t")["constraints"]["retentionTime"], "P10675199DT2H48M5.4775807S");
  }
}

TEST_F(VersionsTest, ATaskMadeThroughTheNewestIsReadThroughAll) {
  make(kNewest, "/jobs", R"({"id":"j","poolInfo":{"poolId":"p"},"onTaskFailure":"performExitOptionsJobAction"})");
  make(kNewest, "/jobs/j/tasks", R"({"id":"t","commandLine":"x",
      "resourceFiles":[{"httpUrl":"https://a/b","filePath":"f"}],
      "outputFiles":[{"filePattern":"*","destination":{"container":{"containerUrl":"u"}},
                      "uploadOptions":{"uploadCondition":"taskcompletion"}}],
      "exitConditions":{"preProcessingError":{"jobAction":"disable"},"fileUploadError":{"jobAction":"disable"}}})");
  expect_spans("/jobs/j/tasks/t", kTaskSpans);
  constexpr Span kOutput[] = {{"/outputFiles", v5_0, kNewest}, {"/exitConditions/fileUploadError", v5_0, kNewest}};
  expect_spans("/jobs/j/tasks/t", kOutput);
  EXPECT_EQ(read(v5_1, "/jobs/j/tasks/t")["outputFiles"][0]["uploadOptions"]["uploadCondition"], "taskCompletion");
  EXPECT_EQ(read(v6_0, "/jobs/j/tasks/t")["outputFiles"][0]["uploadOptions"]["uploadCondition"], "TaskCompletion");
  EXPECT_EQ(read(kOldest, "/jobs/j/tasks/t")["constraints"]["retentionTime"], "P7D");
}

TEST_F(VersionsTest, TasksThatFailedAreReadThroughAll) {
  add_pool("p", 1);
  join_first_node();
  add_job();
  add_task();
  settle();
  finish_task("t", 1);
  constexpr Span kFailed[] = {
      {"/executionInfo/exitCode", kOldest, kNewest},
      {"/executionInfo/failureInfo", v5_0, kNewest},
      {"/executionInfo/result", v5_0, kNewest},
      {"/executionInfo/schedulingError", kNewest, kOldest},  // never: the task did run
  };
  expect_spans("/jobs/j/tasks/t", kFailed);
  EXPECT_EQ(read(v5_0, "/jobs/j/tasks/t")["executionInfo"]["failureInfo"]["category"], "userError");
  EXPECT_EQ(read(v6_0, "/jobs/j/tasks/t")["executionInfo"]["failureInfo"]["category"], "UserError");
}

TEST_F(VersionsTest, ANodeIsReadThroughAll) {
  add_pool("p", 1);
  const auto node = join_first_node();
  constexpr Span kNodeSpans[] = {
      {"/runningTasksCount", v3_0, kNewest},   {"/totalTasksSucceeded", v3_0, kNewest},
      {"/totalTasksRun", kOldest, kNewest},    {"/isDedicated", v5_0, kNewest},
      {"/nodeAgentInfo", v7_0, kNewest},       {"/runningTaskSlotsCount", v12_0, kNewest},
      {"/virtualMachineInfo", v14_0, kNewest}, {"/certificateReferences", kOldest, v20_0},
  };
  expect_spans("/pools/p/nodes/" + node.node.text(), kNodeSpans);
}

TEST_F(VersionsTest, TaskCountsHaveThreeShapes) {
  add_job();
  constexpr Span kCounts[] = {
      {"/active", v5_1, v11_0},
      {"/validationStatus", v5_1, v6_1},
      {"/taskCounts/active", v12_0, kNewest},
      {"/taskSlotCounts/active", v12_0, kNewest},
  };
  for (int number = static_cast<int>(v5_1); number <= static_cast<int>(kNewest); ++number) {
    const auto version = static_cast<Version>(number);
    const auto counts = read(version, "/jobs/j/taskcounts");
    for (const auto& span : kCounts) {
      EXPECT_EQ(counts.contains(json::json_pointer{span.pointer}), span.first <= version && version <= span.last)
          << span.pointer << " in " << name_of(version);
    }
  }
}

TEST_F(VersionsTest, OperationsAnswerExactlyInTheirVersions) {
  for (const auto& operation : operations()) {
    for (int number = 0; number <= static_cast<int>(kNewest); ++number) {
      const auto version = static_cast<Version>(number);
      if (operation.first <= version && version <= operation.last) continue;
      std::string path{operation.path};
      for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
        const bool is_certificate = path.compare(open, 12, "{certificate") == 0;
        path.replace(open, path.find('}', open) - open + 1,
                     is_certificate ? "(thumbprintAlgorithm=sha1,thumbprint=0)" : "x");
      }
      if (const auto at = path.find("/certificates/("); at == 0) path.erase(13, 1);
      const auto reply = through(version, std::string{operation.method}, path, json::object());
      EXPECT_EQ(reply.status, 400) << operation.name << name_of(version);
      if (operation.method == "HEAD") continue;
      EXPECT_EQ(reply.code(), "InvalidUri") << operation.name << name_of(version);
    }
  }
}

TEST_F(VersionsTest, OperationsBeganAndEndedAsPublished) {
  const std::map<std::string_view, std::pair<Version, Version>> kSpans = {
      {"Task_AddCollection", {v3_0, kNewest}},
      {"ComputeNode_GetRemoteLoginSettings", {v3_0, kNewest}},
      {"Account_ListNodeAgentSkus", {v3_0, v8_0}},
      {"Task_Reactivate", {v3_1, kNewest}},
      {"Job_GetTaskCounts", {v5_1, kNewest}},
      {"Account_ListPoolNodeCounts", {v6_1, kNewest}},
      {"ComputeNode_UploadBatchServiceLogs", {v6_1, kNewest}},
      {"Pool_UpgradeOS", {kOldest, v7_0}},
      {"Account_ListSupportedImages", {v9_0, kNewest}},
      {"ComputeNodeExtension_List", {v14_0, kNewest}},
      {"ComputeNodeExtension_Get", {v14_0, kNewest}},
      {"Job_GetAllLifetimeStatistics", {kOldest, v16_0}},
      {"Pool_GetAllLifetimeStatistics", {kOldest, v16_0}},
      {"ComputeNode_Start", {v20_0, kNewest}},
      {"ComputeNode_Deallocate", {v20_0, kNewest}},
      {"ComputeNode_GetRemoteDesktop", {kOldest, v19_0}},
      {"Certificate_Add", {kOldest, v20_0}},
      {"Certificate_List", {kOldest, v20_0}},
      {"Certificate_Get", {kOldest, v20_0}},
      {"Certificate_Delete", {kOldest, v20_0}},
      {"Certificate_CancelDeletion", {kOldest, v20_0}},
  };
  for (const auto& operation : operations()) {
    const auto found = kSpans.find(operation.name);
    const auto expected = found == kSpans.end() ? std::pair{kOldest, kNewest} : found->second;
    EXPECT_EQ(operation.first, expected.first) << operation.name;
    EXPECT_EQ(operation.last, expected.second) << operation.name;
  }
}

TEST_F(VersionsTest, NodeAgentSkusAreListedUntil8) {
  const auto list = read(v7_0, "/nodeagentskus");
  EXPECT_TRUE(list["odata.metadata"].get<std::string>().ends_with("$metadata#nodeagentskus"));
  ASSERT_FALSE(list["value"].empty());
  const auto& first = list["value"][0];
  EXPECT_TRUE(first.contains("id") && first.contains("osType") && first.contains("verifiedImageReferences"));
  const auto windows = call("GET", "/nodeagentskus?api-version=2018-12-01.8.0&$filter=osType%20eq%20'windows'").json();
  ASSERT_EQ(windows["value"].size(), 1U) << windows;
  EXPECT_EQ(windows["value"][0]["id"], "batch.node.windows amd64");
}

TEST_F(VersionsTest, UpgradesOfCloudServicesAreOverAtOnce) {
  make(v7_0, "/pools", R"({"id":"p","vmSize":"small","cloudServiceConfiguration":{"osFamily":"4"}})");
  const auto reply =
      through(v7_0, "POST", "/pools/p/upgradeos", json::parse(R"({"targetOSVersion":"WA-GUEST-OS-4.45_201708-01"})"));
  EXPECT_EQ(reply.status, 202) << reply.text;
  EXPECT_TRUE(reply.headers.get("DataServiceId").ends_with("/pools/p/upgradeos"));
  EXPECT_NE(reply.headers.get("ETag"), "");
  EXPECT_EQ(read(v7_0, "/pools/p")["cloudServiceConfiguration"]["targetOSVersion"], "WA-GUEST-OS-4.45_201708-01");
  EXPECT_EQ(read(v19_0, "/pools/p")["cloudServiceConfiguration"]["osVersion"], "WA-GUEST-OS-4.45_201708-01");
}

TEST_F(VersionsTest, GettingAJobTakesConditionsFrom3_1) {
  add_job();
  const HeaderFields condition = {{"If-None-Match", "0x8D9D665BEA2AAD4"}};
  EXPECT_EQ(call("GET", "/jobs/j?api-version=2016-02-01.3.0", std::string{}, condition).code(), "UnsupportedHeader");
  EXPECT_EQ(call("GET", "/jobs/j?api-version=2016-07-01.3.1", std::string{}, condition).status, 200);
}

TEST_F(VersionsTest, ExistenceTakesASelectionIn2_2Alone) {
  add_pool();
  EXPECT_EQ(call("HEAD", "/pools/p?api-version=2015-12-01.2.2&$select=id").status, 200);
  EXPECT_EQ(call("HEAD", "/pools/p?api-version=2016-02-01.3.0&$select=id").status, 400);
}

TEST_F(VersionsTest, CollectionsAreLargerUntil6) {
  add_job();
  auto task = task_body();
  task["displayName"] = std::string(1000, 'x');
  json body = {{"value", {task}}, {"odata.padding", std::string(2 << 20, 'x')}};
  EXPECT_EQ(through(v6_0, "POST", "/jobs/j/addtaskcollection", body).status, 200);
  EXPECT_EQ(through(v6_1, "POST", "/jobs/j/addtaskcollection", body).status, 413);
}

TEST_F(VersionsTest, ResultsOfCollectionsAreInCamelCaseFrom4To5_1) {
  add_job();
  const json body = {{"value", {task_body("a")}}};
  EXPECT_EQ(through(v5_1, "POST", "/jobs/j/addtaskcollection", body).json()["value"][0]["status"], "success");
  const auto again = through(v6_0, "POST", "/jobs/j/addtaskcollection", body).json()["value"][0];
  EXPECT_EQ(again["status"], "ClientError");
  EXPECT_EQ(again["error"]["code"], "TaskExists");
}

TEST_F(VersionsTest, SelectionsReachIntoObjects) {
  add_job();
  add_task();
  const auto task = call("GET", "/jobs/j/tasks/t?api-version=2022-10-01.16.0&$select=id,executionInfo/retryCount");
  auto shown = task.json();
  shown.erase("odata.metadata");
  EXPECT_EQ(shown, json::parse(R"({"id":"t","executionInfo":{"retryCount":0}})"));
  EXPECT_EQ(call("GET", "/jobs/j/tasks/t?api-version=2022-10-01.16.0&$select=executionInfo/colour").code(),
            "InvalidQueryParameterValue");
}

}  // namespace
}  // namespace emulator::rest
