#include "nodeagent/task/failures.h"

#include "client/api/file_body.h"
#include "nodeagent/command/command_runner.h"

#include <algorithm>
#include <array>

namespace nodeagent::task {
namespace {

struct FailureRow {
  FailureCode code;
  const char* name;
  bool user_error;
  const char* message;
};

constexpr auto kFailures = std::to_array<FailureRow>({
    {FailureCode::CommandProgramNotFound, "CommandProgramNotFound", true, "The specified command program is not found"},
    {FailureCode::CommandLaunchFailed, "CommandLaunchFailed", true, "The specified command could not be launched"},
    {FailureCode::BlobNotFound, "BlobNotFound", true, "One of the specified Azure Blob(s) is not found"},
    {FailureCode::BlobAccessDenied, "BlobAccessDenied", true,
     "Access for one of the specified Azure Blob(s) is denied"},
    {FailureCode::BlobDownloadTimedOut, "BlobDownloadTimedOut", false,
     "Downloading one of the specified Azure Blob(s) timed out"},
    {FailureCode::BlobDownloadMiscError, "BlobDownloadMiscError", false,
     "Miscellaneous error encountered while downloading one of the specified Azure Blob(s)"},
    {FailureCode::ResourceContainerNotFound, "ResourceContainerNotFound", true,
     "One of the specified Azure Blob container(s) is not found"},
    {FailureCode::ResourceContainerAccessDenied, "ResourceContainerAccessDenied", true,
     "Access for one of the specified Azure Blob container(s) is denied"},
    {FailureCode::ResourceContainerListTimedOut, "ResourceContainerListTimedOut", false,
     "Listing one of the specified Azure Blob container(s) timed out"},
    {FailureCode::ResourceContainerListMiscError, "ResourceContainerListMiscError", false,
     "Miscellaneous error encountered while listing one of the specified Azure Blob container(s)"},
    {FailureCode::ResourceDirectoryCreateFailed, "ResourceDirectoryCreateFailed", false,
     "A directory for the task's files could not be created"},
    {FailureCode::ResourceFileCreateFailed, "ResourceFileCreateFailed", false,
     "One of the specified resource files could not be created"},
    {FailureCode::ResourceFileWriteFailed, "ResourceFileWriteFailed", false,
     "One of the specified resource files could not be written"},
    {FailureCode::DiskFull, "DiskFull", false, "There is not enough disk space on the node"},
    {FailureCode::ApplicationPackageError, "ApplicationPackageError", false,
     "One or more application packages specified for the task are invalid"},
    {FailureCode::FileUploadContainerNotFound, "FileUploadContainerNotFound", true,
     "The container of one of the specified output files is not found"},
    {FailureCode::FileUploadAccessDenied, "FileUploadAccessDenied", true,
     "Access to the container of one of the specified output files is denied"},
    {FailureCode::FileUploadConflict, "FileUploadConflict", true,
     "One of the specified output files conflicts with what is in its container"},
    {FailureCode::FileUploadTimedOut, "FileUploadTimedOut", true,
     "Uploading one of the specified output files timed out"},
    {FailureCode::FileUploadMiscError, "FileUploadMiscError", true,
     "Miscellaneous error encountered while uploading one of the specified output files"},
    {FailureCode::ContainerInvalidImage, "ContainerInvalidImage", true,
     "One of the specified container images is not found or cannot be pulled"},
    {FailureCode::ContainerInvalidRegistry, "ContainerInvalidRegistry", true,
     "Access to one of the specified container registries is denied"},
    {FailureCode::ContainerInvalidSettings, "ContainerInvalidSettings", true,
     "The container could not be created with the specified settings"},
    {FailureCode::ContainerMiscError, "ContainerMiscError", false,
     "Miscellaneous error encountered while running the container"},
    {FailureCode::MountConfigurationError, "MountConfigurationError", true,
     "One of the file systems of the pool could not be mounted"},
});

const FailureRow* row_of(int code) {
  const auto row = std::find_if(kFailures.begin(), kFailures.end(),
                                [code](const FailureRow& r) { return static_cast<int>(r.code) == code; });
  return row == kFailures.end() ? nullptr : row;
}

class FailureCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "task-failure"; }
  std::string message(int code) const override {
    const auto* row = row_of(code);
    return row == nullptr ? "Unknown" : row->name;
  }
};

const FailureCategory& category() {
  static const FailureCategory instance;
  return instance;
}

wire::node::Failure failure_from(const FailureRow& row, const base::Error& error) {
  wire::node::Failure failure{.user_error = row.user_error, .code = row.name, .message = row.message};
  for (const auto& detail : error.details) failure.details.emplace_back(detail.key, detail.value);
  return failure;
}

}  // namespace

std::error_code make_error_code(FailureCode code) noexcept {
  return {static_cast<int>(code), category()};
}

base::Error failed(FailureCode code, const base::Error& cause) {
  base::Error error(code, cause.message, {{"Message", cause.message}});
  for (const auto& detail : cause.details) {
    if (detail.key != "Message" && detail.key != "Location" && detail.key != client::api::kLocalFile)
      error.details.push_back(detail);
  }
  return error;
}

wire::node::Failure failure_of(const base::Error& error) {
  if (error.code.category() == category()) {
    if (const auto* row = row_of(error.code.value())) return failure_from(*row, error);
  }
  if (error.code == command::LaunchErrc::program_not_found) {
    return failure_from(*row_of(static_cast<int>(FailureCode::CommandProgramNotFound)), error);
  }
  if (error.code == command::LaunchErrc::launch_failed) {
    return failure_from(*row_of(static_cast<int>(FailureCode::CommandLaunchFailed)), error);
  }
  return {.user_error = false,
          .code = "Unknown",
          .message = "The task failed on its node",
          .details = {{"Message", error.message}}};
}

bool is_disk_full(const wire::node::Failure& failure) {
  return failure.code == "DiskFull";
}

}  // namespace nodeagent::task
