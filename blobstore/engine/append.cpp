#include "blobstore/engine/append.h"

#include "blobstore/engine/catalog.h"
#include "blobstore/engine/conditions.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"

namespace blobstore::engine {
namespace {

using wire::blob::ErrorCode;

base::Result<Blob> append_blob_at(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                  const AppendConditions& append) {
  ASSIGN_OR_RETURN(auto blob, find_blob(catalog, target));
  if (blob.kind != BlobKind::append) return wire::blob::error(ErrorCode::InvalidBlobType);
  RETURN_IF_ERROR(check_write(conditions, blob.modified));
  if (append.position && *append.position != blob.size) {
    return wire::blob::error(ErrorCode::AppendPositionConditionNotMet);
  }
  return blob;
}

}  // namespace

base::Result<Blob> append_block(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                const AppendConditions& append, NewBytes bytes, base::Timestamp now) {
  ASSIGN_OR_RETURN(auto blob, append_blob_at(catalog, target, conditions, append));
  if (blob.sealed) return wire::blob::error(ErrorCode::BlobIsSealed);
  if (append.max_size && blob.size + bytes.size > *append.max_size) {
    return wire::blob::error(ErrorCode::MaxBlobSizeConditionNotMet);
  }
  if (blob.appended >= wire::blob::kMaxAppendedBlocks) {
    return wire::blob::error(ErrorCode::BlockCountExceedsLimit,
                             "The committed block count cannot exceed the maximum limit of 50,000 blocks.");
  }
  RETURN_IF_ERROR(
      catalog.append_block(blob.id, {.id = {}, .start = blob.size, .size = bytes.size, .extent = bytes.extent}));
  blob.size += bytes.size;
  blob.appended += 1;
  blob.modified = catalog.stamp(now);
  RETURN_IF_ERROR(catalog.update_blob(blob));
  return blob;
}

base::Result<Blob> seal_blob(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                             const AppendConditions& append, base::Timestamp now) {
  ASSIGN_OR_RETURN(auto blob, append_blob_at(catalog, target, conditions, append));
  if (blob.sealed) return blob;
  blob.sealed = true;
  blob.modified = catalog.stamp(now);
  RETURN_IF_ERROR(catalog.update_blob(blob));
  return blob;
}

}  // namespace blobstore::engine
