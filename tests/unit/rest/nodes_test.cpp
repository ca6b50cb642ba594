// Nodes over REST: actions, users, access, extensions, logs, preemption (contract 3.4, 4.2, 6.6).
#include "tests/unit/rest/rest_fixture.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

constexpr std::string_view kNewest = "?api-version=2024-07-01.20.0";

class NodesTest : public RestTest {
 protected:
  /// A pool "p" of one node that has joined; the node's path.
  std::string ready_node(const json& pool = pool_body("p", 1)) {
    EXPECT_EQ(call("POST", "/pools", pool).status, 201);
    node_ = join_first_node();
    return "/pools/p/nodes/" + node_.node.text();
  }
  std::string ready_low_priority_node() {
    auto pool = pool_body("p", 0);
    pool["targetLowPriorityNodes"] = 1;
    return ready_node(pool);
  }
  json node_now() { return call("GET", "/pools/p/nodes/" + node_.node.text()).json(); }
  std::string state() { return node_now().value("state", ""); }
  void halted() {
    std::optional<core::HaltNode> asked;
    for (const auto& notice : notices_) {
      if (const auto* halt = std::get_if<core::HaltNode>(&notice)) asked = *halt;
    }
    ASSERT_TRUE(asked.has_value());
    run(execute(core::NodeHalted{asked->node, asked->incarnation}));
    settle();
  }
  static std::string public_key() {
    const std::string blob = std::string("\0\0\0\7", 4) + "ssh-rsa" + std::string(20, 'k');
    return "ssh-rsa " + base::base64_encode(blob) + " me@here";
  }
  Reply control(const std::string& path) {
    auto made = request("POST", path);
    sign(made);
    auto response = run(api_->control(made));
    return {response.status, response.reason, response.headers, response.text};
  }

  core::NodeKey node_;
};

TEST_F(NodesTest, RebootIsAcceptedWithDataServiceIdAlone) {
  const auto path = ready_node();
  const auto reply = call("POST", path + "/reboot", json{{"nodeRebootOption", "terminate"}});
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.headers.get("DataServiceId"), std::string{kBase} + path + "/reboot");
  EXPECT_FALSE(reply.headers.find("ETag"));
  EXPECT_EQ(state(), "rebooting");
  halted();
  EXPECT_EQ(state(), "starting");
}

TEST_F(NodesTest, BodiesOfActionsAreOptional) {
  const auto path = ready_node();
  EXPECT_EQ(call("POST", path + "/reboot").status, 202);
}

TEST_F(NodesTest, UnknownOptionsAreRefused) {
  const auto path = ready_node();
  EXPECT_EQ(call("POST", path + "/reboot", json{{"nodeRebootOption", "gently"}}).code(), "InvalidPropertyValue");
  EXPECT_EQ(call("POST", path + "/disablescheduling", json{{"nodeDisableSchedulingOption", "retaineddata"}}).code(),
            "InvalidPropertyValue");
  EXPECT_EQ(state(), "idle");
}

TEST_F(NodesTest, NodeThatRebootsIsNotRebooted) {
  const auto path = ready_node();
  EXPECT_EQ(call("POST", path + "/reboot").status, 202);
  const auto again = call("POST", path + "/reboot");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.code(), "NodeBeingRebooted");
  halted();
  EXPECT_EQ(call("POST", path + "/reboot").code(), "NodeBeingStarted");
}

TEST_F(NodesTest, UnknownNodesAndPoolsAreNamed) {
  ready_node();
  EXPECT_EQ(call("POST", "/pools/p/nodes/none/reboot").code(), "NodeNotFound");
  EXPECT_EQ(call("POST", "/pools/none/nodes/none/reboot").code(), "PoolNotFound");
  EXPECT_EQ(call("POST", "/pools/p/nodes/none/reimage").code(), "NodeNotFound");
  EXPECT_EQ(call("GET", "/pools/p/nodes/none/remoteloginsettings").code(), "NodeNotFound");
}

TEST_F(NodesTest, ReimageOfAVirtualMachineIsForTheNewestVersionsOnly) {
  const auto path = ready_node();
  const auto old = call("POST", path + "/reimage");
  EXPECT_EQ(old.status, 409);
  EXPECT_EQ(old.code(), "OperationNotValidOnNode");
  EXPECT_EQ(call("POST", path + "/reimage" + std::string{kNewest}).status, 202);
  EXPECT_EQ(state(), "reimaging");
}

TEST_F(NodesTest, DeallocateAndStartBelongTo20) {
  const auto path = ready_node();
  EXPECT_EQ(call("POST", path + "/deallocate").status, 400);
  EXPECT_EQ(call("POST", path + "/start" + std::string{kNewest}).status, 409);
  EXPECT_EQ(call("POST", path + "/deallocate" + std::string{kNewest}, json{{"nodeDeallocateOption", "requeue"}}).status,
            202);
  EXPECT_EQ(state(), "deallocating");
  halted();
  EXPECT_EQ(state(), "deallocated");
  const auto counts = call("GET", "/nodecounts" + std::string{kNewest}).json()["value"][0]["dedicated"];
  EXPECT_EQ(counts["deallocated"], 1);
  EXPECT_EQ(counts["total"], 1);
  EXPECT_EQ(call("POST", path + "/start" + std::string{kNewest}).status, 202);
  EXPECT_EQ(state(), "starting");
}

TEST_F(NodesTest, SchedulingIsDisabledAndEnabled) {
  const auto path = ready_node();
  EXPECT_EQ(call("POST", path + "/disablescheduling").status, 200);
  EXPECT_EQ(node_now()["schedulingState"], "disabled");
  EXPECT_EQ(state(), "offline");
  EXPECT_EQ(call("POST", path + "/disablescheduling").code(), "NodeAlreadyInTargetSchedulingState");
  EXPECT_EQ(call("POST", path + "/enablescheduling").status, 200);
  EXPECT_EQ(state(), "idle");
}

TEST_F(NodesTest, UserIsAddedUpdatedAndDeletedAndNeverShown) {
  const auto path = ready_node();
  const json user{{"name", "ada"}, {"password", "secret word"}, {"isAdmin", true}};
  const auto added = call("POST", path + "/users", user);
  EXPECT_EQ(added.status, 201);
  EXPECT_TRUE(added.headers.find("DataServiceId"));
  EXPECT_EQ(call("POST", path + "/users", user).code(), "NodeUserExists");
  EXPECT_EQ(call("PUT", path + "/users/ada", json{{"sshPublicKey", public_key()}}).status, 200);
  EXPECT_EQ(node_now().dump().find("secret word"), std::string::npos);
  EXPECT_EQ(call("DELETE", path + "/users/ada").status, 200);
  EXPECT_EQ(call("DELETE", path + "/users/ada").code(), "NodeUserNotFound");
  EXPECT_EQ(call("PUT", path + "/users/ada", json{{"password", "x"}}).code(), "NodeUserNotFound");
}

TEST_F(NodesTest, UserExpiresADayFromNowUnlessItIsSaid) {
  const auto path = ready_node();
  const auto before = clock_.now();
  EXPECT_EQ(call("POST", path + "/users", json{{"name", "ada"}}).status, 201);
  auto look = [key = node_](const core::Batch& batch) { return batch.find_node(key)->users; };
  const auto users = run(service_->read(look)).value();
  EXPECT_GE(users.at(0).expires, before + std::chrono::days{1});
  EXPECT_LE(users.at(0).expires, clock_.now() + std::chrono::days{1});
}

TEST_F(NodesTest, UsersAreValidated) {
  const auto path = ready_node();
  EXPECT_EQ(call("POST", path + "/users", json{{"password", "x"}}).code(), "MissingRequiredProperty");
  EXPECT_EQ(call("POST", path + "/users", json{{"name", "a b"}}).code(), "InvalidPropertyValue");
  EXPECT_EQ(call("POST", path + "/users", json{{"name", "a"}, {"password", ""}}).code(), "InvalidPropertyValue");
  EXPECT_EQ(call("POST", path + "/users", json{{"name", "a"}, {"sshPublicKey", "ssh-rsa nonsense"}}).code(),
            "InvalidPropertyValue");
  EXPECT_EQ(call("POST", path + "/users", json{{"name", "a"}, {"expiryTime", "2001-01-01T00:00:00Z"}}).code(),
            "InvalidPropertyValue");
  const auto refused = call("POST", path + "/users", json{{"name", "a"}, {"password", "hidden"}, {"shell", "sh"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.text.find("hidden"), std::string::npos);
}

TEST_F(NodesTest, WindowsUsersNeedAPasswordAndTakeNoKey) {
  auto pool = pool_body("p", 1);
  pool["virtualMachineConfiguration"]["nodeAgentSKUId"] = "batch.node.windows amd64";
  pool["virtualMachineConfiguration"]["imageReference"] = {
      {"publisher", "MicrosoftWindowsServer"}, {"offer", "WindowsServer"}, {"sku", "2019-Datacenter"}};
  const auto path = ready_node(pool);
  EXPECT_EQ(call("POST", path + "/users", json{{"name", "a"}}).code(), "MissingRequiredProperty");
  EXPECT_EQ(
      call("POST", path + "/users", json{{"name", "a"}, {"password", "x"}, {"sshPublicKey", public_key()}}).status,
      400);
  EXPECT_EQ(call("POST", path + "/users", json{{"name", "a"}, {"password", "x"}}).status, 201);
}

TEST_F(NodesTest, UsersNeedANodeThatIsIdleOrRunning) {
  const auto path = ready_node();
  EXPECT_EQ(call("POST", path + "/reboot").status, 202);
  const auto refused = call("POST", path + "/users", json{{"name", "a"}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.code(), "NodeBeingRebooted");
}

TEST_F(NodesTest, NodeShowsItsEndpointsAndItsExactImage) {
  auto pool = pool_body("p", 1);
  pool["networkConfiguration"]["endpointConfiguration"]["inboundNATPools"] =
      json::array({{{"name", "web"},
                    {"protocol", "tcp"},
                    {"backendPort", 8080},
                    {"frontendPortRangeStart", 5000},
                    {"frontendPortRangeEnd", 5100}}});
  const auto path = ready_node(pool);
  const auto node = node_now();
  const auto& endpoints = node["endpointConfiguration"]["inboundEndpoints"];
  ASSERT_EQ(endpoints.size(), 2U) << node.dump(2);
  EXPECT_EQ(endpoints[0]["name"], "SSHRule.0");
  EXPECT_EQ(endpoints[0]["frontendPort"], 50000);
  EXPECT_EQ(endpoints[0]["backendPort"], 22);
  EXPECT_EQ(endpoints[1]["name"], "web.0");
  EXPECT_EQ(endpoints[1]["frontendPort"], 5000);
  EXPECT_EQ(endpoints[1]["backendPort"], 8080);
  EXPECT_FALSE(node["virtualMachineInfo"]["imageReference"]["exactVersion"].get<std::string>().empty());
  const auto login = call("GET", path + "/remoteloginsettings");
  EXPECT_EQ(login.status, 200);
  EXPECT_EQ(login.json()["remoteLoginPort"], 50000);
  EXPECT_EQ(login.json()["remoteLoginIPAddress"], endpoints[0]["publicIPAddress"]);
}

TEST_F(NodesTest, RdpFileIsForCloudServicePoolsAndUntil19) {
  const auto path = ready_node();
  EXPECT_EQ(call("GET", path + "/rdp").code(), "OperationNotValidOnNode");
  EXPECT_EQ(call("GET", path + "/rdp" + std::string{kNewest}).status, 400);
}

json cloud_service_pool() {
  return {{"id", "p"},
          {"vmSize", "small"},
          {"targetDedicatedNodes", 1},
          {"cloudServiceConfiguration", {{"osFamily", "6"}}}};
}

TEST_F(NodesTest, RdpFileOfACloudServiceNodeNamesItsLoginEndpoint) {
  const auto path = ready_node(cloud_service_pool());
  const auto endpoint = node_now()["endpointConfiguration"]["inboundEndpoints"][0];
  EXPECT_EQ(endpoint["backendPort"], 3389);
  for (const auto* version : {"2018-12-01.8.0", "2024-02-01.19.0"}) {
    const auto reply = call("GET", path + "/rdp?api-version=" + version);
    EXPECT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(reply.headers.get("Content-Type"), "application/octet-stream");
    EXPECT_EQ(reply.text.find("full address:s:" + endpoint["publicIPAddress"].get<std::string>() + ":" +
                              std::to_string(endpoint["frontendPort"].get<int>()) + "\r\n"),
              0U)
        << reply.text;
  }
}

TEST_F(NodesTest, RemoteLoginSettingsAreForVirtualMachinePools) {
  const auto path = ready_node(cloud_service_pool());
  const auto refused = call("GET", path + "/remoteloginsettings");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.code(), "OperationNotValidOnNode");
}

TEST_F(NodesTest, NodeOfACloudServicePoolIsReimagedAndComesBack) {
  const auto path = ready_node(cloud_service_pool());
  const auto reply = call("POST", path + "/reimage", json{{"nodeReimageOption", "terminate"}});
  EXPECT_EQ(reply.status, 202) << reply.text;
  EXPECT_EQ(reply.headers.get("DataServiceId"), std::string{kBase} + path + "/reimage");
  EXPECT_EQ(state(), "reimaging");
  EXPECT_EQ(call("POST", path + "/reimage").code(), "NodeBeingReimaged");
  halted();
  EXPECT_EQ(state(), "starting");
}

TEST_F(NodesTest, ExtensionsAreThoseOfThePool) {
  auto pool = pool_body("p", 1);
  pool["virtualMachineConfiguration"]["extensions"] = json::array(
      {{{"name", "logger"}, {"publisher", "Some"}, {"type", "Logger"}, {"protectedSettings", {{"key", "hidden"}}}}});
  const auto path = ready_node(pool);
  const auto all = call("GET", path + "/extensions");
  EXPECT_EQ(all.status, 200);
  ASSERT_EQ(all.json()["value"].size(), 1U);
  EXPECT_EQ(all.text.find("hidden"), std::string::npos);
  const auto one = call("GET", path + "/extensions/logger").json();
  EXPECT_EQ(one["provisioningState"], "Succeeded");
  EXPECT_EQ(one["vmExtension"]["publisher"], "Some");
  EXPECT_EQ(one["instanceView"]["statuses"][0]["code"], "ProvisioningState/succeeded");
  EXPECT_EQ(call("GET", path + "/extensions/none").status, 404);
}

TEST_F(NodesTest, LogsOfANodeWithoutAnAgentAreRefused) {
  const auto path = ready_node();
  EXPECT_EQ(call("POST", path + "/reboot").status, 202);
  const json body{{"containerUrl", "http://127.0.0.1:1/a/c?sig=x"}, {"startTime", "2026-01-01T00:00:00Z"}};
  EXPECT_EQ(call("POST", path + "/uploadbatchservicelogs", body).code(), "NodeBeingRebooted");
  EXPECT_EQ(call("POST", path + "/uploadbatchservicelogs", json{{"containerUrl", "x"}}).code(),
            "MissingRequiredProperty");
}

TEST_F(NodesTest, LowPriorityNodeIsPreemptedAndRestored) {
  const auto path = ready_low_priority_node();
  EXPECT_EQ(control("/.emulator" + path + "/preempt").status, 202);
  EXPECT_EQ(state(), "preempted");
  halted();
  EXPECT_EQ(call("GET", "/nodecounts").json()["value"][0]["lowPriority"]["preempted"], 1);
  EXPECT_EQ(control("/.emulator" + path + "/restore").status, 202);
  EXPECT_EQ(state(), "starting");
}

TEST_F(NodesTest, ControlIsAuthenticatedAndNamesWhatItDoesNotKnow) {
  const auto path = ready_low_priority_node();
  auto unsigned_request = request("POST", "/.emulator" + path + "/preempt");
  EXPECT_EQ(run(api_->control(unsigned_request)).status, 400) << "there is no Authorization header";
  EXPECT_EQ(control("/.emulator" + path + "/explode").code(), "InvalidUri");
  EXPECT_EQ(control("/.emulator/pools/p/nodes/none/preempt").code(), "NodeNotFound");
  EXPECT_EQ(state(), "idle");
}

TEST_F(NodesTest, ListIsFilteredByState) {
  ready_node();
  const auto found = call("GET", "/pools/p/nodes?" + std::string{kVersionQuery} + "&$filter=state%20eq%20'idle'");
  EXPECT_EQ(found.json()["value"].size(), 1U);
  const auto none = call("GET", "/pools/p/nodes?" + std::string{kVersionQuery} + "&$filter=state%20eq%20'offline'");
  EXPECT_EQ(none.json()["value"].size(), 0U);
}

}  // namespace
}  // namespace emulator::rest
