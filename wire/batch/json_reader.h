// JSON from strangers: counted before it is built.
//
// A first pass reads the text without building anything and counts depth and values; only then is the document made, so
// that no input can grow the stack or the heap beyond its limits.
#pragma once

#include "base/result.h"
#include "wire/batch/limits.h"

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace wire::batch {

struct JsonLimits {
  std::size_t bytes = kMaxBodyBytes;
  std::size_t depth = kMaxJsonDepth;
  std::size_t values = kMaxJsonValues;  ///< objects, arrays, scalars and names
};

/// The document, which must be an object. InvalidRequestBody for what is not JSON, not UTF-8, not an object, repeats a
/// member's name or passes the depth or values limit; RequestBodyTooLarge beyond `bytes`. A leading byte order mark is
/// skipped.
base::Result<nlohmann::json> parse_request_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace wire::batch
