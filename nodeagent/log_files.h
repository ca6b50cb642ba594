// The agent's own log: a file for each life of an agent, so that who wants the logs of a time gets whole files.
//
//   {node directory}/logs/nodeagent-20261125T154500Z-4711.log     begun then, by the process 4711
//
// Every line begins with its time; so the first line and the time of the last write say what time a file touches.
#pragma once

#include "base/async.h"
#include "nodeagent/task/node_context.h"
#include "wire/node/protocol.h"

#include <filesystem>
#include <vector>

namespace nodeagent {

/// Older files than the newest so many are removed when an agent starts.
inline constexpr std::size_t kMostLogFiles = 32;

std::filesystem::path log_directory(const std::filesystem::path& node_directory);

/// Creates the directory, makes room, and names the file of this process.
base::Result<std::filesystem::path> new_log_file(const std::filesystem::path& node_directory, base::Timestamp now);

/// The files with a line between `start` and `end`, both included, oldest first.
std::vector<std::filesystem::path> log_files_of(const std::filesystem::path& node_directory, base::Timestamp start,
                                                base::Timestamp end);

/// Brings the files of the order's time to its container. The first failure ends it.
base::Async<wire::node::LogsUploaded> upload_logs(task::NodeContext& context, wire::node::UploadLogs order);

}  // namespace nodeagent
