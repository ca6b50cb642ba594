// Codes with a text of the service's own were seen in answers of the live service or in its clients' tests; the others
// follow its manner.
#include "wire/management/errors.h"

#include "wire/shared_key.h"

#include <array>
#include <string>

namespace wire::management {
namespace {

enum class Speaker { batch, manager };

struct Row {
  ErrorCode code;
  std::string_view name;
  int status;
  std::string_view message;
  Speaker speaker = Speaker::batch;
};

constexpr auto kRows = std::to_array<Row>({
    {ErrorCode::ApplicationNotFound, "ApplicationNotFound", 404, "The specified application does not exist."},
    {ErrorCode::ApplicationPackageNotFound, "ApplicationPackageNotFound", 404,
     "The specified application package does not exist."},
    {ErrorCode::ApplicationPackagesNotEmpty, "ApplicationPackagesNotEmpty", 409,
     "The specified application has packages and cannot be deleted. Delete its packages first."},
    {ErrorCode::ApplicationPackageBlobNotFound, "ApplicationPackageBlobNotFound", 409,
     "The specified application package has not been uploaded. Upload it to its storageUrl and activate it again."},
    {ErrorCode::ApplicationPackageUpdatesNotAllowed, "ApplicationPackageUpdatesNotAllowed", 409,
     "The specified application does not allow updates of its packages."},
    {ErrorCode::ApplicationPackageQuotaReached, "ApplicationPackageQuotaReached", 409,
     "The quota of packages of the specified application has been reached."},
    {ErrorCode::ApplicationQuotaReached, "ApplicationQuotaReached", 409,
     "The quota of applications of the specified account has been reached."},
    {ErrorCode::RequestedDefaultVersionNotFound, "RequestedDefaultVersionNotFound", 409,
     "The requested default version does not exist."},
    {ErrorCode::RequestedDefaultVersionNotActive, "RequestedDefaultVersionNotActive", 409,
     "The requested default version is not active."},
    {ErrorCode::InvalidPropertyValue, "InvalidPropertyValue", 400,
     "The value provided for one of the properties in the request body is invalid."},
    {ErrorCode::MissingRequiredProperty, "MissingRequiredProperty", 400,
     "A required property was not specified in the request body."},
    {ErrorCode::InvalidRequestBody, "InvalidRequestBody", 400,
     "The specified Request Body is not syntactically valid."},
    {ErrorCode::RequestBodyTooLarge, "RequestBodyTooLarge", 413,
     "The size of the request body exceeds the maximum size permitted."},
    {ErrorCode::InvalidQueryParameterValue, "InvalidQueryParameterValue", 400,
     "Value for one of the query parameters specified in the request URI is invalid."},
    {ErrorCode::InvalidResourceName, "InvalidResourceName", 400,
     "A name in the request URI has a wrong length or characters that are not permitted."},
    {ErrorCode::MissingApiVersionParameter, "MissingApiVersionParameter", 400,
     "The api-version query parameter (?api-version=) is required for all requests.", Speaker::manager},
    {ErrorCode::InvalidApiVersionParameter, "InvalidApiVersionParameter", 400, "The api-version is invalid.",
     Speaker::manager},
    {ErrorCode::NoRegisteredProviderFound, "NoRegisteredProviderFound", 400,
     "No registered resource provider found for the location and the API version.", Speaker::manager},
    {ErrorCode::InvalidResourceNamespace, "InvalidResourceNamespace", 404, "The resource namespace is invalid.",
     Speaker::manager},
    {ErrorCode::InvalidResourceType, "InvalidResourceType", 404,
     "The resource type could not be found in the namespace.", Speaker::manager},
    {ErrorCode::InvalidSubscriptionId, "InvalidSubscriptionId", 400,
     "The provided subscription identifier is malformed or invalid.", Speaker::manager},
    {ErrorCode::AuthenticationFailed, "AuthenticationFailed", 401,
     "Authentication failed. Send a bearer token, or sign the request with the Batch account's shared key.",
     Speaker::manager},
    {ErrorCode::InvalidAuthenticationToken, "InvalidAuthenticationToken", 401, "The access token is invalid.",
     Speaker::manager},
    {ErrorCode::InvalidAuthenticationTokenAudience, "InvalidAuthenticationTokenAudience", 401,
     "The access token has been obtained for wrong audience or resource. It should exactly match with one of the "
     "allowed audiences 'https://management.core.windows.net/', 'https://management.azure.com/'.",
     Speaker::manager},
    {ErrorCode::ExpiredAuthenticationToken, "ExpiredAuthenticationToken", 401, "The access token expired.",
     Speaker::manager},
    {ErrorCode::AuthorizationFailed, "AuthorizationFailed", 403,
     "The account that signed the request is not the one that the request is about.", Speaker::manager},
    {ErrorCode::ResourceGroupNotFound, "ResourceGroupNotFound", 404, "The resource group could not be found.",
     Speaker::manager},
    {ErrorCode::ResourceNotFound, "ResourceNotFound", 404, "The requested URI does not represent any resource.",
     Speaker::manager},
    {ErrorCode::NotFound, "NotFound", 404, "The specified resource does not exist."},
    {ErrorCode::MethodNotAllowed, "MethodNotAllowed", 405, "The resource doesn't support the specified HTTP verb.",
     Speaker::manager},
    {ErrorCode::LocationRequired, "LocationRequired", 400, "The location property is required for this definition.",
     Speaker::manager},
    {ErrorCode::InvalidLocation, "InvalidLocation", 409, "The resource exists already in another location.",
     Speaker::manager},
    {ErrorCode::LocationNotAvailableForResourceType, "LocationNotAvailableForResourceType", 400,
     "The provided location is not available for the resource type.", Speaker::manager},
    {ErrorCode::AccountNameInvalid, "AccountNameInvalid", 400,
     "The account name has to have 3 to 24 characters, which are lower-case letters and digits."},
    {ErrorCode::AccountAlreadyExists, "AccountAlreadyExists", 409, "The specified account already exists."},
    {ErrorCode::AccountCannotBeDeleted, "AccountCannotBeDeleted", 409,
     "The account was made by an option of the emulator and goes when the option does."},
    {ErrorCode::InvalidAutoStorageAccount, "InvalidAutoStorageAccount", 400,
     "The specified auto storage account does not exist."},
    {ErrorCode::AutoStorageNotConfigured, "AutoStorageNotConfigured", 409,
     "The account has no auto storage. Link a storage account to it (autoStorage.storageAccountId)."},
    {ErrorCode::PropertyCannotBeUpdated, "PropertyCannotBeUpdated", 409,
     "A property that cannot be changed has another value than the resource has."},
    {ErrorCode::ConditionNotMet, "ConditionNotMet", 412,
     "The condition specified using HTTP conditional header(s) is not met."},
    {ErrorCode::StorageAccountAlreadyTaken, "StorageAccountAlreadyTaken", 409, "The storage account is already taken.",
     Speaker::manager},
    {ErrorCode::ResourceGroupNotEmpty, "ResourceGroupNotEmpty", 409,
     "The resource group holds accounts that were made by options of the emulator and go when the options do.",
     Speaker::manager},
    {ErrorCode::NotImplemented, "NotImplemented", 501, "The emulator does not offer this operation.", Speaker::manager},
    {ErrorCode::InternalServerError, "InternalServerError", 500,
     "The server encountered an internal error. Please retry the request."},
    {ErrorCode::ServerUnavailable, "ServerUnavailable", 503,
     "The server is currently unable to receive requests. Please retry your request."},
});

constexpr bool rows_stand_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].code) != i + 1) return false;
  }
  return true;
}
static_assert(rows_stand_in_order());

const Row& row_of(ErrorCode code) {
  return kRows.at(static_cast<std::size_t>(code) - 1);
}

class ManagementCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "batch-management"; }
  std::string message(int value) const override { return std::string(row_of(static_cast<ErrorCode>(value)).name); }
};

}  // namespace

const std::error_category& management_category() noexcept {
  static const ManagementCategory category;
  return category;
}

std::error_code make_error_code(ErrorCode code) noexcept {
  return {static_cast<int>(code), management_category()};
}

std::string_view name_of(ErrorCode code) {
  return row_of(code).name;
}
int http_status(ErrorCode code) {
  return row_of(code).status;
}
std::string_view message_of(ErrorCode code) {
  return row_of(code).message;
}

bool is_of_batch(ErrorCode code) {
  return row_of(code).speaker == Speaker::batch;
}

base::Error make_error(ErrorCode code, std::string message) {
  return {code, std::move(message)};
}

base::Error not_implemented(std::string_view operation) {
  return {ErrorCode::NotImplemented,
          "The emulator does not offer the operation " + std::string(operation) + ".",
          {{"Target", std::string(operation)}}};
}

base::Error make_error(ErrorCode code, std::vector<base::ErrorDetail> details) {
  return {code, std::string(message_of(code)), std::move(details)};
}

ErrorCode code_of(const base::Error& error) {
  if (error.code.category() == management_category()) return static_cast<ErrorCode>(error.code.value());
  if (error.code == SharedKeyErrc::malformed || error.code == SharedKeyErrc::refused) {
    return ErrorCode::AuthenticationFailed;
  }
  const bool passes = error.code == base::Errc::unavailable || error.code == base::Errc::no_space;
  return passes ? ErrorCode::ServerUnavailable : ErrorCode::InternalServerError;
}

}  // namespace wire::management
