// Base64 with the alphabet for URLs and without padding (RFC 4648, section 5; RFC 7515).
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace wire::entra {

std::string base64url_encode(std::string_view bytes);
/// Strict: the alphabet alone, no padding, no white space; anything else is invalid_argument.
base::Result<std::string> base64url_decode(std::string_view text);

}  // namespace wire::entra
