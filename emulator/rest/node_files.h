// Files of a node as its directory holds them, read safely: whatever tasks leave there, nothing outside the directory
// is reached, no symbolic link is followed, no device or pipe is opened.
//
// Every path is resolved by openat2 with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS; on a kernel
// without it all calls fail with IOError. All functions block and belong on a worker. Errors are Batch codes:
// FileNotFound, IOError, and what each function names.
#pragma once

#include "base/clock.h"
#include "base/durable_file.h"
#include "base/result.h"

#include <sys/types.h>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::rest {

/// The directory that a call sees as its root: the node's own, or a task's below it.
struct FileRoot {
  std::filesystem::path node_root;  ///< ours: may be reached through links of the machine's owner
  std::string below;                ///< a path inside it, "" for the node's root itself
};

struct FileFacts {
  std::string name;  ///< relative to the root, with slashes
  bool is_directory = false;
  std::uint64_t size = 0;
  base::Timestamp modified{};
  mode_t mode = 0;
};

struct OpenedFile {
  base::FileDescriptor file;
  FileFacts facts;
};

/// How many entries a recursive listing may meet; IOError beyond.
inline constexpr std::size_t kMostListedFiles = 100'000;

/// "wd/out.txt" from what stands in the URL after "files/": leading slashes gone. FileNotFound for an empty path and
/// for one with "." or "..".
base::Result<std::string> relative_file_path(std::string_view decoded);

/// Whether the root exists.
bool exists(const FileRoot& root);
base::Result<FileFacts> file_facts(const FileRoot& root, const std::string& name);
/// A regular file, opened for reading. FileNotFound for a directory, and for a task's certificates: they are shown to
/// nobody.
base::Result<OpenedFile> open_file_to_read(const FileRoot& root, const std::string& name);
/// Regular files and directories, those of the top level first, then by depth, each level by name.
base::Result<std::vector<FileFacts>> list_files(const FileRoot& root, bool recursive);
/// OperationInvalidForCurrentState for a directory that is not empty unless `recursive`.
base::Result<void> remove_file(const FileRoot& root, const std::string& name, bool recursive);

}  // namespace emulator::rest
