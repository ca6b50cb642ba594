// `ocp-range` on file reads (contract 1.3, 7.8).
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string_view>

namespace emulator::rest {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};

/// "bytes=first-last" or "bytes=first-" of a file of `size` bytes; a last byte past the end means the end.
/// InvalidHeaderValue for anything else (suffix ranges and lists included), InvalidRange when it begins at or past the
/// end.
base::Result<ByteRange> parse_byte_range(std::string_view text, std::uint64_t size);

}  // namespace emulator::rest
