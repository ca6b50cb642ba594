// Byte ranges of Get Blob ("Specifying the range header for Blob service operations").
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace blobstore::engine {

/// As written: "bytes=first-last" or "bytes=first-".
struct RangeRequest {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last;
};
/// invalid_argument for every other form; the service knows no suffix ranges and no lists.
base::Result<RangeRequest> parse_range(std::string_view text);

/// Bytes `begin` to before `end`.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t size() const { return end - begin; }
  bool operator==(const ByteRange&) const = default;
};
/// The part of the range that exists. InvalidRange (416) when it starts at or after the end.
base::Result<ByteRange> resolve_range(const RangeRequest& range, std::uint64_t size);

}  // namespace blobstore::engine
