// Unpacking a zip file that somebody uploaded: it may be anything. Libzip reads the format; what may be written, where
// and how much is decided here.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace nodeagent::task {

/// What one archive may come to.
struct UnpackLimits {
  std::uint64_t entries = 200'000;
  std::uint64_t bytes = std::uint64_t{32} << 30U;
  /// More than so many bytes for each of the archive's is taken for a bomb, beyond `ratio_from` bytes. (Ordinary files
  /// stay far below; deflate ends at 1032.)
  std::uint64_t ratio = 200;
  std::uint64_t ratio_from = std::uint64_t{1} << 30U;
};

/// Unpacks `archive` into `directory`, which must exist and be empty.
///
/// Nothing is written outside it: names that are absolute, have ".." in them or meet a link are refused, links that
/// lead out of it too, and so are devices, encrypted entries and two entries of one name. Permissions are the archive's
/// (without set-user-id and the like, and always readable and writable for us), 0770 where it has none.
/// invalid_argument: not such a zip file; too_large: past the limits; no_space, io. After an error parts of it may be
/// there. Blocks: for a worker.
base::Result<void> unpack_zip(const std::filesystem::path& archive, const std::filesystem::path& directory,
                              const UnpackLimits& limits = {});

/// The relative path of an entry; invalid_argument when the name is none or leads out. `dos` makes "\" a separator.
base::Result<std::filesystem::path> entry_path(std::string_view name, bool dos);

}  // namespace nodeagent::task
