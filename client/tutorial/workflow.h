// The article's workflow, step by step ("Run a parallel workload with Azure Batch using the Python API"), and what it
// leaves out: outputs downloaded, failures shown.
#pragma once

#include "base/async.h"
#include "client/api/batch_client.h"
#include "client/api/blob_client.h"
#include "client/tutorial/settings.h"

#include <filesystem>
#include <iostream>
#include <optional>
#include <vector>

namespace client::tutorial {

struct WorkflowOptions {
  std::filesystem::path input_directory;
  std::filesystem::path output_directory;
  std::chrono::seconds timeout{30 * 60};
  /// Whether job and pool are deleted at the end: asked for when unset.
  std::optional<bool> clean_up;
  bool terminal = false;  ///< draw a progress bar
};

/// What the workflow runs with; all outlive it.
struct Surroundings {
  client::api::BatchClient& batch;
  client::api::BlobClient& blob;
  const base::Clock& clock;
  std::ostream& out;
  std::istream& in;
};

/// Runs the whole workflow. The result is the process's exit code: 0, or 1 when a task failed (its stderr has been
/// shown then). An error says what could not be done.
base::Async<base::Result<int>> run_workflow(Surroundings around, Settings settings, WorkflowOptions options);

/// The input files: *.mp4 in any casing, in order of their names. not_found when there is none.
base::Result<std::vector<std::filesystem::path>> input_files(const std::filesystem::path& directory);

/// `ffmpeg -i "a b.mp4" "a b.mp3"` for a shell inside double quotes; plain names stay as the article writes them.
std::string ffmpeg_command(const std::string& input, const std::string& output);

}  // namespace client::tutorial
