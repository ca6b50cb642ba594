#include "base/durable_file.h"
#include "tests/unit/management/management_fixture.h"

#include <filesystem>

namespace emulator::management {
namespace {

class GroupsTest : public ManagementTest {
 protected:
  static std::string group(const std::string& name) { return std::string(kSubscription) + "/resourceGroups/" + name; }
};

TEST_F(GroupsTest, AGroupIsMadeAndShown) {
  EXPECT_EQ(code(ask("GET", group("Mine"))), "ResourceGroupNotFound");
  EXPECT_EQ(ask("HEAD", group("mine")).status, 404);
  const auto made = ask("PUT", group("Mine"), {{"location", "West US"}, {"tags", {{"a", "b"}}}});
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json()["id"], group("Mine"));
  EXPECT_EQ(made.json()["location"], "westus");
  EXPECT_EQ(made.json()["properties"]["provisioningState"], "Succeeded");
  EXPECT_EQ(ask("HEAD", group("MINE")).status, 204);
  EXPECT_EQ(ask("GET", group("mine")).json()["tags"], (json{{"a", "b"}}));
  EXPECT_EQ(ask("PUT", group("mine"), {{"location", "westus"}}).status, 200);
  EXPECT_EQ(code(ask("PUT", group("mine"), {{"location", "eastus"}})), "InvalidLocation");
}

TEST_F(GroupsTest, AGroupIsThereWhileAnAccountIsInIt) {
  const Place place{.subscription = std::string(kDefaultSubscription), .resource_group = "held", .location = "westus"};
  ASSERT_TRUE(accounts_->create_batch_account({.name = "held1", .place = place}));
  EXPECT_EQ(names(ask("GET", std::string(kSubscription) + "/resourceGroups")), "batch-emulator held");
}

TEST_F(GroupsTest, AGroupIsDeletedWithWhatIsInIt) {
  const Place place{.subscription = std::string(kDefaultSubscription), .resource_group = "held", .location = "westus"};
  ASSERT_TRUE(accounts_->create_batch_account({.name = "held1", .place = place}));
  ASSERT_TRUE(accounts_->create_storage_account({.name = "held2", .place = place}));
  EXPECT_EQ(ask("DELETE", group("held")).status, 200);
  EXPECT_FALSE(accounts_->find_batch_account("held1"));
  EXPECT_FALSE(accounts_->find_storage_account("held2"));
  EXPECT_EQ(ask("DELETE", group("held")).status, 404);
}

TEST_F(GroupsTest, TheGroupOfTheFirstAccountsStays) {
  const auto refused = ask("DELETE", group("batch-emulator"));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(code(refused), "ResourceGroupNotEmpty");
  EXPECT_TRUE(accounts_->find_storage_account("store"));
}

TEST_F(GroupsTest, ResourcesAreListedByType) {
  const auto all = ask("GET", std::string(kSubscription) + "/resources");
  EXPECT_EQ(names(all), "devbatch store");
  const auto batch = ask("GET", std::string(kSubscription) + "/resources" + kVersion +
                                    "&$filter=resourceType+eq+'Microsoft.Batch/batchAccounts'");
  EXPECT_EQ(names(batch), "devbatch");
  EXPECT_EQ(batch.json()["value"][0]["type"], "Microsoft.Batch/batchAccounts");
  EXPECT_EQ(names(ask("GET", std::string(kSubscription) + "/resources" + kVersion + "&$filter=")), "devbatch store");
}

TEST_F(GroupsTest, AGroupNeedsALocationThatThereIs) {
  EXPECT_EQ(code(ask("PUT", group("x"), json::object())), "LocationRequired");
  EXPECT_EQ(code(ask("PUT", group("x"), {{"location", "moon"}})), "LocationNotAvailableForResourceType");
}

TEST(ResourceGroupsTest, GroupsAreKeptInTheirFile) {
  auto pattern = (std::filesystem::temp_directory_path() / "groups-XXXXXX").string();
  const std::filesystem::path directory = ::mkdtemp(pattern.data());
  {
    auto groups = ResourceGroups::open(directory / "groups.json").value();
    ASSERT_TRUE(groups->put({.subscription = "S", .name = "One", .location = "eastus", .tags = {{"a", "b"}}}));
    ASSERT_TRUE(groups->put({.subscription = "S", .name = "Two", .location = "eastus"}));
    ASSERT_TRUE(groups->remove("s", "TWO"));
  }
  const auto groups = ResourceGroups::open(directory / "groups.json").value();
  ASSERT_EQ(groups->of("s").size(), 1U);
  EXPECT_EQ(groups->find("s", "one")->tags, (json{{"a", "b"}}));
  for (const auto* wrong : {"", "[]", "{}", R"({"format": 2, "groups": []})", R"({"format": 1, "groups": [{}]})"}) {
    ASSERT_TRUE(base::write_file_durably(directory / "groups.json", wrong));
    const auto refused = ResourceGroups::open(directory / "groups.json");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, base::Errc::corrupt);
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace emulator::management
