// Tokens of Entra ID: JSON web tokens signed with RS256 (RFC 7515, 7518, 7519), as the service issues them.
//
// One issuer, one reader: emulator/entra prints, and whoever is called with `Authorization: Bearer` reads. The reader
// takes text from strangers: it bounds size, depth and count before anything is built, knows one algorithm, and looks
// at no claim before the signature has been verified. No error's text holds any part of a token.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "wire/entra/audience.h"
#include "wire/entra/signing_key.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace wire::entra {

/// Real tokens have 1 to 3 KiB.
inline constexpr std::size_t kMaxTokenBytes = std::size_t{16} * 1024;
/// How far clocks may differ where a token's times are compared (the services' own libraries use five minutes).
inline constexpr std::chrono::minutes kMaxTokenSkew{5};

/// Why a token was not accepted.
enum class TokenErrc {
  malformed = 1,    ///< not a signed token of the expected form: parts, encoding, JSON, limits, algorithm, claims
  wrong_signature,  ///< no key of ours has its kid, or the key's signature is another
  expired,          ///< past its exp
  not_yet_valid,    ///< before its nbf
  wrong_audience,   ///< signed and in time, but meant for another service
};
std::error_code make_error_code(TokenErrc code) noexcept;
/// Whether the error says that a token was not accepted.
bool is_token_error(const base::Error& error);

/// Whom a token speaks for.
struct Identity {
  std::string tenant;     ///< tid, a GUID
  std::string object_id;  ///< oid of the user or service principal
  std::string app_id;     ///< appid (or azp): the client that asked for the token
  std::string subject;    ///< sub
  std::string issuer;     ///< iss
  std::string user_name;  ///< upn; empty for applications
  Audience audience{};
  std::string account;  ///< the one storage account that the audience names, else empty: good for all of them
  base::Timestamp expires{};
};

/// What a service that accepts tokens of its audience is given. An empty function: tokens are not accepted at all.
using TokenVerifier = std::function<base::Result<Identity>(std::string_view token)>;

/// The compact form of `claims` (an object), with the header {"typ", "alg", "x5t", "kid"} of the real service.
std::string print_token(const nlohmann::ordered_json& claims, const SigningKey& key);

/// A token taken apart, nothing of it believed yet.
struct UnverifiedToken {
  nlohmann::json header;
  nlohmann::json claims;
  std::string_view signed_text;  ///< into the text that was read
  std::string signature;         ///< raw bytes; never empty
};
/// Takes a token apart. malformed when it has not three non-empty parts in base64url with a JSON object in each of the
/// first two, is larger than kMaxTokenBytes, nests deeper or has more members than any real token, or repeats a name.
base::Result<UnverifiedToken> parse_token(std::string_view text);

/// The claims of a token that one of `keys` signed. malformed also for every algorithm but RS256 (none and HS256 among
/// them) and for critical extensions (none is known).
base::Result<nlohmann::json> verified_claims(std::string_view text, std::span<const PublicKey> keys);

/// Whether `now` is within the claims' exp (required) and nbf, give or take kMaxTokenSkew.
base::Result<void> check_token_times(const nlohmann::json& claims, base::Timestamp now);

/// Whom the token speaks for, if one of `keys` signed it for `audience` and `now` is within its time.
base::Result<Identity> read_token(std::string_view text, std::span<const PublicKey> keys, Audience audience,
                                  base::Timestamp now);

}  // namespace wire::entra

template <>
struct std::is_error_code_enum<wire::entra::TokenErrc> : std::true_type {};
