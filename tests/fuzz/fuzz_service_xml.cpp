// Documents about the service from strangers: read or refused; what is read keeps the limits and comes back as it was.
#include "base/check.h"
#include "wire/blob/limits.h"
#include "wire/blob/service_xml.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto rules = wire::blob::parse_service_properties(text); rules.has_value() && *rules) {
    CHECK((*rules)->size() <= wire::blob::kMaxCorsRules);
    const auto again = wire::blob::parse_service_properties(wire::blob::print_service_properties(**rules));
    CHECK(again.has_value() && *again == *rules);
  }
  const base::Timestamp now = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  if (const auto info = wire::blob::parse_key_info(text, now); info.has_value()) {
    CHECK(info->expiry > now && info->expiry <= now + wire::blob::kMaxDelegationKeyLife);
  }
  if (const auto tags = wire::blob::parse_tags(text); tags.has_value()) {
    CHECK(tags->size() <= wire::blob::kMaxTags);
    if (!wire::blob::check_tags(*tags).has_error()) {
      const auto again = wire::blob::parse_tags(wire::blob::print_tags(*tags));
      CHECK(again.has_value() && *again == *tags);
    }
  }
  return 0;
}
