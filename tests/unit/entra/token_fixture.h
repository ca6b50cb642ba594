// Keys that are made once for all tests of a program (making one takes a while), and claims that a token of ours has.
#pragma once

#include "wire/entra/base64url.h"
#include "wire/entra/token.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace wire::entra {

inline const SigningKey& our_key() {
  static const SigningKey key = SigningKey::make().value();
  return key;
}
inline const SigningKey& foreign_key() {
  static const SigningKey key = SigningKey::make().value();
  return key;
}

class TokenTest : public testing::Test {
 protected:
  [[nodiscard]] base::Timestamp now() const { return base::Timestamp{std::chrono::seconds{kNow}}; }
  static nlohmann::ordered_json claims() {
    return {{"aud", "https://batch.core.windows.net/"},
            {"iss", "https://sts.windows.net/11111111-1111-1111-1111-111111111111/"},
            {"nbf", kNow - 300},
            {"exp", kNow + 3600},
            {"appid", "22222222-2222-2222-2222-222222222222"},
            {"oid", "33333333-3333-3333-3333-333333333333"},
            {"sub", "33333333-3333-3333-3333-333333333333"},
            {"tid", "11111111-1111-1111-1111-111111111111"}};
  }
  static nlohmann::ordered_json claims_with(const std::string& name, const nlohmann::ordered_json& value) {
    auto changed = claims();
    changed[name] = value;
    return changed;
  }
  static std::string joined(const std::string& header, const std::string& payload, const std::string& signature) {
    return base64url_encode(header) + "." + base64url_encode(payload) + "." + base64url_encode(signature);
  }
  /// Signed with our key, whatever the header says.
  static std::string signed_as(const std::string& header, const std::string& payload) {
    const auto text = base64url_encode(header) + "." + base64url_encode(payload);
    return text + "." + base64url_encode(our_key().sign(text));
  }
  [[nodiscard]] base::Result<Identity> read(const std::string& token, Audience audience = Audience::batch) const {
    return read_token(token, std::vector{our_key().public_key()}, audience, now());
  }
  /// The error's code, or success's.
  [[nodiscard]] std::error_code refusal(const std::string& token, Audience audience = Audience::batch) const {
    const auto identity = read(token, audience);
    return identity ? std::error_code{} : identity.error().code;
  }

  static constexpr std::int64_t kNow = 1'800'000'000;
};

}  // namespace wire::entra
