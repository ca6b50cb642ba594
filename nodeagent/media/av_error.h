// What libav says when it fails, as the command's words and as our Error.
#pragma once

#include "base/result.h"

#include <string>

namespace nodeagent::media {

/// The text that the command prints for a libav error number, e.g. "Invalid data found when processing input".
std::string error_text(int av_error);

/// An Error whose message is the line that the command prints. The code tells the kind: EOF and invalid data are
/// Errc::corrupt, ENOENT not_found, ENOSPC no_space, an interrupt cancelled, EEXIST already_exists, the rest io.
base::Error av_failure(std::string line, int av_error);

}  // namespace nodeagent::media
