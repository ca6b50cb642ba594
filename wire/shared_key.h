// SharedKey for the Batch service: one string-to-sign for the client that signs and the service that verifies
// (contract 2.1). The Storage form is in blob/shared_key.h and uses the same structures.
//
// The verifier accepts what real clients differ in (clients.md 1.2): names of query parameters as written or
// lower-cased, the account as written or lower-cased, an absent Content-Length signed as empty or 0, a 0 signed as
// empty, parameters without value left out, '+' in a query as itself or as a space.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace wire {

/// Header names (any casing) and values, in the order sent.
using HeaderList = std::span<const std::pair<std::string, std::string>>;

/// What of a request a signature covers. The views must outlive the call they are passed to.
struct SignedRequest {
  std::string_view method;  ///< upper case
  std::string_view path;    ///< as on the request line: still percent-encoded, from the first '/' to before '?'
  std::string_view query;   ///< as on the request line, without '?'
  HeaderList headers;
};

/// The first header of that name (any casing), trimmed.
std::optional<std::string_view> find_header(HeaderList headers, std::string_view name);

/// One account as the verifier knows it. Keys are raw bytes (already base64-decoded) and equal in rank.
struct SharedKeyAccount {
  std::string name;
  std::vector<std::string> keys;
  /// The clients' key is not known: a well-formed signature that fits none of `keys` is accepted too. Account and date
  /// must be right all the same.
  bool on_trust = false;
};

/// `Authorization: SharedKey account:signature`, split.
struct SharedKeyHeader {
  std::string scheme;     ///< "SharedKey" or "SharedKeyLite"
  std::string account;    ///< as written
  std::string signature;  ///< raw bytes
};

/// Why a signature was not accepted. The error's detail "AuthenticationErrorDetail" says which part failed; neither key
/// nor expected signature appear anywhere.
enum class SharedKeyErrc {
  malformed = 1,  ///< no Authorization header, another scheme, or not account:base64
  refused,        ///< well-formed, but wrong account, signature or date
};
std::error_code make_error_code(SharedKeyErrc code) noexcept;

/// The detail's name in both services' error documents.
inline constexpr std::string_view kAuthenticationErrorDetail = "AuthenticationErrorDetail";

/// Splits the header's value. A scheme other than the two is malformed.
base::Result<SharedKeyHeader> parse_shared_key_header(std::string_view value);

/// The canonical string for the request as the contract words it; what the signer signs.
std::string batch_string_to_sign(const SignedRequest& request, std::string_view account);

/// The value for `Authorization`. All other headers (ocp-date or Date included) must already be in the request. `key`
/// is the raw key.
std::string sign_batch(const SignedRequest& request, std::string_view account, std::string_view key);

/// Whether the request is signed with one of the account's keys and its date is within `max_skew` of `now`. ocp-date
/// wins over Date; without either the request is refused.
base::Result<void> verify_batch(const SignedRequest& request, const SharedKeyAccount& account, base::Timestamp now,
                                std::chrono::minutes max_skew = std::chrono::minutes{15});

namespace shared_key {

/// Steps that both services' forms share.

/// One query parameter, percent-decoded.
struct QueryParameter {
  std::string name;
  std::string value;
};
/// Decodes a raw query; text that is not valid percent-encoding is taken as it stands.
std::vector<QueryParameter> query_parameters(std::string_view query, bool plus_is_space);

/// "name:value\n" for every header that starts with `prefix` (lower case), sorted by lower-cased name, white space
/// collapsed.
std::string canonical_headers(HeaderList headers, std::string_view prefix);

/// "\nname:value" for every parameter, sorted; values of a repeated name are sorted and joined with commas.
std::string canonical_query(const std::vector<QueryParameter>& parameters, bool lower_names, bool skip_empty);

base::Error malformed(std::string detail);
base::Error refused(std::string detail);

/// Refuses a date header that is absent, unreadable or further than `max_skew` from `now`.
base::Result<void> check_date(std::optional<std::string_view> date, base::Timestamp now, std::chrono::minutes max_skew);

/// Whether `signature` is the HMAC of `text` under one of `keys`; constant time.
bool signed_with(const std::vector<std::string>& keys, std::string_view text, std::string_view signature);

}  // namespace shared_key
}  // namespace wire

template <>
struct std::is_error_code_enum<wire::SharedKeyErrc> : std::true_type {};
