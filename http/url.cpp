// Absolute http and https URLs, taken apart without guessing.
#include "base/text.h"
#include "http/client.h"
#include "http/framing.h"
#include "http/gate.h"

#include <algorithm>

namespace http {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? kHttpsPort : kHttpPort;
}

base::Error malformed(std::string_view what) {
  // The URL itself may carry a SAS signature, so it is not repeated.
  return {base::Errc::invalid_argument, "not an absolute http or https URL: " + std::string(what)};
}

}  // namespace

base::Result<Url> Url::parse(std::string_view text) {
  Url url;
  for (const std::string_view scheme : {"http", "https"}) {
    if (!base::starts_with_ignoring_case(text, std::string(scheme) + "://")) continue;
    url.scheme = scheme;
    text.remove_prefix(scheme.size() + 3);
    break;
  }
  if (url.scheme.empty()) return malformed("it does not start with http:// or https://");
  text = text.substr(0, text.find('#'));
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; })) {
    return malformed("it has a space, control or non-ASCII character that must be percent-encoded");
  }
  const auto authority = text.substr(0, text.find_first_of("/?"));
  const auto host = parse_host(authority);
  if (host.has_error()) return malformed("the part after the scheme is not host[:port]");
  url.host = host->front() == '[' ? host->substr(1, host->size() - 2) : *host;
  url.port = default_port(url.scheme);
  if (authority.size() > host->size()) {
    // parse_host has seen that these are digits of a number from 1 to 65535.
    url.port = static_cast<std::uint16_t>(std::stoul(std::string(authority.substr(host->size() + 1))));
  }
  url.target = text.substr(authority.size());
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
  return url;
}

std::string Url::host_header() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

}  // namespace http
