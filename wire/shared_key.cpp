// The string-to-sign is built from a small description of what varies between clients; the signer uses the contract's
// choice, the verifier tries the few others that real clients make.
#include "wire/shared_key.h"

#include "base/text.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <map>

namespace wire {
namespace {

using base::Result;

class SharedKeyCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "shared_key"; }
  std::string message(int value) const override {
    switch (static_cast<SharedKeyErrc>(value)) {
      case SharedKeyErrc::malformed: return "malformed authorization";
      case SharedKeyErrc::refused: return "authorization refused";
    }
    return "unknown error";
  }
};

/// What clients differ in (clients.md 1.2).
struct Variation {
  std::string_view account;
  std::string_view content_length;
  bool lower_names = false;
  bool skip_empty = false;
  bool plus_is_space = false;
};

constexpr std::array<std::string_view, 4> kLinesAfterContentLength = {"Content-MD5", "Content-Type", "Date",
                                                                      "If-Modified-Since"};
constexpr std::array<std::string_view, 4> kLastLines = {"If-Match", "If-None-Match", "If-Unmodified-Since", "Range"};
constexpr std::string_view kBatchPrefix = "ocp-";
constexpr std::string_view kBatchDate = "ocp-date";

std::string string_to_sign(const SignedRequest& request, const Variation& variation) {
  bool has_own_date = find_header(request.headers, kBatchDate).has_value();
  std::string text(request.method);
  auto line = [&](std::string_view header) {
    text += '\n';
    if (header == "Date" && has_own_date) return;
    text += find_header(request.headers, header).value_or("");
  };
  line("Content-Encoding");
  line("Content-Language");
  (text += '\n') += variation.content_length;
  for (auto header : kLinesAfterContentLength) line(header);
  for (auto header : kLastLines) line(header);
  text += '\n';
  text += shared_key::canonical_headers(request.headers, kBatchPrefix);
  ((text += '/') += variation.account) += request.path;
  auto parameters = shared_key::query_parameters(request.query, variation.plus_is_space);
  return text += shared_key::canonical_query(parameters, variation.lower_names, variation.skip_empty);
}

std::vector<std::string_view> without_repetitions(std::vector<std::string_view> values) {
  std::vector<std::string_view> distinct;
  for (auto value : values) {
    if (std::find(distinct.begin(), distinct.end(), value) == distinct.end()) distinct.push_back(value);
  }
  return distinct;
}

std::vector<bool> choices(bool both) {
  return both ? std::vector<bool>{false, true} : std::vector<bool>{false};
}

/// All strings that a client of ours may have signed for this request, the contract's first. Few of the choices exist
/// for one request, so there are rarely more than four.
std::vector<Variation> variations(const SignedRequest& request, std::string_view written_account,
                                  std::string_view lower_account) {
  std::string_view length = find_header(request.headers, "Content-Length").value_or("");
  std::vector<std::string_view> lengths = {length};
  if (length.empty()) lengths.push_back("0");
  if (length == "0") lengths.push_back("");

  auto parameters = shared_key::query_parameters(request.query, false);
  bool upper = std::any_of(parameters.begin(), parameters.end(),
                           [](const auto& item) { return base::lower_case(item.name) != item.name; });
  bool empty = std::any_of(parameters.begin(), parameters.end(), [](const auto& item) { return item.value.empty(); });
  bool plus = request.query.find('+') != std::string_view::npos;

  std::vector<Variation> all;
  for (bool plus_is_space : choices(plus)) {
    for (bool skip_empty : choices(empty)) {
      for (bool lower_names : choices(upper)) {
        for (auto account : without_repetitions({written_account, lower_account})) {
          for (auto content_length : lengths) {
            all.push_back({account, content_length, lower_names, skip_empty, plus_is_space});
          }
        }
      }
    }
  }
  return all;
}

std::string collapse_white_space(std::string_view text) {
  std::string out;
  for (char c : base::trim(text)) {
    bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

std::string decode_or_keep(std::string_view text, bool plus_is_space) {
  auto decoded = base::percent_decode(text, plus_is_space);
  return decoded ? std::move(decoded).value() : std::string(text);
}

}  // namespace

std::error_code make_error_code(SharedKeyErrc code) noexcept {
  static const SharedKeyCategory category;
  return {static_cast<int>(code), category};
}

std::optional<std::string_view> find_header(HeaderList headers, std::string_view name) {
  for (const auto& [header, value] : headers) {
    if (base::equal_ignoring_case(header, name)) return base::trim(value);
  }
  return std::nullopt;
}

Result<SharedKeyHeader> parse_shared_key_header(std::string_view value) {
  std::string_view text = base::trim(value);
  std::size_t space = text.find(' ');
  std::string scheme(text.substr(0, space));
  if (scheme != "SharedKey" && scheme != "SharedKeyLite") {
    return shared_key::malformed("The authorization scheme is not supported");
  }
  std::string_view credentials = space == std::string_view::npos ? "" : base::trim(text.substr(space));
  std::size_t colon = credentials.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return shared_key::malformed("The Authorization header is not of the form 'SharedKey account:signature'");
  }
  auto signature = base::base64_decode(credentials.substr(colon + 1));
  if (!signature || signature->empty()) return shared_key::malformed("The signature is not valid Base64");
  return SharedKeyHeader{std::move(scheme), std::string(credentials.substr(0, colon)), std::move(*signature)};
}

std::string batch_string_to_sign(const SignedRequest& request, std::string_view account) {
  return string_to_sign(
      request, {.account = account, .content_length = find_header(request.headers, "Content-Length").value_or("")});
}

std::string sign_batch(const SignedRequest& request, std::string_view account, std::string_view key) {
  std::string signature = base::base64_encode(base::hmac_sha256(key, batch_string_to_sign(request, account)));
  return "SharedKey " + std::string(account) + ":" + signature;
}

Result<void> verify_batch(const SignedRequest& request, const SharedKeyAccount& account, base::Timestamp now,
                          std::chrono::minutes max_skew) {
  auto authorization = find_header(request.headers, "Authorization");
  if (!authorization) return shared_key::malformed("The Authorization header is missing");
  ASSIGN_OR_RETURN(auto header, parse_shared_key_header(*authorization));
  if (header.scheme != "SharedKey") return shared_key::malformed("The authorization scheme is not supported");
  if (!base::equal_ignoring_case(header.account, account.name)) {
    return shared_key::refused("The account in the Authorization header is not the account being accessed");
  }
  auto date = find_header(request.headers, kBatchDate);
  if (!date) date = find_header(request.headers, "Date");
  RETURN_IF_ERROR(shared_key::check_date(date, now, max_skew));

  std::string lower_account = base::lower_case(header.account);
  for (const auto& variation : variations(request, header.account, lower_account)) {
    if (shared_key::signed_with(account.keys, string_to_sign(request, variation), header.signature)) return {};
  }
  if (account.on_trust) return {};
  return shared_key::refused("The MAC signature found in the HTTP request is not the same as any computed signature");
}

namespace shared_key {

std::vector<QueryParameter> query_parameters(std::string_view query, bool plus_is_space) {
  std::vector<QueryParameter> parameters;
  if (query.empty()) return parameters;
  for (const auto& item : base::split(query, '&')) {
    if (item.empty()) continue;
    std::size_t equals = item.find('=');
    std::string name = decode_or_keep(std::string_view(item).substr(0, equals), plus_is_space);
    std::string value;
    if (equals != std::string::npos) value = decode_or_keep(std::string_view(item).substr(equals + 1), plus_is_space);
    parameters.push_back({std::move(name), std::move(value)});
  }
  return parameters;
}

std::string canonical_headers(HeaderList headers, std::string_view prefix) {
  std::map<std::string, std::string> lines;
  for (const auto& [header, value] : headers) {
    std::string name = base::lower_case(base::trim(header));
    if (!name.starts_with(prefix)) continue;
    auto [line, added] = lines.try_emplace(std::move(name), collapse_white_space(value));
    if (!added) line->second += "," + collapse_white_space(value);
  }
  std::string text;
  for (const auto& [name, value] : lines) (((text += name) += ':') += value) += '\n';
  return text;
}

std::string canonical_query(const std::vector<QueryParameter>& parameters, bool lower_names, bool skip_empty) {
  struct Entry {
    std::string name;
    std::vector<std::string> values;
  };
  std::map<std::string, Entry> by_lower_name;
  for (const auto& [name, value] : parameters) {
    if (skip_empty && value.empty()) continue;
    std::string lower = base::lower_case(name);
    auto& entry = by_lower_name[lower];
    if (entry.name.empty()) entry.name = lower_names ? lower : name;
    entry.values.push_back(value);
  }
  std::string text;
  for (auto& [lower, entry] : by_lower_name) {
    ((text += '\n') += entry.name) += ':';
    std::sort(entry.values.begin(), entry.values.end());
    for (std::size_t i = 0; i < entry.values.size(); ++i) (text += i == 0 ? "" : ",") += entry.values[i];
  }
  return text;
}

base::Error malformed(std::string detail) {
  return {SharedKeyErrc::malformed,
          "read the Authorization header: " + detail,
          {{std::string(kAuthenticationErrorDetail), detail}}};
}

base::Error refused(std::string detail) {
  return {
      SharedKeyErrc::refused, "verify the signature: " + detail, {{std::string(kAuthenticationErrorDetail), detail}}};
}

Result<void> check_date(std::optional<std::string_view> date, base::Timestamp now, std::chrono::minutes max_skew) {
  if (!date) return refused("The request has no date header");
  auto time = parse_http_date(*date);
  if (!time) return refused("The date header in the request is not in the correct format");
  if (*time < now - max_skew || *time > now + max_skew) {
    return refused("The date header in the request is incorrect: it differs from the server's time by more than " +
                   std::to_string(max_skew.count()) + " minutes; server time is " + print_http_date(now));
  }
  return {};
}

bool signed_with(const std::vector<std::string>& keys, std::string_view text, std::string_view signature) {
  bool equal = false;
  for (const auto& key : keys) equal |= base::equal_in_constant_time(base::hmac_sha256(key, text), signature);
  return equal;
}

}  // namespace shared_key
}  // namespace wire
