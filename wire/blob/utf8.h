// UTF-8 read strictly (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <optional>
#include <string_view>

namespace wire::blob {

/// Takes the first character off `text`; nothing, and `text` untouched, when it does not start with one. `text` must
/// not be empty.
std::optional<char32_t> next_character(std::string_view& text);
/// The number of characters, or nothing when `text` is not UTF-8.
std::optional<std::size_t> count_characters(std::string_view text);

}  // namespace wire::blob
