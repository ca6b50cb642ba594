// The way of every request through the service.
#pragma once

#include "base/async.h"
#include "blobstore/rest/call.h"
#include "http/message.h"

namespace blobstore::rest {

/// Answers one request. Never throws; `request` outlives the coroutine.
base::Async<http::Response> serve(Backend& backend, http::Request& request);

}  // namespace blobstore::rest
