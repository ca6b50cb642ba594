// An answer's body on its way into a file.
#pragma once

#include "base/async.h"
#include "http/client.h"

#include <filesystem>

namespace client::api {

/// Writes the body to a temporary file beside `target`, checks it against Content-Length and Content-MD5 where the
/// answer has them, and renames it into place. io: the transfer broke or the bytes are not those announced; no_space;
/// invalid_argument: the target cannot be written. The temporary file never stays.
base::Async<base::Result<void>> save_body(base::Workers& workers, http::ClientResponse response,
                                          std::filesystem::path target);

}  // namespace client::api
