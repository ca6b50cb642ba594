// What was there and is not part of the new blob is set free: a block that stays keeps its extent.
#include "blobstore/engine/replace.h"

#include "blobstore/engine/catalog.h"
#include "blobstore/engine/conditions.h"
#include "wire/blob/errors.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

namespace blobstore::engine {

using wire::blob::ErrorCode;

base::Result<Place> place_for(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                              bool may_overwrite) {
  ASSIGN_OR_RETURN(const auto container, find_container_of(catalog, target));
  ASSIGN_OR_RETURN(auto existing, catalog.find_blob(container.id, target.name));
  if (!target.lease_id.empty()) return wire::blob::error(ErrorCode::LeaseNotPresentWithBlobOperation);
  RETURN_IF_ERROR(check_put(conditions, existing ? std::optional(existing->modified) : std::nullopt));
  if (existing && !may_overwrite) return wire::blob::error(ErrorCode::UnauthorizedBlobOverwrite);
  return Place{container.id, target.name, std::move(existing)};
}

base::Result<std::vector<ExtentId>> extents_at(const CatalogView& catalog, std::int64_t container,
                                               const std::string& name, std::int64_t blob) {
  std::vector<ExtentId> extents;
  if (blob != 0) {
    ASSIGN_OR_RETURN(const auto blocks, catalog.blocks(blob, 0, std::numeric_limits<std::uint64_t>::max()));
    for (const auto& block : blocks) extents.push_back(block.extent);
  }
  ASSIGN_OR_RETURN(const auto staged, catalog.staged_blocks(container, name));
  for (const auto& block : staged) extents.push_back(block.extent);
  return extents;
}

base::Result<BlobChange> replace_blob(Catalog& catalog, Place place, Blob blob, std::vector<Block> blocks,
                                      base::Timestamp now) {
  const std::int64_t old = place.existing ? place.existing->id : 0;
  ASSIGN_OR_RETURN(auto released, extents_at(catalog, place.container, place.name, old));
  std::unordered_set<std::uint64_t> kept;
  for (const auto& block : blocks) kept.insert(static_cast<std::uint64_t>(block.extent));
  std::erase_if(released, [&](ExtentId extent) { return kept.contains(static_cast<std::uint64_t>(extent)); });

  blob.container = place.container;
  blob.name = std::move(place.name);
  blob.modified = catalog.stamp(now);
  blob.created = place.existing ? place.existing->created : blob.modified;
  RETURN_IF_ERROR(catalog.remove_staged(blob.container, blob.name));
  if (old != 0) RETURN_IF_ERROR(catalog.remove_blob(old));
  ASSIGN_OR_RETURN(blob.id, catalog.insert_blob(blob, blocks));
  return BlobChange{std::move(blob), std::move(released)};
}

}  // namespace blobstore::engine
