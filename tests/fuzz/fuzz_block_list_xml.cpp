// Documents from strangers: block lists and access policies are read or refused, and what is read prints and reads the
// same again.
#include "base/check.h"
#include "wire/blob/limits.h"
#include "wire/blob/xml.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto list = wire::blob::parse_block_list(text)) {
    CHECK(list->size() <= wire::blob::kMaxCommittedBlocks);
    const auto again = wire::blob::parse_block_list(wire::blob::print_block_list_request(*list));
    CHECK(again.has_value() && *again == *list);
  }
  if (const auto policies = wire::blob::parse_signed_identifiers(text)) {
    CHECK(policies->size() <= wire::blob::kMaxAccessPolicies);
    const auto again = wire::blob::parse_signed_identifiers(wire::blob::print_signed_identifiers(*policies));
    CHECK(again.has_value() && again->size() == policies->size());
  }
  [[maybe_unused]] const auto listed = wire::blob::parse_blob_list(text);
  [[maybe_unused]] const auto error = wire::blob::parse_error(text);
  return 0;
}
