// The way of every request through the service.
#pragma once

#include "base/async.h"
#include "blobstore/rest/call.h"
#include "http/message.h"
#include "wire/blob/vocabulary.h"

#include <string_view>

namespace blobstore::rest {

/// Answers one request. Never throws; `request` outlives the coroutine. `usual_version` is in force when the request
/// names none: the oldest for one that comes by itself, the batch's for one inside a batch.
base::Async<http::Response> serve(Backend& backend, http::Request& request,
                                  std::string_view usual_version = wire::blob::kOldestVersion);

}  // namespace blobstore::rest
