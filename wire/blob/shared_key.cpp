// Storage's lines around the steps that wire/shared_key.cpp shares.
#include "wire/blob/shared_key.h"

#include "base/text.h"

#include <array>

namespace wire::blob {
namespace {

using base::Result;

constexpr std::string_view kPrefix = "x-ms-";
constexpr std::string_view kDate = "x-ms-date";
constexpr std::string_view kSecondary = "-secondary";
constexpr std::array<std::string_view, 11> kFullLines = {
    "Content-Encoding",  "Content-Language", "Content-Length", "Content-MD5",         "Content-Type", "Date",
    "If-Modified-Since", "If-Match",         "If-None-Match",  "If-Unmodified-Since", "Range"};
constexpr std::array<std::string_view, 3> kLiteLines = {"Content-MD5", "Content-Type", "Date"};

/// What clients differ in.
struct Variation {
  std::string_view account;
  std::string_view path;
  bool plus_is_space = false;
};

std::string_view line_value(const SignedRequest& request, std::string_view header) {
  if (header == "Date" && find_header(request.headers, kDate)) return {};
  std::string_view value = find_header(request.headers, header).value_or("");
  return header == "Content-Length" && value == "0" ? std::string_view{} : value;
}

/// The lite form signs no parameter but comp.
std::string lite_query(const std::vector<shared_key::QueryParameter>& parameters) {
  for (const auto& [name, value] : parameters) {
    if (base::equal_ignoring_case(name, "comp")) return "?comp=" + value;
  }
  return {};
}

std::string string_to_sign(const SignedRequest& request, const Variation& variation, SharedKeyScheme scheme) {
  std::string text(request.method);
  auto add_lines = [&](const auto& lines) {
    for (auto header : lines) (text += '\n') += line_value(request, header);
  };
  bool full = scheme == SharedKeyScheme::full;
  if (full) {
    add_lines(kFullLines);
  } else {
    add_lines(kLiteLines);
  }
  text += '\n';
  text += shared_key::canonical_headers(request.headers, kPrefix);
  ((text += '/') += variation.account) += variation.path;
  auto parameters = shared_key::query_parameters(request.query, variation.plus_is_space);
  return text += full ? shared_key::canonical_query(parameters, true, false) : lite_query(parameters);
}

/// "/account-secondary/x" -> "/account/x"; empty when the path does not start so.
std::string path_of_primary(std::string_view path, std::string_view account) {
  std::string first = "/" + std::string(account) + std::string(kSecondary);
  if (!base::starts_with_ignoring_case(path, first)) return {};
  std::string_view rest = path.substr(first.size());
  if (!rest.empty() && rest.front() != '/') return {};
  return std::string(path.substr(0, 1 + account.size())) + std::string(rest);
}

}  // namespace

std::string string_to_sign(const SignedRequest& request, std::string_view account, SharedKeyScheme scheme) {
  return string_to_sign(request, Variation{.account = account, .path = request.path}, scheme);
}

std::string sign(const SignedRequest& request, std::string_view account, std::string_view key, SharedKeyScheme scheme) {
  std::string signature = base::base64_encode(base::hmac_sha256(key, string_to_sign(request, account, scheme)));
  std::string name = scheme == SharedKeyScheme::full ? "SharedKey " : "SharedKeyLite ";
  return name + std::string(account) + ":" + signature;
}

Result<void> verify_shared_key(const SignedRequest& request, const SharedKeyAccount& account, base::Timestamp now,
                               std::chrono::minutes max_skew) {
  auto authorization = find_header(request.headers, "Authorization");
  if (!authorization) return shared_key::malformed("The Authorization header is missing");
  ASSIGN_OR_RETURN(auto header, parse_shared_key_header(*authorization));
  bool secondary = base::equal_ignoring_case(header.account, account.name + std::string(kSecondary));
  if (!secondary && !base::equal_ignoring_case(header.account, account.name)) {
    return shared_key::refused("The account in the Authorization header is not the account being accessed");
  }
  auto date = find_header(request.headers, kDate);
  if (!date) date = find_header(request.headers, "Date");
  RETURN_IF_ERROR(shared_key::check_date(date, now, max_skew));

  auto scheme = header.scheme == "SharedKey" ? SharedKeyScheme::full : SharedKeyScheme::lite;
  std::string primary_path = path_of_primary(request.path, account.name);
  bool has_plus = request.query.find('+') != std::string_view::npos;
  for (std::string_view name : {std::string_view(header.account), std::string_view(account.name)}) {
    for (std::string_view path : {request.path, std::string_view(primary_path)}) {
      for (bool plus_is_space : {false, true}) {
        if (path.empty() || (plus_is_space && !has_plus)) continue;
        std::string text = string_to_sign(request, {name, path, plus_is_space}, scheme);
        if (shared_key::signed_with(account.keys, text, header.signature)) return {};
      }
    }
  }
  if (account.on_trust) return {};
  return shared_key::refused("The MAC signature found in the HTTP request is not the same as any computed signature");
}

}  // namespace wire::blob
