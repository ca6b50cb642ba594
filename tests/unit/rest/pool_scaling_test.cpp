// Autoscale, removal of nodes, updateproperties and patches of empty pools over the API.
#include "tests/unit/rest/rest_fixture.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

class PoolScalingTest : public RestTest {
 protected:
  static json scaling_body(const std::string& formula = "$TargetDedicatedNodes = 2;") {
    auto body = pool_body();
    body.erase("targetDedicatedNodes");
    body["enableAutoScale"] = true;
    body["autoScaleFormula"] = formula;
    return body;
  }
  void wait_until_steady() {
    while (call("GET", "/pools/p").json()["allocationState"] != "steady") settle();
  }
  void add_steady_pool(int nodes = 0) {
    add_pool("p", nodes);
    settle();
    wait_until_steady();
  }
  json pool(const std::string& version = "2022-10-01.16.0") {
    return call("GET", "/pools/p?api-version=" + version).json();
  }
};

TEST_F(PoolScalingTest, PoolWithAFormulaShowsItsSettingsAndItsRun) {
  ASSERT_EQ(call("POST", "/pools", scaling_body()).status, 201);
  settle();
  const auto shown = pool();
  EXPECT_EQ(shown["enableAutoScale"], true);
  EXPECT_EQ(shown["autoScaleFormula"], "$TargetDedicatedNodes = 2;");
  EXPECT_EQ(shown["autoScaleEvaluationInterval"], "PT15M");
  EXPECT_EQ(shown["targetDedicatedNodes"], 2);
  EXPECT_EQ(shown["autoScaleRun"]["results"],
            "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
  EXPECT_TRUE(shown["autoScaleRun"].contains("timestamp"));
  EXPECT_FALSE(shown["autoScaleRun"].contains("error"));
}

TEST_F(PoolScalingTest, FormulaIsReadBeforeThePoolExists) {
  auto reply = call("POST", "/pools", scaling_body("$TargetDedicatedNodes = ;"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "AutoScalingFormulaSyntaxError");
  EXPECT_EQ(reply.json()["values"][0]["key"], "Reason");
  EXPECT_EQ(call("POST", "/pools", scaling_body(std::string(8193, ' ') + "a = 1;")).code(),
            "AutoScalingFormulaTooLong");
  EXPECT_EQ(call("POST", "/pools", scaling_body(" ")).code(), "InvalidAutoScalingSettings");
  EXPECT_EQ(call("HEAD", "/pools/p").status, 404);
}

TEST_F(PoolScalingTest, EvaluationIntervalLiesBetweenFiveMinutesAndAWeek) {
  for (const auto* interval : {"PT4M59S", "PT168H1S"}) {
    auto body = scaling_body();
    body["autoScaleEvaluationInterval"] = interval;
    EXPECT_EQ(call("POST", "/pools", body).code(), "InvalidPropertyValue") << interval;
  }
  auto body = scaling_body();
  body["autoScaleEvaluationInterval"] = "PT168H";
  EXPECT_EQ(call("POST", "/pools", body).status, 201);
  EXPECT_EQ(pool()["autoScaleEvaluationInterval"], "P7D");
}

TEST_F(PoolScalingTest, TargetsAndAFormulaTogetherAreRefused) {
  auto body = scaling_body();
  body["targetDedicatedNodes"] = 1;
  EXPECT_EQ(call("POST", "/pools", body).code(), "InvalidPropertyValue");
}

TEST_F(PoolScalingTest, EnableAnswers200WithVersionAndDisableTakesTheSettingsAway) {
  add_steady_pool();
  const auto reply =
      call("POST", "/pools/p/enableautoscale",
           json{{"autoScaleFormula", "$TargetDedicatedNodes = 0;"}, {"autoScaleEvaluationInterval", "PT6M"}});
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.text, "");
  EXPECT_EQ(reply.headers.get("DataServiceId"), std::string{kBase} + "/pools/p/enableautoscale");
  EXPECT_NE(reply.headers.get("ETag"), "");
  settle();
  EXPECT_EQ(pool()["autoScaleEvaluationInterval"], "PT6M");
  EXPECT_TRUE(pool().contains("autoScaleRun"));
  const auto filtered = call("GET", "/pools?api-version=2022-10-01.16.0&$filter=enableAutoScale%20eq%20true").json();
  EXPECT_EQ(filtered["value"].size(), 1U);

  EXPECT_EQ(call("POST", "/pools/p/disableautoscale").status, 200);
  const auto shown = pool();
  EXPECT_EQ(shown["enableAutoScale"], false);
  for (const auto* name : {"autoScaleFormula", "autoScaleEvaluationInterval", "autoScaleRun"}) {
    EXPECT_FALSE(shown.contains(name)) << name;
  }
}

TEST_F(PoolScalingTest, EnablingTwiceAtOnceAnswers503) {
  add_steady_pool();
  const json body{{"autoScaleFormula", "$TargetDedicatedNodes = 0;"}};
  ASSERT_EQ(call("POST", "/pools/p/enableautoscale", body).status, 200);
  const auto reply = call("POST", "/pools/p/enableautoscale", body);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.code(), "TooManyEnableAutoScaleRequests");
  EXPECT_NE(reply.headers.get("Retry-After"), "");
}

TEST_F(PoolScalingTest, EnablingRefusesTextThatIsNoFormula) {
  add_steady_pool();
  EXPECT_EQ(call("POST", "/pools/p/enableautoscale", json{{"autoScaleFormula", "a = "}}).code(),
            "AutoScalingFormulaSyntaxError");
  EXPECT_EQ(call("POST", "/pools/p/enableautoscale", json::object()).code(), "InvalidAutoScalingSettings");
}

TEST_F(PoolScalingTest, EvaluateAnswersTheRunAndAnErrorInside200) {
  add_steady_pool();
  const auto off = call("POST", "/pools/p/evaluateautoscale", json{{"autoScaleFormula", "$TargetDedicatedNodes = 3;"}});
  EXPECT_EQ(off.status, 409);
  EXPECT_EQ(off.code(), "OperationNotValidOnPool");
  ASSERT_EQ(call("POST", "/pools/p/enableautoscale", json{{"autoScaleFormula", "$TargetDedicatedNodes = 0;"}}).status,
            200);

  const auto reply =
      call("POST", "/pools/p/evaluateautoscale", json{{"autoScaleFormula", "$TargetDedicatedNodes = 3;"}});
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.json()["odata.metadata"],
            std::string{kBase} + "/$metadata#Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun");
  EXPECT_EQ(reply.json()["results"],
            "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");

  const auto failed = call("POST", "/pools/p/evaluateautoscale", json{{"autoScaleFormula", "$something_useless"}});
  ASSERT_EQ(failed.status, 200) << failed.text;
  EXPECT_EQ(failed.json()["error"]["code"], "AutoScalingFormulaEvaluationError");
  EXPECT_EQ(failed.json()["error"]["values"][0]["name"], "Message");
  EXPECT_EQ(failed.json()["results"],
            "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
}

TEST_F(PoolScalingTest, ManualResizeOfAScalingPoolAnswers409) {
  ASSERT_EQ(call("POST", "/pools", scaling_body("$TargetDedicatedNodes = 0;")).status, 201);
  settle();
  wait_until_steady();
  const auto reply = call("POST", "/pools/p/resize", json{{"targetDedicatedNodes", 1}});
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.code(), "OperationNotValidOnPool");
}

TEST_F(PoolScalingTest, RemoveNodesAnswers202AndLowersTheTarget) {
  add_steady_pool(2);
  const auto nodes = call("GET", "/pools/p/nodes").json()["value"];
  const auto reply = call("POST", "/pools/p/removenodes",
                          json{{"nodeList", json::array({nodes[0]["id"]})}, {"nodeDeallocationOption", "Terminate"}});
  ASSERT_EQ(reply.status, 202) << reply.text;
  EXPECT_EQ(reply.headers.get("DataServiceId"), std::string{kBase} + "/pools/p/removenodes");
  EXPECT_NE(reply.headers.get("ETag"), "");
  EXPECT_EQ(pool()["targetDedicatedNodes"], 1);
  EXPECT_EQ(call("POST", "/pools/p/removenodes", json{{"nodeList", json::array({"x"})}}).code(), "PoolBeingResized");
}

TEST_F(PoolScalingTest, RemoveNodesTakesOneToAHundredNodes) {
  add_steady_pool();
  EXPECT_EQ(call("POST", "/pools/p/removenodes", json{{"nodeList", json::array()}}).code(), "InvalidPropertyValue");
  EXPECT_EQ(call("POST", "/pools/p/removenodes", json{{"nodeList", std::vector<std::string>(101, "x")}}).code(),
            "InvalidPropertyValue");
  EXPECT_EQ(call("POST", "/pools/p/removenodes", json{{"nodeList", std::vector<std::string>(100, "x")}}).code(),
            "NodeNotFound");
  EXPECT_EQ(call("POST", "/pools/p/removenodes", json::object()).code(), "MissingRequiredProperty");
}

TEST_F(PoolScalingTest, UpdatePropertiesReplacesAllOfThem) {
  auto body = pool_body();
  body["metadata"] = json::array({{{"name", "a"}, {"value", "1"}}});
  body["startTask"] = {{"commandLine", "/bin/true"}};
  body["targetNodeCommunicationMode"] = "classic";
  body["displayName"] = "stays";
  ASSERT_EQ(call("POST", "/pools", body).status, 201);
  const json update{{"certificateReferences", json::array()},
                    {"applicationPackageReferences", json::array()},
                    {"metadata", json::array({{{"name", "b"}, {"value", "2"}}})}};
  const auto reply = call("POST", "/pools/p/updateproperties", update);
  ASSERT_EQ(reply.status, 204) << reply.text;
  EXPECT_EQ(reply.headers.get("DataServiceId"), std::string{kBase} + "/pools/p/updateproperties");
  EXPECT_NE(reply.headers.get("ETag"), "");
  const auto shown = pool();
  EXPECT_FALSE(shown.contains("startTask"));
  EXPECT_FALSE(shown.contains("targetNodeCommunicationMode"));
  EXPECT_EQ(shown["metadata"].size(), 1U);
  EXPECT_EQ(shown["metadata"][0]["name"], "b");
  EXPECT_EQ(shown["displayName"], "stays");
}

TEST_F(PoolScalingTest, UpdatePropertiesNeedsItsThreeLists) {
  add_pool();
  const auto reply = call("POST", "/pools/p/updateproperties", json{{"metadata", json::array()}});
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "MissingRequiredProperty");
}

TEST_F(PoolScalingTest, EmptyPoolMayChangeItsShapeFrom20On) {
  add_steady_pool();
  const std::string path = "/pools/p?api-version=2024-07-01.20.0";
  const json patch{{"vmSize", "STANDARD_D2_V3"},
                   {"taskSlotsPerNode", 8},
                   {"taskSchedulingPolicy", {{"nodeFillType", "pack"}}},
                   {"displayName", "new"},
                   {"enableInterNodeCommunication", true},
                   {"userAccounts", json::array({{{"name", "u"}, {"password", "p"}}})}};
  const auto reply = call("PATCH", path, patch);
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto shown = call("GET", path).json();
  EXPECT_EQ(shown["vmSize"], "standard_d2_v3");
  EXPECT_EQ(shown["taskSlotsPerNode"], 8);
  EXPECT_EQ(shown["taskSchedulingPolicy"]["nodeFillType"], "Pack");
  EXPECT_EQ(shown["displayName"], "new");
  EXPECT_EQ(shown["enableInterNodeCommunication"], true);
  EXPECT_EQ(shown["userAccounts"][0]["name"], "u");
  EXPECT_FALSE(shown["userAccounts"][0].contains("password"));
  EXPECT_EQ(call("PATCH", path, json{{"taskSlotsPerNode", 100}}).code(), "InvalidPropertyValue");
}

TEST_F(PoolScalingTest, PoolWithNodesKeepsItsShapeAndTakesItsProperties) {
  add_steady_pool(1);
  const std::string path = "/pools/p?api-version=2024-07-01.20.0";
  const auto refused = call("PATCH", path, json{{"taskSlotsPerNode", 2}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.code(), "OperationInvalidForCurrentState");
  EXPECT_EQ(call("PATCH", path, json{{"metadata", json::array()}}).status, 200);
}

TEST_F(PoolScalingTest, JobDefaultOrderBelongsToTheNewestVersion) {
  const std::string newest = "2025-06-01";
  auto body = pool_body();
  for (const auto* order : {"none", "creationtime"}) {
    body["id"] = order;
    body["taskSchedulingPolicy"] = {{"jobDefaultOrder", order}, {"nodeFillType", "pack"}};
    EXPECT_EQ(call("POST", "/pools?api-version=2024-07-01.20.0", body).status, 400);
    const auto added = call("POST", "/pools?api-version=" + newest, body);
    ASSERT_EQ(added.status, 201) << added.text;
    const auto path = "/pools/" + std::string(order) + "?api-version=";
    EXPECT_EQ(call("GET", path + newest).json()["taskSchedulingPolicy"]["jobDefaultOrder"], order);
    const auto older = call("GET", path + "2024-07-01.20.0").json()["taskSchedulingPolicy"];
    EXPECT_FALSE(older.contains("jobDefaultOrder"));
    EXPECT_EQ(older["nodeFillType"], "Pack");
  }
  body["id"] = "other";
  body["taskSchedulingPolicy"]["jobDefaultOrder"] = "alphabetical";
  const auto refused = call("POST", "/pools?api-version=" + newest, body);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.code(), "InvalidPropertyValue");
}

TEST_F(PoolScalingTest, CloudServicePoolIsKeptAndShown) {
  auto body = pool_body();
  body.erase("virtualMachineConfiguration");
  body["cloudServiceConfiguration"] = {{"osFamily", "6"}};
  ASSERT_EQ(call("POST", "/pools", body).status, 201);
  EXPECT_EQ(pool()["cloudServiceConfiguration"]["osVersion"], "*");
  EXPECT_EQ(call("POST", "/pools?api-version=2024-07-01.20.0", body).status, 400);
}

}  // namespace
}  // namespace emulator::rest
