#include "wire/entra/token.h"

#include "base/text.h"
#include "wire/batch/json_reader.h"
#include "wire/entra/base64url.h"

#include <algorithm>
#include <array>

namespace wire::entra {
namespace {

using nlohmann::json;

constexpr std::string_view kAlgorithm = "RS256";
/// Claims hold lists and small objects; 256 values are several times what the largest real token has.
constexpr wire::batch::JsonLimits kJsonLimits{.bytes = kMaxTokenBytes, .depth = 4, .values = 512};
constexpr std::int64_t kLatestTime = 253'402'300'799;  // 9999-12-31T23:59:59Z

class TokenCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "entra_token"; }
  std::string message(int value) const override {
    switch (static_cast<TokenErrc>(value)) {
      case TokenErrc::malformed: return "malformed token";
      case TokenErrc::wrong_signature: return "token with a wrong signature";
      case TokenErrc::expired: return "expired token";
      case TokenErrc::not_yet_valid: return "token that is not valid yet";
      case TokenErrc::wrong_audience: return "token for another audience";
    }
    return "unknown error";
  }
};

const std::error_category& token_category() noexcept {
  static const TokenCategory category;
  return category;
}

base::Error refuse(TokenErrc code, std::string_view why) {
  return {code, "reading a bearer token: " + std::string{why}};
}

base::Result<json> read_part(std::string_view encoded, std::string_view what) {
  const auto text = base64url_decode(encoded);
  if (!text) return refuse(TokenErrc::malformed, std::string{what} + " is not base64url");
  auto part = wire::batch::parse_request_json(*text, kJsonLimits);
  // The parser's own words may quote the text.
  if (!part) return refuse(TokenErrc::malformed, std::string{what} + " is not a small JSON object");
  return std::move(*part);
}

std::string text_of(const json& claims, std::string_view name) {
  const auto at = claims.find(name);
  return at != claims.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

base::Result<base::Timestamp> time_of(const json& claims, std::string_view name) {
  const auto at = claims.find(name);
  const bool is_time = at != claims.end() && at->is_number() && *at >= 0 && *at <= kLatestTime;
  if (!is_time) return refuse(TokenErrc::malformed, "its claim " + std::string{name} + " is not a time");
  // Fractions of a second are allowed (RFC 7519, NumericDate), and MSAL for Python sends them; they are cut off.
  return base::Timestamp{std::chrono::seconds{at->get<std::int64_t>()}};
}

}  // namespace

std::error_code make_error_code(TokenErrc code) noexcept {
  return {static_cast<int>(code), token_category()};
}

bool is_token_error(const base::Error& error) {
  return error.code.category() == token_category();
}

std::string print_token(const nlohmann::ordered_json& claims, const SigningKey& key) {
  const auto& id = key.public_key().id();
  const nlohmann::ordered_json header{{"typ", "JWT"}, {"alg", kAlgorithm}, {"x5t", id}, {"kid", id}};
  // Names in claims come from whoever asks; what is not UTF-8 in them is replaced.
  const auto payload = claims.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  auto text = base64url_encode(header.dump()) + "." + base64url_encode(payload);
  auto signature = base64url_encode(key.sign(text));
  return text + "." + signature;
}

base::Result<UnverifiedToken> parse_token(std::string_view text) {
  if (text.size() > kMaxTokenBytes) return refuse(TokenErrc::malformed, "it is larger than any token");
  const auto first = text.find('.');
  const auto last = text.rfind('.');
  if (std::ranges::count(text, '.') != 2) return refuse(TokenErrc::malformed, "it has not three parts");
  UnverifiedToken token{.signed_text = text.substr(0, last)};
  ASSIGN_OR_RETURN(token.header, read_part(text.substr(0, first), "its header"));
  ASSIGN_OR_RETURN(token.claims, read_part(text.substr(first + 1, last - first - 1), "its payload"));
  auto signature = base64url_decode(text.substr(last + 1));
  if (!signature || signature->empty()) return refuse(TokenErrc::malformed, "it has no signature in base64url");
  token.signature = std::move(*signature);
  return token;
}

base::Result<json> verified_claims(std::string_view text, std::span<const PublicKey> keys) {
  ASSIGN_OR_RETURN(auto token, parse_token(text));
  // The algorithm is ours to choose, never the token's: anything else, "none" and HS256 over the public key included,
  // ends here.
  if (text_of(token.header, "alg") != kAlgorithm) return refuse(TokenErrc::malformed, "it is not signed with RS256");
  if (token.header.contains("crit")) return refuse(TokenErrc::malformed, "it has critical extensions");
  const auto type = text_of(token.header, "typ");
  if (token.header.contains("typ") && !base::equal_ignoring_case(type, "JWT")) {
    return refuse(TokenErrc::malformed, "its type is not JWT");
  }
  const auto key = std::ranges::find(keys, text_of(token.header, "kid"), &PublicKey::id);
  if (key == keys.end()) return refuse(TokenErrc::wrong_signature, "it was signed with a key that is not ours");
  if (!key->verifies(token.signed_text, token.signature)) {
    return refuse(TokenErrc::wrong_signature, "its signature is not that of the key it names");
  }
  return std::move(token.claims);
}

base::Result<void> check_token_times(const json& claims, base::Timestamp now) {
  ASSIGN_OR_RETURN(const auto expires, time_of(claims, "exp"));
  if (now >= expires + kMaxTokenSkew) return refuse(TokenErrc::expired, "it has expired; ask for a new one");
  if (!claims.contains("nbf")) return {};
  ASSIGN_OR_RETURN(const auto begins, time_of(claims, "nbf"));
  if (now < begins - kMaxTokenSkew) return refuse(TokenErrc::not_yet_valid, "its time has not begun");
  return {};
}

base::Result<Identity> read_token(std::string_view text, std::span<const PublicKey> keys, Audience audience,
                                  base::Timestamp now) {
  ASSIGN_OR_RETURN(const auto claims, verified_claims(text, keys));
  RETURN_IF_ERROR(check_token_times(claims, now));
  auto resource = resource_of(text_of(claims, "aud"));
  if (!resource || resource->audience != audience) {
    return refuse(TokenErrc::wrong_audience, "it is not meant for " + std::string{name_of(audience)});
  }
  const auto app_id = text_of(claims, "appid");
  Identity identity{.tenant = text_of(claims, "tid"),
                    .object_id = text_of(claims, "oid"),
                    .app_id = app_id.empty() ? text_of(claims, "azp") : app_id,
                    .subject = text_of(claims, "sub"),
                    .issuer = text_of(claims, "iss"),
                    .user_name = text_of(claims, "upn"),
                    .audience = audience,
                    .account = std::move(resource->account)};
  ASSIGN_OR_RETURN(identity.expires, time_of(claims, "exp"));
  const bool whole = !identity.tenant.empty() && !identity.object_id.empty() && !identity.issuer.empty();
  if (!whole) return refuse(TokenErrc::malformed, "it does not say whom it speaks for (tid, oid, iss)");
  return identity;
}

}  // namespace wire::entra
