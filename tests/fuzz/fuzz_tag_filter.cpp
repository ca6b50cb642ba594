// Search expressions from strangers: read or refused; no filter matches what lacks one of its tags.
#include "base/check.h"
#include "wire/blob/limits.h"
#include "wire/blob/tag_filter.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto filter = wire::blob::parse_tag_filter({reinterpret_cast<const char*>(data), size});
  if (filter.has_error()) return 0;
  CHECK(!filter->conditions.empty() && filter->conditions.size() <= wire::blob::kMaxTags);
  CHECK(wire::blob::matching_tags(*filter, {}).empty());
  wire::blob::Tags tags;
  for (const auto& condition : filter->conditions) tags.emplace_back(condition.name, condition.value);
  CHECK(wire::blob::matching_tags(*filter, tags).size() <= tags.size());
  return 0;
}
