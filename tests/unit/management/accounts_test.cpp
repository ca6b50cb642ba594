// Batch accounts: where they are found, what is shown of them, how they are made, changed and deleted.
#include "tests/unit/management/management_fixture.h"

#include <array>

namespace emulator::management {
namespace {

class AccountsTest : public ManagementTest {
 protected:
  static std::string account(const std::string& name, const std::string& group = "rg") {
    return std::string(kSubscription) + "/resourceGroups/" + group + "/providers/Microsoft.Batch/batchAccounts/" + name;
  }
  static std::string storage_id(const std::string& name) {
    return std::string(kSubscription) + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/" + name;
  }
  /// Made, and the result polled.
  rest::Reply create(const std::string& name, json body = {{"location", "westus2"}}) {
    const auto accepted = ask("PUT", account(name), body);
    EXPECT_EQ(accepted.status, 202) << accepted.text;
    EXPECT_EQ(accepted.headers.get("Retry-After"), "1");
    return ask("GET", location(accepted));
  }
};

TEST_F(AccountsTest, AnAccountMadeByOptionsIsFoundUnderEverySubscriptionAndGroup) {
  const std::string elsewhere =
      "/subscriptions/12345678-1234-1234-1234-123456789abc/resourceGroups/Mine/providers/Microsoft.Batch/"
      "batchAccounts/";
  const auto found = ask("GET", elsewhere + "DevBatch");
  ASSERT_EQ(found.status, 200) << found.text;
  EXPECT_EQ(found.json()["id"], elsewhere + "devbatch");
  const auto listed =
      ask("GET", "/subscriptions/12345678-1234-1234-1234-123456789abc/providers/Microsoft.Batch/batchAccounts");
  EXPECT_EQ(names(listed), "devbatch");
}

TEST_F(AccountsTest, AnAccountHasAllItsProperties) {
  const auto shown = ask("GET", account("devbatch")).json();
  EXPECT_EQ(shown["type"], "Microsoft.Batch/batchAccounts");
  EXPECT_EQ(shown["location"], "eastus");
  const auto& properties = shown["properties"];
  EXPECT_EQ(properties["accountEndpoint"], "devbatch.eastus.batch.azure.com");
  EXPECT_EQ(properties["provisioningState"], "Succeeded");
  EXPECT_EQ(properties["poolAllocationMode"], "BatchService");
  EXPECT_EQ(properties["publicNetworkAccess"], "Enabled");
  EXPECT_EQ(properties["encryption"]["keySource"], "Microsoft.Batch");
  EXPECT_EQ(properties["allowedAuthenticationModes"], (json{"SharedKey", "AAD", "TaskAuthenticationToken"}));
  EXPECT_TRUE(properties["nodeManagementEndpoint"].get<std::string>().ends_with(".eastus.service.batch.azure.com"));
  EXPECT_EQ(properties["autoStorage"]["authenticationMode"], "StorageKeys");
  EXPECT_TRUE(properties["autoStorage"]["storageAccountId"].get<std::string>().ends_with("/storageAccounts/store"));
  EXPECT_GT(properties["dedicatedCoreQuotaPerVMFamily"].size(), 20U);
  EXPECT_EQ(shown["identity"]["type"], "None");
}

TEST_F(AccountsTest, AnAccountIsMadeAndItsResultPolled) {
  const auto made = create("fresh1", {{"location", "West US 2"}, {"tags", {{"team", "a"}}}});
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.json()["id"], account("fresh1"));
  EXPECT_EQ(made.json()["location"], "westus2");
  EXPECT_EQ(made.json()["tags"], (json{{"team", "a"}}));
  EXPECT_EQ(made.json()["properties"]["accountEndpoint"], "fresh1.westus2.batch.azure.com");
  EXPECT_FALSE(made.json()["properties"].contains("autoStorage"));
}

TEST_F(AccountsTest, AnAccountOfThePlaneIsWhereItWasMadeAlone) {
  create("fresh1");
  EXPECT_EQ(ask("GET", account("fresh1")).status, 200);
  const auto missing = ask("GET", account("fresh1", "other"));
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(code(missing), "ResourceNotFound");
  const auto group = [](const std::string& name) {
    return std::string(kSubscription) + "/resourceGroups/" + name + "/providers/Microsoft.Batch/batchAccounts";
  };
  EXPECT_EQ(names(ask("GET", group("rg"))), "fresh1");
  EXPECT_EQ(names(ask("GET", group("batch-emulator"))), "devbatch");
  EXPECT_EQ(names(ask("GET", std::string(kSubscription) + "/providers/Microsoft.Batch/batchAccounts")),
            "devbatch fresh1");
}

TEST_F(AccountsTest, ANameThatIsTakenElsewhereIsRefused) {
  create("fresh1");
  const auto refused = ask("PUT", account("fresh1", "other"), {{"location", "westus2"}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(code(refused), "AccountAlreadyExists");
}

TEST_F(AccountsTest, AWrongNewAccountIsRefusedByName) {
  EXPECT_EQ(code(ask("PUT", account("fresh1"), json::object())), "LocationRequired");
  EXPECT_EQ(code(ask("PUT", account("fresh1"), {{"location", "moon"}})), "LocationNotAvailableForResourceType");
  EXPECT_EQ(code(ask("PUT", account("No-Name"), {{"location", "westus2"}})), "AccountNameInvalid");
  const auto unknown = ask("PUT", account("fresh1"), {{"location", "eastus"}, {"properties", {{"colour", "red"}}}});
  EXPECT_EQ(code(unknown), "InvalidRequestBody");
  EXPECT_EQ(unknown.json()["error"]["target"], "properties.colour");
  const auto wrong =
      ask("PUT", account("fresh1"), {{"location", "eastus"}, {"properties", {{"publicNetworkAccess", "Maybe"}}}});
  EXPECT_EQ(code(wrong), "InvalidPropertyValue");
  EXPECT_EQ(wrong.json()["error"]["target"], "properties.publicNetworkAccess");
  EXPECT_FALSE(accounts_->find_batch_account("fresh1"));
}

TEST_F(AccountsTest, APoolAllocationModeThatIsNotOfferedIsRefusedByName) {
  const auto refused = ask("PUT", account("fresh1"),
                           {{"location", "eastus"}, {"properties", {{"poolAllocationMode", "UserSubscription"}}}});
  EXPECT_EQ(refused.status, 501);
  EXPECT_NE(refused.text.find("UserSubscription"), std::string::npos);
}

TEST_F(AccountsTest, AutoStorageIsAStorageAccountThatThereIs) {
  const auto link = [](const std::string& id) {
    return json{{"location", "eastus"}, {"properties", {{"autoStorage", {{"storageAccountId", id}}}}}};
  };
  EXPECT_EQ(code(ask("PUT", account("fresh1"), link(storage_id("nobody")))), "InvalidAutoStorageAccount");
  const auto made = create("fresh1", link(storage_id("store")));
  EXPECT_EQ(made.json()["properties"]["autoStorage"]["storageAccountId"], storage_id("store")) << made.text;
  EXPECT_EQ(accounts_->find_batch_account("fresh1")->auto_storage, "store");
}

TEST_F(AccountsTest, AnUpdateChangesWhatItNames) {
  create("fresh1", {{"location", "eastus"}, {"tags", {{"a", "b"}}}});
  const auto changed =
      ask("PATCH", account("fresh1"),
          {{"properties", {{"allowedAuthenticationModes", {"aad"}}, {"publicNetworkAccess", "disabled"}}}});
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json()["tags"], (json{{"a", "b"}}));
  EXPECT_EQ(changed.json()["properties"]["allowedAuthenticationModes"], (json{"AAD"}));
  EXPECT_EQ(changed.json()["properties"]["publicNetworkAccess"], "Disabled");
  EXPECT_EQ(ask("GET", account("fresh1")).json(), changed.json());
}

TEST_F(AccountsTest, AnEmptyUpdateChangesNothing) {
  const auto before = ask("GET", account("devbatch")).json();
  EXPECT_EQ(ask("PATCH", account("devbatch")).json(), before);
  EXPECT_EQ(ask("PATCH", account("devbatch"), json::object()).json(), before);
}

TEST_F(AccountsTest, NoValueOfAWrongTypeIsAServerError) {
  auto whole = ask("GET", account("devbatch")).json();
  whole["identity"] = {{"type", "UserAssigned"}, {"userAssignedIdentities", {{"i", json::object()}}}};
  whole["properties"]["networkProfile"] = {{"accountAccess", {{"defaultAction", "Allow"}}}};
  whole["properties"].erase("dedicatedCoreQuotaPerVMFamily");
  const auto wrong =
      std::to_array<json>({7, "x", true, json::array({1}), json{{"x", 1}}, json::array(), json::object()});
  const auto places = whole.flatten();
  for (const auto& [place, ignored] : places.items()) {
    for (auto at = json::json_pointer(place); !at.empty(); at = at.parent_pointer()) {
      for (const auto& value : wrong) {
        auto body = whole;
        body[at] = value;
        for (const auto* method : {"PUT", "PATCH"}) {
          const auto reply = ask(method, account("devbatch"), body);
          EXPECT_TRUE(reply.status < 500 || reply.status == 501) << method << " " << at << " " << value << reply.text;
          EXPECT_EQ(ask("GET", account("devbatch")).status, 200) << method << " " << at << " " << value;
        }
      }
    }
  }
}

TEST_F(AccountsTest, AutoStorageIsTakenAwayByNull) {
  create("fresh1",
         {{"location", "eastus"}, {"properties", {{"autoStorage", {{"storageAccountId", storage_id("store")}}}}}});
  const auto changed = ask("PATCH", account("fresh1"), {{"properties", {{"autoStorage", nullptr}}}});
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_FALSE(changed.json()["properties"].contains("autoStorage"));
}

TEST_F(AccountsTest, WhatAClientReadItMaySendBack) {
  const auto shown = ask("GET", account("devbatch")).json();
  const auto put = ask("PUT", account("devbatch"), shown);
  ASSERT_EQ(put.status, 200) << put.text;
  EXPECT_EQ(put.json()["properties"]["accountEndpoint"], shown["properties"]["accountEndpoint"]);
}

TEST_F(AccountsTest, AnAccountCannotMove) {
  create("fresh1");
  EXPECT_EQ(code(ask("PUT", account("fresh1"), {{"location", "eastus"}})), "InvalidLocation");
}

TEST_F(AccountsTest, AnAccountIsDeletedAndItsResultPolled) {
  create("fresh1");
  const auto accepted = ask("DELETE", account("fresh1"));
  ASSERT_EQ(accepted.status, 202);
  EXPECT_EQ(ask("GET", location(accepted)).status, 200);
  EXPECT_EQ(ask("GET", account("fresh1")).status, 404);
  EXPECT_EQ(ask("DELETE", account("fresh1")).status, 204);
}

TEST_F(AccountsTest, TheFirstAccountIsNotDeleted) {
  const auto refused = ask("DELETE", account("devbatch"));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(code(refused), "AccountCannotBeDeleted");
}

TEST_F(AccountsTest, KeysAreListedAndRegeneratedOneByOne) {
  const auto before = ask("POST", account("devbatch") + "/listKeys").json();
  EXPECT_EQ(before["accountName"], "devbatch");
  EXPECT_EQ(before["primary"], base::base64_encode(key_));
  const auto after = ask("POST", account("devbatch") + "/regenerateKeys", {{"keyName", "Secondary"}});
  ASSERT_EQ(after.status, 200) << after.text;
  EXPECT_EQ(after.json()["primary"], before["primary"]);
  EXPECT_NE(after.json()["secondary"], before["secondary"]);
  EXPECT_EQ(code(ask("POST", account("devbatch") + "/regenerateKeys", {{"keyName", "Third"}})), "InvalidPropertyValue");
  EXPECT_EQ(code(ask("POST", account("devbatch") + "/regenerateKeys", json::object())), "MissingRequiredProperty");
}

TEST_F(AccountsTest, AutoStorageKeysAreSynchronizedWhereThereIsAutoStorage) {
  EXPECT_EQ(ask("POST", account("devbatch") + "/syncAutoStorageKeys").status, 204);
  create("fresh1");
  EXPECT_EQ(code(ask("POST", account("fresh1") + "/syncAutoStorageKeys")), "AutoStorageNotConfigured");
}

TEST_F(AccountsTest, ASessionMayHaveAnAccountMadeOnTheSpot) {
  accounts_->allow_on_the_spot("run");
  auto through = request("GET", account("unheard") + kVersion);
  through.session = "run";
  through.headers.set("Authorization", std::string("Bearer ") + kGoodToken);
  EXPECT_EQ(answer(through).status, 200);
  EXPECT_EQ(ask("GET", account("unseen")).status, 404);
}

TEST_F(AccountsTest, WhatIsOnANetworkIsEmpty) {
  for (const std::string list :
       {"/privateLinkResources", "/privateEndpointConnections", "/outboundNetworkDependenciesEndpoints"}) {
    EXPECT_EQ(ask("GET", account("devbatch") + list).json(), (json{{"value", json::array()}})) << list;
  }
  EXPECT_EQ(ask("GET", account("devbatch") + "/privateEndpointConnections/x").status, 404);
  EXPECT_EQ(ask("PUT", account("devbatch") + "/privateEndpointConnections/x", json::object()).status, 501);
}

}  // namespace
}  // namespace emulator::management
