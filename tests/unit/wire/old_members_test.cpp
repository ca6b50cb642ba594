// What versions called otherwise: kept under the newest names, shown under the reader's (contract 1.2).
#include "wire/batch/errors.h"
#include "wire/batch/schema.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

using nlohmann::json;

json kept(Version version, RequestType type, const char* body) {
  auto canonical = validate(version, type, json::parse(body));
  EXPECT_TRUE(canonical) << (canonical ? "" : canonical.error().message) << body;
  return canonical ? *canonical : json();
}
json shown(Version version, EntityType type, const json& stored) {
  return json(project(version, type, stored));
}

TEST(OldMembersTest, CloudServicesOf2_2AreDescribedInThePool) {
  const auto pool = kept(Version::v2_2, RequestType::pool_add,
                         R"({"id":"p","vmSize":"small","osFamily":"4","targetOSVersion":"*","targetDedicated":3})");
  EXPECT_EQ(pool, json::parse(R"({"id":"p","vmSize":"small","targetDedicatedNodes":3,
                                  "cloudServiceConfiguration":{"osFamily":"4","osVersion":"*"}})"));
  EXPECT_EQ(shown(Version::v2_2, EntityType::pool, pool),
            json::parse(R"({"id":"p","vmSize":"small","osFamily":"4","targetOSVersion":"*","currentOSVersion":"*",
                            "targetDedicated":3})"));
  EXPECT_EQ(validate(Version::v2_2, RequestType::pool_add, {{"id", "p"}, {"vmSize", "small"}}).error().code,
            ErrorCode::MissingRequiredProperty);
}

TEST(OldMembersTest, CloudServicesUntil7HaveATargetAndACurrentVersion) {
  const auto pool = kept(Version::v7_0, RequestType::pool_add, R"({"id":"p","vmSize":"small",
      "cloudServiceConfiguration":{"osFamily":"4","targetOSVersion":"WA-GUEST-OS-4.1_201601-01"}})");
  EXPECT_EQ(pool["cloudServiceConfiguration"]["osVersion"], "WA-GUEST-OS-4.1_201601-01");
  const auto old = shown(Version::v3_0, EntityType::pool, pool)["cloudServiceConfiguration"];
  EXPECT_EQ(old, json::parse(R"({"osFamily":"4","targetOSVersion":"WA-GUEST-OS-4.1_201601-01",
                                 "currentOSVersion":"WA-GUEST-OS-4.1_201601-01"})"));
  EXPECT_EQ(shown(Version::v8_0, EntityType::pool, pool)["cloudServiceConfiguration"],
            json::parse(R"({"osFamily":"4","osVersion":"WA-GUEST-OS-4.1_201601-01"})"));
}

TEST(OldMembersTest, AnUpgradeShowsTheVersionTheNodesAreStillAt) {
  const json pool = {{"cloudServiceConfiguration", {{"osFamily", "4"}, {"osVersion", "b"}, {"currentOSVersion", "a"}}}};
  EXPECT_EQ(shown(Version::v2_2, EntityType::pool, pool)["currentOSVersion"], "a");
  EXPECT_EQ(shown(Version::v7_0, EntityType::pool, pool)["cloudServiceConfiguration"]["currentOSVersion"], "a");
}

TEST(OldMembersTest, Until4PoolsHaveOneKindOfNodes) {
  const json pool = {{"targetDedicatedNodes", 2},
                     {"currentDedicatedNodes", 1},
                     {"targetLowPriorityNodes", 7},
                     {"currentLowPriorityNodes", 6},
                     {"resizeErrors", {{{"code", "AllocationTimedout"}}, {{"code", "ResizeStopped"}}}}};
  EXPECT_EQ(shown(Version::v4_0, EntityType::pool, pool),
            json::parse(R"({"targetDedicated":2,"currentDedicated":1,"resizeError":{"code":"AllocationTimedout"}})"));
  EXPECT_EQ(shown(Version::v5_0, EntityType::pool, pool), pool);
  EXPECT_EQ(kept(Version::v4_0, RequestType::pool_resize, R"({"targetDedicated":5})"),
            json({{"targetDedicatedNodes", 5}}));
  EXPECT_FALSE(validate(Version::v4_0, RequestType::pool_resize, json::object()));
  EXPECT_FALSE(validate(Version::v5_0, RequestType::pool_resize, {{"targetDedicated", 5}}));
}

TEST(OldMembersTest, Until3_1TasksRunElevatedOrNot) {
  const auto task = kept(Version::v3_1, RequestType::task_add, R"({"id":"t","commandLine":"x","runElevated":true})");
  EXPECT_EQ(task["userIdentity"], json({{"autoUser", {{"elevationLevel", "admin"}}}}));
  EXPECT_EQ(shown(Version::v3_1, EntityType::task, task)["runElevated"], true);
  EXPECT_FALSE(shown(Version::v4_0, EntityType::task, task).contains("runElevated"));
  const json named = {{"userIdentity", {{"username", "u"}}}};
  EXPECT_EQ(shown(Version::v2_2, EntityType::task, named)["runElevated"], false);
  EXPECT_EQ(validate(Version::v4_0, RequestType::task_add, {{"id", "t"}, {"commandLine", "x"}, {"runElevated", true}})
                .error()
                .code,
            ErrorCode::UnsupportedProperty);
}

TEST(OldMembersTest, Until4OnlyWhatKeptATaskFromRunningIsShownAsItsError) {
  auto with = [](const char* code) {
    return json{
        {"executionInfo", {{"result", "failure"}, {"failureInfo", {{"category", "UserError"}, {"code", code}}}}}};
  };
  EXPECT_EQ(shown(Version::v3_0, EntityType::task, with("BlobNotFound"))["executionInfo"],
            json({{"schedulingError", {{"category", "UserError"}, {"code", "BlobNotFound"}}}}));
  EXPECT_FALSE(shown(Version::v3_0, EntityType::task, with("FailureExitCode")).contains("executionInfo"));
  EXPECT_TRUE(shown(Version::v6_0, EntityType::task, with("BlobNotFound"))["executionInfo"].contains("failureInfo"));
}

TEST(OldMembersTest, Until4ExitConditionsNameSchedulingErrors) {
  const auto task =
      kept(Version::v3_1, RequestType::task_add,
           R"({"id":"t","commandLine":"x","exitConditions":{"schedulingError":{"jobAction":"terminate"}}})");
  EXPECT_EQ(task["exitConditions"], json({{"preProcessingError", {{"jobAction", "terminate"}}}}));
  EXPECT_EQ(shown(Version::v4_0, EntityType::task, task)["exitConditions"],
            json({{"schedulingError", {{"jobAction", "terminate"}}}}));
  EXPECT_EQ(shown(Version::v5_0, EntityType::task, task)["exitConditions"], task["exitConditions"]);
  EXPECT_FALSE(shown(Version::v3_0, EntityType::task, task).contains("exitConditions"));
}

TEST(OldMembersTest, Until7AResourceFileIsOneBlob) {
  const auto task = kept(Version::v7_0, RequestType::task_add,
                         R"({"id":"t","commandLine":"x","resourceFiles":[{"blobSource":"u","filePath":"f"}]})");
  EXPECT_EQ(task["resourceFiles"], json::parse(R"([{"httpUrl":"u","filePath":"f"}])"));
  EXPECT_EQ(shown(Version::v7_0, EntityType::task, task)["resourceFiles"],
            json::parse(R"([{"blobSource":"u","filePath":"f"}])"));
  auto lacks = [](const char* file) {
    const json body = {{"id", "t"}, {"commandLine", "x"}, {"resourceFiles", {json::parse(file)}}};
    return validate(Version::v7_0, RequestType::task_add, body).error().code;
  };
  EXPECT_EQ(lacks(R"({"filePath":"f"})"), ErrorCode::MissingRequiredProperty);
  EXPECT_EQ(lacks(R"({"blobSource":"u"})"), ErrorCode::MissingRequiredProperty);
  EXPECT_EQ(lacks(R"({"httpUrl":"u","filePath":"f"})"), ErrorCode::UnsupportedProperty);
}

TEST(OldMembersTest, TheSshKeyOf4BelongsToTheLinuxUser) {
  const auto pool = kept(Version::v4_0, RequestType::pool_add, R"({"id":"p","vmSize":"small",
      "userAccounts":[{"name":"u","password":"s3cret","sshPrivateKey":"k3y"}]})");
  EXPECT_EQ(pool["userAccounts"][0]["linuxUserConfiguration"]["sshPrivateKey"], "k3y");
  for (auto version : {Version::v4_0, Version::v5_0, kNewestVersion}) {
    EXPECT_EQ(shown(version, EntityType::pool, pool)["userAccounts"], json::parse(R"([{"name":"u"}])"));
  }
}

TEST(OldMembersTest, ImagesByAddressAreImageIdsLater) {
  const auto pool = kept(Version::v4_0, RequestType::pool_add, R"({"id":"p","vmSize":"small",
      "virtualMachineConfiguration":{"nodeAgentSKUId":"s","osDisk":{"imageUris":["https://a/x.vhd"],"caching":"readonly"}}})");
  EXPECT_EQ(shown(Version::v5_1, EntityType::pool, pool)["virtualMachineConfiguration"],
            json::parse(R"({"nodeAgentSKUId":"s","osDisk":{"imageUris":["https://a/x.vhd"],"caching":"readOnly"}})"));
  EXPECT_EQ(shown(Version::v9_0, EntityType::pool, pool)["virtualMachineConfiguration"],
            json::parse(R"({"nodeAgentSKUId":"s","imageReference":{"virtualMachineImageId":"https://a/x.vhd"}})"));
  EXPECT_FALSE(validate(Version::v4_0, RequestType::pool_add, json::parse(R"({"id":"p","vmSize":"small",
      "virtualMachineConfiguration":{"nodeAgentSKUId":"s","osDisk":{"imageUris":["u"]},
      "imageReference":{"publisher":"p","offer":"o","sku":"s"}}})")));
}

TEST(OldMembersTest, ContainersAreDockersUntil6_1) {
  const char* body = R"({"id":"p","vmSize":"small","virtualMachineConfiguration":{"nodeAgentSKUId":"s",
      "imageReference":{"publisher":"p","offer":"o","sku":"s"},"containerConfiguration":{"type":"docker"}}})";
  const auto pool = kept(Version::v6_0, RequestType::pool_add, body);
  auto type = [&](Version version) {
    return shown(version, EntityType::pool, pool)["virtualMachineConfiguration"]["containerConfiguration"]["type"];
  };
  EXPECT_EQ(pool["virtualMachineConfiguration"]["containerConfiguration"]["type"], "dockerCompatible");
  EXPECT_EQ(type(Version::v6_1), "docker");
  EXPECT_EQ(type(Version::v7_0), "dockerCompatible");
  EXPECT_FALSE(validate(Version::v7_0, RequestType::pool_add, json::parse(body)));
}

TEST(OldMembersTest, PackagesOfPoolsAreShortNamesUntil15) {
  const std::string path =
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.Batch/batchAccounts/a/applications/app";
  const json pool = {{"applicationPackageReferences", {{{"applicationId", path}, {"version", "1"}}}}};
  auto id = [&](Version version) {
    return shown(version, EntityType::pool, pool)["applicationPackageReferences"][0]["applicationId"];
  };
  EXPECT_EQ(id(Version::v15_0), "app");
  EXPECT_EQ(id(Version::v16_0), path);
}

TEST(OldMembersTest, EnumerationsAreInCamelCaseFrom4To5_1) {
  const json job = {{"onAllTasksComplete", "terminatejob"}, {"onTaskFailure", "noaction"}, {"state", "active"}};
  EXPECT_EQ(shown(Version::v3_1, EntityType::job, job), job);
  EXPECT_EQ(shown(Version::v6_0, EntityType::job, job), job);
  for (auto version : {Version::v4_0, Version::v5_0, Version::v5_1}) {
    EXPECT_EQ(shown(version, EntityType::job, job),
              json({{"onAllTasksComplete", "terminateJob"}, {"onTaskFailure", "noAction"}, {"state", "active"}}));
  }
  EXPECT_EQ(kept(Version::v4_0, RequestType::job_patch, R"({"onAllTasksComplete":"terminateJob"})"),
            json({{"onAllTasksComplete", "terminatejob"}}));
}

TEST(OldMembersTest, CoordinationMayBeLeftOutUntil5_1AndInstancesFrom6) {
  auto allowed = [](Version version, const char* settings) {
    const json body = {{"id", "t"}, {"commandLine", "x"}, {"multiInstanceSettings", json::parse(settings)}};
    return validate(version, RequestType::task_add, body).has_value();
  };
  EXPECT_TRUE(allowed(Version::v5_1, R"({"numberOfInstances":2})"));
  EXPECT_FALSE(allowed(Version::v6_0, R"({"numberOfInstances":2})"));
  EXPECT_FALSE(allowed(Version::v5_1, R"({"coordinationCommandLine":"x"})"));
  EXPECT_TRUE(allowed(Version::v6_0, R"({"coordinationCommandLine":"x"})"));
}

TEST(OldMembersTest, SelectionsReachIntoObjects) {
  const odata::Select select({"id", "executionInfo/exitCode", "nodeInfo"});
  const json task = {{"id", "t"},
                     {"state", "active"},
                     {"executionInfo", {{"exitCode", 3}, {"retryCount", 1}}},
                     {"nodeInfo", {{"poolId", "p"}, {"nodeId", "n"}}}};
  EXPECT_EQ(project(Version::v15_0, EntityType::task, task, &select).dump(),
            R"({"id":"t","executionInfo":{"exitCode":3},"nodeInfo":{"poolId":"p","nodeId":"n"}})");
  EXPECT_TRUE(has_member(Version::v15_0, EntityType::task, "executionInfo/exitCode"));
  EXPECT_FALSE(has_member(Version::v15_0, EntityType::task, "executionInfo/colour"));
  EXPECT_FALSE(has_member(Version::v15_0, EntityType::task, "id/exitCode"));
  EXPECT_FALSE(has_member(Version::v15_0, EntityType::task, "executionInfo/"));
}

}  // namespace
}  // namespace wire::batch
