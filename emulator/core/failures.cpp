#include "emulator/core/failures.h"

namespace emulator::core {
namespace {

NameValues counts(bool dedicated, std::int32_t current, std::int32_t target) {
  return {{"NodeType", dedicated ? "dedicated" : "lowPriority"},
          {"CurrentNodes", std::to_string(current)},
          {"TargetNodes", std::to_string(target)}};
}

}  // namespace

Failure failure_exit_code() {
  return {.category = wire::batch::FailureCategory::usererror,
          .code = "FailureExitCode",
          .message = "The task exited with an exit code representing a failure",
          .details = {{"Message", "The task process exited with an unexpected exit code"},
                      {"AdditionalErrorCode", "FailureExitCode"}}};
}

Failure task_ended() {
  return {.category = wire::batch::FailureCategory::usererror,
          .code = "TaskEnded",
          .message = "The task was ended by user request",
          .details = {}};
}

Failure task_wall_clock_over() {
  Failure failure = task_ended();
  failure.details = {{"Message", "The maximum execution time configured on the task was exceeded"}};
  return failure;
}

Failure preparation_failed() {
  return {.category = wire::batch::FailureCategory::usererror,
          .code = "JobPreparationTaskFailed",
          .message = "The job preparation task failed on the node",
          .details = {}};
}

ResourceError allocation_timed_out(bool dedicated, std::int32_t current, std::int32_t target) {
  return {.code = "AllocationTimedout",
          .message = "Desired number of nodes could not be reached as the resize timed out",
          .values = counts(dedicated, current, target)};
}

ResourceError remove_nodes_failed(bool dedicated, std::int32_t current, std::int32_t target) {
  return {.code = "RemoveNodesFailed",
          .message = "Nodes could not be removed before the resize timed out",
          .values = counts(dedicated, current, target)};
}

ResourceError resize_stopped(bool dedicated, std::int32_t current, std::int32_t target) {
  return {.code = "ResizeStopped",
          .message = "Desired number of nodes could not be reached due to a stop resize operation",
          .values = counts(dedicated, current, target)};
}

ResourceError core_quota_reached(bool dedicated, std::int32_t current, std::int32_t target) {
  return {.code = dedicated ? "AccountCoreQuotaReached" : "AccountLowPriorityCoreQuotaReached",
          .message = dedicated ? "The specified account has reached core quota"
                               : "The specified account has reached its low-priority core quota",
          .values = counts(dedicated, current, target)};
}

ResourceError allocation_failed(std::string reason, bool dedicated, std::int32_t current, std::int32_t target) {
  NameValues values = counts(dedicated, current, target);
  values.emplace_back("Reason", std::move(reason));
  return {.code = "AllocationFailed",
          .message = "Desired number of nodes could not be allocated",
          .values = std::move(values)};
}

ResourceError agent_keeps_dying(std::string_view last_reason) {
  return {.code = "NodeAgentFailed",
          .message = "The node's agent ended again and again and is not started any more",
          .values = {{"Reason", std::string(last_reason)}}};
}

// The texts of the package failures: seen on the live service (details ApplicationPackageReference "id:version", the
// version of a reference without one being "None").
namespace {

std::string text_of(const PackageReference& reference) {
  return reference.application.text() + ':' + (reference.version.empty() ? "None" : reference.version);
}

NameValues package_details(const PackageReference& reference) {
  return {{"ApplicationPackageReference", text_of(reference)},
          {"Message", "There is no active package of this application and version"}};
}

ResourceError certificate_users(std::string code, std::string message, const std::string& kind,
                                const std::vector<std::string>& users) {
  ResourceError error{.code = std::move(code), .message = std::move(message), .values = {}};
  for (const auto& user : users) error.values.emplace_back(kind, user);
  return error;
}

}  // namespace

Failure package_not_deployable(const PackageReference& reference) {
  return {.category = wire::batch::FailureCategory::servererror,
          .code = "ApplicationPackageError",
          .message = "One or more application packages specified for the task are invalid",
          .details = package_details(reference)};
}

ResourceError pool_package_not_deployable(const PackageReference& reference) {
  return {.code = "ApplicationPackageError",
          .message = "One or more application packages specified for the pool are invalid",
          .values = package_details(reference)};
}

ResourceError certificate_used_by_pools(const std::vector<std::string>& pools) {
  return certificate_users("PoolsReferencingCertificate",
                           "The specified certificate is being used by the below mentioned pool(s)", "Pools", pools);
}

ResourceError certificate_used_by_nodes(const std::vector<std::string>& nodes) {
  return certificate_users("NodesReferencingCertificate",
                           "The specified certificate is being used by the below mentioned node(s)", "Nodes", nodes);
}

}  // namespace emulator::core
