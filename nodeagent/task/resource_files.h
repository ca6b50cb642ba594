// Resource files: what a task needs in its working directory before its command runs (contract 7.5).
#pragma once

#include "base/async.h"
#include "nodeagent/task/node_context.h"

#include <filesystem>
#include <string>
#include <vector>

namespace nodeagent::task {

/// So many files are downloaded at a time.
inline constexpr int kParallelTransfers = 4;
inline constexpr mode_t kDefaultFileMode = 0770;

/// Downloads everything into `working_directory`. The first failure ends it, with an error for failure_of(): details
/// BlobSource (without signature) and FilePath.
base::Async<base::Result<void>> fetch_resource_files(NodeContext& context, std::vector<wire::node::ResourceFile> files,
                                                     std::filesystem::path working_directory);

/// `file_path` below the working directory, normalised; invalid_argument when it is absolute, empty, or leaves it.
base::Result<std::filesystem::path> path_inside(const std::filesystem::path& working_directory,
                                                std::string_view file_path);

/// Octal digits; empty is the default. invalid_argument for anything else, and above 07777.
base::Result<mode_t> parse_file_mode(std::string_view text);

}  // namespace nodeagent::task
