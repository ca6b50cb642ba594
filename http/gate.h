// Who may talk to a server on a laptop: programs of the laptop itself, addressing it by a name it knows, and no web
// page that nobody allowed. This is what stands between a browser tab (DNS rebinding, cross-site requests) and the
// services.
//
// Pure functions; connection.cpp applies them in the order framing, peer, Host, Origin.
#pragma once

#include "http/message.h"

#include <string>
#include <string_view>
#include <vector>

namespace http {

/// The host of a Host field's value in lower case, without the port; an IPv6 literal keeps its brackets.
/// invalid_argument for anything but host[:port]: user information, a trailing dot, an empty label, port 0 or none.
base::Result<std::string> parse_host(std::string_view value);

/// Whether `host` (from parse_host) is on the list. "*.name" stands for one or more labels before ".name".
bool host_allowed(std::string_view host, const std::vector<std::string>& allowed);

/// "" when exactly one Host was sent and it is allowed; otherwise what is wrong and what to do.
std::string refused_host(const Headers& headers, const std::vector<std::string>& allowed);

/// "" when no Origin was sent or exactly one that is allowed; otherwise what is wrong and what to do.
std::string refused_origin(const Headers& headers, const std::vector<std::string>& allowed);

}  // namespace http
