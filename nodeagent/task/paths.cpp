#include "nodeagent/task/paths.h"

#include "base/durable_file.h"

namespace nodeagent::task {
namespace {

/// A task may let its group read and write; the node's directory above is closed to all others (0700).
constexpr mode_t kDirectoryMode = 0770;
/// Longer names no file system takes.
constexpr std::size_t kLongestName = 255;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

base::Error not_a_directory_name(std::string_view id) {
  return {base::Errc::invalid_argument, "making a directory for \"" + std::string(id) + "\": this is no file name"};
}

}  // namespace

base::Result<void> TaskPaths::create() const {
  RETURN_IF_ERROR(base::make_directory(directory_, kDirectoryMode));
  RETURN_IF_ERROR(base::make_directory(certificates(), kDirectoryMode));
  return base::make_directory(working_directory(), kDirectoryMode);
}

NodePaths::NodePaths(const std::filesystem::path& node_directory)
    : directory_(std::filesystem::absolute(node_directory).lexically_normal()) {}

base::Result<TaskPaths> NodePaths::task(std::string_view job_id, std::string_view task_id) const {
  // A job of a schedule is "schedule:job-n", and its two parts are two directories; every other job is its own job-1.
  const auto colon = job_id.find(':');
  const auto job = job_id.substr(0, colon);
  const auto instance = colon == std::string_view::npos ? std::string_view("job-1") : job_id.substr(colon + 1);
  if (!is_name(job) || !is_name(instance)) return not_a_directory_name(job_id);
  if (!is_name(task_id)) return not_a_directory_name(task_id);
  return TaskPaths(root() / "workitems" / job / instance / task_id);
}

std::filesystem::path NodePaths::unfinished_mark(std::string_view job_id, std::string_view task_id) const {
  // No id holds a comma.
  return directory_ / "unfinished" / (std::string(job_id) + "," + std::string(task_id));
}

base::Result<void> NodePaths::create() const {
  RETURN_IF_ERROR(base::make_directory(directory_, 0700));
  RETURN_IF_ERROR(base::make_directory(directory_ / "unfinished", 0700));
  RETURN_IF_ERROR(base::make_directory(deliveries(), 0700));
  for (const auto* name : {"applications", "fsmounts", "shared", "startup", "startup/wd", "volatile", "workitems"}) {
    RETURN_IF_ERROR(base::make_directory(root() / name, kDirectoryMode));
  }
  return base::make_directory(temporary(), kDirectoryMode);
}

}  // namespace nodeagent::task
