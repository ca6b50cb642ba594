// The hosts that `--allow` names, and how a host is compared with them.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace emulator {

/// "host", "host:port", "*.name" (every name below it, not itself), "[v6]" with or without a port, or "*": every name,
/// but no address and not localhost. Gives it in lower case; invalid_argument for anything else, a URL for example.
base::Result<std::string> parse_host_pattern(std::string_view text);

/// How a host fits a list of patterns: by its own name, by a pattern with "*", or not.
enum class HostMatch { none, pattern, literal };
HostMatch match_host(std::span<const std::string> patterns, std::string_view host, std::uint16_t port);

/// Lower case, without the brackets of an IPv6 address and without a dot at the end.
std::string plain_host(std::string_view host);

/// True for what is, or may be taken for, an address: anything with a colon, and numbers in every form that
/// inet_aton() reads ("127.1", "2130706433", "0x7f.1"). Names of the public DNS end in a label that is no number.
bool looks_like_address(std::string_view plain_host);

}  // namespace emulator
