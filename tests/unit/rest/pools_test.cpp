// Pools over the API.
#include "tests/unit/rest/rest_fixture.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

class PoolsTest : public RestTest {};

TEST_F(PoolsTest, NewPoolAnswers201WithLocationDataServiceIdAndVersion) {
  const auto reply = call("POST", "/pools", pool_body("MyPool"));
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.text, "");
  EXPECT_EQ(reply.headers.get("Location"), std::string{kBase} + "/pools/MyPool");
  EXPECT_EQ(reply.headers.get("DataServiceId"), std::string{kBase} + "/pools/MyPool");
  EXPECT_TRUE(reply.headers.get("ETag").starts_with("0x8D"));
  EXPECT_NE(reply.headers.get("Last-Modified"), "");
  EXPECT_EQ(reply.headers.get("DataServiceVersion"), "3.0");
}

TEST_F(PoolsTest, MinimalPoolEchoesTheServicesDefaults) {
  add_pool();
  const auto reply = call("GET", "/pools/p");
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto pool = reply.json();
  EXPECT_EQ(pool["odata.metadata"], std::string{kBase} + "/$metadata#pools/@Element");
  EXPECT_EQ(pool["vmSize"], "standard_a1_v2");
  EXPECT_EQ(pool["taskSlotsPerNode"], 1);
  EXPECT_EQ(pool["taskSchedulingPolicy"]["nodeFillType"], "Spread");
  EXPECT_EQ(pool["enableAutoScale"], false);
  EXPECT_EQ(pool["enableInterNodeCommunication"], false);
  EXPECT_EQ(pool["resizeTimeout"], "PT15M");
  EXPECT_EQ(pool["targetDedicatedNodes"], 0);
  EXPECT_EQ(pool["targetLowPriorityNodes"], 0);
  EXPECT_EQ(pool["currentDedicatedNodes"], 0);
  EXPECT_EQ(pool["virtualMachineConfiguration"]["imageReference"]["version"], "latest");
  EXPECT_EQ(pool["state"], "active");
  EXPECT_EQ(pool["eTag"], std::string{reply.headers.get("ETag")});
}

TEST_F(PoolsTest, MetadataIsTheFirstMemberOfABody) {
  add_pool();
  EXPECT_TRUE(call("GET", "/pools/p").text.starts_with("{\"odata.metadata\":"));
}

TEST_F(PoolsTest, TakenIdIsRefusedInAnyCasing) {
  add_pool("Pool");
  const auto reply = call("POST", "/pools", pool_body("pOOL"));
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.code(), "PoolExists");
  EXPECT_EQ(reply.reason, "The specified pool already exists.");
}

TEST_F(PoolsTest, OldVersionsReadTheOldNameOfTaskSlots) {
  add_pool();
  const auto pool = call("GET", "/pools/p?api-version=2018-12-01.8.0").json();
  EXPECT_EQ(pool["maxTasksPerNode"], 1);
  EXPECT_FALSE(pool.contains("taskSlotsPerNode"));
}

TEST_F(PoolsTest, SelectKeepsOnlyTheNamedMembersAndTheMetadata) {
  add_pool();
  const auto pool = call("GET", "/pools/p?api-version=2022-10-01.16.0&$select=id,%20state").json();
  EXPECT_EQ(pool.size(), 3U);
  EXPECT_EQ(pool["id"], "p");
}

TEST_F(PoolsTest, SelectOfAnUnknownMemberIsRefused) {
  add_pool();
  const auto reply = call("GET", "/pools/p?api-version=2022-10-01.16.0&$select=nonsense");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "InvalidQueryParameterValue");
}

TEST_F(PoolsTest, HeadAnswers200ForAPoolAnd404WithoutBodyForNone) {
  add_pool();
  EXPECT_EQ(call("HEAD", "/pools/p").status, 200);
  const auto missing = call("HEAD", "/pools/q");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.text, "");
}

TEST_F(PoolsTest, ListWalksPageByPageAlongTheLinks) {
  for (const auto* id : {"a", "b", "c"}) add_pool(id);
  auto target = std::string{"/pools?api-version=2022-10-01.16.0&maxresults=2"};
  const auto first = call("GET", target).json();
  ASSERT_EQ(first["value"].size(), 2U);
  const auto link = first["odata.nextLink"].get<std::string>();
  EXPECT_TRUE(link.starts_with(std::string{kBase} + "/pools?api-version=2022-10-01.16.0&maxresults=2&$skiptoken="));
  const auto second = call("GET", link.substr(kBase.size())).json();
  ASSERT_EQ(second["value"].size(), 1U);
  EXPECT_EQ(second["value"][0]["id"], "c");
  EXPECT_FALSE(second.contains("odata.nextLink"));
}

TEST_F(PoolsTest, EmptyListHasAValue) {
  const auto reply = call("GET", "/pools").json();
  EXPECT_TRUE(reply["value"].is_array());
  EXPECT_EQ(reply["odata.metadata"], std::string{kBase} + "/$metadata#pools");
}

TEST_F(PoolsTest, FilterSelectsByIdPrefix) {
  for (const auto* id : {"alpha", "beta"}) add_pool(id);
  const auto reply = call("GET", "/pools?api-version=2022-10-01.16.0&$filter=startswith(id,%20'al')");
  ASSERT_EQ(reply.status, 200) << reply.text;
  ASSERT_EQ(reply.json()["value"].size(), 1U);
  EXPECT_EQ(reply.json()["value"][0]["id"], "alpha");
}

TEST_F(PoolsTest, PatchReplacesGivenMembersAndKeepsTheOthers) {
  auto body = pool_body();
  body["metadata"] = json::array({{{"name", "a"}, {"value", "1"}}});
  ASSERT_EQ(call("POST", "/pools", body).status, 201);
  const json patch{{"startTask", {{"commandLine", "/bin/true"}}}};
  const auto reply = call("PATCH", "/pools/p", patch);
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.headers.get("DataServiceId"), std::string{kBase} + "/pools/p");
  const auto pool = call("GET", "/pools/p").json();
  EXPECT_EQ(pool["startTask"]["commandLine"], "/bin/true");
  EXPECT_EQ(pool["startTask"]["waitForSuccess"], true);
  EXPECT_EQ(pool["metadata"][0]["name"], "a");
}

TEST_F(PoolsTest, ChangeWithAStaleETagIsRefusedWith412) {
  add_pool();
  const auto reply = call("PATCH", "/pools/p", json{{"metadata", json::array()}}, {{"If-Match", "0x8D0000000000000"}});
  EXPECT_EQ(reply.status, 412);
  EXPECT_EQ(reply.code(), "ConditionNotMet");
}

TEST_F(PoolsTest, ReadWithTheCurrentETagInIfNoneMatchAnswers304WithoutBody) {
  add_pool();
  const auto etag = std::string{call("GET", "/pools/p").headers.get("ETag")};
  const auto reply = call("GET", "/pools/p", std::string{}, {{"If-None-Match", etag}});
  EXPECT_EQ(reply.status, 304);
  EXPECT_EQ(reply.text, "");
}

TEST_F(PoolsTest, ResizeOfASteadyPoolAnswers202AndShowsTheNewTarget) {
  add_pool("p", 1);
  join_first_node();
  while (call("GET", "/pools/p").json()["allocationState"] != "steady") settle();
  const auto reply = call("POST", "/pools/p/resize", json{{"targetDedicatedNodes", 2}, {"resizeTimeout", "PT20M"}});
  ASSERT_EQ(reply.status, 202) << reply.text;
  EXPECT_EQ(reply.headers.get("DataServiceId"), std::string{kBase} + "/pools/p/resize");
  const auto pool = call("GET", "/pools/p").json();
  EXPECT_EQ(pool["targetDedicatedNodes"], 2);
  EXPECT_EQ(pool["resizeTimeout"], "PT20M");
}

TEST_F(PoolsTest, ResizeWithoutATargetIsRefused) {
  add_pool();
  EXPECT_EQ(call("POST", "/pools/p/resize", json::object()).status, 400);
}

TEST_F(PoolsTest, DeleteAnswers202AndThePoolGoesAway) {
  add_pool();
  EXPECT_EQ(call("DELETE", "/pools/p").status, 202);
  settle();
  EXPECT_EQ(call("GET", "/pools/p").code(), "PoolNotFound");
}

TEST_F(PoolsTest, FeaturesThatAreNotOfferedAreRefusedByName) {
  auto body = pool_body();
  body["startTask"] = {
      {"commandLine", "/bin/true"},
      {"resourceFiles",
       json::array(
           {{{"httpUrl", "http://127.0.0.1/x"}, {"filePath", "x"}, {"identityReference", {{"resourceId", "/i"}}}}})}};
  const auto reply = call("POST", "/pools", body);
  EXPECT_EQ(reply.status, 501);
  EXPECT_EQ(reply.code(), "NotImplemented");
  EXPECT_NE(reply.text.find("identityReference"), std::string::npos);
}

TEST_F(PoolsTest, NodeCountsNameEveryStateAndATotal) {
  add_pool("p", 2);
  settle();
  const auto counts = call("GET", "/nodecounts").json()["value"][0];
  EXPECT_EQ(counts["poolId"], "p");
  EXPECT_EQ(counts["dedicated"]["total"], 2);
  EXPECT_EQ(counts["dedicated"]["waitingForStartTask"], 0);
  EXPECT_EQ(counts["lowPriority"]["total"], 0);
}

TEST_F(PoolsTest, SupportedImagesCanBeFilteredAndPaged) {
  const auto reply =
      call("GET", "/supportedimages?api-version=2022-10-01.16.0&maxresults=1&$filter=osType%20eq%20'linux'");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.json()["value"].size(), 1U);
  EXPECT_EQ(reply.json()["value"][0]["osType"], "linux");
  EXPECT_TRUE(reply.json().contains("odata.nextLink"));
}

TEST_F(PoolsTest, SupportedImagesAreNotPartOfTheOldestVersion) {
  EXPECT_EQ(call("GET", "/supportedimages?api-version=2018-12-01.8.0").code(), "InvalidUri");
}

TEST_F(PoolsTest, NodesAreListedWithTheirStateAndRead) {
  add_pool("p", 1);
  const auto key = join_first_node();
  const auto list = call("GET", "/pools/p/nodes").json();
  ASSERT_EQ(list["value"].size(), 1U);
  EXPECT_EQ(list["value"][0]["state"], "idle");
  const auto node = call("GET", "/pools/p/nodes/" + key.node.text()).json();
  EXPECT_EQ(node["affinityId"], "TVM:" + key.node.text());
  EXPECT_EQ(node["nodeAgentInfo"]["version"], "1.0");
  EXPECT_EQ(node["vmSize"], "standard_a1_v2");
  EXPECT_EQ(call("GET", "/pools/p/nodes/none").code(), "NodeNotFound");
  EXPECT_EQ(call("GET", "/pools/q/nodes").code(), "PoolNotFound");
}

}  // namespace
}  // namespace emulator::rest
