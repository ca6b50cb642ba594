// Small text functions that the standard library lacks. ASCII only, locale-free.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
/// Negative, zero or positive, as strcmp on the lower-cased texts.
int compare_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);

/// RFC 3986 decoding of %XX. `plus_is_space` for form-encoded query values. A lone % is an error (invalid_argument).
Result<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Encodes everything but unreserved characters and those in `also_safe`.
std::string percent_encode(std::string_view text, std::string_view also_safe = {});

std::string base64_encode(std::span<const std::uint8_t> bytes);
std::string base64_encode(std::string_view bytes);
/// Strict: right alphabet, right padding, no white space; anything else is invalid_argument.
Result<std::string> base64_decode(std::string_view text);
std::string hex_encode(std::string_view bytes);

/// HMAC-SHA256 of text with key, as 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);
std::string sha256(std::string_view bytes);
std::string md5(std::string_view bytes);
/// Compares in a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace base
