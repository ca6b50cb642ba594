// What the service echoes for members left out.
#include "wire/batch/schema.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

using nlohmann::json;

constexpr auto kNoLimit = "P10675199DT2H48M5.4775807S";
const json kPoolUser = {{"autoUser", {{"scope", "pool"}, {"elevationLevel", "nonadmin"}}}};
const json kTaskUser = {{"autoUser", {{"scope", "task"}, {"elevationLevel", "nonadmin"}}}};

TEST(DefaultsTest, PoolEchoesTheServicesDefaults) {
  json pool = apply_defaults(Version::v15_0, EntityType::pool,
                             {{"id", "p"},
                              {"vmSize", "STANDARD_D2_V3"},
                              {"virtualMachineConfiguration", {{"imageReference", {{"offer", "o"}}}}}});
  EXPECT_EQ(pool, json({{"id", "p"},
                        {"vmSize", "standard_d2_v3"},
                        {"virtualMachineConfiguration", {{"imageReference", {{"offer", "o"}, {"version", "latest"}}}}},
                        {"resizeTimeout", "PT15M"},
                        {"enableAutoScale", false},
                        {"enableInterNodeCommunication", false},
                        {"targetDedicatedNodes", 0},
                        {"targetLowPriorityNodes", 0},
                        {"taskSlotsPerNode", 1},
                        {"taskSchedulingPolicy", {{"nodeFillType", "Spread"}}}}));
}

TEST(DefaultsTest, GivenValuesStay) {
  json pool = apply_defaults(
      Version::v15_0, EntityType::pool,
      {{"resizeTimeout", "PT5M"}, {"taskSlotsPerNode", 3}, {"taskSchedulingPolicy", {{"nodeFillType", "Pack"}}}});
  EXPECT_EQ(pool["resizeTimeout"], "PT5M");
  EXPECT_EQ(pool["taskSlotsPerNode"], 3);
  EXPECT_EQ(pool["taskSchedulingPolicy"]["nodeFillType"], "Pack");
}

TEST(DefaultsTest, AutoscaleHasAnInterval) {
  json pool = apply_defaults(Version::v15_0, EntityType::pool, {{"enableAutoScale", true}});
  EXPECT_EQ(pool["autoScaleEvaluationInterval"], "PT15M");
}

TEST(DefaultsTest, StartTaskChangedWith10) {
  json pool = {{"startTask", {{"commandLine", "x"}}}};
  json old = apply_defaults(Version::v9_0, EntityType::pool, pool)["startTask"];
  EXPECT_EQ(old["waitForSuccess"], false);
  EXPECT_EQ(old["userIdentity"], kTaskUser);
  json newer = apply_defaults(Version::v10_0, EntityType::pool, pool)["startTask"];
  EXPECT_EQ(newer["waitForSuccess"], true);
  EXPECT_EQ(newer["userIdentity"], kPoolUser);
  EXPECT_EQ(newer["maxTaskRetryCount"], 0);
}

TEST(DefaultsTest, JobEchoesTheServicesDefaults) {
  json job = apply_defaults(Version::v15_0, EntityType::job, {{"id", "j"}, {"poolInfo", {{"poolId", "p"}}}});
  EXPECT_EQ(job, json({{"id", "j"},
                       {"poolInfo", {{"poolId", "p"}}},
                       {"priority", 0},
                       {"maxParallelTasks", -1},
                       {"allowTaskPreemption", false},
                       {"usesTaskDependencies", false},
                       {"constraints", {{"maxWallClockTime", kNoLimit}, {"maxTaskRetryCount", 0}}},
                       {"onAllTasksComplete", "noaction"},
                       {"onTaskFailure", "noaction"}}));
}

TEST(DefaultsTest, TaskDefaultsMemberByMember) {
  json task =
      apply_defaults(Version::v15_0, EntityType::task, {{"id", "t"}, {"constraints", {{"maxTaskRetryCount", 3}}}});
  EXPECT_EQ(task,
            json({{"id", "t"},
                  {"constraints", {{"maxTaskRetryCount", 3}, {"maxWallClockTime", kNoLimit}, {"retentionTime", "P7D"}}},
                  {"requiredSlots", 1},
                  {"userIdentity", kPoolUser}}));
  EXPECT_EQ(apply_defaults(Version::v8_0, EntityType::task, {})["userIdentity"], kTaskUser);
}

TEST(DefaultsTest, TaskWithoutConstraintsLeavesRetriesToTheJob) {
  EXPECT_FALSE(
      apply_defaults(Version::v15_0, EntityType::task, {{"id", "t"}})["constraints"].contains("maxTaskRetryCount"));
}

TEST(DefaultsTest, NamedUserGetsNoAutoUser) {
  json task = apply_defaults(Version::v15_0, EntityType::task, {{"userIdentity", {{"username", "u"}}}});
  EXPECT_EQ(task["userIdentity"], json({{"username", "u"}}));
}

TEST(DefaultsTest, SpecialTasksHaveTheirIdsAndLimits) {
  json job = apply_defaults(Version::v15_0, EntityType::job,
                            {{"jobManagerTask", {{"id", "m"}, {"commandLine", "x"}}},
                             {"jobPreparationTask", {{"commandLine", "x"}}},
                             {"jobReleaseTask", {{"commandLine", "x"}}}});
  EXPECT_EQ(job["jobManagerTask"]["runExclusive"], true);
  EXPECT_EQ(job["jobManagerTask"]["requiredSlots"], 1);
  EXPECT_EQ(job["jobPreparationTask"]["id"], "jobpreparation");
  EXPECT_EQ(job["jobPreparationTask"]["constraints"]["retentionTime"], "P7D");
  EXPECT_EQ(job["jobReleaseTask"]["id"], "jobrelease");
  EXPECT_EQ(job["jobReleaseTask"]["maxWallClockTime"], "PT15M");
}

TEST(DefaultsTest, SchedulesAndAutoPoolsAreFilledInside) {
  json schedule = apply_defaults(
      Version::v15_0, EntityType::job_schedule,
      {{"jobSpecification",
        {{"poolInfo",
          {{"autoPoolSpecification", {{"poolLifetimeOption", "job"}, {"pool", {{"vmSize", "SMALL"}}}}}}}}}});
  const json& specification = schedule["jobSpecification"];
  EXPECT_EQ(specification["priority"], 0);
  EXPECT_EQ(specification["poolInfo"]["autoPoolSpecification"]["keepAlive"], false);
  EXPECT_EQ(specification["poolInfo"]["autoPoolSpecification"]["pool"]["vmSize"], "small");
}

}  // namespace
}  // namespace wire::batch
