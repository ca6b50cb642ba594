#include "http/gate.h"

#include "base/text.h"
#include "http/framing.h"

#include <algorithm>

namespace http {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t kMaxHostBytes = 255;    // RFC 1035 2.3.4
constexpr std::size_t kMaxLiteralBytes = 45;  // an IPv6 address that ends in an IPv4 one
constexpr int kMaxPort = 65535;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_' || c == '.';
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, is_digit)) return false;
  int port = 0;
  for (const char c : text) port = port * 10 + (c - '0');
  return port > 0 && port <= kMaxPort;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxHostBytes || !std::ranges::all_of(text, is_host_char)) return false;
  return text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos;
}

/// The brackets and what may stand between them; whether it is an address the allow-list decides.
bool is_literal(std::string_view text) {
  const auto inner = text.substr(1, text.size() - 2);
  if (inner.find(':') == std::string_view::npos || inner.size() > kMaxLiteralBytes) return false;
  return std::ranges::all_of(inner, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
  });
}

}  // namespace

Result<std::string> parse_host(std::string_view value) {
  const Error malformed(Errc::invalid_argument, "'" + printable(value) + "' is not a host name with an optional port");
  const bool literal = value.starts_with('[');
  const auto host_end = literal ? value.find(']') : value.find(':');
  if (literal && host_end == std::string_view::npos) return malformed;
  const auto host = value.substr(0, literal ? host_end + 1 : host_end);
  const auto rest = value.substr(host.size());
  if (!(literal ? is_literal(host) : is_name(host))) return malformed;
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return malformed;
  return base::lower_case(host);
}

bool host_allowed(std::string_view host, const std::vector<std::string>& allowed) {
  return std::ranges::any_of(allowed, [host](std::string_view entry) {
    if (!entry.starts_with("*.")) return host == entry;
    const auto suffix = entry.substr(1);
    return host.size() > suffix.size() && host.ends_with(suffix);
  });
}

std::string refused_host(const Headers& headers, const std::vector<std::string>& allowed) {
  const std::size_t count = headers.count("Host");
  if (count == 0) return "the request has no Host header; every request must name the host it is for, exactly once";
  if (count > 1) return "the request has more than one Host header; send exactly one";
  const auto value = headers.get("Host");
  const auto host = parse_host(value);
  if (host.has_error()) return "the Host header " + host.error().message;
  if (host_allowed(*host, allowed)) return {};
  return "this server does not answer for the host '" + printable(*host) +
         "'; use localhost or 127.0.0.1, or add the name to the allowed hosts";
}

std::string refused_origin(const Headers& headers, const std::vector<std::string>& allowed) {
  const std::size_t count = headers.count("Origin");
  if (count == 0) return {};
  if (count > 1) return "the request has more than one Origin header";
  const auto origin = headers.get("Origin");
  const bool known = std::ranges::any_of(
      allowed, [origin](std::string_view entry) { return base::equal_ignoring_case(entry, origin); });
  if (known) return {};
  return "the origin '" + printable(origin) + "' may not use this server; add it to the allowed origins if it is yours";
}

}  // namespace http
