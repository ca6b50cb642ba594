// What all lists have in common: how many items a page may have.
#pragma once

#include "base/result.h"
#include "blobstore/rest/call.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace blobstore::rest {

/// maxresults as asked for; nothing when it was not. InvalidQueryParameterValue, OutOfRangeQueryParameterValue.
base::Result<std::optional<std::uint32_t>> read_max_results(const Call& call);
/// At most 5,000.
std::size_t page_size(const std::optional<std::uint32_t>& max_results);

}  // namespace blobstore::rest
