// Who may do what: SharedKey, bearer tokens, account SAS, service SAS (with stored access policies), user
// delegation SAS, anonymous reads.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "blobstore/rest/call.h"

namespace blobstore::rest {

/// Whether the call may go ahead; `call.operation` is known. The first that is there decides: an Authorization header,
/// a SAS, the container's public access. Errors: AuthenticationFailed with its detail, InvalidToken, the
/// Authorization...Mismatch codes, InsufficientAccountPermissions for a write on the secondary; without any credential
/// ResourceNotFound, or NoAuthenticationInformation from x-ms-version 2019-12-12 on.
base::Async<base::Result<Grant>> authorize(Backend& backend, Call& call);

}  // namespace blobstore::rest
