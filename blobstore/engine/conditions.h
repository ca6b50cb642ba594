// Conditional requests: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since
// ("Specifying conditional headers for Blob service operations").
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace blobstore::engine {

/// ETags without quotes; "*" stands for any.
struct Conditions {
  std::vector<std::string> if_match;
  std::vector<std::string> if_none_match;
  std::optional<base::Timestamp> if_modified_since;
  std::optional<base::Timestamp> if_unmodified_since;
};

/// Splits `"0x1", W/"0x2", *` into bare ETags.
std::vector<std::string> parse_etag_list(std::string_view text);
/// A version's ETag without quotes: "0x8D..." from the ticks of its time.
std::string etag_text(base::Timestamp modified);

/// For a read of something last changed at `modified`: NotModified (304) or ConditionNotMet (412).
base::Result<void> check_read(const Conditions& conditions, base::Timestamp modified);
/// For a change of something that exists (`modified`) or not: ConditionNotMet. If-Match wins over If-Unmodified-Since,
/// If-None-Match over If-Modified-Since. Times are compared in whole seconds, as headers carry them.
base::Result<void> check_write(const Conditions& conditions, std::optional<base::Timestamp> modified);
/// The same for a write that makes a blob: `If-None-Match: *` on an existing one is BlobAlreadyExists.
base::Result<void> check_put(const Conditions& conditions, std::optional<base::Timestamp> modified);

}  // namespace blobstore::engine
