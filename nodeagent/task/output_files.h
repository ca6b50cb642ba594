// Output files: what a task leaves in containers after its command has ended (contract 7.6).
#pragma once

#include "base/async.h"
#include "nodeagent/task/node_context.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nodeagent::task {

/// Uploads every file that a rule with a matching condition names. Leaves fileuploadout.txt and fileuploaderr.txt in
/// the task's directory when there was such a rule. A failure ends its rule; the others are still carried out, and the
/// first failure is the result, an error for failure_of() with the details FilePath and Destination.
base::Async<base::Result<void>> upload_output_files(NodeContext& context, std::vector<wire::node::OutputFile> rules,
                                                    TaskPaths task, wire::node::Environment environment,
                                                    std::int32_t exit_code);

/// Whether a rule applies after this exit code.
bool applies(wire::node::UploadCondition condition, std::int32_t exit_code);

/// The blob a file becomes. Without wildcards: `path` itself, or the file's name; with them: `path` as a directory and
/// below it `rest`, the file's path below the pattern's fixed directory.
std::string blob_name(const std::string& path, bool has_wildcards, const std::string& rest);

}  // namespace nodeagent::task
