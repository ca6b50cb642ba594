#include "emulator/host_patterns.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>

namespace emulator {
namespace {

constexpr std::size_t kLongestHost = 255;
constexpr std::uint16_t kAnyPort = 0;

struct HostAndPort {
  std::string host;
  std::uint16_t port = kAnyPort;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
}
bool is_address_character(char c) {
  return (c >= 'a' && c <= 'f') || is_digit(c) || c == ':' || c == '.';
}

/// Splits at the last colon outside brackets; invalid_argument for a port that is none.
base::Result<HostAndPort> split_port(std::string_view text) {
  const auto colon = text.rfind(':');
  const bool in_brackets = text.starts_with('[') && text.ends_with(']');
  if (colon == std::string_view::npos || in_brackets) return HostAndPort{std::string{text}};
  HostAndPort split{std::string{text.substr(0, colon)}};
  const auto port = text.substr(colon + 1);
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), split.port);
  if (failure != std::errc{} || end != port.data() + port.size() || split.port == kAnyPort) {
    return base::Error{base::Errc::invalid_argument, "the port is not a number from 1 to 65535"};
  }
  return split;
}

bool is_host(std::string_view host) {
  if (host == "*") return true;
  if (host.starts_with("[")) {
    return host.ends_with("]") && host.size() > 2 &&
           std::ranges::all_of(host.substr(1, host.size() - 2), is_address_character);
  }
  if (host.starts_with("*.")) host.remove_prefix(2);
  return !host.empty() && host.size() <= kLongestHost && !host.starts_with('.') &&
         std::ranges::all_of(host, is_host_character);
}

bool is_number(std::string_view label) {
  if (label.starts_with("0x")) return true;
  return !label.empty() && std::ranges::all_of(label, is_digit);
}

}  // namespace

base::Result<std::string> parse_host_pattern(std::string_view text) {
  auto lower = base::lower_case(text);
  const auto split = split_port(lower);
  if (!split || !is_host(split->host)) {
    return base::Error{base::Errc::invalid_argument,
                       "a host is written as name, name:port, *.name or [address], not \"" + std::string{text} + "\""};
  }
  return lower;
}

std::string plain_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) host = host.substr(1, host.size() - 2);
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  return base::lower_case(host);
}

bool looks_like_address(std::string_view plain_host) {
  if (plain_host.find(':') != std::string_view::npos) return true;
  return is_number(plain_host.substr(plain_host.rfind('.') + 1));  // npos + 1 is 0: the whole of it
}

HostMatch match_host(std::span<const std::string> patterns, std::string_view host, std::uint16_t port) {
  const auto plain = plain_host(host);
  const bool is_public_name = !looks_like_address(plain) && plain != "localhost" && !plain.ends_with(".localhost");
  auto best = HostMatch::none;
  for (const auto& pattern : patterns) {
    const auto split = split_port(pattern);
    if (!split || (split->port != kAnyPort && split->port != port)) continue;
    const auto name = plain_host(split->host);
    if (name == plain) return HostMatch::literal;
    if (!is_public_name) continue;
    if (name == "*" || (name.starts_with("*.") && plain.size() > name.size() - 1 && plain.ends_with(name.substr(1)))) {
      best = HostMatch::pattern;
    }
  }
  return best;
}

}  // namespace emulator
