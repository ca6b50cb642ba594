// File bodies: part of a file as the body of a request, and the body of an answer as a file.
#pragma once

#include "base/async.h"
#include "http/message.h"

#include <sys/types.h>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace client::api {

/// `length` bytes of the file from `offset`. io when the file has become shorter meanwhile. Opens it here and now.
base::Result<std::unique_ptr<http::BodySource>> body_from_file(base::Workers& workers,
                                                               const std::filesystem::path& path, std::uint64_t offset,
                                                               std::uint64_t length);

/// Detail of an error: it was this machine's file, and at which step.
inline constexpr const char* kLocalFile = "LocalFile";
/// The value of that detail, or "".
std::string local_step_of(const base::Error& error);

/// What the bytes must turn out to be.
struct Expected {
  std::optional<std::uint64_t> length;
  std::string md5;  ///< base64 of Content-MD5; empty: not known
};

/// Writes the body to a temporary file beside `path`, compares it with what is expected (corrupt when it differs),
/// gives it `mode` and renames it to `path`. After a failure there is no trace of it. Returns the number of bytes. An
/// error of the file itself has the detail kLocalFile: "create" or "write".
base::Async<base::Result<std::uint64_t>> body_to_file(base::Workers& workers, std::unique_ptr<http::BodySource> body,
                                                      std::filesystem::path path, mode_t mode, Expected expected);

}  // namespace client::api
