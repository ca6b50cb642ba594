// The members that contract 9.2 lists, event by event.
#include "emulator/events/event_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace emulator::events {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const core::Timestamp kNoon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1} + 12h;

json shown(const core::DiagnosticEventBody& body) {
  return json::parse(properties_of(body).dump());
}

core::ResizeFigures figures() {
  return {.pool = core::PoolId{"p"}, .current_dedicated = 1, .target_dedicated = 3};
}

core::TaskFigures task() {
  core::TaskFigures figures{.key = {core::JobId{"j"}, core::TaskId{"t"}},
                            .attempt = 1,
                            .required_slots = 2,
                            .node = core::NodeKey{core::PoolId{"p"}, core::NodeId{"n"}},
                            .max_retries = 3};
  figures.execution.started = kNoon;
  figures.execution.ended = kNoon + 1s;
  figures.execution.exit_code = 2;
  return figures;
}

TEST(EventJsonTest, PoolCreateShowsThePoolAndItsResizeTimeoutInMilliseconds) {
  core::PoolCreated event;
  event.pool.id = core::PoolId{"p"};
  event.pool.document = std::make_shared<const std::string>(
      R"({"vmSize":"standard_a1_v2","displayName":"Mine","virtualMachineConfiguration":{"imageReference":{"sku":"s"},
          "nodeAgentSKUId":"agent","dataDisks":[]},"networkConfiguration":{"subnetId":"net"},
          "enableInterNodeCommunication":true})");
  event.pool.resize.timeout = 5min;
  event.pool.target_dedicated = 2;
  event.pool.inter_node_communication = true;
  event.auto_pool = true;
  const json expected = {
      {"id", "p"},
      {"displayName", "Mine"},
      {"vmSize", "standard_a1_v2"},
      {"imageType", "VirtualMachineConfiguration"},
      {"virtualMachineConfiguration", {{"imageReference", {{"sku", "s"}}}, {"nodeAgentId", "agent"}}},
      {"networkConfiguration", {{"subnetId", "net"}}},
      {"resizeTimeout", "300000"},
      {"targetDedicatedNodes", 2},
      {"targetLowPriorityNodes", 0},
      {"maxTasksPerNode", 1},
      {"vmFillType", "Spread"},
      {"enableAutoScale", false},
      {"enableInterNodeCommunication", true},
      {"isAutoPool", true}};
  EXPECT_EQ(name_of(event), "PoolCreate");
  EXPECT_EQ(shown(event), expected);
}

TEST(EventJsonTest, PoolCreateOfACloudServicePoolNamesItsOs) {
  core::PoolCreated event;
  event.pool.document =
      std::make_shared<const std::string>(R"({"cloudServiceConfiguration":{"osFamily":"6","osVersion":"*"}})");
  const json expected = {{"osFamily", "6"}, {"targetOsVersion", "*"}};
  EXPECT_EQ(shown(event)["cloudServiceConfiguration"], expected);
}

TEST(EventJsonTest, ResizeThatOnlyGrowsHasAnInvalidDeallocationOption) {
  const auto event = shown(core::PoolResizeStarted{figures()});
  EXPECT_EQ(event["nodeDeallocationOption"], "invalid");
  EXPECT_EQ(event["id"], "p");
  EXPECT_EQ(event["currentDedicatedNodes"], 1);
  EXPECT_EQ(event["targetDedicatedNodes"], 3);
}

TEST(EventJsonTest, ResizeCompleteTellsHowItEnded) {
  core::PoolResizeCompleted event{.figures = figures(), .started = kNoon, .ended = kNoon + 1min};
  EXPECT_EQ(shown(event)["resultCode"], "Success");
  EXPECT_EQ(shown(event)["resultMessage"], "The operation succeeded");
  EXPECT_EQ(shown(event)["startTime"], "2026-01-01T12:00:00Z");
  EXPECT_EQ(shown(event)["endTime"], "2026-01-01T12:01:00Z");
  event.errors = {{.code = "ResizeStopped", .message = "stopped", .values = {}}};
  EXPECT_EQ(shown(event)["resultCode"], "ResizeStopped");
  EXPECT_EQ(shown(event)["resultMessage"], "stopped");
}

TEST(EventJsonTest, PoolDeletionHasAStartAndAnEnd) {
  EXPECT_EQ(shown(core::PoolDeleteStarted{core::PoolId{"p"}}), (json{{"id", "p"}}));
  const core::PoolDeleteCompleted completed{.pool = core::PoolId{"p"}, .started = kNoon, .ended = kNoon + 1s};
  EXPECT_EQ(shown(completed),
            (json{{"id", "p"}, {"startTime", "2026-01-01T12:00:00Z"}, {"endTime", "2026-01-01T12:00:01Z"}}));
}

TEST(EventJsonTest, AutoScaleShowsResultsAndErrorWithItsValues) {
  core::PoolAutoScaled event{.pool = core::PoolId{"p"}, .at = kNoon, .formula = "$a=1;", .results = "$a=1"};
  EXPECT_FALSE(shown(event).contains("error"));
  event.error = core::ResourceError{.code = "c", .message = "m", .values = {{"n", "v"}}};
  const json values = json::array({{{"name", "n"}, {"value", "v"}}});
  const json expected = {{"code", "c"}, {"message", "m"}, {"values", values}};
  EXPECT_EQ(shown(event)["error"], expected);
}

TEST(EventJsonTest, TaskStartTellsTaskNodeAndRetries) {
  const json expected = {{"jobId", "j"},
                         {"id", "t"},
                         {"taskType", "User"},
                         {"systemTaskVersion", 0},
                         {"requiredSlots", 2},
                         {"nodeInfo", {{"poolId", "p"}, {"nodeId", "n"}}},
                         {"multiInstanceSettings", {{"numberOfInstances", 1}}},
                         {"constraints", {{"maxTaskRetryCount", 3}}},
                         {"executionInfo", {{"retryCount", 0}}}};
  EXPECT_EQ(shown(core::TaskStarted{task()}), expected);
}

TEST(EventJsonTest, TaskCompleteTellsTimesExitCodeAndCounts) {
  const json expected = {{"startTime", "2026-01-01T12:00:00Z"},
                         {"endTime", "2026-01-01T12:00:01Z"},
                         {"exitCode", 2},
                         {"retryCount", 0},
                         {"requeueCount", 0}};
  EXPECT_EQ(shown(core::TaskCompleted{task()})["executionInfo"], expected);
}

TEST(EventJsonTest, TaskFailAddsResultAndError) {
  auto failed = task();
  failed.execution.failure = core::Failure{.category = wire::batch::FailureCategory::usererror,
                                           .code = "FailureExitCode",
                                           .message = "m",
                                           .details = {{"Message", "x"}}};
  const auto info = shown(core::TaskFailed{failed})["executionInfo"];
  EXPECT_EQ(info["result"], "Failure");
  EXPECT_EQ(info["schedulingError"]["category"], "UserError");
  EXPECT_EQ(info["schedulingError"]["details"][0]["name"], "Message");
}

TEST(EventJsonTest, SpecialTaskNamesItsKind) {
  core::SpecialTaskEnded event{.job = core::JobId{"j"}, .task = core::TaskId{"jobpreparation"}, .exit_code = 0};
  EXPECT_EQ(shown(event)["taskType"], "JobPrep");
  EXPECT_EQ(shown(event)["executionInfo"]["result"], "Success");
  event.release = true;
  EXPECT_EQ(shown(event)["taskType"], "JobRelease");
}

TEST(EventJsonTest, EveryEventHasTheNameOfTheContract) {
  EXPECT_EQ(name_of(core::PoolAutoScaled{}), "PoolAutoScale");
  EXPECT_EQ(name_of(core::TaskScheduleFailed{}), "TaskScheduleFail");
  EXPECT_EQ(name_of(core::TaskRequeued{}), "TaskRequeue");
  EXPECT_EQ(name_of(core::SpecialTaskEnded{}), "SpecialTask");
}

}  // namespace
}  // namespace emulator::events
