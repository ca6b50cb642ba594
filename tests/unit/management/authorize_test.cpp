// Who may call, and how a request that is not for anybody is refused.
#include "tests/unit/management/management_fixture.h"

namespace emulator::management {
namespace {

class AuthorizeTest : public ManagementTest {};

TEST_F(AuthorizeTest, ARequestWithoutAuthorizationIsChallenged) {
  auto bare = request("GET", std::string("/subscriptions") + kVersion);
  const auto refused = answer(bare);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(code(refused), "AuthenticationFailed");
  const std::string challenge(refused.headers.get("WWW-Authenticate"));
  EXPECT_TRUE(challenge.starts_with("Bearer authorization_uri=\"https://login.microsoftonline.com/")) << challenge;
  EXPECT_NE(challenge.find("error=\"invalid_token\""), std::string::npos);
}

TEST_F(AuthorizeTest, EveryKindOfBadTokenHasItsCode) {
  const std::vector<std::pair<std::string, std::string>> cases{{"expired", "ExpiredAuthenticationToken"},
                                                               {"for batch", "InvalidAuthenticationTokenAudience"},
                                                               {"nonsense", "InvalidAuthenticationToken"}};
  for (const auto& [token, expected] : cases) {
    const auto refused = ask("GET", "/subscriptions", nullptr, {{"Authorization", "Bearer " + token}});
    EXPECT_EQ(refused.status, 401) << token;
    EXPECT_EQ(code(refused), expected);
    EXPECT_EQ(refused.text.find(token == "expired" ? "no such" : token), std::string::npos);
  }
}

TEST_F(AuthorizeTest, WithoutEntraATokenIsRefusedByTheNameOfTheSwitch) {
  make_api(false);
  const auto refused = ask("GET", "/subscriptions");
  EXPECT_EQ(refused.status, 401);
  EXPECT_NE(refused.text.find("--entra"), std::string::npos);
}

TEST_F(AuthorizeTest, ASharedKeyIsGoodForItsAccountAndWhatIsBelowIt) {
  EXPECT_EQ(manage("GET", "").status, 200);
  EXPECT_EQ(manage("GET", "/applications").status, 200);
}

TEST_F(AuthorizeTest, ASharedKeyIsNotGoodForAnotherAccount) {
  const auto place = accounts_->find_batch_account(rest::kAccountName)->place;
  ASSERT_TRUE(accounts_->create_batch_account({.name = "other", .place = place}));
  auto foreign =
      request("GET", std::string(kSubscription) +
                         "/resourceGroups/g/providers/Microsoft.Batch/batchAccounts/other/applications" + kVersion);
  sign(foreign);
  const auto refused = answer(foreign);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(code(refused), "AuthorizationFailed");
}

TEST_F(AuthorizeTest, ASharedKeyIsNotGoodForWhatIsAboveAccounts) {
  auto above = request("GET", std::string("/subscriptions") + kVersion);
  sign(above);
  const auto refused = answer(above);
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.text.find("Subscriptions_List"), std::string::npos);
}

TEST_F(AuthorizeTest, ASharedKeyOfABatchAccountIsNotGoodForAStorageAccountOfItsName) {
  auto storage =
      request("POST", std::string(kSubscription) +
                          "/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/devbatch/listKeys" + kVersion);
  sign(storage);
  EXPECT_EQ(answer(storage).status, 403);
}

TEST_F(AuthorizeTest, AnApiVersionIsRequiredAndHasTheFormOfADate) {
  EXPECT_EQ(code(ask("GET", "/subscriptions?x=y")), "MissingApiVersionParameter");
  EXPECT_EQ(code(ask("GET", "/subscriptions?api-version=latest")), "InvalidApiVersionParameter");
  EXPECT_EQ(code(ask("GET", "/subscriptions?api-version=2019-13-01")), "InvalidApiVersionParameter");
  EXPECT_EQ(ask("GET", "/subscriptions?api-version=2019-11-01").status, 200);
  EXPECT_EQ(ask("GET", "/subscriptions?api-version=2022-12-01-preview").status, 200);
}

TEST_F(AuthorizeTest, AVersionThatMicrosoftBatchLacksIsRefusedWithThoseThatItHas) {
  const auto refused = ask("GET", std::string(kAccount) + "?api-version=2015-12-01");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(code(refused), "NoRegisteredProviderFound");
  EXPECT_NE(refused.text.find("2024-07-01"), std::string::npos);
}

TEST_F(AuthorizeTest, WhatTheEmulatorLacksIsRefusedByName) {
  const auto operation = ask("GET", std::string(kAccount) + "/detectors");
  EXPECT_EQ(operation.status, 501);
  EXPECT_NE(operation.text.find("BatchAccount_ListDetectors"), std::string::npos);
  EXPECT_EQ(
      code(ask("GET", std::string(kSubscription) + "/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v")),
      "InvalidResourceNamespace");
  EXPECT_EQ(code(ask("GET", std::string(kAccount) + "/nothing")), "InvalidResourceType");
  EXPECT_EQ(code(ask("POST", std::string(kAccount) + "/applications")), "MethodNotAllowed");
}

TEST_F(AuthorizeTest, ASubscriptionIsAGuid) {
  EXPECT_EQ(code(ask("GET", "/subscriptions/mine/resourceGroups")), "InvalidSubscriptionId");
}

TEST_F(AuthorizeTest, EveryAnswerHasItsRequestIds) {
  const auto reply = ask("GET", "/subscriptions", nullptr,
                         {{"x-ms-client-request-id", "mine"}, {"x-ms-return-client-request-id", "true"}});
  EXPECT_FALSE(reply.headers.get("x-ms-request-id").empty());
  EXPECT_FALSE(reply.headers.get("x-ms-correlation-request-id").empty());
  EXPECT_FALSE(reply.headers.get("x-ms-ratelimit-remaining-subscription-reads").empty());
  EXPECT_EQ(reply.headers.get("x-ms-client-request-id"), "mine");
}

TEST_F(AuthorizeTest, WhereServicesAreIsToldToEverybody) {
  auto by_name = request("GET", "/metadata/endpoints?api-version=2023-11-01", "", {{"Host", "management.azure.com"}});
  const auto cloud = answer(by_name).json();
  EXPECT_EQ(cloud["name"], "AzureCloud");
  EXPECT_EQ(cloud["resourceManager"], "https://management.azure.com/");
  EXPECT_EQ(cloud["authentication"]["loginEndpoint"], "https://login.microsoftonline.com");
  EXPECT_EQ(cloud["suffixes"]["storage"], "core.windows.net");
  auto by_address = request("GET", "/metadata/endpoints?api-version=2023-11-01");
  EXPECT_EQ(answer(by_address).json()["authentication"]["loginEndpoint"], std::string(rest::kBase));
  auto old = request("GET", "/metadata/endpoints?api-version=2019-05-01");
  EXPECT_EQ(answer(old).json()[0]["name"], "AzureCloud");
}

TEST_F(AuthorizeTest, ThePathsOfThePlaneAreItsOwn) {
  for (const auto* path : {"/subscriptions", "/SUBSCRIPTIONS/x", "/tenants", "/providers", "/providers/Microsoft.Batch",
                           "/metadata/endpoints"}) {
    EXPECT_TRUE(ManagementApi::owns(path)) << path;
  }
  for (const auto* path :
       {"/pools", "/subscriptionsx", "/", "/metadata/identity/oauth2/token", "/tenant/oauth2/token"}) {
    EXPECT_FALSE(ManagementApi::owns(path)) << path;
  }
}

}  // namespace
}  // namespace emulator::management
