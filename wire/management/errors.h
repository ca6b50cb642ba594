// The errors of the management operations: code, HTTP status and message in one table. Their document is
// {"error": {"code", "message", "target"}}. Azure Resource Manager speaks for itself and for the services behind it.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace wire::management {

enum class ErrorCode {
  ApplicationNotFound = 1,
  ApplicationPackageNotFound,
  ApplicationPackagesNotEmpty,
  ApplicationPackageBlobNotFound,
  ApplicationPackageUpdatesNotAllowed,
  ApplicationPackageQuotaReached,
  ApplicationQuotaReached,
  RequestedDefaultVersionNotFound,
  RequestedDefaultVersionNotActive,
  InvalidPropertyValue,
  MissingRequiredProperty,
  InvalidRequestBody,
  RequestBodyTooLarge,
  InvalidQueryParameterValue,
  InvalidResourceName,
  MissingApiVersionParameter,
  InvalidApiVersionParameter,
  NoRegisteredProviderFound,
  InvalidResourceNamespace,
  InvalidResourceType,
  InvalidSubscriptionId,
  AuthenticationFailed,
  InvalidAuthenticationToken,
  InvalidAuthenticationTokenAudience,
  ExpiredAuthenticationToken,
  AuthorizationFailed,
  ResourceGroupNotFound,
  ResourceNotFound,
  NotFound,
  MethodNotAllowed,
  LocationRequired,
  InvalidLocation,
  LocationNotAvailableForResourceType,
  AccountNameInvalid,
  AccountAlreadyExists,
  AccountCannotBeDeleted,
  InvalidAutoStorageAccount,
  AutoStorageNotConfigured,
  PropertyCannotBeUpdated,
  ConditionNotMet,
  StorageAccountAlreadyTaken,
  ResourceGroupNotEmpty,
  NotImplemented,
  InternalServerError,
  ServerUnavailable,
};

const std::error_category& management_category() noexcept;
std::error_code make_error_code(ErrorCode code) noexcept;

std::string_view name_of(ErrorCode code);
int http_status(ErrorCode code);
std::string_view message_of(ErrorCode code);

/// Whether the Batch service itself speaks and not Azure Resource Manager: it adds the request's id and the time.
bool is_of_batch(ErrorCode code);

/// An Error with the table's message.
base::Error make_error(ErrorCode code, std::vector<base::ErrorDetail> details = {});
/// An Error with a message of its own.
base::Error make_error(ErrorCode code, std::string message);
/// 501 for an operation that the emulator lacks, by its operationId.
base::Error not_implemented(std::string_view operation);

/// What a response to `error` says: its own code when it is one of these; otherwise that of a failed signature, a busy
/// service, or InternalServerError.
ErrorCode code_of(const base::Error& error);

}  // namespace wire::management

template <>
struct std::is_error_code_enum<wire::management::ErrorCode> : std::true_type {};
