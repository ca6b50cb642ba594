#include "tests/unit/entra/token_fixture.h"

namespace wire::entra {
namespace {

TEST(SigningKey, SurvivesItsFile) {
  const auto read = SigningKey::from_pem(our_key().to_pem());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->public_key().id(), our_key().public_key().id());
  EXPECT_TRUE(our_key().public_key().verifies("text", read->sign("text")));
}

TEST(SigningKey, VerifiesItsOwnSignaturesAlone) {
  const auto& key = our_key().public_key();
  const auto signature = our_key().sign("text");
  EXPECT_TRUE(key.verifies("text", signature));
  EXPECT_FALSE(key.verifies("other text", signature));
  EXPECT_FALSE(key.verifies("text", foreign_key().sign("text")));
  EXPECT_FALSE(key.verifies("text", ""));
  EXPECT_FALSE(key.verifies("text", signature + "x"));
}

TEST(SigningKey, IsReadFromNothingElse) {
  const auto pem = our_key().to_pem();
  const std::string elliptic =
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
      "-----END PRIVATE KEY-----\n";
  for (const auto& text : {std::string{}, std::string{"key"}, pem.substr(0, pem.size() / 2), elliptic}) {
    const auto read = SigningKey::from_pem(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, base::Errc::corrupt);
  }
}

TEST(SigningKey, IsPublishedAsAWebKey) {
  const auto set = key_set(std::vector{our_key().public_key()});
  ASSERT_EQ(set["keys"].size(), 1U);
  const auto& key = set["keys"][0];
  EXPECT_EQ(key["kty"], "RSA");
  EXPECT_EQ(key["use"], "sig");
  EXPECT_EQ(key["kid"], our_key().public_key().id());
  EXPECT_EQ(key["e"], "AQAB");
  EXPECT_EQ(base64url_decode(key["n"].get<std::string>())->size(), 256U);
  EXPECT_FALSE(key.contains("d"));
}

TEST(Base64Url, HasNoPaddingAndItsOwnAlphabet) {
  EXPECT_EQ(base64url_encode("\xfb\xff\xfe!"), "-__-IQ");
  EXPECT_EQ(base64url_decode("-__-IQ").value(), "\xfb\xff\xfe!");
  for (const auto* text : {"-__-IQ==", "+//+IQ", "a", "ab c", "a\n"}) EXPECT_FALSE(base64url_decode(text)) << text;
}

}  // namespace
}  // namespace wire::entra
