#include "http/proxy.h"

#include "base/text.h"
#include "http/framing.h"
#include "http/gate.h"

#include <arpa/inet.h>
#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>

namespace http {
namespace {

using base::Errc;
using base::Error;
using base::Result;
namespace ip = boost::asio::ip;

constexpr std::size_t kMaxCredentialBytes = 1024;

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool all_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Whether some resolver would take the name for an IPv4 address, right or wrong: its last label is a number
/// (URL Standard, "ends in a number").
bool ends_in_number(std::string_view host) {
  const auto dot = host.rfind('.');
  const auto label = dot == std::string_view::npos ? host : host.substr(dot + 1);
  return all_digits(label) || (label.starts_with("0x") && all_hex(label.substr(2)));
}

Result<std::string> normal_ipv4(const std::string& host) {
  in_addr address{};
  std::array<char, INET_ADDRSTRLEN> text{};
  if (::inet_aton(host.c_str(), &address) == 0 || ::inet_ntop(AF_INET, &address, text.data(), text.size()) == nullptr) {
    return Error(Errc::invalid_argument, "'" + printable(host) + "' is neither a host name nor an address");
  }
  return std::string(text.data());
}

Result<std::string> normal_ipv6(const std::string& bracketed) {
  boost::system::error_code error;
  const auto address = ip::make_address_v6(bracketed.substr(1, bracketed.size() - 2), error);
  if (error) return Error(Errc::invalid_argument, "'" + printable(bracketed) + "' is not an IPv6 address");
  if (address.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address).to_string();
  return "[" + address.to_string() + "]";
}

}  // namespace

Result<Authority> parse_authority(std::string_view text, std::uint16_t default_port) {
  const auto host_end = text.starts_with('[') ? text.find(']') : text.find(':');
  const auto rest =
      host_end == std::string_view::npos ? std::string_view{} : text.substr(host_end + (text.starts_with('[') ? 1 : 0));
  std::string spelled(text.substr(0, text.size() - rest.size()));
  // A dot at the end makes a DNS name absolute and means the same host.
  if (spelled.size() > 1 && spelled.back() == '.') spelled.pop_back();
  ASSIGN_OR_RETURN(const std::string host, parse_host(spelled + std::string(rest)));
  Authority authority{.host = host, .port = default_port};
  // parse_host has seen that these are digits of a number from 1 to 65535.
  if (!rest.empty()) authority.port = static_cast<std::uint16_t>(std::stoul(std::string(rest.substr(1))));
  if (authority.port == 0) return Error(Errc::invalid_argument, "'" + printable(text) + "' names no port");
  if (host.front() == '[') {
    ASSIGN_OR_RETURN(authority.host, normal_ipv6(host));
  } else if (ends_in_number(host)) {
    ASSIGN_OR_RETURN(authority.host, normal_ipv4(host));
  }
  return authority;
}

Result<BasicCredential> parse_basic(std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic ";
  const Error malformed(Errc::invalid_argument, "the credential is not of the form 'Basic base64(user:password)'");
  if (authorization.size() > kMaxCredentialBytes || !base::starts_with_ignoring_case(authorization, kScheme)) {
    return malformed;
  }
  const auto decoded = base::base64_decode(base::trim(authorization.substr(kScheme.size())));
  if (decoded.has_error()) return malformed;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return malformed;
  return BasicCredential{.user = decoded->substr(0, colon), .password = decoded->substr(colon + 1)};
}

void remove_proxy_fields(Headers& headers) {
  std::vector<std::string> names;
  for (const auto& [name, value] : headers.fields()) {
    if (base::starts_with_ignoring_case(name, "Proxy-")) names.push_back(name);
  }
  for (const auto& name : names) headers.remove(name);
}

std::string refused_host_in_tunnel(const Headers& headers, const Authority& authority) {
  const std::vector<std::string> only = {authority.host};
  if (headers.count("Host") == 1) {
    const auto value = headers.get("Host");
    const auto host = parse_host(value);
    const bool other_port = host.has_value() && value.size() > host->size() &&
                            value.substr(host->size() + 1) != std::to_string(authority.port);
    if (host.has_value() && (*host != authority.host || other_port)) {
      return "the Host header names '" + printable(value) + "', but this tunnel leads to " + authority.text();
    }
  }
  return refused_host(headers, only);
}

}  // namespace http
