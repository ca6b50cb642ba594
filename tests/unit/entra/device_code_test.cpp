#include "tests/unit/entra/entra_fixture.h"

namespace emulator::entra {
namespace {

constexpr const char* kScope = "https://management.core.windows.net//.default offline_access openid profile";
constexpr const char* kGrant = "urn:ietf:params:oauth:grant-type:device_code";

class DeviceCode : public EntraTest {
 protected:
  nlohmann::json begin(const std::string& tenant = "organizations") {
    const auto reply = post("/" + tenant + "/oauth2/v2.0/devicecode", {{"client_id", "cli"}, {"scope", kScope}});
    EXPECT_EQ(reply.status, 200) << reply.text;
    return reply.json();
  }
  Reply poll(const nlohmann::json& code, const std::string& client = "cli") {
    return post("/organizations/oauth2/v2.0/token",
                {{"grant_type", kGrant}, {"client_id", client}, {"device_code", code}, {"client_info", "1"}});
  }
  nlohmann::json signed_in() {
    const auto code = begin()["device_code"];
    EXPECT_EQ(poll(code).error(), "authorization_pending");
    return poll(code).json();
  }
  Reply refresh(const nlohmann::json& token, const Fields& more = {}) {
    Fields fields{{"grant_type", "refresh_token"}, {"client_id", "cli"}, {"refresh_token", token}};
    for (const auto& [name, value] : more) fields[name] = value;
    return post(kV2Token, fields);
  }
};

TEST_F(DeviceCode, TellsTheUserWhereToSignIn) {
  const auto begun = begin();
  EXPECT_EQ(begun["verification_uri"], "https://login.microsoftonline.com/common/oauth2/deviceauth");
  EXPECT_EQ(begun["expires_in"], 900);
  EXPECT_EQ(begun["interval"], 1);
  EXPECT_EQ(begun["user_code"].get<std::string>().size(), 9U);
  EXPECT_NE(begun["message"].get<std::string>().find(begun["user_code"].get<std::string>()), std::string::npos);
}

TEST_F(DeviceCode, IsPendingOnceAndThenSignsTheUserIn) {
  const auto code = begin()["device_code"];
  const auto pending = poll(code);
  EXPECT_EQ(pending.status, 400);
  EXPECT_EQ(pending.error(), "authorization_pending");
  EXPECT_EQ(pending.number(), 70016);
  const auto reply = poll(code);
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto answer = reply.json();
  EXPECT_EQ(answer["scope"], kScope);
  const auto access = claims_of(answer["access_token"]);
  EXPECT_EQ(access["aud"], "https://management.core.windows.net/");
  EXPECT_EQ(access["idtyp"], "user");
  EXPECT_EQ(access["scp"], "user_impersonation");
  EXPECT_NE(access["upn"], nullptr);
  const auto id = claims_of(answer["id_token"]);
  EXPECT_EQ(id["aud"], "cli");
  EXPECT_EQ(id["oid"], access["oid"]);
  EXPECT_EQ(id["iss"], "https://login.microsoftonline.com/" + access["tid"].get<std::string>() + "/v2.0");
  const auto info =
      nlohmann::json::parse(wire::entra::base64url_decode(answer["client_info"].get<std::string>()).value());
  EXPECT_EQ(info["uid"], access["oid"]);
  EXPECT_EQ(info["utid"], access["tid"]);
}

TEST_F(DeviceCode, IsGoodOnceForItsClientAndForAQuarterOfAnHour) {
  const auto code = begin()["device_code"];
  EXPECT_EQ(poll(code, "other").number(), 70018);
  EXPECT_EQ(poll("guess").number(), 70018);
  (void)poll(code);
  ASSERT_EQ(poll(code).status, 200);
  EXPECT_EQ(poll(code).number(), 70018);
  const auto late = begin()["device_code"];
  clock_.advance(std::chrono::minutes{15});
  const auto expired = poll(late);
  EXPECT_EQ(expired.error(), "expired_token");
  EXPECT_EQ(expired.number(), 70019);
}

TEST_F(DeviceCode, IsApprovedByOpeningItsPage) {
  const auto begun = begin();
  const auto page = get("/common/oauth2/deviceauth");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.text.find("<form"), std::string::npos);
  EXPECT_NE(get("/common/oauth2/deviceauth?otc=WRONG").text.find("did not work"), std::string::npos);
  const auto done = get("/common/oauth2/deviceauth?otc=" + begun["user_code"].get<std::string>());
  EXPECT_NE(done.text.find("You have signed in"), std::string::npos);
  EXPECT_EQ(poll(begun["device_code"]).status, 200);
}

TEST_F(DeviceCode, ForgetsTheOldestWhenThereAreTooMany) {
  const auto first = begin()["device_code"];
  for (std::size_t i = 0; i < kMaxDeviceCodes; ++i) (void)begin();
  EXPECT_EQ(poll(first).number(), 70018);
}

TEST_F(DeviceCode, HasAFirstGeneration) {
  const Fields request{{"client_id", "cli"}, {"resource", "https://batch.core.windows.net/"}};
  for (const auto& begun :
       {post("/common/oauth2/devicecode", request).json(), get("/common/oauth2/devicecode?" + form(request)).json()}) {
    EXPECT_EQ(begun["interval"], "1");
    EXPECT_EQ(begun["expires_in"], "900");
    EXPECT_TRUE(begun.contains("verification_url"));
    const Fields poll{{"grant_type", "device_code"}, {"client_id", "cli"}, {"code", begun["device_code"]}};
    EXPECT_EQ(post("/common/oauth2/token", poll).number(), 70016);
    const auto answer = post("/common/oauth2/token", poll).json();
    EXPECT_EQ(answer["resource"], "https://batch.core.windows.net/");
    EXPECT_EQ(answer["expires_in"], "3599");
    EXPECT_TRUE(answer.contains("id_token"));
    const auto refreshed = post("/common/oauth2/token", {{"grant_type", "refresh_token"},
                                                         {"client_id", "cli"},
                                                         {"refresh_token", answer["refresh_token"]},
                                                         {"resource", "https://management.azure.com/"}});
    ASSERT_EQ(refreshed.status, 200) << refreshed.text;
    EXPECT_EQ(claims_of(refreshed.json()["access_token"])["aud"], "https://management.azure.com/");
  }
}

TEST_F(DeviceCode, RefusesWhatNoTokenIsIssuedFor) {
  EXPECT_EQ(post("/common/oauth2/v2.0/devicecode", {{"client_id", "cli"}}).number(), 900144);
  EXPECT_EQ(post("/common/oauth2/v2.0/devicecode", {{"scope", kScope}}).number(), 900144);
  EXPECT_EQ(post("/common/oauth2/devicecode", {{"client_id", "cli"}, {"resource", "https://example.org"}}).number(),
            500011);
}

TEST_F(DeviceCode, GivesOpenIdScopesATokenThatNoServiceOfTheEmulatorAccepts) {
  const auto begun =
      post("/common/oauth2/v2.0/devicecode", {{"client_id", "cli"}, {"scope", "openid profile offline_access"}}).json();
  (void)poll(begun["device_code"]);
  const auto token = poll(begun["device_code"]).json()["access_token"].get<std::string>();
  for (const auto audience :
       {wire::entra::Audience::batch, wire::entra::Audience::storage, wire::entra::Audience::management}) {
    EXPECT_EQ(api_->verifier(audience)(token).error().code, wire::entra::TokenErrc::wrong_audience);
  }
}

TEST_F(DeviceCode, GivesARefreshTokenThatGetsTokensForOtherServices) {
  const auto answer = signed_in();
  const auto reply = refresh(answer["refresh_token"], {{"scope", "https://batch.core.windows.net//.default"}});
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto claims = claims_of(reply.json()["access_token"]);
  EXPECT_EQ(claims["aud"], "https://batch.core.windows.net/");
  EXPECT_EQ(claims["tid"], kTenant);
  EXPECT_EQ(claims["oid"], claims_of(answer["access_token"])["oid"]);
  EXPECT_TRUE(reply.json().contains("refresh_token"));
  const auto same = refresh(answer["refresh_token"]);
  EXPECT_EQ(claims_of(same.json()["access_token"])["aud"], "https://management.core.windows.net/");
}

TEST_F(DeviceCode, GivesARefreshTokenForItsClientAndForNinetyDays) {
  const auto answer = signed_in();
  EXPECT_EQ(refresh(answer["refresh_token"], {{"client_id", "other"}}).number(), 9002313);
  EXPECT_EQ(refresh(answer["access_token"]).number(), 9002313);
  EXPECT_EQ(refresh("guess").error(), "invalid_grant");
  EXPECT_FALSE(api_->verifier(wire::entra::Audience::batch)(answer["refresh_token"].get<std::string>()));
  clock_.advance(std::chrono::days{91});
  EXPECT_EQ(refresh(answer["refresh_token"]).number(), 700082);
}

}  // namespace
}  // namespace emulator::entra
