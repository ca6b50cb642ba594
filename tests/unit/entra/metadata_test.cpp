#include "tests/unit/entra/entra_fixture.h"

namespace emulator::entra {
namespace {

class InstanceMetadata : public EntraTest {
 protected:
  Reply ask(const std::string& query = "api-version=2018-02-01&resource=https://batch.core.windows.net",
            const Fields& headers = {{"Metadata", "true"}}) {
    return get("/metadata/identity/oauth2/token?" + query, headers);
  }
  nlohmann::json claims(const std::string& more) {
    const auto reply = ask("api-version=2018-02-01&resource=https://batch.core.windows.net" + more);
    EXPECT_EQ(reply.status, 200) << reply.text;
    return claims_of(reply.json()["access_token"]);
  }
};

TEST_F(InstanceMetadata, GivesATokenWithEveryValueAsText) {
  const auto reply = ask();
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto answer = reply.json();
  EXPECT_EQ(answer["token_type"], "Bearer");
  EXPECT_EQ(answer["expires_in"], "86399");
  EXPECT_EQ(answer["ext_expires_in"], "86399");
  EXPECT_EQ(answer["expires_on"], std::to_string(now() + 86'400));
  EXPECT_EQ(answer["not_before"], std::to_string(now() - 300));
  EXPECT_EQ(answer["resource"], "https://batch.core.windows.net");
  const auto claims = claims_of(answer["access_token"]);
  EXPECT_EQ(answer["client_id"], claims["appid"]);
  EXPECT_EQ(claims["idtyp"], "app");
  EXPECT_TRUE(api_->verifier(wire::entra::Audience::batch)(answer["access_token"].get<std::string>()));
}

TEST_F(InstanceMetadata, SaysThatItIsThereWhenTheHeaderIsMissing) {
  for (const auto& headers : {Fields{}, Fields{{"Metadata", "false"}}}) {
    const auto reply = ask("api-version=2018-02-01&resource=https://batch.core.windows.net", headers);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.text,
              R"({"error":"invalid_request","error_description":"Required metadata header not specified"})");
  }
}

TEST_F(InstanceMetadata, RefusesForwardedRequests) {
  const auto reply = ask("api-version=2018-02-01&resource=https://batch.core.windows.net",
                         {{"Metadata", "true"}, {"X-Forwarded-For", "10.0.0.1"}});
  EXPECT_EQ(reply.status, 400);
}

TEST_F(InstanceMetadata, NeedsItsParameters) {
  for (const auto* query : {"resource=https://batch.core.windows.net", "api-version=2018-02-01",
                            "api-version=2017-01-01&resource=https://batch.core.windows.net",
                            "api-version=2018-02-01&resource=https://batch.core.windows.net&client_id="}) {
    const auto reply = ask(query);
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_EQ(reply.error(), "invalid_request") << query;
  }
  const auto unknown = ask("api-version=2018-02-01&resource=https://vault.azure.net");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.error(), "invalid_resource");
}

TEST_F(InstanceMetadata, SpeaksForTheIdentityThatIsNamed) {
  const auto own = claims("");
  EXPECT_EQ(own, [&] {
    auto again = claims("");
    again["uti"] = own["uti"];
    return again;
  }());
  EXPECT_EQ(claims("&client_id=c1")["appid"], "c1");
  EXPECT_NE(claims("&client_id=c1")["oid"], own["oid"]);
  EXPECT_EQ(claims("&object_id=o1")["oid"], "o1");
  const std::string id =
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
  EXPECT_EQ(claims("&mi_res_id=" + id)["xms_mirid"], id);
  EXPECT_EQ(claims("&msi_res_id=" + id)["oid"], claims("&mi_res_id=" + id)["oid"]);
}

TEST_F(InstanceMetadata, HasNothingElse) {
  for (const auto* path : {"/metadata/instance?api-version=2021-02-01", "/metadata/identity/info", "/metadata/"}) {
    const auto reply = get(path, {{"Metadata", "true"}});
    EXPECT_EQ(reply.status, 403) << path;
    EXPECT_NE(reply.text.find("/metadata/identity/oauth2/token"), std::string::npos);
  }
  for (const auto* path : {"/", "/metadata", "/latest/meta-data/", "/common/discovery/keys"}) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.headers.add("Host", "169.254.169.254");
    EXPECT_EQ(run(request).status, 403) << path;
  }
  EXPECT_EQ(send("POST", "/metadata/identity/oauth2/token", "", {{"Metadata", "true"}}).status, 405);
}

}  // namespace
}  // namespace emulator::entra
