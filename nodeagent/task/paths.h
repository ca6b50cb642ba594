// Where everything of a node lies (contract 7.1).
//
//   {node directory}/
//     bin/                        stand-ins at the front of every task's PATH; outside the root: no file call shows it
//     tmp/                        TMPDIR of every task
//     deliveries/                 packages on their way to root/applications; emptied when an agent starts
//     unfinished/                 a mark for every run that has begun and not ended by itself
//     root/                       AZ_BATCH_NODE_ROOT_DIR
//       applications/  fsmounts/  shared/  volatile/
//       startup/                  start task: stdout.txt, stderr.txt, certs/, wd/
//       workitems/
//         {job}/job-1/            job "sched:job-3" of a schedule: sched/job-3/
//           {task}/               stdout.txt, stderr.txt, fileuploadout.txt, fileuploaderr.txt
//             certs/  wd/         wd: working directory of the command
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace nodeagent::task {

/// The directory of one task (or of the start task) and what is in it.
class TaskPaths {
 public:
  explicit TaskPaths(std::filesystem::path directory) : directory_(std::move(directory)) {}
  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] std::filesystem::path working_directory() const { return directory_ / "wd"; }
  [[nodiscard]] std::filesystem::path certificates() const { return directory_ / "certs"; }
  [[nodiscard]] std::filesystem::path stdout_file() const { return directory_ / "stdout.txt"; }
  [[nodiscard]] std::filesystem::path stderr_file() const { return directory_ / "stderr.txt"; }
  [[nodiscard]] std::filesystem::path upload_log() const { return directory_ / "fileuploadout.txt"; }
  [[nodiscard]] std::filesystem::path upload_errors() const { return directory_ / "fileuploaderr.txt"; }

  /// Creates the directories; what an earlier run left in wd stays (contract 6.2) unless that run was cut off.
  [[nodiscard]] base::Result<void> create() const;

 private:
  std::filesystem::path directory_;
};

/// The directories of one node.
class NodePaths {
 public:
  NodePaths() = default;
  /// `node_directory` is made absolute.
  explicit NodePaths(const std::filesystem::path& node_directory);
  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] std::filesystem::path stand_ins() const { return directory_ / "bin"; }
  [[nodiscard]] std::filesystem::path temporary() const { return directory_ / "tmp"; }
  [[nodiscard]] std::filesystem::path root() const { return directory_ / "root"; }
  [[nodiscard]] std::filesystem::path shared() const { return root() / "shared"; }
  [[nodiscard]] std::filesystem::path applications() const { return root() / "applications"; }
  [[nodiscard]] std::filesystem::path deliveries() const { return directory_ / "deliveries"; }
  [[nodiscard]] std::filesystem::path mounts() const { return root() / "fsmounts"; }
  [[nodiscard]] TaskPaths start_task() const { return TaskPaths(root() / "startup"); }
  /// Exists while a run of the task is under way, and after one that was cut off.
  [[nodiscard]] std::filesystem::path unfinished_mark(std::string_view job_id, std::string_view task_id) const;
  /// The task's directory. invalid_argument when an id could not be a directory of its own (it comes from the emulator,
  /// which checked it; a path is worth a second look).
  [[nodiscard]] base::Result<TaskPaths> task(std::string_view job_id, std::string_view task_id) const;

  /// Creates the tree above, without stand-ins and tasks. No error if it exists.
  [[nodiscard]] base::Result<void> create() const;

 private:
  std::filesystem::path directory_;
};

}  // namespace nodeagent::task
