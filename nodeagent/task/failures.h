// Failures: why a task could not be prepared or its output not brought out, as the service words it (contract 5.8).
#pragma once

#include "base/error.h"
#include "wire/node/protocol.h"

#include <string_view>
#include <system_error>

namespace nodeagent::task {

enum class FailureCode {
  CommandProgramNotFound = 1,
  CommandLaunchFailed,
  BlobNotFound,
  BlobAccessDenied,
  BlobDownloadTimedOut,
  BlobDownloadMiscError,
  ResourceContainerNotFound,
  ResourceContainerAccessDenied,
  ResourceContainerListTimedOut,
  ResourceContainerListMiscError,
  ResourceDirectoryCreateFailed,
  ResourceFileCreateFailed,
  ResourceFileWriteFailed,
  DiskFull,
  ApplicationPackageError,
  FileUploadContainerNotFound,
  FileUploadAccessDenied,
  FileUploadConflict,
  FileUploadTimedOut,
  FileUploadMiscError,
  ContainerInvalidImage,
  ContainerInvalidRegistry,
  ContainerInvalidSettings,
  ContainerMiscError,
  MountConfigurationError,  ///< of a node, not of a task
};
std::error_code make_error_code(FailureCode code) noexcept;

/// `cause` as the failure `code`: its text becomes the detail Message, its details stay, except those that only this
/// program reads.
base::Error failed(FailureCode code, const base::Error& cause);

/// The member failureInfo of an error made by failed(), or of a LaunchErrc; anything else is Unknown, a ServerError.
wire::node::Failure failure_of(const base::Error& error);

/// Whether the failure is the node's and not the task's: its disk is full.
bool is_disk_full(const wire::node::Failure& failure);

}  // namespace nodeagent::task

template <>
struct std::is_error_code_enum<nodeagent::task::FailureCode> : std::true_type {};
