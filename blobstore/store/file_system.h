// What the extent store asks of a disk, so that tests can put a disk in its place that forgets what was not synced.
//
// All calls block. Errors: base::Errc (no_space for a full disk).
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace blobstore::store {

class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual base::Result<void> append(std::string_view bytes) = 0;
  /// Everything appended survives a power cut once this has returned (the file's name is the directory's business).
  virtual base::Result<void> sync() = 0;
  virtual base::Result<void> close() = 0;
};

class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  /// Fills `into` from `offset` on; fewer bytes only at the end of the file. Safe from several threads.
  virtual base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// A new file; already_exists if there is one.
  virtual base::Result<std::unique_ptr<WritableFile>> create(const std::filesystem::path& path) = 0;
  virtual base::Result<std::unique_ptr<ReadableFile>> open(const std::filesystem::path& path) = 0;
  virtual base::Result<void> remove(const std::filesystem::path& path) = 0;
  /// Names in the directory.
  virtual base::Result<std::vector<std::string>> list(const std::filesystem::path& directory) = 0;
  virtual base::Result<void> make_directory(const std::filesystem::path& path) = 0;
  /// Names created in the directory survive a power cut once this has returned.
  virtual base::Result<void> sync_directory(const std::filesystem::path& path) = 0;
};

/// The machine's own.
std::unique_ptr<FileSystem> make_posix_file_system();

}  // namespace blobstore::store
