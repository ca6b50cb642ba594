// Range headers and ETag lists from strangers: what resolves lies inside the blob.
#include "base/check.h"
#include "blobstore/engine/conditions.h"
#include "blobstore/engine/ranges.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t blob_size = 0;
  if (size < sizeof blob_size) return 0;
  std::memcpy(&blob_size, data, sizeof blob_size);
  const std::string_view text(reinterpret_cast<const char*>(data) + sizeof blob_size, size - sizeof blob_size);
  if (const auto range = blobstore::engine::parse_range(text)) {
    if (const auto bytes = blobstore::engine::resolve_range(*range, blob_size)) {
      CHECK(bytes->begin < bytes->end && bytes->end <= blob_size && bytes->begin == range->first);
    }
  }
  for (const auto& etag : blobstore::engine::parse_etag_list(text)) CHECK(!etag.empty());
  return 0;
}
