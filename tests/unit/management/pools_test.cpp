// Pools and certificates of the management plane: the same as those of the Batch service.
#include "tests/unit/management/management_fixture.h"

#include <array>

namespace emulator::management {
namespace {

class ManagedPoolsTest : public ManagementTest {
 protected:
  static std::string pool(const std::string& id = "p") { return std::string(kAccount) + "/pools/" + id; }
  static json definition(int dedicated = 0) {
    return json{
        {"properties",
         {{"vmSize", "STANDARD_D2S_V3"},
          {"deploymentConfiguration",
           {{"virtualMachineConfiguration",
             {{"imageReference",
               {{"publisher", "microsoft-dsvm"}, {"offer", "ubuntu-hpc"}, {"sku", "2204"}, {"version", "latest"}}},
              {"nodeAgentSkuId", "batch.node.ubuntu 22.04"}}}}},
          {"scaleSettings", {{"fixedScale", {{"targetDedicatedNodes", dedicated}}}}}}}};
  }
  void create(int dedicated = 0) {
    const auto made = ask("PUT", pool(), definition(dedicated));
    ASSERT_EQ(made.status, 200) << made.text;
  }
};

TEST_F(ManagedPoolsTest, APoolIsMadeForBothPlanes) {
  const auto made = ask("PUT", pool("Mine"), definition());
  ASSERT_EQ(made.status, 200) << made.text;
  const auto shown = made.json();
  EXPECT_EQ(shown["id"], pool("Mine"));
  EXPECT_EQ(shown["type"], "Microsoft.Batch/batchAccounts/pools");
  EXPECT_EQ(shown["etag"], std::string(made.headers.get("ETag")));
  EXPECT_EQ(shown["properties"]["provisioningState"], "Succeeded");
  EXPECT_EQ(shown["properties"]["vmSize"], "STANDARD_D2S_V3");
  EXPECT_EQ(shown["properties"]["taskSlotsPerNode"], 1);
  EXPECT_EQ(shown["properties"]["scaleSettings"]["fixedScale"]["targetDedicatedNodes"], 0);
  EXPECT_EQ(shown["properties"]["resizeOperationStatus"]["nodeDeallocationOption"], "Requeue");
  const auto batch = call("GET", "/pools/mine").json();
  EXPECT_EQ(batch["vmSize"], "standard_d2s_v3");
  EXPECT_EQ(batch["virtualMachineConfiguration"]["nodeAgentSKUId"], "batch.node.ubuntu 22.04");
}

TEST_F(ManagedPoolsTest, APoolOfTheBatchServiceIsShown) {
  add_pool("q");
  const auto shown = ask("GET", pool("q"));
  ASSERT_EQ(shown.status, 200) << shown.text;
  EXPECT_EQ(shown.json()["name"], "q");
  EXPECT_EQ(names(ask("GET", std::string(kAccount) + "/pools")), "q");
}

TEST_F(ManagedPoolsTest, AWorkflowClientsPoolKeepsItsContainersAndIdentity) {
  auto body = definition();
  const std::string identity =
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/me";
  body["identity"] = {{"type", "UserAssigned"}, {"userAssignedIdentities", {{identity, json::object()}}}};
  auto& machine = body["properties"]["deploymentConfiguration"]["virtualMachineConfiguration"];
  machine["containerConfiguration"] = {
      {"type", "DockerCompatible"},
      {"containerRegistries", {{{"registryServer", "r.example"}, {"username", "u"}, {"password", "secret word"}}}}};
  body["properties"]["taskSlotsPerNode"] = 2;
  body["properties"]["startTask"] = {{"commandLine", "true"},
                                     {"userIdentity", {{"autoUser", {{"scope", "Pool"}, {"elevationLevel", "Admin"}}}}},
                                     {"waitForSuccess", true}};
  const auto made = ask("PUT", pool(), body);
  ASSERT_EQ(made.status, 200) << made.text;
  const auto shown = made.json();
  EXPECT_EQ(shown["identity"]["type"], "UserAssigned");
  EXPECT_FALSE(shown["identity"]["userAssignedIdentities"][identity]["clientId"].get<std::string>().empty());
  const auto& properties = shown["properties"];
  EXPECT_EQ(properties["deploymentConfiguration"]["virtualMachineConfiguration"]["containerConfiguration"]["type"],
            "DockerCompatible");
  EXPECT_EQ(properties["startTask"]["userIdentity"]["autoUser"]["elevationLevel"], "Admin");
  EXPECT_EQ(made.text.find("secret word"), std::string::npos);
  EXPECT_EQ(call("GET", "/pools/p").json()["identity"]["userAssignedIdentities"][0]["resourceId"], identity);
}

TEST_F(ManagedPoolsTest, WhatTheBatchServiceRefusesIsRefusedWithItsCode) {
  auto body = definition();
  body["properties"].erase("vmSize");
  const auto missing = ask("PUT", pool(), body);
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(code(missing), "MissingRequiredProperty");
  EXPECT_EQ(missing.json()["error"]["target"], "vmSize");
  body = definition();
  body["properties"]["vmSize"] = "STANDARD_NONE";
  EXPECT_EQ(code(ask("PUT", pool(), body)), "InvalidPropertyValue");
  EXPECT_EQ(code(ask("GET", pool("none"))), "PoolNotFound");
}

TEST_F(ManagedPoolsTest, APoolThatIsThereIsReplacedByWhatMayBeChanged) {
  create();
  auto body = definition();
  body["properties"]["metadata"] = {{{"name", "a"}, {"value", "b"}}};
  const auto replaced = ask("PUT", pool(), body);
  ASSERT_EQ(replaced.status, 200) << replaced.text;
  EXPECT_EQ(replaced.json()["properties"]["metadata"][0]["value"], "b");
  EXPECT_FALSE(ask("PUT", pool(), definition()).json()["properties"].contains("metadata"));
  body["properties"]["vmSize"] = "STANDARD_D4S_V3";
  const auto refused = ask("PUT", pool(), body);
  EXPECT_EQ(code(refused), "PropertyCannotBeUpdated");
  EXPECT_EQ(refused.json()["error"]["target"], "properties.vmSize");
}

TEST_F(ManagedPoolsTest, ConditionsAreKept) {
  create();
  EXPECT_EQ(ask("PUT", pool(), definition(), {{"If-None-Match", "*"}}).status, 412);
  EXPECT_EQ(ask("PUT", pool("new"), definition(), {{"If-Match", "*"}}).status, 412);
  const auto etag = ask("GET", pool()).json()["etag"].get<std::string>();
  const json tags{{"properties", {{"metadata", {{{"name", "a"}, {"value", "b"}}}}}}};
  EXPECT_EQ(ask("PATCH", pool(), tags, {{"If-Match", etag}}).status, 200);
  EXPECT_EQ(ask("PATCH", pool(), tags, {{"If-Match", etag}}).status, 412);
}

TEST_F(ManagedPoolsTest, AnUpdateScales) {
  create();
  const auto resized =
      ask("PATCH", pool(), {{"properties", {{"scaleSettings", {{"fixedScale", {{"targetDedicatedNodes", 2}}}}}}}});
  ASSERT_EQ(resized.status, 200) << resized.text;
  EXPECT_EQ(resized.json()["properties"]["scaleSettings"]["fixedScale"]["targetDedicatedNodes"], 2);
  settle();
  EXPECT_EQ(call("GET", "/pools/p").json()["targetDedicatedNodes"], 2);
}

TEST_F(ManagedPoolsTest, AnUpdateMaySayWhatThePoolHasAlready) {
  create();
  const auto whole = ask("GET", pool()).json();
  EXPECT_EQ(ask("PATCH", pool(), whole).status, 200);
  const json change{{"properties", {{"taskSlotsPerNode", 1}, {"metadata", {{{"name", "a"}, {"value", "b"}}}}}}};
  const auto changed = ask("PATCH", pool(), change);
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json()["properties"]["metadata"][0]["value"], "b");
  const auto refused = ask("PATCH", pool(), {{"properties", {{"taskSlotsPerNode", 2}}}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(code(refused), "UnsupportedProperty");
}

TEST_F(ManagedPoolsTest, AWrongScaleIsRefusedBeforeAnythingIsChanged) {
  create();
  const auto refused = [&](const json& scale) {
    const json body{{"properties", {{"scaleSettings", scale}, {"metadata", {{{"name", "a"}, {"value", "b"}}}}}}};
    return code(ask("PATCH", pool(), body));
  };
  EXPECT_EQ(refused({{"fixedScale", {{"targetDedicatedNodes", "two"}}}}), "InvalidPropertyValue");
  EXPECT_EQ(refused({{"fixedScale", {{"targetDedicatedNodes", 1}, {"nodeDeallocationOption", 7}}}}),
            "InvalidPropertyValue");
  EXPECT_EQ(refused({{"autoScale", {{"formula", "$x=1"}, {"evaluationInterval", "often"}}}}), "InvalidPropertyValue");
  EXPECT_EQ(refused({{"fixedScale", 3}}), "InvalidPropertyValue");
  EXPECT_FALSE(ask("GET", pool()).json()["properties"].contains("metadata"));
}

TEST_F(ManagedPoolsTest, NoValueOfAWrongTypeIsAServerError) {
  create();
  auto whole = definition();
  whole["identity"] = {{"type", "UserAssigned"}, {"userAssignedIdentities", {{"i", json::object()}}}};
  whole["properties"].update(
      json::parse(R"({"interNodeCommunication": "Disabled", "metadata": [{"name": "a", "value": "b"}],
    "certificates": [{"id": "sha1-01", "visibility": ["Task"]}], "applicationPackages": [{"id": "app", "version": "1"}],
    "networkConfiguration": {"endpointConfiguration": {"inboundNatPools": []}}, "resourceTags": {"a": "b"},
    "startTask": {"commandLine": "x", "userIdentity": {"userName": "u"}}, "targetNodeCommunicationMode": "Default"})"));
  whole["properties"]["scaleSettings"]["fixedScale"]["nodeDeallocationOption"] = "Requeue";
  const auto wrong =
      std::to_array<json>({7, "x", true, json::array({1}), json{{"x", 1}}, json::array(), json::object()});
  const auto places = whole.flatten();
  for (const auto& [place, ignored] : places.items()) {
    for (auto at = json::json_pointer(place); !at.empty(); at = at.parent_pointer()) {
      for (const auto& value : wrong) {
        auto body = whole;
        body[at] = value;
        for (const auto* method : {"PUT", "PATCH"}) {
          const auto reply = ask(method, pool(), body);
          EXPECT_TRUE(reply.status < 500 || reply.status == 501) << method << " " << at << " " << value << reply.text;
        }
      }
    }
  }
}

TEST_F(ManagedPoolsTest, AnUpdateScalesByFormulaAndBack) {
  create();
  const json formula{{"properties", {{"scaleSettings", {{"autoScale", {{"formula", "$TargetDedicatedNodes=0"}}}}}}}};
  const auto scaling = ask("PATCH", pool(), formula);
  ASSERT_EQ(scaling.status, 200) << scaling.text;
  EXPECT_EQ(scaling.json()["properties"]["scaleSettings"]["autoScale"]["formula"], "$TargetDedicatedNodes=0");
  EXPECT_FALSE(scaling.json()["properties"]["scaleSettings"].contains("fixedScale"));
  settle();
  const auto fixed = ask("POST", pool() + "/disableAutoScale");
  ASSERT_EQ(fixed.status, 200) << fixed.text;
  EXPECT_TRUE(fixed.json()["properties"]["scaleSettings"].contains("fixedScale"));
}

TEST_F(ManagedPoolsTest, AResizeThatIsOverCannotBeStopped) {
  create();
  const auto stopped = ask("POST", pool() + "/stopResize");
  EXPECT_EQ(stopped.status, 409);
  EXPECT_EQ(code(stopped), "OperationInvalidForCurrentState");
}

TEST_F(ManagedPoolsTest, APoolIsDeletedAndItsResultPolled) {
  create();
  const auto accepted = ask("DELETE", pool());
  ASSERT_EQ(accepted.status, 202) << accepted.text;
  settle();
  EXPECT_EQ(ask("GET", location(accepted)).status, 200);
  EXPECT_EQ(ask("DELETE", pool()).status, 204);
}

TEST_F(ManagedPoolsTest, PoolsComeInPages) {
  for (const auto* id : {"a", "b", "c"}) add_pool(id);
  const auto first = ask("GET", std::string(kAccount) + "/pools" + kVersion + "&maxresults=2").json();
  EXPECT_EQ(first["value"].size(), 2U);
  EXPECT_EQ(names(ask("GET", first["nextLink"].get<std::string>().substr(rest::kBase.size()))), "c");
}

TEST_F(ManagedPoolsTest, OldVersionsCallTaskSlotsTasks) {
  auto body = definition();
  body["properties"]["maxTasksPerNode"] = 2;
  const auto made = ask("PUT", pool() + "?api-version=2019-08-01", body);
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.json()["properties"]["maxTasksPerNode"], 2);
  EXPECT_EQ(ask("GET", pool()).json()["properties"]["taskSlotsPerNode"], 2);
  EXPECT_EQ(code(ask("PUT", pool(), body)), "InvalidRequestBody");
}

TEST_F(ManagedPoolsTest, PoolsAreFilteredAndSelected) {
  for (const auto* id : {"alpha", "beta"}) add_pool(id);
  const auto list = [&](const std::string& query) {
    return ask("GET", std::string(kAccount) + "/pools" + kVersion + query);
  };
  EXPECT_EQ(names(list("&$filter=name%20eq%20'beta'")), "beta");
  EXPECT_EQ(names(list("&$filter=startswith(name,'a')")), "alpha");
  EXPECT_EQ(names(list("&$filter=properties/provisioningState%20eq%20'Succeeded'")), "alpha beta");
  EXPECT_EQ(names(list("&$filter=properties/creationTime%20lt%202020-01-01T00:00:00Z")), "");
  EXPECT_EQ(code(list("&$filter=properties/colour%20eq%20'red'")), "InvalidQueryParameterValue");
  const auto selected = list("&$select=name,properties/vmSize").json()["value"][0];
  EXPECT_EQ(selected["properties"], (json{{"vmSize", "STANDARD_A1_V2"}}));
  EXPECT_EQ(selected["name"], "alpha");
  EXPECT_EQ(code(list("&$select=colour")), "InvalidQueryParameterValue");
  EXPECT_EQ(names(list("&$filter=&$select=")), "alpha beta");
}

TEST_F(ManagedPoolsTest, ACertificateHasToBeWhatItsNameSays) {
  const auto certificate = std::string(kAccount) + "/certificates/sha1-" + std::string(40, 'a');
  const json body{{"properties", {{"data", "MIIJsgIBAzCCCW4"}, {"format", "Cer"}}}};
  EXPECT_EQ(code(ask("PUT", certificate, body)), "InvalidPropertyValue");
  EXPECT_EQ(code(ask("GET", certificate)), "CertificateNotFound");
  EXPECT_EQ(ask("DELETE", certificate).status, 204);
  EXPECT_EQ(code(ask("GET", std::string(kAccount) + "/certificates/mine")), "InvalidResourceName");
  EXPECT_EQ(ask("GET", std::string(kAccount) + "/certificates").json(), (json{{"value", json::array()}}));
}

}  // namespace
}  // namespace emulator::management
