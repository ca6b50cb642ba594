// The blob that a copy reads: x-ms-copy-source, looked up and authorized like a GET of that URL.
//
// Sources are blobs of the emulator's own accounts, whatever name they are addressed by: nothing is ever fetched from
// elsewhere.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "blobstore/rest/bodies.h"
#include "blobstore/rest/call.h"

#include <string>

namespace blobstore::rest {

struct CopySource {
  engine::Blob blob;
  BlobPart part;                      ///< the whole blob, or x-ms-source-range
  store::Collector::Reading reading;  ///< keeps the part's extents
  std::string url;                    ///< without its query, which may hold a SAS
};

/// Who may read the source: whoever its own SAS, x-ms-copy-source-authorization or public access lets; with
/// `own_account_suffices` also who may do anything with the destination's account, if that is the source's.
/// InvalidHeaderValue for what is no URL of a blob, CannotVerifyCopySource (404, 401 or 403, with the source's own
/// message) when it cannot be read, SourceConditionNotMet, InvalidRange.
base::Async<base::Result<CopySource>> open_copy_source(Backend& backend, Call& call, bool own_account_suffices);

}  // namespace blobstore::rest
