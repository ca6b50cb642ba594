#include "emulator/entra/tenants.h"

#include "base/text.h"
#include "emulator/names.h"

#include <algorithm>
#include <cctype>

namespace emulator::entra {
namespace {

constexpr std::size_t kGuidLength = 36;
constexpr std::size_t kLongestDomain = 253;

bool is_dash_place(std::size_t index) {
  return index == 8 || index == 13 || index == 18 || index == 23;
}

/// Labels of letters, digits and dashes with at least one dot between them.
bool is_domain(std::string_view text) {
  if (text.size() > kLongestDomain || text.find('.') == std::string_view::npos) return false;
  if (text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(text,
                             [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_'; });
}

}  // namespace

bool is_user_name(std::string_view text) {
  constexpr std::size_t kLongest = 320;
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.size() > kLongest) return false;
  const bool is_printable = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
  return is_printable && !text.substr(at + 1).empty() && is_domain(text.substr(at + 1));
}

std::string guid_of(std::string_view text) {
  auto bytes = base::sha256("batch-emulator entra " + std::string{text}).substr(0, 16);
  constexpr unsigned kVersion = 0x50;  // version 5, variant 1, as RFC 4122 has it for names
  constexpr unsigned kVariant = 0x80;
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0fU) | kVersion);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3fU) | kVariant);
  std::string guid;
  for (const char digit : base::hex_encode(bytes)) {
    if (is_dash_place(guid.size())) guid += '-';
    guid += digit;
  }
  return guid;
}

bool is_guid(std::string_view text) {
  if (text.size() != kGuidLength) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = is_dash_place(i) ? text[i] == '-' : std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (!fits) return false;
  }
  return true;
}

std::string home_tenant() {
  return std::string{kDefaultTenant};
}

bool is_shared_tenant(std::string_view tenant) {
  return base::equal_ignoring_case(tenant, "common") || base::equal_ignoring_case(tenant, "organizations");
}

std::optional<std::string> tenant_id(std::string_view tenant) {
  if (is_guid(tenant)) return base::lower_case(tenant);
  if (is_shared_tenant(tenant)) return home_tenant();
  if (is_domain(tenant)) return guid_of("tenant " + base::lower_case(tenant));
  return std::nullopt;
}

}  // namespace emulator::entra
