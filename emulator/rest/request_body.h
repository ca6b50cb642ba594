// The body of a request: read under the route's limit, parsed under the JSON limits.
#pragma once

#include "emulator/rest/operation.h"

namespace emulator::rest {

/// The object that was sent, null when the operation has no body or an optional one was left out. RequestBodyTooLarge,
/// MissingContentLengthHeader, InvalidRequestBody. Content-Type is not looked at: clients differ in it.
base::Async<base::Result<nlohmann::json>> read_body(const Operation& operation, wire::batch::Version version,
                                                    http::Request& request);

}  // namespace emulator::rest
