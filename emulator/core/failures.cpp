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

ResourceError allocation_timed_out(bool dedicated, std::int32_t current, std::int32_t target) {
  return {.code = "AllocationTimedout",
          .message = "Desired number of nodes could not be reached as the resize timed out",
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

}  // namespace emulator::core
