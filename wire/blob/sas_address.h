// The addresses that `sip` names: one, or first-last, IPv4 or IPv6.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wire::blob {

/// An IP address as sixteen bytes; IPv4 is IPv4-mapped, so that both compare as numbers.
using AddressBytes = std::array<std::uint8_t, 16>;

struct AddressRange {
  AddressBytes first;
  AddressBytes last;
  /// False for what is not an address.
  [[nodiscard]] bool contains(std::string_view address) const;
};

std::optional<AddressBytes> parse_address(std::string_view text);
/// Nothing when malformed or when the last comes before the first.
std::optional<AddressRange> parse_address_range(std::string_view text);

}  // namespace wire::blob
