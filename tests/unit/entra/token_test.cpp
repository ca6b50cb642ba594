#include "base/text.h"
#include "tests/unit/entra/token_fixture.h"

namespace wire::entra {
namespace {

const std::string kGoodHeader = R"({"typ":"JWT","alg":"RS256","kid":")" + our_key().public_key().id() + "\"}";

TEST_F(TokenTest, SaysWhomItSpeaksFor) {
  const auto identity = read(print_token(claims(), our_key()));
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->tenant, "11111111-1111-1111-1111-111111111111");
  EXPECT_EQ(identity->app_id, "22222222-2222-2222-2222-222222222222");
  EXPECT_EQ(identity->object_id, "33333333-3333-3333-3333-333333333333");
  EXPECT_EQ(identity->issuer, "https://sts.windows.net/11111111-1111-1111-1111-111111111111/");
  EXPECT_EQ(identity->audience, Audience::batch);
  EXPECT_EQ(identity->account, "");
  EXPECT_EQ(identity->expires, now() + std::chrono::hours{1});
}

TEST_F(TokenTest, OfOneStorageAccountNamesIt) {
  const auto token = print_token(claims_with("aud", "https://acct.blob.core.windows.net"), our_key());
  const auto identity = read(token, Audience::storage);
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->account, "acct");
}

TEST_F(TokenTest, OfAnotherKeyIsRefusedEvenUnderOurKeysName) {
  EXPECT_EQ(refusal(print_token(claims(), foreign_key())), TokenErrc::wrong_signature);
  const auto text = base64url_encode(kGoodHeader) + "." + base64url_encode(claims().dump());
  EXPECT_EQ(refusal(text + "." + base64url_encode(foreign_key().sign(text))), TokenErrc::wrong_signature);
}

TEST_F(TokenTest, WithoutAKeysNameIsRefused) {
  EXPECT_EQ(refusal(signed_as(R"({"alg":"RS256"})", claims().dump())), TokenErrc::wrong_signature);
}

TEST_F(TokenTest, WhoseClaimsWereChangedIsRefused) {
  const auto token = print_token(claims(), our_key());
  const auto signature = token.substr(token.rfind('.'));
  const auto changed = claims_with("oid", "44444444-4444-4444-4444-444444444444");
  EXPECT_EQ(refusal(base64url_encode(kGoodHeader) + "." + base64url_encode(changed.dump()) + signature),
            TokenErrc::wrong_signature);
}

TEST_F(TokenTest, WithoutAlgorithmIsRefused) {
  const auto payload = claims().dump();
  EXPECT_EQ(refusal(joined(R"({"alg":"none"})", payload, "")), TokenErrc::malformed);
  EXPECT_EQ(refusal(joined(R"({"alg":"none","kid":")" + our_key().public_key().id() + "\"}", payload, "x")),
            TokenErrc::malformed);
  EXPECT_EQ(refusal(signed_as(R"({"typ":"JWT","kid":")" + our_key().public_key().id() + "\"}", payload)),
            TokenErrc::malformed);
}

TEST_F(TokenTest, SignedWithThePublicKeyAsASecretIsRefused) {
  const auto header = R"({"alg":"HS256","kid":")" + our_key().public_key().id() + "\"}";
  const auto text = base64url_encode(header) + "." + base64url_encode(claims().dump());
  for (const auto& secret : {our_key().public_key().as_json()["n"].get<std::string>(), our_key().to_pem()}) {
    EXPECT_EQ(refusal(text + "." + base64url_encode(base::hmac_sha256(secret, text))), TokenErrc::malformed);
  }
}

TEST_F(TokenTest, WithCriticalExtensionsOrAnotherTypeIsRefused) {
  const auto id = our_key().public_key().id();
  EXPECT_EQ(refusal(signed_as(R"({"alg":"RS256","crit":["b64"],"kid":")" + id + "\"}", claims().dump())),
            TokenErrc::malformed);
  EXPECT_EQ(refusal(signed_as(R"({"alg":"RS256","typ":"JWE","kid":")" + id + "\"}", claims().dump())),
            TokenErrc::malformed);
}

TEST_F(TokenTest, ExpiresFiveMinutesAfterItsTime) {
  EXPECT_EQ(refusal(print_token(claims_with("exp", kNow - 299), our_key())), std::error_code{});
  EXPECT_EQ(refusal(print_token(claims_with("exp", kNow - 300), our_key())), TokenErrc::expired);
}

TEST_F(TokenTest, BeginsFiveMinutesBeforeItsTime) {
  EXPECT_EQ(refusal(print_token(claims_with("nbf", kNow + 300), our_key())), std::error_code{});
  EXPECT_EQ(refusal(print_token(claims_with("nbf", kNow + 301), our_key())), TokenErrc::not_yet_valid);
}

TEST_F(TokenTest, MayHaveTimesWithFractions) {
  EXPECT_EQ(refusal(print_token(claims_with("exp", kNow + 0.75), our_key())), std::error_code{});
  EXPECT_EQ(refusal(print_token(claims_with("exp", kNow - 300 + 0.75), our_key())), TokenErrc::expired);
}

TEST_F(TokenTest, WithTimesThatAreNoTimesIsRefused) {
  auto timeless = claims();
  timeless.erase("exp");
  EXPECT_EQ(refusal(print_token(timeless, our_key())), TokenErrc::malformed);
  for (const auto& value :
       {nlohmann::ordered_json("1900000000"), nlohmann::ordered_json(1.9e19), nlohmann::ordered_json(-0.5),
        nlohmann::ordered_json(-1), nlohmann::ordered_json(18'446'744'073'709'551'615ULL)}) {
    EXPECT_EQ(refusal(print_token(claims_with("exp", value), our_key())), TokenErrc::malformed);
    EXPECT_EQ(refusal(print_token(claims_with("nbf", value), our_key())), TokenErrc::malformed);
  }
}

TEST_F(TokenTest, ForAnotherServiceIsRefused) {
  EXPECT_EQ(refusal(print_token(claims(), our_key()), Audience::storage), TokenErrc::wrong_audience);
  EXPECT_EQ(refusal(print_token(claims_with("aud", "https://graph.microsoft.com"), our_key())),
            TokenErrc::wrong_audience);
  EXPECT_EQ(refusal(print_token(claims_with("aud", {"https://batch.core.windows.net"}), our_key())),
            TokenErrc::wrong_audience);
}

TEST_F(TokenTest, WithoutATenantOrAnObjectIsRefused) {
  for (const auto* name : {"tid", "oid", "iss"}) {
    EXPECT_EQ(refusal(print_token(claims_with(name, ""), our_key())), TokenErrc::malformed) << name;
  }
}

TEST_F(TokenTest, HasThreePartsInBase64Url) {
  const auto token = print_token(claims(), our_key());
  for (const auto& text :
       {std::string{}, std::string{"."}, std::string{".."}, std::string{"a.b.c"}, token + ".x", token + "=",
        " " + token, token.substr(0, token.rfind('.')), token.substr(0, token.rfind('.') + 1)}) {
    EXPECT_EQ(refusal(text), TokenErrc::malformed) << text;
  }
}

TEST_F(TokenTest, IsNoLargerThanTheLimit) {
  const auto large = print_token(claims_with("xms", std::string(kMaxTokenBytes, 'x')), our_key());
  EXPECT_EQ(refusal(large), TokenErrc::malformed);
  const auto fits = print_token(claims_with("xms", std::string(kMaxTokenBytes / 2, 'x')), our_key());
  EXPECT_EQ(refusal(fits), std::error_code{});
}

TEST_F(TokenTest, WithAMemberTwiceOrDeepNestingIsRefused) {
  const auto payload = claims().dump();
  const auto twice = payload.substr(0, payload.size() - 1) + R"(,"oid":"other"})";
  EXPECT_EQ(refusal(signed_as(kGoodHeader, twice)), TokenErrc::malformed);
  const auto deep =
      payload.substr(0, payload.size() - 1) + R"(,"x":)" + std::string(1000, '[') + std::string(1000, ']') + "}";
  EXPECT_EQ(refusal(signed_as(kGoodHeader, deep)), TokenErrc::malformed);
  EXPECT_EQ(refusal(signed_as(kGoodHeader, "[]")), TokenErrc::malformed);
}

TEST_F(TokenTest, AppearsInNoErrorText) {
  const auto token = print_token(claims_with("exp", kNow - 9'999), our_key());
  const auto expired = read(token);
  ASSERT_FALSE(expired);
  const auto foreign = read(print_token(claims(), foreign_key()));
  const auto garbled = read("secret-header.secret-payload.secret-signature");
  for (const auto* result : {&expired, &foreign, &garbled}) {
    const auto& message = result->error().message;
    EXPECT_EQ(message.find("secret"), std::string::npos);
    EXPECT_EQ(message.find(token.substr(0, 12)), std::string::npos);
    EXPECT_TRUE(is_token_error(result->error()));
  }
}

TEST_F(TokenTest, HoldsClaimsThatAreNotUtf8) {
  EXPECT_EQ(refusal(print_token(claims_with("appid", "\xff\xfe"), our_key())), std::error_code{});
}

}  // namespace
}  // namespace wire::entra
