// inet_pton does the reading; everything else is comparing bytes.
#include "wire/blob/sas_address.h"

#include <arpa/inet.h>
#include <algorithm>
#include <string>

namespace wire::blob {

std::optional<AddressBytes> parse_address(std::string_view text) {
  const std::string terminated(text);
  AddressBytes bytes{};
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return bytes;
  bytes = {};
  bytes[10] = bytes[11] = 0xFF;
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

std::optional<AddressRange> parse_address_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_address(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_address(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return AddressRange{*first, *last};
}

bool AddressRange::contains(std::string_view address) const {
  const auto bytes = parse_address(address);
  return bytes && first <= *bytes && *bytes <= last;
}

}  // namespace wire::blob
