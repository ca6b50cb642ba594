#include "tests/unit/entra/entra_fixture.h"

namespace emulator::entra {
namespace {

using wire::entra::Audience;

class TokenEndpoint : public EntraTest {
 protected:
  static Fields credentials(const Fields& more = {}) {
    Fields fields{{"grant_type", "client_credentials"}, {"client_id", "app"}, {"client_secret", "hidden~secret"}};
    for (const auto& [name, value] : more) fields[name] = value;
    return fields;
  }
  static Fields v2(const Fields& more = {}) {
    auto fields = credentials({{"scope", "https://batch.core.windows.net//.default"}});
    for (const auto& [name, value] : more) fields[name] = value;
    return fields;
  }
  static Fields without(Fields fields, const std::string& name) {
    fields.erase(name);
    return fields;
  }
  static std::string assertion(nlohmann::ordered_json claims) {
    return wire::entra::print_token(claims, wire::entra::foreign_key());
  }
  Fields asserted(const std::string& text) {
    auto fields = without(v2(), "client_secret");
    fields["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    fields["client_assertion"] = text;
    return fields;
  }
};

TEST_F(TokenEndpoint, IssuesATokenForAScope) {
  const auto reply = post(kV2Token, v2());
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto answer = reply.json();
  EXPECT_EQ(answer["token_type"], "Bearer");
  EXPECT_EQ(answer["expires_in"], 3599);
  EXPECT_EQ(answer["ext_expires_in"], 3599);
  EXPECT_FALSE(answer.contains("refresh_token"));
  const auto claims = claims_of(answer["access_token"]);
  EXPECT_EQ(claims["aud"], "https://batch.core.windows.net/");
  EXPECT_EQ(claims["iss"], std::string{"https://sts.windows.net/"} + kTenant + "/");
  EXPECT_EQ(claims["nbf"], now() - 300);
  EXPECT_EQ(claims["exp"], now() + 3600);
  EXPECT_EQ(claims["appid"], "app");
  EXPECT_EQ(claims["tid"], kTenant);
  EXPECT_EQ(claims["idtyp"], "app");
  EXPECT_EQ(claims["ver"], "1.0");
  EXPECT_EQ(claims["oid"], claims["sub"]);
}

TEST_F(TokenEndpoint, IssuesATokenForAResourceWithNumbersAsText) {
  const auto reply =
      post(std::string{kV1Token} + "?api-version=1.0", credentials({{"resource", "https://batch.core.windows.net/"}}));
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto answer = reply.json();
  EXPECT_EQ(answer["expires_in"], "3599");
  EXPECT_EQ(answer["ext_expires_in"], "3599");
  EXPECT_EQ(answer["expires_on"], std::to_string(now() + 3600));
  EXPECT_EQ(answer["not_before"], std::to_string(now() - 300));
  EXPECT_EQ(answer["resource"], "https://batch.core.windows.net/");
  EXPECT_EQ(claims_of(answer["access_token"])["aud"], "https://batch.core.windows.net/");
}

TEST_F(TokenEndpoint, IsNotCachedByAnybody) {
  EXPECT_EQ(post(kV2Token, v2()).headers.get("Cache-Control"), "no-store, no-cache");
}

TEST_F(TokenEndpoint, GivesAClientTheSameIdentityEveryTimeAndAnotherToOthers) {
  const auto object = [&](const Fields& fields, const std::string& target = kV2Token) {
    return claims_of(post(target, fields).json()["access_token"])["oid"];
  };
  EXPECT_EQ(object(v2()), object(v2({{"scope", "https://storage.azure.com/.default"}})));
  EXPECT_NE(object(v2()), object(v2({{"client_id", "other"}})));
  EXPECT_NE(object(v2()), object(v2(), "/contoso.onmicrosoft.com/oauth2/v2.0/token"));
}

TEST_F(TokenEndpoint, IssuesTokensThatItsVerifiersAccept) {
  const std::map<std::string, Audience> scopes{{"https://batch.core.windows.net//.default", Audience::batch},
                                               {"https://batch.core.windows.net/.default", Audience::batch},
                                               {"https://batch.core.windows.net/", Audience::batch},
                                               {"https://storage.azure.com/.default", Audience::storage},
                                               {"https://acct.blob.core.windows.net/.default", Audience::storage},
                                               {"https://management.core.windows.net//.default", Audience::management},
                                               {"https://management.azure.com/.default", Audience::management},
                                               {"ddbf3205-c6bd-46ae-8127-60eb93363864/.default", Audience::batch}};
  for (const auto& [scope, audience] : scopes) {
    const auto reply = post(kV2Token, v2({{"scope", scope}}));
    ASSERT_EQ(reply.status, 200) << scope << reply.text;
    const auto token = reply.json()["access_token"].get<std::string>();
    for (const auto other : {Audience::batch, Audience::storage, Audience::management}) {
      EXPECT_EQ(api_->verifier(other)(token).has_value(), other == audience) << scope;
    }
  }
}

TEST_F(TokenEndpoint, VerifiesWithItsOwnClock) {
  const auto token = post(kV2Token, v2()).json()["access_token"].get<std::string>();
  const auto verify = api_->verifier(Audience::batch);
  clock_.advance(std::chrono::minutes{64});
  EXPECT_TRUE(verify(token));
  clock_.advance(std::chrono::minutes{1});
  ASSERT_FALSE(verify(token));
  EXPECT_EQ(verify(token).error().code, wire::entra::TokenErrc::expired);
}

TEST_F(TokenEndpoint, TakesTheClientFromBasicAuthorization) {
  const auto fields = without(without(v2(), "client_id"), "client_secret");
  const auto basic = [&](const std::string& text) {
    return post(kV2Token, fields, {{"Authorization", "Basic " + base::base64_encode(text)}});
  };
  const auto reply = basic("my%20app%21:a%3Asecret");
  EXPECT_EQ(reply.error(), "unauthorized_client");  // an id with a space is nobody's
  EXPECT_EQ(claims_of(basic("app%21:a%3Asecret").json()["access_token"])["appid"], "app!");
  EXPECT_EQ(basic("app:").number(), 7000215);
  EXPECT_EQ(basic("app").number(), 90100);
  EXPECT_EQ(post(kV2Token, fields, {{"Authorization", "Basic ?"}}).number(), 90100);
  EXPECT_EQ(post(kV2Token, v2(), {{"Authorization", "Basic " + base::base64_encode(std::string{"b:c"})}}).number(),
            90100);
}

TEST_F(TokenEndpoint, RefusesAClientWithoutASecret) {
  const auto absent = post(kV2Token, without(v2(), "client_secret"));
  EXPECT_EQ(absent.status, 401);
  EXPECT_EQ(absent.error(), "invalid_client");
  EXPECT_EQ(absent.number(), 7000216);
  const auto empty = post(kV2Token, v2({{"client_secret", ""}}));
  EXPECT_EQ(empty.status, 401);
  EXPECT_EQ(empty.error(), "invalid_client");
  EXPECT_EQ(empty.number(), 7000215);
}

TEST_F(TokenEndpoint, RefusesARequestWithoutAClientOrGrant) {
  for (const auto* name : {"client_id", "grant_type", "scope"}) {
    const auto reply = post(kV2Token, without(v2(), name));
    EXPECT_EQ(reply.status, 400) << name;
    EXPECT_EQ(reply.error(), "invalid_request") << name;
    EXPECT_EQ(reply.number(), 900144) << name;
    EXPECT_NE(reply.json()["error_description"].get<std::string>().find(name), std::string::npos);
  }
  EXPECT_EQ(post(kV1Token, credentials()).number(), 900144);
  EXPECT_EQ(post(kV2Token, v2({{"client_id", std::string(200, 'a')}})).number(), 700016);
}

TEST_F(TokenEndpoint, SignsAnyUserInWithAnyPassword) {
  const Fields good{{"grant_type", "password"},
                    {"client_id", "cli"},
                    {"username", "Me@Contoso.com"},
                    {"password", "hidden"},
                    {"scope", "https://batch.core.windows.net/.default openid offline_access"}};
  const auto answer = post(kV2Token, good).json();
  const auto claims = claims_of(answer["access_token"]);
  EXPECT_EQ(claims["upn"], "Me@Contoso.com");
  EXPECT_EQ(claims["idtyp"], "user");
  const auto refreshed = post(
      kV2Token, {{"grant_type", "refresh_token"}, {"client_id", "cli"}, {"refresh_token", answer["refresh_token"]}});
  EXPECT_EQ(claims_of(refreshed.json()["access_token"])["upn"], "Me@Contoso.com");
  EXPECT_EQ(claims_of(refreshed.json()["access_token"])["oid"], claims["oid"]);
  auto other = good;
  other["username"] = "you@contoso.com";
  EXPECT_NE(claims_of(post(kV2Token, other).json()["access_token"])["oid"], claims["oid"]);
  auto v1 = without(good, "scope");
  v1["resource"] = "https://batch.core.windows.net/";
  EXPECT_TRUE(post(kV1Token, v1).json().contains("refresh_token"));
}

TEST_F(TokenEndpoint, RefusesUsersWithoutANameOrPassword) {
  const Fields good{{"grant_type", "password"},
                    {"client_id", "cli"},
                    {"username", "me@contoso.com"},
                    {"password", "p"},
                    {"scope", "https://batch.core.windows.net/.default"}};
  const auto with = [&](const std::string& name, const std::string& value) {
    auto fields = good;
    fields[name] = value;
    return post(kV2Token, fields).number();
  };
  EXPECT_EQ(with("username", "me"), 50034);
  EXPECT_EQ(with("password", ""), 50126);
  EXPECT_EQ(with("username", ""), 900144);
  EXPECT_EQ(post(kV2Token, without(good, "password")).number(), 900144);
  EXPECT_EQ(post(kV2Token, without(good, "scope")).number(), 900144);
}

TEST_F(TokenEndpoint, RefusesGrantsItDoesNotOfferByName) {
  for (const auto* grant :
       {"implicit", "authorization_code", "urn:ietf:params:oauth:grant-type:jwt-bearer", "no such thing"}) {
    const auto reply = post(kV2Token, v2({{"grant_type", grant}}));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.error(), "unsupported_grant_type");
    EXPECT_EQ(reply.number(), 70003);
    EXPECT_NE(reply.json()["error_description"].get<std::string>().find(grant), std::string::npos);
  }
}

TEST_F(TokenEndpoint, RefusesWhatIsNotOneOfTheEmulatedServices) {
  const auto graph = post(kV2Token, v2({{"scope", "https://graph.microsoft.com/.default"}}));
  EXPECT_EQ(graph.status, 400);
  EXPECT_EQ(graph.error(), "invalid_resource");
  EXPECT_EQ(graph.number(), 500011);
  EXPECT_EQ(post(kV1Token, credentials({{"resource", "https://vault.azure.net"}})).number(), 500011);
}

TEST_F(TokenEndpoint, RefusesScopesThatAnApplicationCannotHave) {
  for (const auto* scope : {"https://batch.core.windows.net/user_impersonation", "openid", "openid profile"}) {
    const auto reply = post(kV2Token, v2({{"scope", scope}}));
    EXPECT_EQ(reply.error(), "invalid_scope") << scope;
    EXPECT_EQ(reply.number(), 1002012) << scope;
  }
  EXPECT_EQ(post(kV2Token, v2({{"scope", "User.Read"}})).number(), 70011);
  EXPECT_EQ(
      post(kV2Token, v2({{"scope", "https://batch.core.windows.net/.default https://storage.azure.com/.default"}}))
          .number(),
      70011);
}

TEST_F(TokenEndpoint, RefusesANameThatIsNoTenant) {
  const auto reply = post("/contoso/oauth2/v2.0/token", v2());
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.number(), 900023);
}

TEST_F(TokenEndpoint, KnowsTenantsByNameAndTheSharedOnes) {
  const auto tenant = [&](const std::string& name) {
    return claims_of(post("/" + name + "/oauth2/v2.0/token", v2()).json()["access_token"])["tid"].get<std::string>();
  };
  EXPECT_EQ(tenant("Contoso.OnMicrosoft.com"), tenant("contoso.onmicrosoft.com"));
  EXPECT_EQ(tenant("common"), tenant("organizations"));
  EXPECT_NE(tenant("common"), tenant("contoso.onmicrosoft.com"));
  EXPECT_EQ(tenant("ABCDEF00-0000-0000-0000-000000000000"), "abcdef00-0000-0000-0000-000000000000");
}

TEST_F(TokenEndpoint, AcceptsAWellFormedClientAssertionInTime) {
  const nlohmann::ordered_json good{{"iss", "app"}, {"sub", "app"}, {"exp", now() + 600}, {"nbf", now()}};
  const auto reply = post(kV2Token, asserted(assertion(good)));
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(claims_of(reply.json()["access_token"])["appidacr"], "2");
  auto late = good;
  late["exp"] = now() - 600;
  EXPECT_EQ(post(kV2Token, asserted(assertion(late))).number(), 700024);
  auto early = good;
  early["nbf"] = now() + 600;
  EXPECT_EQ(post(kV2Token, asserted(assertion(early))).number(), 700024);
}

TEST_F(TokenEndpoint, RefusesWhatIsNoClientAssertion) {
  const nlohmann::ordered_json good{{"iss", "app"}, {"sub", "app"}, {"exp", now() + 600}};
  const auto text = assertion(good);
  auto without_subject = good;
  without_subject.erase("sub");
  auto timeless = good;
  timeless.erase("exp");
  const auto unsigned_one = wire::entra::base64url_encode(R"({"alg":"none"})") + "." +
                            wire::entra::base64url_encode(good.dump()) + "." + wire::entra::base64url_encode("x");
  for (const auto& wrong : {std::string{}, std::string{"a.b.c"}, text.substr(0, text.rfind('.')), unsigned_one,
                            assertion(without_subject), assertion(timeless)}) {
    const auto reply = post(kV2Token, asserted(wrong));
    EXPECT_EQ(reply.status, 401) << wrong;
    EXPECT_EQ(reply.number(), 50027) << wrong;
  }
  auto other_type = asserted(text);
  other_type["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
  EXPECT_EQ(post(kV2Token, other_type).number(), 90100);
}

TEST_F(TokenEndpoint, DescribesErrorsAsTheServiceDoes) {
  const auto correlation = "77777777-7777-4777-8777-777777777777";
  const auto reply = post(kV2Token, {}, {{"client-request-id", correlation}, {"return-client-request-id", "true"}});
  const auto document = reply.json();
  EXPECT_EQ(document["trace_id"], "99999999-9999-4999-8999-999999999999");
  EXPECT_EQ(document["correlation_id"], correlation);
  EXPECT_EQ(document["timestamp"], "2026-01-01 00:00:00Z");
  EXPECT_EQ(document["error_uri"], "https://login.microsoftonline.com/error?code=900144");
  EXPECT_EQ(document["error_description"],
            "AADSTS900144: The request body must contain the following parameter: 'grant_type'. Trace ID: "
            "99999999-9999-4999-8999-999999999999 Correlation ID: 77777777-7777-4777-8777-777777777777 Timestamp: "
            "2026-01-01 00:00:00Z");
  EXPECT_EQ(reply.headers.get("client-request-id"), correlation);
  EXPECT_EQ(reply.headers.get("x-ms-request-id"), "99999999-9999-4999-8999-999999999999");
}

TEST_F(TokenEndpoint, ShowsNoSecretInAnyError) {
  for (const auto& [name, value] : Fields{{"grant_type", "implicit"}, {"scope", "bad"}, {"client_id", "a b"}}) {
    EXPECT_EQ(post(kV2Token, v2({{name, value}})).text.find("hidden"), std::string::npos);
  }
  EXPECT_EQ(send("POST", kV2Token, "client_secret=hidden&client_secret=hidden").text.find("hidden"), std::string::npos);
}

TEST_F(TokenEndpoint, ReadsFormsOfReasonableSizeAlone) {
  EXPECT_EQ(send("POST", kV2Token, "a=" + std::string(70 * 1024, 'x')).status, 413);
  std::string many;
  for (int i = 0; i < 65; ++i) many += "p" + std::to_string(i) + "=1&";
  EXPECT_EQ(send("POST", kV2Token, many).number(), 90100);
  EXPECT_EQ(send("POST", kV2Token, "grant_type=client_credentials&Grant_Type=password").number(), 90100);
  EXPECT_EQ(send("POST", kV2Token, "grant_type=%zz").number(), 90100);
}

TEST_F(TokenEndpoint, TakesPlusAsASpaceAndOtherCharactersEncoded) {
  const auto reply =
      send("POST", kV2Token,
           "grant_type=client_credentials&client_id=a&client_secret=s%2B&client_info=1&scope=+https%3A%2F%2F"
           "batch.core.windows.net%2F%2F.default+");
  EXPECT_EQ(reply.status, 200) << reply.text;
}

TEST_F(TokenEndpoint, AnswersPostsAlone) {
  const auto reply = get(kV2Token);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.number(), 900561);
}

}  // namespace
}  // namespace emulator::entra
