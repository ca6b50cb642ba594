// Applications as the Batch service shows them, and references to their packages.
#include "tests/unit/rest/rest_fixture.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

class ApplicationsTest : public RestTest {
 protected:
  void add(const std::string& id, const std::string& version, bool activate = true) {
    run(execute(core::PutApplication{.id = core::ApplicationId{id}, .display_name = "Name of " + id}));
    run(execute(core::PutPackage{core::ApplicationId{id}, version, "blob"}));
    if (activate) run(execute(core::ActivatePackage{core::ApplicationId{id}, version, "zip"}));
  }
  std::string add_pool_with(const json& reference) {
    auto pool = pool_body();
    pool["applicationPackageReferences"] = json::array({reference});
    return call("POST", "/pools", pool).code();
  }
};

TEST_F(ApplicationsTest, ShowsTheVersionsThatNodesCanUse) {
  add("App", "1.0");
  run(execute(core::PutPackage{core::ApplicationId{"App"}, "2.0", "blob"}));
  const auto reply = call("GET", "/applications/app");
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto shown = reply.json();
  EXPECT_EQ(shown["odata.metadata"], std::string(kBase) + "/$metadata#getapplicationsummaryresponse/@Element");
  EXPECT_EQ(shown["id"], "App");
  EXPECT_EQ(shown["displayName"], "Name of App");
  EXPECT_EQ(shown["versions"], (json::array({"1.0"})));
}

TEST_F(ApplicationsTest, AnApplicationWithoutUsableVersionIsNotThere) {
  add("app", "1.0", false);
  EXPECT_EQ(call("GET", "/applications/app").code(), "ApplicationNotFound");
  EXPECT_EQ(call("GET", "/applications").json()["value"], json::array());
  EXPECT_EQ(call("GET", "/applications/none").code(), "ApplicationNotFound");
}

TEST_F(ApplicationsTest, ListsPageByPage) {
  add("a", "1");
  add("b", "1");
  const auto first = call("GET", "/applications?maxresults=1&" + std::string(kVersionQuery)).json();
  EXPECT_EQ(first["odata.metadata"], std::string(kBase) + "/$metadata#listapplicationsummariesresponses");
  ASSERT_EQ(first["value"].size(), 1U);
  EXPECT_EQ(first["value"][0]["id"], "a");
  const auto next = first["odata.nextLink"].get<std::string>().substr(kBase.size());
  EXPECT_EQ(call("GET", next).json()["value"][0]["id"], "b");
}

TEST_F(ApplicationsTest, APoolThatRefersToAnUnknownPackageIsRefused) {
  add("app", "1.0");
  EXPECT_EQ(add_pool_with({{"applicationId", "app"}, {"version", "2.0"}}), "InvalidApplicationPackageReferences");
  EXPECT_EQ(add_pool_with({{"applicationId", "app"}}), "InvalidApplicationPackageReferences");
  EXPECT_EQ(add_pool_with({{"applicationId", "other"}, {"version", "1.0"}}), "InvalidApplicationPackageReferences");
}

TEST_F(ApplicationsTest, APoolMayUseTheFullIdOfTheManagementOperations) {
  add("app", "1.0");
  const std::string full =
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.Batch/batchAccounts/devbatch/applications/app";
  EXPECT_EQ(add_pool_with({{"applicationId", full}, {"version", "1.0"}}), "");
  EXPECT_EQ(call("GET", "/pools/p").json()["applicationPackageReferences"][0]["applicationId"], full);
}

TEST_F(ApplicationsTest, APatchIsCheckedForThePackagesItNames) {
  add("app", "1.0");
  add_pool();
  const json unknown{{"applicationPackageReferences", json::array({{{"applicationId", "x"}, {"version", "1"}}})}};
  EXPECT_EQ(call("PATCH", "/pools/p", unknown).code(), "InvalidApplicationPackageReferences");
  const json known{{"applicationPackageReferences", json::array({{{"applicationId", "app"}, {"version", "1.0"}}})}};
  EXPECT_EQ(call("PATCH", "/pools/p", known).status, 200);
}

TEST_F(ApplicationsTest, ATasksReferencesAreNotLookedAtUntilItRuns) {
  add_pool();
  add_job();
  auto task = task_body();
  task["applicationPackageReferences"] = json::array({{{"applicationId", "none"}}});
  EXPECT_EQ(call("POST", "/jobs/j/tasks", task).status, 201);
}

}  // namespace
}  // namespace emulator::rest
