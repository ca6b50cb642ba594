// The errors of the Batch service: one table of code, HTTP status and message (contract 3, error-codes.tsv), and the
// document in which they travel.
//
// Nothing else in the product writes the status of a failed Batch request. Codes that are data and not HTTP errors
// (failureInfo, resizeErrors; contract 3.5) are plain text and not here.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace wire::batch {

/// Every code that an HTTP response may carry; an enumerator is spelt like the code on the wire.
enum class ErrorCode {
  ConditionNotMet = 1,
  MissingRequiredHeader,
  MissingRequiredProperty,
  UnsupportedHeader,
  UnsupportedProperty,
  InvalidHeaderValue,
  InvalidPropertyValue,
  MissingRequiredQueryParameter,
  UnsupportedQueryParameter,
  InvalidQueryParameterValue,
  OutOfRangeQueryParameterValue,
  RequestUrlFailedToParse,
  InvalidUri,
  InvalidHttpVerb,
  EmptyMetadataKey,
  InvalidRequestBody,
  OutOfRangeInput,
  InvalidAuthenticationInfo,
  InvalidInput,
  InvalidMetadata,
  MetadataTooLarge,
  MultipleConditionHeadersNotSupported,
  AuthenticationFailed,
  InsufficientAccountPermissions,
  AccountIsDisabled,
  ResourceNotFound,
  UnsupportedHttpVerb,
  MissingContentLengthHeader,
  RequestBodyTooLarge,
  InvalidRange,
  InternalError,
  OperationTimedOut,
  ServerBusy,
  UnsupportedRequestVersion,
  InvalidAutoScalingSettings,
  AutoScalingFormulaSyntaxError,
  AutoScalingFormulaTooLong,
  AutoScaleFormulaTooLong,
  OSVersionNotFound,
  OSVersionDisabled,
  OSVersionExpired,
  PoolVersionEqualsUpgradeVersion,
  PoolNotEligibleForOSVersionUpgrade,
  TaskDependenciesNotSpecifiedOnJob,
  TaskDependencyListTooLong,
  TaskDependencyRangesTooLong,
  IOError,
  PoolNotFound,
  NodeNotFound,
  JobScheduleNotFound,
  JobNotFound,
  TaskNotFound,
  FileNotFound,
  NodeUserNotFound,
  CertificateNotFound,
  ApplicationNotFound,
  NodeAgentSKUNotFound,
  JobPreparationTaskNotRunOnNode,
  JobReleaseTaskNotRunOnNode,
  OperationInvalidForCurrentState,
  PoolBeingDeleted,
  PoolBeingResized,
  PoolBeingCreated,
  NodeBeingCreated,
  NodeBeingStarted,
  NodeBeingReimaged,
  NodeBeingRebooted,
  NodeStateUnusable,
  JobScheduleBeingTerminated,
  JobScheduleBeingDeleted,
  JobScheduleDisabled,
  JobScheduleCompleted,
  CertificateBeingDeleted,
  PoolExists,
  JobScheduleExists,
  NodeUserExists,
  JobExists,
  CertificateExists,
  TaskExists,
  JobBeingTerminated,
  JobBeingDeleted,
  JobDisabled,
  JobCompleted,
  JobNotActive,
  TaskCompleted,
  TaskNotCompleted,
  TaskSucceeded,
  TaskFilesUnavailable,
  TaskFilesCleanedup,
  ActiveJobAndScheduleQuotaReached,
  PoolQuotaReached,
  UpgradePoolVersionConflict,
  JobPreparationTaskNotSpecified,
  JobReleaseTaskNotSpecified,
  TaskIdSameAsJobPreparationTask,
  TaskIdSameAsJobReleaseTask,
  JobWithSameIdExists,
  JobScheduleWithSameIdExists,
  NodeAlreadyInTargetSchedulingState,
  OperationNotValidOnNode,
  OperationNotValidOnPool,
  InvalidApplicationPackageReferences,
  TooManyEnableAutoScaleRequests,
  TooManyRequests,
  RequestEntityTooLarge,
  CertificateStateActive,
  CertificateDeleteFailed,
  CertificateStateDeleteFailed,
  InvalidCertificateReferences,
  InvalidConstraintValue,
  InvalidRestAPIForAccountSetting,
  OutOfRangePriority,
  PathNotFound,
  StorageAccountNotFound,
  NodeCountsMismatch,
  UnsupportedConstraint,
  HostInformationNotPresent,
  NotImplemented,
  ResourceAlreadyExists,
  ResourceTypeMismatch,
  UnsupportedHttpVersion,
};

const std::error_category& batch_category() noexcept;
std::error_code make_error_code(ErrorCode code) noexcept;

/// The code on the wire: "PoolExists".
std::string_view name_of(ErrorCode code);
/// The status. `is_read` (GET, HEAD) matters to ConditionNotMet only: 304, else 412.
int http_status(ErrorCode code, bool is_read = false);
/// The service's text, without request id and time.
std::string_view message_of(ErrorCode code);

/// An Error with the table's message.
base::Error make_error(ErrorCode code, std::vector<base::ErrorDetail> details = {});

/// The usual 400s with the details that the service gives.
base::Error invalid_property(std::string_view name, std::string_view value, std::string reason);
base::Error missing_property(std::string_view name);
base::Error unsupported_property(std::string_view name, std::string reason);
base::Error invalid_query_parameter(std::string_view name, std::string_view value, std::string reason);
/// 501 for an operation of operations.tsv that the emulator lacks; its id goes into the message and the details.
base::Error not_implemented(std::string_view operation);

/// What a response to `error` says: the error's own code when it is a Batch code; wire::SharedKeyErrc becomes
/// InvalidAuthenticationInfo or AuthenticationFailed; deadline_exceeded OperationTimedOut; unavailable and no_space
/// ServerBusy; everything else InternalError.
ErrorCode code_of(const base::Error& error);

/// What a response says about itself.
struct ErrorContext {
  std::string base_url;  ///< "https://account.region.batch.azure.com", no slash at the end
  std::string request_id;
  base::Timestamp time;
};

/// {"code", "message": {"lang", "value"}, "values"?}: an error inside an add-collection result.
nlohmann::ordered_json error_object(const base::Error& error, const ErrorContext& context);

/// The body of a failed request: the same with "odata.metadata" in front, as text (contract 3.1). The message shown is
/// the error's own, unless it is not a Batch error: then only the table's text of its code.
std::string error_document(const base::Error& error, const ErrorContext& context);

/// The first line of the message: the reason phrase (contract 3.1).
std::string reason_phrase(const base::Error& error);

}  // namespace wire::batch

template <>
struct std::is_error_code_enum<wire::batch::ErrorCode> : std::true_type {};
