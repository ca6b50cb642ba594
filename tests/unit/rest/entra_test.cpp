// Requests with tokens of Entra ID: whom they reach, and how they are refused (contract 2.2, 2.4).
#include "emulator/rest/authenticate.h"
#include "tests/unit/rest/rest_fixture.h"

namespace emulator::rest {
namespace {

/// Has the form of a token; the verifier is the test's own.
constexpr const char* kToken = "header.claims.signature";

class EntraTokenTest : public RestTest {
 protected:
  EntraTokenTest() { open({}); }
  void open(Account second) {
    std::vector<Account> accounts;
    accounts.push_back({.name = std::string{kAccountName}, .keys = {key_}, .service = service_.get()});
    if (!second.name.empty()) accounts.push_back(std::move(second));
    const Surroundings surroundings{.clock = &clock_, .workers = &workers_};
    auto verify = [this](std::string_view token) -> base::Result<wire::entra::Identity> {
      verified_ = token;
      if (refusal_) return *refusal_;
      return wire::entra::Identity{.tenant = "t", .object_id = "o"};
    };
    api_ = std::make_unique<RestApi>(surroundings, std::move(accounts), AnswerObserver{}, std::move(verify));
  }
  Reply with_token(const std::string& host = "127.0.0.1:10100", const std::string& token = kToken) {
    return send(request("GET", "/pools?" + std::string{kVersionQuery}, {},
                        {{"Authorization", "Bearer " + token}, {"Host", host}}));
  }

  std::string verified_;
  std::optional<base::Error> refusal_;
};

TEST_F(EntraTokenTest, ReachesTheFirstAccountByAddress) {
  EXPECT_EQ(with_token().status, 200);
  EXPECT_EQ(verified_, kToken);
}

TEST_F(EntraTokenTest, ReachesTheAccountThatTheHostNames) {
  open({.name = "second", .keys = {"key"}, .takes_entra_tokens = false, .service = service_.get()});
  EXPECT_EQ(with_token("devbatch.westeurope.batch.azure.com").status, 200);
  EXPECT_EQ(with_token("DevBatch.local.batch.localhost:10100").status, 200);
  for (const auto* host : {"second.westeurope.batch.azure.com", "nobody.westeurope.batch.azure.com"}) {
    const auto refused = with_token(host);
    EXPECT_EQ(refused.status, 403) << host;
    EXPECT_EQ(refused.code(), "AuthenticationFailed") << host;
  }
}

TEST_F(EntraTokenTest, IsNotLimitedToAJob) {
  auto made = request("POST", "/pools?" + std::string{kVersionQuery}, pool_body().dump(),
                      {{"Authorization", std::string{"bearer "} + kToken}});
  EXPECT_EQ(send(std::move(made)).status, 201);
}

TEST_F(EntraTokenTest, ThatIsRefusedIsAnsweredWithAChallenge) {
  refusal_ = base::Error{wire::entra::TokenErrc::expired, "reading a bearer token: it has expired"};
  const auto reply = with_token();
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.code(), "AuthenticationFailed");
  const auto detail = reply.json()["values"][0];
  EXPECT_EQ(detail["key"], "AuthenticationErrorDetail");
  EXPECT_EQ(detail["value"], "reading a bearer token: it has expired");
  EXPECT_EQ(reply.headers.get("WWW-Authenticate"),
            "Bearer authorization_uri=\"http://127.0.0.1:10100/00000000-0000-0000-0000-00000000000a\", "
            "resource_id=\"https://batch.core.windows.net/\", error=\"invalid_token\", "
            "error_description=\"reading a bearer token: it has expired\"");
  EXPECT_EQ(reply.text.find(kToken), std::string::npos);
  const auto by_name = with_token("devbatch.westeurope.batch.azure.com").headers;
  EXPECT_TRUE(
      by_name.get("WWW-Authenticate")
          .starts_with(
              "Bearer authorization_uri=\"https://login.microsoftonline.com/00000000-0000-0000-0000-00000000000a\""));
}

TEST_F(EntraTokenTest, ThatCannotBeVerifiedIsTheEmulatorsTrouble) {
  refusal_ = base::Error{base::Errc::corrupt, "reading /a/path"};
  const auto reply = with_token();
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.text.find("/a/path"), std::string::npos);
}

TEST_F(EntraTokenTest, IsRefusedByNameWhenEntraIsOff) {
  api_ = std::make_unique<RestApi>(
      Surroundings{.clock = &clock_, .workers = &workers_},
      std::vector<Account>{{.name = std::string{kAccountName}, .keys = {key_}, .service = service_.get()}});
  const auto reply = with_token();
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "InvalidAuthenticationInfo");
  EXPECT_NE(reply.json()["values"][0]["value"].get<std::string>().find("--entra"), std::string::npos);
}

TEST_F(EntraTokenTest, LeavesTheTokensOfTasksAlone) {
  const auto reply = with_token("127.0.0.1:10100", "cGF5bG9hZA==.c2lnbmF0dXJl");
  EXPECT_EQ(reply.code(), "InvalidAuthenticationInfo");
  EXPECT_EQ(verified_, "");
}

TEST(AccountOfHostTest, IsTheFirstLabelOfTheServicesNames) {
  EXPECT_EQ(account_of_host("acct.westeurope.batch.azure.com"), "acct");
  EXPECT_EQ(account_of_host("Acct.local.batch.localhost:10100"), "Acct");
  for (const auto* host : {"", "127.0.0.1:10100", "localhost", "batch.azure.com", ".batch.azure.com", "[::1]:80",
                           "acct.batch.azure.com.example.org"}) {
    EXPECT_EQ(account_of_host(host), "") << host;
  }
}

}  // namespace
}  // namespace emulator::rest
