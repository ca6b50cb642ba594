// Names, and the changes that leave a blob's bytes alone or replace them at once.
#include "blobstore/engine/blob.h"

#include "blobstore/engine/catalog.h"
#include "blobstore/engine/conditions.h"
#include "blobstore/engine/replace.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/blob/utf8.h"

#include <algorithm>

namespace blobstore::engine {
namespace {

using wire::blob::ErrorCode;

/// The blob that a change works on, once it may go ahead.
base::Result<Blob> changeable(Catalog& catalog, const BlobTarget& target, const Conditions& conditions) {
  ASSIGN_OR_RETURN(auto blob, find_blob(catalog, target));
  RETURN_IF_ERROR(check_write(conditions, blob.modified));
  return blob;
}

}  // namespace

base::Result<void> check_blob_name(std::string_view name) {
  const auto characters = wire::blob::count_characters(name);
  if (!characters || name.find('\0') != std::string_view::npos)
    return wire::blob::error(ErrorCode::InvalidResourceName);
  const auto segments = static_cast<std::size_t>(std::ranges::count(name, '/')) + 1;
  if (*characters == 0 || *characters > wire::blob::kMaxBlobNameLength || segments > wire::blob::kMaxBlobPathSegments) {
    return wire::blob::error(ErrorCode::OutOfRangeInput);
  }
  return {};
}

base::Result<Container> find_container_of(const CatalogView& catalog, const BlobTarget& target) {
  ASSIGN_OR_RETURN(auto container, catalog.find_container(target.account, target.container));
  if (!container) return wire::blob::error(ErrorCode::ContainerNotFound);
  return std::move(*container);
}

base::Result<Blob> find_blob(const CatalogView& catalog, const BlobTarget& target) {
  ASSIGN_OR_RETURN(const auto container, find_container_of(catalog, target));
  ASSIGN_OR_RETURN(auto blob, catalog.find_blob(container.id, target.name));
  if (!blob) return wire::blob::error(ErrorCode::BlobNotFound);
  if (!target.lease_id.empty()) return wire::blob::error(ErrorCode::LeaseNotPresentWithBlobOperation);
  return std::move(*blob);
}

base::Result<BlobChange> put_blob(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                  NewBlob content, base::Timestamp now) {
  ASSIGN_OR_RETURN(auto place, place_for(catalog, target, conditions, content.may_overwrite));
  std::vector<Block> blocks;
  if (content.blob.size > 0) blocks.push_back({.size = content.blob.size, .extent = content.extent});
  content.blob.has_block_list = false;
  return replace_blob(catalog, std::move(place), std::move(content.blob), std::move(blocks), now);
}

base::Result<Blob> set_blob_metadata(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                     wire::blob::MetadataFields metadata, base::Timestamp now) {
  ASSIGN_OR_RETURN(auto blob, changeable(catalog, target, conditions));
  blob.metadata = std::move(metadata);
  blob.modified = catalog.stamp(now);
  RETURN_IF_ERROR(catalog.update_blob(blob));
  return blob;
}

base::Result<Blob> set_blob_headers(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                    ContentHeaders content, base::Timestamp now) {
  ASSIGN_OR_RETURN(auto blob, changeable(catalog, target, conditions));
  blob.content = std::move(content);
  blob.copy = {};  // "Get Blob Properties": a blob whose headers were set is no copy any more
  blob.modified = catalog.stamp(now);
  RETURN_IF_ERROR(catalog.update_blob(blob));
  return blob;
}

base::Result<Blob> set_blob_tier(Catalog& catalog, const BlobTarget& target, wire::blob::AccessTier tier,
                                 base::Timestamp now) {
  ASSIGN_OR_RETURN(auto blob, find_blob(catalog, target));
  if (blob.kind != BlobKind::block) return wire::blob::error(ErrorCode::InvalidBlobType);
  blob.tier = tier;
  blob.tier_changed = now;
  RETURN_IF_ERROR(catalog.update_blob(blob));
  return blob;
}

base::Result<void> set_blob_tags(Catalog& catalog, const BlobTarget& target, wire::blob::Tags tags) {
  ASSIGN_OR_RETURN(auto blob, find_blob(catalog, target));
  blob.tags = std::move(tags);
  return catalog.update_blob(blob);
}

base::Result<std::vector<ExtentId>> delete_blob(Catalog& catalog, const BlobTarget& target,
                                                const Conditions& conditions) {
  ASSIGN_OR_RETURN(const auto blob, changeable(catalog, target, conditions));
  ASSIGN_OR_RETURN(auto released, extents_at(catalog, blob.container, blob.name, blob.id));
  RETURN_IF_ERROR(catalog.remove_staged(blob.container, blob.name));
  RETURN_IF_ERROR(catalog.remove_blob(blob.id));
  return released;
}

}  // namespace blobstore::engine
