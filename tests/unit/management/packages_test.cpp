// Applications and packages.
#include "emulator/management/resources.h"
#include "tests/unit/management/management_fixture.h"

namespace emulator::management {
namespace {

class PackagesTest : public ManagementTest {
 protected:
  void add_application(const json& properties = json::object()) {
    ASSERT_EQ(manage("PUT", "/applications/app", {{"properties", properties}}).status, 200);
  }
  /// What a client does with the storageUrl.
  void upload(const rest::Reply& package) {
    const auto url = package.json()["properties"]["storageUrl"].get<std::string>();
    const auto path = url.substr(url.find("/store"));
    stored_.insert(path.substr(0, path.find('?')));
  }
  void add_package(const std::string& version) {
    const auto place = "/applications/app/versions/" + version;
    upload(manage("PUT", place));
    ASSERT_EQ(manage("POST", place + "/activate", {{"format", "zip"}}).status, 200);
  }
};

TEST_F(PackagesTest, CreatesAndShowsAnApplication) {
  const auto made = manage("PUT", "/applications/App", {{"properties", {{"displayName", "An app"}}}});
  ASSERT_EQ(made.status, 200) << made.text;
  const auto shown = made.json();
  EXPECT_EQ(shown["id"], std::string(kAccount) + "/applications/App");
  EXPECT_EQ(shown["name"], "App");
  EXPECT_EQ(shown["type"], "Microsoft.Batch/batchAccounts/applications");
  EXPECT_EQ(shown["properties"], (json{{"displayName", "An app"}, {"allowUpdates", true}}));
  EXPECT_EQ(shown["etag"], std::string(made.headers.get("ETag")));
  EXPECT_EQ(manage("GET", "/applications/app").json(), shown);
}

TEST_F(PackagesTest, FixedPartsOfThePathCompareWithoutCase) {
  add_application();
  auto made = request("GET", std::string("/SUBSCRIPTIONS/00000000-0000-0000-0000-00000000000a/RESOURCEGROUPS/g/"
                                         "providers/microsoft.batch/batchaccounts/DevBatch") +
                                 "/Applications/app" + kVersion);
  sign(made);
  EXPECT_EQ(answer(made).status, 200);
}

TEST_F(PackagesTest, APackageIsUploadedToItsStorageUrlAndActivated) {
  add_application();
  const auto made = manage("PUT", "/applications/app/versions/1.0");
  ASSERT_EQ(made.status, 200) << made.text;
  auto shown = made.json();
  EXPECT_EQ(shown["id"], std::string(kAccount) + "/applications/app/versions/1.0");
  EXPECT_EQ(shown["name"], "1.0");
  EXPECT_EQ(shown["type"], "Microsoft.Batch/batchAccounts/applications/versions");
  EXPECT_EQ(shown["properties"]["state"], "Pending");
  EXPECT_TRUE(shown["properties"].contains("storageUrlExpiry"));
  const auto url = shown["properties"]["storageUrl"].get<std::string>();
  EXPECT_TRUE(url.starts_with("http://127.0.0.1:10000/store/app-app-")) << url;
  EXPECT_NE(url.find("sig="), std::string::npos);
  EXPECT_NE(url.find("sp=rw"), std::string::npos);
  upload(made);
  const auto activated = manage("POST", "/applications/app/versions/1.0/activate", {{"format", "zip"}});
  ASSERT_EQ(activated.status, 200) << activated.text;
  shown = activated.json();
  EXPECT_EQ(shown["properties"]["state"], "Active");
  EXPECT_EQ(shown["properties"]["format"], "zip");
  EXPECT_TRUE(shown["properties"].contains("lastActivationTime"));
}

TEST_F(PackagesTest, APackageThatWasNotUploadedCannotBeActivated) {
  add_application();
  manage("PUT", "/applications/app/versions/1.0");
  const auto reply = manage("POST", "/applications/app/versions/1.0/activate", {{"format", "zip"}});
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(code(reply), "ApplicationPackageBlobNotFound");
  EXPECT_EQ(code(manage("POST", "/applications/app/versions/9/activate", {{"format", "zip"}})),
            "ApplicationPackageNotFound");
}

TEST_F(PackagesTest, OnlyZipIsAFormat) {
  add_application();
  manage("PUT", "/applications/app/versions/1.0");
  EXPECT_EQ(code(manage("POST", "/applications/app/versions/1.0/activate", {{"format", "tar"}})),
            "InvalidPropertyValue");
  EXPECT_EQ(code(manage("POST", "/applications/app/versions/1.0/activate", json::object())), "MissingRequiredProperty");
}

TEST_F(PackagesTest, ThePropertiesOfAnApplicationAreChangedOneByOne) {
  add_application({{"displayName", "old"}});
  add_package("1.0");
  const json change{{"properties", {{"defaultVersion", "1.0"}, {"allowUpdates", false}}}};
  const auto changed = manage("PATCH", "/applications/app", change);
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json()["properties"],
            (json{{"displayName", "old"}, {"allowUpdates", false}, {"defaultVersion", "1.0"}}));
  const auto again = manage("PUT", "/applications/app/versions/1.0");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(code(again), "ApplicationPackageUpdatesNotAllowed");
  EXPECT_EQ(code(manage("PATCH", "/applications/app", {{"properties", {{"defaultVersion", "7"}}}})),
            "RequestedDefaultVersionNotFound");
  EXPECT_EQ(code(manage("PATCH", "/applications/none", change)), "ApplicationNotFound");
}

TEST_F(PackagesTest, DeletingTakesTheBytesAlong) {
  add_application();
  add_package("1.0");
  EXPECT_EQ(code(manage("DELETE", "/applications/app")), "ApplicationPackagesNotEmpty");
  EXPECT_EQ(manage("DELETE", "/applications/app/versions/1.0").status, 200);
  EXPECT_EQ(stored_.size(), 1U);  // the container
  EXPECT_EQ(manage("DELETE", "/applications/app/versions/1.0").status, 204);
  EXPECT_EQ(manage("DELETE", "/applications/app").status, 200);
  EXPECT_TRUE(stored_.empty());
  EXPECT_EQ(manage("DELETE", "/applications/app").status, 204);
}

TEST_F(PackagesTest, ListsApplicationsAndPackagesPageByPage) {
  add_application();
  ASSERT_EQ(manage("PUT", "/applications/b").status, 200);
  add_package("1");
  add_package("2");
  for (const std::string list : {"/applications", "/applications/app/versions"}) {
    const auto first = manage("GET", list, nullptr, std::string(kVersion) + "&maxresults=1").json();
    ASSERT_EQ(first["value"].size(), 1U) << list;
    const auto next = first["nextLink"].get<std::string>();
    EXPECT_TRUE(next.starts_with(std::string(rest::kBase) + kAccount)) << next;
    auto made = request("GET", next.substr(rest::kBase.size()));
    sign(made);
    const auto second = answer(made).json();
    ASSERT_EQ(second["value"].size(), 1U) << second.dump();
    EXPECT_NE(second["value"][0]["name"], first["value"][0]["name"]);
    EXPECT_FALSE(second.contains("nextLink"));
  }
}

TEST_F(PackagesTest, AWrongRequestIsRefusedByName) {
  EXPECT_EQ(code(manage("GET", "/applications", nullptr, std::string(kVersion) + "&maxresults=x")),
            "InvalidQueryParameterValue");
  EXPECT_EQ(code(manage("PUT", "/applications/a.b")), "InvalidResourceName");
  EXPECT_EQ(code(manage("PUT", "/applications/" + std::string(65, 'a'))), "InvalidResourceName");
  EXPECT_EQ(code(manage("PUT", "/applications/a", {{"properties", {{"allowUpdates", "yes"}}}})),
            "InvalidPropertyValue");
  EXPECT_EQ(code(manage("PUT", "/applications/a", json::array({1}))), "InvalidRequestBody");
}

TEST_F(PackagesTest, PackagesAreInTheAccountsAutoStorage) {
  const Place place{.subscription = std::string(kDefaultSubscription), .resource_group = "g", .location = "eastus"};
  ASSERT_TRUE(accounts_->create_storage_account({.name = "second", .place = place}));
  auto info = accounts_->find_batch_account(rest::kAccountName).value();
  info.auto_storage = "second";
  ASSERT_TRUE(accounts_->change_batch_account(info));
  add_application();
  const auto url = manage("PUT", "/applications/app/versions/1").json()["properties"]["storageUrl"].get<std::string>();
  EXPECT_TRUE(url.starts_with("http://127.0.0.1:10000/second/app-app-")) << url;
}

TEST_F(PackagesTest, AnAccountWithoutAutoStorageTakesNoPackages) {
  add_application();
  auto info = accounts_->find_batch_account(rest::kAccountName).value();
  info.auto_storage.clear();
  ASSERT_TRUE(accounts_->change_batch_account(info));
  const auto refused = manage("PUT", "/applications/app/versions/1");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(code(refused), "AutoStorageNotConfigured");
}

TEST_F(PackagesTest, WhoAsksTheRealNameIsGivenAStorageUrlWithTheRealName) {
  add_application();
  const auto reply =
      ask("PUT", std::string(kAccount) + "/applications/app/versions/1", nullptr, {{"Host", "management.azure.com"}});
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_TRUE(reply.json()["properties"]["storageUrl"].get<std::string>().starts_with(
      "https://store.blob.core.windows.net/app-app-"));
}

TEST_F(PackagesTest, ContainersOfLongAndEqualNamesDiffer) {
  const auto long_name = PackageStorage::container_name("a", std::string(64, 'x'));
  EXPECT_LE(long_name.size(), 63U);
  EXPECT_NE(long_name, PackageStorage::container_name("a", std::string(63, 'x')));
  EXPECT_NE(PackageStorage::container_name("a", "a_b"), PackageStorage::container_name("a", "ab"));
  EXPECT_NE(PackageStorage::container_name("a", "app"), PackageStorage::container_name("b", "app"));
  EXPECT_EQ(PackageStorage::container_name("a", "APP"), PackageStorage::container_name("a", "app"));
}

}  // namespace
}  // namespace emulator::management
