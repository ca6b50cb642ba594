// Append blobs: they only grow, block by block, until they are sealed ("Append Block", "Append Blob Seal").
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "blobstore/engine/blob.h"

#include <cstdint>
#include <optional>

namespace blobstore::engine {

/// Where the caller believes the blob ends (x-ms-blob-condition-appendpos), and how large it may get
/// (x-ms-blob-condition-maxsize).
struct AppendConditions {
  std::optional<std::uint64_t> position;
  std::optional<std::uint64_t> max_size;
};

struct NewBytes {
  std::uint64_t size = 0;
  ExtentId extent{};
};

/// The blob as it is after its bytes were added. BlobNotFound, InvalidBlobType, BlobIsSealed, ConditionNotMet,
/// AppendPositionConditionNotMet, MaxBlobSizeConditionNotMet, BlockCountExceedsLimit.
base::Result<Blob> append_block(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                const AppendConditions& append, NewBytes bytes, base::Timestamp now);
/// Sealing twice changes nothing.
base::Result<Blob> seal_blob(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                             const AppendConditions& append, base::Timestamp now);

}  // namespace blobstore::engine
