// Putting new bytes under a name: what Put Blob and Put Block List have in common.
#pragma once

#include "base/result.h"
#include "blobstore/engine/blob.h"

#include <optional>
#include <vector>

namespace blobstore::engine {

/// A name that a write may take: the blob that stands there now, if any.
struct Place {
  std::int64_t container = 0;
  std::string name;
  std::optional<Blob> existing;
};

/// Container, conditions, lease and overwriting checked.
base::Result<Place> place_for(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                              bool may_overwrite);

/// Everything the name held is replaced, staged blocks included; the creation time stays.
base::Result<BlobChange> replace_blob(Catalog& catalog, Place place, Blob blob, std::vector<Block> blocks,
                                      base::Timestamp now);

/// The extents of a name's blob (id 0: none) and of its staged blocks.
base::Result<std::vector<ExtentId>> extents_at(const CatalogView& catalog, std::int64_t container,
                                               const std::string& name, std::int64_t blob);

}  // namespace blobstore::engine
