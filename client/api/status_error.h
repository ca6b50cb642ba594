// An answer of a server that was not the one hoped for, as an Error: its code is the HTTP status.
#pragma once

#include "base/async.h"
#include "base/error.h"
#include "http/client.h"

namespace client::api {

/// The category of HTTP statuses; name "http-status".
std::error_code status_code(int status) noexcept;
/// The status that an error came from; 0 when it came from elsewhere.
int status_of(const base::Error& error) noexcept;

/// Reads the answer's body (at most a few KiB) for the service's own code and message, and makes an error of it.
/// `attempted` says what was asked, without query: signatures stay out of messages. The detail "ErrorCode" holds the
/// service's code.
base::Async<base::Error> error_of(std::string attempted, http::ClientResponse answer);

/// A URL without its query, which may be a signature.
std::string without_query(std::string_view url);

}  // namespace client::api
