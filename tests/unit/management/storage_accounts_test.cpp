#include "tests/unit/management/management_fixture.h"

namespace emulator::management {
namespace {

class StorageAccountsTest : public ManagementTest {
 protected:
  static std::string account(const std::string& name, const std::string& group = "rg") {
    return std::string(kSubscription) + "/resourceGroups/" + group + "/providers/Microsoft.Storage/storageAccounts/" +
           name;
  }
  rest::Reply create(const std::string& name) {
    const auto accepted = ask("PUT", account(name),
                              {{"location", "eastus2"}, {"kind", "StorageV2"}, {"sku", {{"name", "Standard_GRS"}}}});
    EXPECT_EQ(accepted.status, 202) << accepted.text;
    return ask("GET", location(accepted));
  }
};

TEST_F(StorageAccountsTest, AnAccountHasItsBlobEndpoint) {
  const auto shown = ask("GET", account("store")).json();
  EXPECT_EQ(shown["id"], account("store"));
  EXPECT_EQ(shown["properties"]["primaryEndpoints"], (json{{"blob", "https://store.blob.core.windows.net/"}}));
  EXPECT_EQ(shown["properties"]["provisioningState"], "Succeeded");
  EXPECT_EQ(shown["sku"]["name"], "Standard_LRS");
}

TEST_F(StorageAccountsTest, AnAccountIsMadeAndItsResultPolled) {
  const auto made = create("fresh1");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.json()["id"], account("fresh1"));
  EXPECT_EQ(made.json()["sku"], (json{{"name", "Standard_GRS"}, {"tier", "Standard"}}));
  EXPECT_EQ(made.json()["location"], "eastus2");
  EXPECT_EQ(names(ask("GET", std::string(kSubscription) + "/providers/Microsoft.Storage/storageAccounts")),
            "fresh1 store");
  EXPECT_EQ(
      names(ask("GET", std::string(kSubscription) + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts")),
      "fresh1");
}

TEST_F(StorageAccountsTest, ANameThatIsTakenElsewhereIsRefused) {
  create("fresh1");
  EXPECT_EQ(code(ask("PUT", account("fresh1", "other"), {{"location", "eastus2"}})), "StorageAccountAlreadyTaken");
  const json body{{"name", "fresh1"}, {"type", "Microsoft.Storage/storageAccounts"}};
  const auto checked =
      ask("POST", std::string(kSubscription) + "/providers/Microsoft.Storage/checkNameAvailability", body);
  EXPECT_EQ(checked.json()["nameAvailable"], false);
  EXPECT_EQ(checked.json()["reason"], "AlreadyExists");
}

TEST_F(StorageAccountsTest, KeysAreListedAndRegenerated) {
  const auto before = ask("POST", account("store") + "/listKeys" + kVersion + "&$expand=kerb").json()["keys"];
  ASSERT_EQ(before.size(), 2U);
  EXPECT_EQ(before[0]["keyName"], "key1");
  EXPECT_EQ(before[0]["permissions"], "FULL");
  const auto after = ask("POST", account("store") + "/regenerateKey", {{"keyName", "key1"}}).json()["keys"];
  EXPECT_NE(after[0]["value"], before[0]["value"]);
  EXPECT_EQ(after[1]["value"], before[1]["value"]);
}

TEST_F(StorageAccountsTest, AnAccountIsChangedAndDeleted) {
  create("fresh1");
  const auto changed = ask("PATCH", account("fresh1"), {{"tags", {{"a", "b"}}}});
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json()["tags"], (json{{"a", "b"}}));
  EXPECT_EQ(ask("DELETE", account("fresh1")).status, 200);
  EXPECT_EQ(ask("DELETE", account("fresh1")).status, 204);
  EXPECT_EQ(code(ask("GET", account("fresh1"))), "ResourceNotFound");
}

TEST_F(StorageAccountsTest, ContainersAreMadeByTheBlobServiceAlone) {
  const auto refused = ask("PUT", account("store") + "/blobServices/default/containers/c", json::object());
  EXPECT_EQ(refused.status, 501);
  EXPECT_NE(refused.text.find("BlobContainers_Create"), std::string::npos);
}

}  // namespace
}  // namespace emulator::management
