// Every published example of 2024-02-01.19.0: requests are accepted and canonical form is a fixed point, entities are
// shown as they are.
#include "wire/batch/checks.h"
#include "wire/batch/schema.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

using nlohmann::json;

const json& examples() {
  static const json all = json::parse(std::ifstream(WIRE_TEST_DATA "/examples.json"));
  return all;
}

const std::map<std::string, RequestType>& requests() {
  static const std::map<std::string, RequestType> all = {
      {"pool_add", RequestType::pool_add},
      {"pool_patch", RequestType::pool_patch},
      {"pool_update_properties", RequestType::pool_update_properties},
      {"pool_resize", RequestType::pool_resize},
      {"pool_remove_nodes", RequestType::pool_remove_nodes},
      {"pool_enable_auto_scale", RequestType::pool_enable_auto_scale},
      {"pool_evaluate_auto_scale", RequestType::pool_evaluate_auto_scale},
      {"job_add", RequestType::job_add},
      {"job_patch", RequestType::job_patch},
      {"job_update", RequestType::job_update},
      {"job_disable", RequestType::job_disable},
      {"job_terminate", RequestType::job_terminate},
      {"job_schedule_add", RequestType::job_schedule_add},
      {"job_schedule_patch", RequestType::job_schedule_patch},
      {"job_schedule_update", RequestType::job_schedule_update},
      {"task_add", RequestType::task_add},
      {"task_add_collection", RequestType::task_add_collection},
      {"task_update", RequestType::task_update},
      {"node_reboot", RequestType::node_reboot},
      {"node_reimage", RequestType::node_reimage},
      {"node_disable_scheduling", RequestType::node_disable_scheduling},
      {"node_user_add", RequestType::node_user_add},
      {"node_user_update", RequestType::node_user_update},
      {"node_upload_logs", RequestType::node_upload_logs},
      {"certificate_add", RequestType::certificate_add},
  };
  return all;
}

const std::map<std::string, EntityType>& entities() {
  static const std::map<std::string, EntityType> all = {
      {"pool", EntityType::pool},
      {"node", EntityType::node},
      {"job", EntityType::job},
      {"job_schedule", EntityType::job_schedule},
      {"task", EntityType::task},
      {"subtask", EntityType::subtask},
      {"file", EntityType::file},
      {"supported_image", EntityType::supported_image},
      {"pool_node_counts", EntityType::pool_node_counts},
      {"job_preparation_and_release_status", EntityType::job_preparation_and_release_status},
      {"task_add_result", EntityType::task_add_result},
      {"auto_scale_run", EntityType::auto_scale_run},
      {"application", EntityType::application},
      {"usage_metrics", EntityType::usage_metrics},
      {"certificate", EntityType::certificate},
      {"node_extension", EntityType::node_extension},
      {"remote_login_settings", EntityType::remote_login_settings},
      {"upload_logs_result", EntityType::upload_logs_result},
  };
  return all;
}

TEST(ExamplesTest, EveryRequestIsAcceptedAndItsCanonicalFormIsAFixedPoint) {
  int seen = 0;
  for (const json& example : examples()) {
    if (!example.contains("request")) continue;
    ++seen;
    auto type = requests().at(example["request"]);
    auto canonical = validate(Version::v19_0, type, example["body"]);
    ASSERT_TRUE(canonical) << example["name"] << " " << canonical.error().message << " "
                           << canonical.error().details.at(0).value;
    EXPECT_EQ(validate(Version::v19_0, type, *canonical).value(), *canonical) << example["name"];
  }
  EXPECT_GT(seen, 40);
}

TEST(ExamplesTest, EveryTaskOfACollectionIsAcceptedAsATask) {
  for (const json& example : examples()) {
    if (example.value("request", "") != "task_add_collection") continue;
    for (const json& task : example["body"]["value"]) {
      EXPECT_TRUE(validate(Version::v19_0, RequestType::task_add, task)) << example["name"];
    }
  }
}

/// The published examples write contentLength as a number; the live service sends a text (contract 1.5).
json as_sent(json entity) {
  if (entity.contains("properties") && entity["properties"].contains("contentLength")) {
    json& length = entity["properties"]["contentLength"];
    length = length.dump();
  }
  return entity;
}

TEST(ExamplesTest, EveryEntityIsShownAsItIs) {
  int seen = 0;
  for (const json& example : examples()) {
    if (!example.contains("entity")) continue;
    ++seen;
    auto shown = project(Version::v19_0, entities().at(example["entity"]), example["body"]);
    EXPECT_EQ(json(shown), as_sent(example["body"])) << example["name"];
  }
  EXPECT_GT(seen, 40);
}

TEST(ExamplesTest, EveryEntityProjectsInEveryVersion) {
  for (const json& example : examples()) {
    if (!example.contains("entity")) continue;
    for (int i = 0; i <= static_cast<int>(kNewestVersion); ++i) {
      auto type = entities().at(example["entity"]);
      auto once = project(static_cast<Version>(i), type, example["body"]);
      EXPECT_LE(once.size(), example["body"].size()) << example["name"];
    }
  }
}

/// What the article's Python program sends, as recorded (2018-12-01.8.0).
TEST(ExamplesTest, TheArticlesRequestsAreAcceptedInEveryVersionSince) {
  json pool = json::parse(
      R"({"id":"LinuxFfmpegPool","vmSize":"STANDARD_A1_v2","virtualMachineConfiguration":{"imageReference":
      {"publisher":"Canonical","offer":"UbuntuServer","sku":"18.04-LTS","version":"latest"},"nodeAgentSKUId":
      "batch.node.ubuntu 18.04"},"targetDedicatedNodes":0,"targetLowPriorityNodes":5,"startTask":{"commandLine":
      "/bin/bash -c \"apt-get update && apt-get install -y ffmpeg\"","userIdentity":{"autoUser":{"scope":"pool",
      "elevationLevel":"admin"}},"waitForSuccess":true}})");
  json job = json::parse(R"({"id":"LinuxFfmpegJob","poolInfo":{"poolId":"LinuxFfmpegPool"}})");
  json task = json::parse(
      R"({"id":"Task4","commandLine":"/bin/bash -c \"ffmpeg -i LowPriVMs-4.mp4 LowPriVMs-4.mp3 \"","resourceFiles":
      [{"httpUrl":"https://stor.blob.core.windows.net/input/LowPriVMs-4.mp4?sig=x","filePath":"LowPriVMs-4.mp4"}],
      "outputFiles":[{"filePattern":"LowPriVMs-4.mp3","destination":{"container":{"containerUrl":
      "https://stor.blob.core.windows.net/output?sig=x"}},"uploadOptions":{"uploadCondition":"tasksuccess"}}]})");
  for (int i = static_cast<int>(Version::v8_0); i <= static_cast<int>(kNewestVersion); ++i) {
    auto version = static_cast<Version>(i);
    EXPECT_TRUE(check_pool_add(validate(version, RequestType::pool_add, pool).value())) << name_of(version);
    EXPECT_TRUE(check_job_add(validate(version, RequestType::job_add, job).value())) << name_of(version);
    EXPECT_TRUE(check_task_add(validate(version, RequestType::task_add, task).value())) << name_of(version);
  }
}

}  // namespace
}  // namespace wire::batch
