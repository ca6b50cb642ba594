#include "emulator/entra/tenants.h"
#include "tests/unit/entra/entra_fixture.h"

namespace emulator::entra {
namespace {

using Discovery = EntraTest;

TEST_F(Discovery, NamesTheEndpointsUnderTheAddressThatWasUsed) {
  const auto reply = get("/contoso.com/v2.0/.well-known/openid-configuration");
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto document = reply.json();
  const auto tenant = document["token_endpoint"].get<std::string>().substr(34, 36);
  EXPECT_TRUE(is_guid(tenant)) << tenant;  // whatever name was used
  const std::string base = "https://login.microsoftonline.com/" + tenant;
  EXPECT_EQ(document["token_endpoint"], base + "/oauth2/v2.0/token");
  EXPECT_EQ(document["authorization_endpoint"], base + "/oauth2/v2.0/authorize");
  EXPECT_EQ(document["device_authorization_endpoint"], base + "/oauth2/v2.0/devicecode");
  EXPECT_EQ(document["jwks_uri"], base + "/discovery/v2.0/keys");
  EXPECT_EQ(document["id_token_signing_alg_values_supported"], nlohmann::json::array({"RS256"}));
  EXPECT_EQ(document["token_endpoint_auth_methods_supported"].size(), 3U);
}

TEST_F(Discovery, TakesTwoSlashesForOne) {
  const auto reply = get("/common//v2.0/.well-known/openid-configuration");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.json()["token_endpoint"], "https://login.microsoftonline.com/common/oauth2/v2.0/token");
}

TEST_F(Discovery, NamesTheIssuersThatTokensHave) {
  const std::string tenant = kTenant;
  EXPECT_EQ(get("/" + tenant + "/v2.0/.well-known/openid-configuration").json()["issuer"],
            "https://login.microsoftonline.com/" + tenant + "/v2.0");
  const auto v1 = get("/" + tenant + "/.well-known/openid-configuration").json();
  EXPECT_EQ(v1["issuer"], "https://sts.windows.net/" + tenant + "/");
  EXPECT_EQ(v1["token_endpoint"], "https://login.microsoftonline.com/" + tenant + "/oauth2/token");
  EXPECT_EQ(get("/common/v2.0/.well-known/openid-configuration").json()["issuer"],
            "https://login.microsoftonline.com/{tenantid}/v2.0");
}

TEST_F(Discovery, PublishesTheKeyThatSignsTokens) {
  for (const auto* path : {"/common/discovery/keys", "/common/discovery/v2.0/keys"}) {
    const auto keys = get(path).json()["keys"];
    ASSERT_EQ(keys.size(), 1U);
    EXPECT_EQ(keys[0]["kid"], wire::entra::our_key().public_key().id());
    EXPECT_FALSE(keys[0].contains("d"));
  }
}

TEST_F(Discovery, KnowsThePublicAuthority) {
  const auto reply =
      get("/common/discovery/instance?api-version=1.1&authorization_endpoint="
          "https://login.microsoftonline.com/common/oauth2/authorize");
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto document = reply.json();
  EXPECT_EQ(document["tenant_discovery_endpoint"],
            "https://login.microsoftonline.com/common/.well-known/openid-configuration");
  EXPECT_EQ(document["api-version"], "1.1");
  EXPECT_EQ(document["metadata"][0]["preferred_network"], "login.microsoftonline.com");
  EXPECT_EQ(document["metadata"][0]["preferred_cache"], "login.windows.net");
  EXPECT_EQ(document["metadata"][0]["aliases"][0], "login.microsoftonline.com");
}

TEST_F(Discovery, KnowsItselfAtALoopbackAddress) {
  const auto document = get("/common/discovery/instance?api-version=1.1&authorization_endpoint="
                            "https%3A%2F%2F127.0.0.1%3A10100%2Fcontoso.com%2Foauth2%2Fv2.0%2Fauthorize")
                            .json();
  EXPECT_EQ(document["tenant_discovery_endpoint"],
            "https://127.0.0.1:10100/contoso.com/v2.0/.well-known/openid-configuration");
  EXPECT_EQ(document["metadata"][1]["aliases"], nlohmann::json::array({"127.0.0.1:10100"}));
}

TEST_F(Discovery, KnowsItselfWithoutThePortThatSomeClientsLeaveOut) {
  http::Request request;
  request.method = "GET";
  request.path = "/common/discovery/instance";
  request.query = "api-version=1.0&authorization_endpoint=https://127.0.0.1/common/oauth2/v2.0/authorize";
  request.headers.add("Host", "127.0.0.1:10100");
  request.secure = true;
  EXPECT_EQ(run(request).json()["tenant_discovery_endpoint"],
            "https://127.0.0.1:10100/common/v2.0/.well-known/openid-configuration");
}

TEST_F(Discovery, RefusesOtherAuthorities) {
  for (const auto* endpoint :
       {"https://example.org/common/oauth2/authorize", "https://login.chinacloudapi.cn/common/oauth2/authorize",
        "http://login.microsoftonline.com/common/oauth2/authorize",
        "https://login.microsoftonline.com@example.org/common/oauth2/authorize",
        "https://127.0.0.1.example.org/common/oauth2/authorize", "nonsense"}) {
    const auto reply =
        get(std::string{"/common/discovery/instance?api-version=1.1&authorization_endpoint="} + endpoint);
    EXPECT_EQ(reply.status, 400) << endpoint;
    EXPECT_EQ(reply.error(), "invalid_instance") << endpoint;
    EXPECT_EQ(reply.number(), 50049) << endpoint;
  }
}

TEST_F(Discovery, NeedsItsParameters) {
  const std::string endpoint = "authorization_endpoint=https://login.microsoftonline.com/common/oauth2/authorize";
  EXPECT_EQ(get("/common/discovery/instance?" + endpoint).number(), 900144);
  EXPECT_EQ(get("/common/discovery/instance?api-version=9&" + endpoint).number(), 90100);
  EXPECT_EQ(get("/common/discovery/instance?api-version=1.1").number(), 900144);
  EXPECT_EQ(get("/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.microsoftonline.com")
                .number(),
            900023);
}

TEST_F(Discovery, SendsPasswordsToTheTokenEndpoint) {
  const auto realm = get("/common/userrealm/me%40contoso.com?api-version=1.0").json();
  EXPECT_EQ(realm["account_type"], "Managed");
  EXPECT_EQ(realm["domain_name"], "contoso.com");
  for (const auto* name : {"me", "%40contoso.com", "me%40", "me%40contoso"}) {
    EXPECT_EQ(get(std::string{"/common/userrealm/"} + name + "?api-version=1.0").number(), 50034) << name;
  }
}

TEST_F(Discovery, RefusesWhatIsNotOfferedByName) {
  const auto unknown = get("/common/federation/somebody?api-version=1.0");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.error(), "invalid_request");
  EXPECT_NE(unknown.text.find("GET /common/federation/somebody"), std::string::npos);
  EXPECT_EQ(send("POST", "/common/discovery/keys").status, 404);
  EXPECT_EQ(send("HEAD", "/common/discovery/keys").status, 404);
  const auto browser = get("/common/oauth2/v2.0/authorize?client_id=a");
  EXPECT_EQ(browser.status, 404);
  EXPECT_NE(browser.text.find("browser"), std::string::npos);
}

TEST_F(Discovery, SharesNoPathWithTheBatchService) {
  for (const auto* ours :
       {"/common/oauth2/token", "/contoso.com/oauth2/v2.0/token", "/organizations/discovery/instance",
        "/11111111-1111-1111-1111-111111111111/.well-known/openid-configuration",
        "/common/v2.0/.well-known/openid-configuration", "/metadata/identity/oauth2/token", "/metadata/instance",
        "/common/userrealm/a%40b.c", "/common//v2.0/.well-known/openid-configuration"}) {
    EXPECT_TRUE(EntraApi::owns(ours)) << ours;
  }
  for (const auto* theirs : {"", "/", "/pools", "/jobs/oauth2/tasks", "/jobs/discovery/instance", "/common",
                             "/certificates(thumbprintAlgorithm=sha1,thumbprint=00)", "/.emulator/sessions",
                             "/.account/x/oauth2/token", "/jobs/a.b/oauth2/token", "/metadata"}) {
    EXPECT_FALSE(EntraApi::owns(theirs)) << theirs;
  }
}

}  // namespace
}  // namespace emulator::entra
