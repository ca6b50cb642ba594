// Files that survive a power cut once a call has returned: write, sync, rename, sync the directory; and the lock that
// keeps a directory to one process.
#pragma once

#include "base/result.h"

#include <sys/types.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace base {

/// A file descriptor that closes itself. Move only.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) noexcept : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();
  [[nodiscard]] int get() const noexcept { return descriptor_; }
  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  int release() noexcept { return std::exchange(descriptor_, -1); }
  /// Closes and reports what close() reports (a late write error).
  Result<void> close();

 private:
  int descriptor_ = -1;
};

/// Opens with O_CLOEXEC.
Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags, mode_t mode = 0600);
/// Writes all bytes, repeating short writes.
Result<void> write_all(int descriptor, std::string_view bytes, const std::filesystem::path& name);
/// The whole file; too_large when it has more than `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);
/// fsync of a directory, so that a name created or renamed in it is kept.
Result<void> sync_directory(const std::filesystem::path& directory);
/// Replaces `path` in one step: temporary file beside it, fsync, rename, sync of the directory. On failure the old
/// content is untouched and the temporary file is gone.
Result<void> write_file_durably(const std::filesystem::path& path, std::string_view bytes, mode_t mode = 0600);
/// Creates the directory and missing parents with this mode (of the last one); no error if it exists.
Result<void> make_directory(const std::filesystem::path& path, mode_t mode = 0700);

/// Holds a directory for one process: an flock on `directory/name`, released with the object or the process.
class DirectoryLock {
 public:
  /// `locked` at once when another process holds it; the message names its pid when it can be read.
  static Result<DirectoryLock> acquire(const std::filesystem::path& directory, std::string_view name = "lock");

 private:
  explicit DirectoryLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace base
