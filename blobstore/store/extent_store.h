// Where bytes live: extents, written once from front to end, then only read or removed. No names, no rules.
//
// All calls block (they belong on workers) and are safe from several threads; one writer or reader is used by one
// caller at a time.
#pragma once

#include "base/result.h"
#include "blobstore/engine/blob.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace blobstore::store {

class FileSystem;

/// Writes one extent. Destroyed without seal(), it leaves nothing behind (after a crash: a file that nothing names).
class ExtentWriter {
 public:
  virtual ~ExtentWriter() = default;
  [[nodiscard]] virtual engine::ExtentId id() const = 0;
  virtual base::Result<void> append(std::string_view bytes) = 0;
  /// The extent is whole and survives a power cut once this has returned. Nothing may follow.
  virtual base::Result<void> seal() = 0;
};

class ExtentReader {
 public:
  virtual ~ExtentReader() = default;
  /// Fills `into` from `offset` on; fewer bytes only at the end.
  virtual base::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const = 0;
};

class ExtentStore {
 public:
  virtual ~ExtentStore() = default;
  virtual base::Result<std::unique_ptr<ExtentWriter>> create() = 0;
  virtual base::Result<std::unique_ptr<ExtentReader>> open(engine::ExtentId id) = 0;
  virtual base::Result<void> remove(engine::ExtentId id) = 0;
  /// Every extent there is, sealed or left over by a crash.
  virtual base::Result<std::vector<engine::ExtentId>> list() = 0;
};

/// One file an extent, named by its number in sixteen hexadecimal digits, all in `directory` (created when missing;
/// then the caller syncs its parent before anything is acknowledged). Files of other names are left alone.
base::Result<std::unique_ptr<ExtentStore>> open_file_extent_store(std::unique_ptr<FileSystem> files,
                                                                  std::filesystem::path directory);
/// Strings in memory.
std::unique_ptr<ExtentStore> make_memory_extent_store();

}  // namespace blobstore::store
