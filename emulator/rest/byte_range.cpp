#include "emulator/rest/byte_range.h"

#include "base/text.h"
#include "wire/batch/errors.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace emulator::rest {
namespace {

using wire::batch::ErrorCode;
constexpr std::string_view kUnit = "bytes=";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

base::Result<ByteRange> parse_byte_range(std::string_view text, std::uint64_t size) {
  const auto malformed = [&] {
    return wire::batch::make_error(ErrorCode::InvalidHeaderValue,
                                   {{"HeaderName", "ocp-range"}, {"HeaderValue", std::string{text}}});
  };
  const auto value = base::trim(text);
  if (!base::starts_with_ignoring_case(value, kUnit)) return malformed();
  const auto range = value.substr(kUnit.size());
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return malformed();
  const auto first = number(range.substr(0, dash));
  const auto last_text = range.substr(dash + 1);
  const auto last = last_text.empty() ? std::optional<std::uint64_t>{UINT64_MAX} : number(last_text);
  if (!first || !last || *last < *first) return malformed();
  if (*first >= size) return wire::batch::make_error(ErrorCode::InvalidRange);
  return ByteRange{*first, std::min(*last, size - 1) - *first + 1};
}

}  // namespace emulator::rest
