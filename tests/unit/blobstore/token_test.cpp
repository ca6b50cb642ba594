// Bearer tokens and what they are good for: user delegation keys and the SAS made with them.
#include "base/text.h"
#include "tests/unit/blobstore/authorize_fixture.h"

namespace blobstore {
namespace {

constexpr const char* kObject = "11111111-1111-1111-1111-111111111111";
constexpr const char* kTenant = "22222222-2222-2222-2222-222222222222";
constexpr const char* kDelegation = "/?restype=service&comp=userdelegationkey";

std::string between(const std::string& text, const std::string& name) {
  const auto begin = text.find("<" + name + ">") + name.size() + 2;
  return text.substr(begin, text.find("</" + name + ">") - begin);
}

class TokenTest : public AuthorizeTest {
 protected:
  TokenTest() {
    harness_.secure = true;
    harness_.options.tenant = "contoso";
    harness_.options.verify_token = [](std::string_view token) -> base::Result<wire::entra::Identity> {
      wire::entra::Identity identity{.tenant = kTenant, .object_id = kObject};
      if (token == "good") return identity;
      if (token == "of-other") {
        identity.account = "other";
        return identity;
      }
      if (token == "old") return base::Error(wire::entra::TokenErrc::expired, "too old");
      return base::Error(wire::entra::TokenErrc::wrong_signature, "not ours");
    };
  }
  Got bearer(const std::string& method, const std::string& path, const std::string& body = {},
             const std::string& token = "good", http::Headers headers = {}) {
    headers.add("Authorization", "Bearer " + token);
    return with("", method, path, body, std::move(headers));
  }
  std::string key_request(std::chrono::hours life = std::chrono::hours(1)) {
    return "<KeyInfo><Start>" + wire::print_timestamp(harness_.clock.now()) + "</Start><Expiry>" +
           wire::print_timestamp(harness_.clock.now() + life) + "</Expiry></KeyInfo>";
  }
  Got ask_key(std::chrono::hours life = std::chrono::hours(1)) {
    return bearer("POST", kDelegation, key_request(life));
  }
  /// A SAS for the container signed with the key in `document`.
  std::string delegated_sas(const std::string& document, const std::string& permissions,
                            std::chrono::hours life = std::chrono::hours(1)) {
    wire::blob::Sas sas{.version = "2025-07-05",
                        .permissions = permissions,
                        .expiry = wire::print_timestamp(harness_.clock.now() + life)};
    sas.resource = "c";
    sas.key_object_id = between(document, "SignedOid");
    sas.key_tenant = between(document, "SignedTid");
    sas.key_start = between(document, "SignedStart");
    sas.key_expiry = between(document, "SignedExpiry");
    sas.key_service = between(document, "SignedService");
    sas.key_version = between(document, "SignedVersion");
    return wire::blob::sign_sas(sas, kAccount, *base::base64_decode(between(document, "Value")), "con");
  }
};

TEST_F(TokenTest, TokenMayDoEverything) {
  EXPECT_EQ(bearer("GET", "/con/b").body, "hello");
  EXPECT_EQ(bearer("PUT", "/con/c", "x").status, 201);
  EXPECT_EQ(bearer("DELETE", "/con?restype=container").status, 202);
}

TEST_F(TokenTest, TokenThatIsNotAcceptedIsChallengedWithoutBeingShown) {
  for (const auto* token : {"bad", "old", "of-other"}) {
    const auto got = bearer("GET", "/con/b", "", token);
    EXPECT_EQ(got.status, 401) << token;
    EXPECT_EQ(got.error_code(), "InvalidAuthenticationInfo");
    EXPECT_NE(got.headers.get("WWW-Authenticate").find("/contoso/oauth2/authorize"), std::string::npos);
  }
}

TEST_F(TokenTest, StrangersAreToldWhereTokensComeFrom) {
  EXPECT_EQ(with("", "GET", "/con/b").headers.get("WWW-Authenticate"),
            "Bearer authorization_uri=https://login.microsoftonline.com/contoso/oauth2/authorize "
            "resource_id=https://storage.azure.com");
}

TEST_F(TokenTest, TokensNeedHttpsAndAVersionThatKnowsThem) {
  EXPECT_EQ(bearer("GET", "/con/b", "", "good", {{"x-ms-version", "2017-07-29"}}).error_code(), "AuthenticationFailed");
  EXPECT_EQ(bearer("GET", "/con/b", "", "good", {{"x-ms-version", "2017-11-09"}}).status, 200);
  harness_.secure = false;
  EXPECT_EQ(bearer("GET", "/con/b").error_code(), "AuthenticationFailed");
}

TEST_F(TokenTest, WithoutEntraNoTokenIsAccepted) {
  harness_.options.verify_token = {};
  const auto got = bearer("GET", "/con/b");
  EXPECT_EQ(got.status, 400);
  EXPECT_EQ(got.error_code(), "InvalidAuthenticationInfo");
}

TEST_F(TokenTest, DelegatedSasWorksForItsContainerAndPermissions) {
  const auto key = ask_key();
  ASSERT_EQ(key.status, 200) << key.body;
  EXPECT_EQ(between(key.body, "SignedOid"), kObject);
  EXPECT_EQ(between(key.body, "SignedService"), "b");
  const auto sas = delegated_sas(key.body, "r");
  EXPECT_EQ(with(sas, "GET", "/con/b").body, "hello");
  EXPECT_EQ(with(sas, "PUT", "/con/b", "x").error_code(), "AuthorizationPermissionMismatch");
  EXPECT_EQ(with(sas, "GET", "/?comp=list").status, 403);
  harness_.create_container("con2");
  EXPECT_EQ(with(sas, "GET", "/con2/b").error_code(), "AuthenticationFailed");
}

TEST_F(TokenTest, DelegatedSasEndsWithItsKey) {
  const auto sas = delegated_sas(ask_key().body, "r", std::chrono::hours(5));
  EXPECT_EQ(with(sas, "GET", "/con/b").status, 200);
  harness_.clock.advance(std::chrono::hours(2));
  EXPECT_EQ(with(sas, "GET", "/con/b").error_code(), "AuthenticationFailed");
}

TEST_F(TokenTest, DelegationKeyIsTheSameForTheSameQuestionAndOutlivesTheAccountsKeys) {
  const auto key = ask_key();
  EXPECT_EQ(between(ask_key().body, "Value"), between(key.body, "Value"));
  harness_.accounts->accounts.at(std::string(kAccount)).keys = {"new"};
  EXPECT_EQ(with(delegated_sas(key.body, "r"), "GET", "/con/b").status, 200);
}

TEST_F(TokenTest, NoKeyWasGivenOutSoNoneIsBelieved) {
  const std::string made_up =
      "<SignedOid>o</SignedOid><SignedTid>t</SignedTid><SignedStart>2025-01-01T00:00:00Z</SignedStart><SignedExpiry>"
      "2027-01-01T00:00:00Z</SignedExpiry><SignedService>b</SignedService><SignedVersion>2020-02-10</SignedVersion>"
      "<Value>AAAA</Value>";
  EXPECT_EQ(with(delegated_sas(made_up, "r"), "GET", "/con/b").error_code(), "AuthenticationFailed");
  harness_.session = "s1";
  harness_.accounts->accounts.at(std::string(kAccount)).keys_on_trust = true;
  EXPECT_EQ(with(delegated_sas(made_up, "r"), "GET", "/con/b").error_code(), "AuthenticationFailed");
  ASSERT_EQ(ask_key().status, 200);
  EXPECT_EQ(with(delegated_sas(made_up, "r"), "GET", "/con/b").error_code(), "AuthenticationFailed");
}

TEST_F(TokenTest, DelegationKeyIsForSignedInUsersAndAtMostSevenDays) {
  EXPECT_EQ(signed_with_key("POST", kDelegation, key_request()).error_code(), "AuthenticationFailed");
  EXPECT_EQ(with(account_sas("sco", "rwdlacup"), "POST", kDelegation, key_request()).status, 403);
  EXPECT_EQ(ask_key(std::chrono::hours(24 * 8)).error_code(), "InvalidXmlNodeValue");
  EXPECT_EQ(ask_key(std::chrono::hours(0)).error_code(), "InvalidXmlNodeValue");
  EXPECT_EQ(bearer("POST", kDelegation, "<KeyInfo></KeyInfo>").error_code(), "InvalidXmlNodeValue");
  EXPECT_EQ(bearer("POST", kDelegation, "nonsense").error_code(), "InvalidXmlDocument");
}

}  // namespace
}  // namespace blobstore
