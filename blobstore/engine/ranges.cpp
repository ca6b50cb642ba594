// Digits only: no signs, no spaces, no overflow.
#include "blobstore/engine/ranges.h"

#include "wire/blob/errors.h"

#include <algorithm>
#include <charconv>

namespace blobstore::engine {
namespace {

base::Error malformed(std::string_view text) {
  return {base::Errc::invalid_argument, "not a byte range: " + std::string(text)};
}

bool parse_number(std::string_view text, std::uint64_t& number) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size();
}

}  // namespace

base::Result<RangeRequest> parse_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes=";
  if (!text.starts_with(kUnit)) return malformed(text);
  const auto numbers = text.substr(kUnit.size());
  const auto dash = numbers.find('-');
  RangeRequest range;
  if (dash == std::string_view::npos || !parse_number(numbers.substr(0, dash), range.first)) return malformed(text);
  const auto last = numbers.substr(dash + 1);
  if (last.empty()) return range;
  if (!parse_number(last, range.last.emplace()) || *range.last < range.first) return malformed(text);
  return range;
}

base::Result<ByteRange> resolve_range(const RangeRequest& range, std::uint64_t size) {
  if (range.first >= size) return wire::blob::error(wire::blob::ErrorCode::InvalidRange);
  const std::uint64_t last = std::min(range.last.value_or(size - 1), size - 1);
  return ByteRange{range.first, last + 1};
}

}  // namespace blobstore::engine
