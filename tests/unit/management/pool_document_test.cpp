#include "emulator/management/pool_document.h"

#include "wire/management/errors.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace emulator::management {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

TEST(PoolDocumentTest, MembersMoveAndAreRenamed) {
  const auto pool = batch_pool_from_arm(json::parse(R"({
    "vmSize": "STANDARD_D4",
    "deploymentConfiguration": {"virtualMachineConfiguration": {
      "imageReference": {"id": "/images/x"}, "nodeAgentSkuId": "batch.node.ubuntu 22.04"}},
    "scaleSettings": {"fixedScale": {"targetDedicatedNodes": 2, "resizeTimeout": "PT8M"}},
    "interNodeCommunication": "enabled",
    "networkConfiguration": {"dynamicVnetAssignmentScope": "none", "endpointConfiguration": {"inboundNatPools": []}},
    "startTask": {"commandLine": "x", "userIdentity": {"userName": "u"}},
    "resourceTags": {"userName": "kept"},
    "currentDedicatedNodes": 7})"));
  ASSERT_TRUE(pool) << pool.error().message;
  EXPECT_EQ(*pool, json::parse(R"({
    "vmSize": "STANDARD_D4",
    "virtualMachineConfiguration": {
      "imageReference": {"virtualMachineImageId": "/images/x"}, "nodeAgentSKUId": "batch.node.ubuntu 22.04"},
    "targetDedicatedNodes": 2, "resizeTimeout": "PT8M",
    "enableInterNodeCommunication": true,
    "networkConfiguration": {"dynamicVNetAssignmentScope": "none", "endpointConfiguration": {"inboundNATPools": []}},
    "startTask": {"commandLine": "x", "userIdentity": {"username": "u"}},
    "resourceTags": {"userName": "kept"}})"));
}

TEST(PoolDocumentTest, ReferencesAreIds) {
  const auto pool = batch_pool_from_arm(json::parse(R"({
    "certificates": [{"id": "/a/certificates/sha1-0123", "visibility": ["Task"]}],
    "applicationPackages": [{"id": "/a/applications/app/", "version": "1"}, {"id": "/a/applications/tool"}]})"));
  ASSERT_TRUE(pool);
  EXPECT_EQ((*pool)["certificateReferences"],
            json::parse(R"([{"thumbprint": "0123", "thumbprintAlgorithm": "sha1", "visibility": ["Task"]}])"));
  EXPECT_EQ((*pool)["applicationPackageReferences"][1], (json{{"applicationId", "tool"}}));
}

TEST(PoolDocumentTest, AnUnknownMemberIsRefusedByName) {
  for (const auto& [text, target] : std::vector<std::pair<std::string, std::string>>{
           {R"({"targetDedicatedNodes": 1})", "properties.targetDedicatedNodes"},
           {R"({"scaleSettings": {"manual": {}}})", "properties.scaleSettings.manual"},
           {R"({"scaleSettings": {"fixedScale": {"nodes": 1}}})", "properties.scaleSettings.fixedScale.nodes"},
           {R"({"deploymentConfiguration": {"container": {}}})", "properties.deploymentConfiguration.container"}}) {
    const auto refused = batch_pool_from_arm(json::parse(text));
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, wire::management::ErrorCode::InvalidRequestBody);
    EXPECT_EQ(refused.error().details.at(0).value, target);
  }
}

TEST(PoolDocumentTest, OneWayOfScalingExcludesTheOther) {
  const auto refused = batch_pool_from_arm(
      json::parse(R"({"scaleSettings": {"autoScale": {"formula": "x"}, "fixedScale": {"targetDedicatedNodes": 1}}})"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, wire::management::ErrorCode::InvalidPropertyValue);
}

TEST(PoolDocumentTest, ValuesAreShownInPascalCase) {
  const json shown = arm_pool_properties(ordered_json::parse(R"({
    "state": "deleting", "allocationState": "resizing", "vmSize": "standard_a1_v2",
    "taskSchedulingPolicy": {"nodeFillType": "pack"},
    "virtualMachineConfiguration": {"containerConfiguration": {"type": "dockerCompatible"},
       "diskEncryptionConfiguration": {"targets": ["osdisk", "temporarydisk"]}, "nodeAgentSKUId": "x"},
    "certificateReferences": [{"thumbprint": "01", "thumbprintAlgorithm": "sha1", "storeLocation": "currentuser",
       "visibility": ["starttask", "remoteuser"]}],
    "applicationPackageReferences": [{"applicationId": "app", "version": "1"}],
    "startTask": {"commandLine": "pool", "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}},
    "enableAutoScale": false, "targetDedicatedNodes": 1, "targetLowPriorityNodes": 0, "resizeTimeout": "PT15M"})"),
                                         "/account");
  EXPECT_EQ(shown["provisioningState"], "Deleting");
  EXPECT_EQ(shown["allocationState"], "Resizing");
  EXPECT_EQ(shown["vmSize"], "STANDARD_A1_V2");
  EXPECT_EQ(shown["taskSchedulingPolicy"]["nodeFillType"], "Pack");
  const auto& machine = shown["deploymentConfiguration"]["virtualMachineConfiguration"];
  EXPECT_EQ(machine["containerConfiguration"]["type"], "DockerCompatible");
  EXPECT_EQ(machine["diskEncryptionConfiguration"]["targets"], (json{"OsDisk", "TemporaryDisk"}));
  EXPECT_EQ(machine["nodeAgentSkuId"], "x");
  EXPECT_EQ(shown["certificates"][0]["id"], "/account/certificates/sha1-01");
  EXPECT_EQ(shown["certificates"][0]["storeLocation"], "CurrentUser");
  EXPECT_EQ(shown["certificates"][0]["visibility"], (json{"StartTask", "RemoteUser"}));
  EXPECT_EQ(shown["applicationPackages"][0], (json{{"id", "/account/applications/app"}, {"version", "1"}}));
  EXPECT_EQ(shown["startTask"]["commandLine"], "pool");
  EXPECT_EQ(shown["startTask"]["userIdentity"]["autoUser"]["elevationLevel"], "NonAdmin");
  EXPECT_EQ(shown["scaleSettings"]["fixedScale"]["targetDedicatedNodes"], 1);
}

TEST(PoolDocumentTest, AScalingPoolShowsItsFormulaAlone) {
  const json shown = arm_pool_properties(
      ordered_json::parse(R"({"enableAutoScale": true, "autoScaleFormula": "f", "autoScaleEvaluationInterval": "PT5M",
        "targetDedicatedNodes": 1, "autoScaleRun": {"timestamp": "2024-01-01T00:00:00Z", "results": "r",
        "error": {"code": "c", "message": "m", "values": [{"name": "n", "value": "v"}]}}})"),
      "/account");
  EXPECT_EQ(shown["scaleSettings"], json::parse(R"({"autoScale": {"formula": "f", "evaluationInterval": "PT5M"}})"));
  EXPECT_EQ(shown["autoScaleRun"]["evaluationTime"], "2024-01-01T00:00:00Z");
  EXPECT_EQ(shown["autoScaleRun"]["error"]["details"], json::parse(R"([{"code": "n", "message": "v"}])"));
}

}  // namespace
}  // namespace emulator::management
