// Numbers and texts are the service's own where its documentation or its users' reports show them; what the service has
// no case for (NotOffered, BodyTooLarge) takes the number for a request that is not valid.
#include "emulator/entra/errors.h"

#include "emulator/entra/responses.h"
#include "emulator/entra/tenants.h"
#include "wire/time_text.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string>

namespace emulator::entra {
namespace {

struct Row {
  ErrorCode code;
  std::string_view error;
  int number;  ///< AADSTS
  int status;
  std::string_view text;  ///< {} is where the name goes
};

constexpr auto kRows = std::to_array<Row>({
    {ErrorCode::MissingParameter, "invalid_request", 900144, 400,
     "The request body must contain the following parameter: '{}'."},
    {ErrorCode::InvalidParameter, "invalid_request", 90100, 400,
     "{} parameter is empty, not valid, or given more than once."},
    {ErrorCode::BodyTooLarge, "invalid_request", 90023, 413, "The request is larger than the service reads."},
    {ErrorCode::PostOnly, "invalid_request", 900561, 400,
     "The endpoint only accepts POST requests. Received a {} request."},
    {ErrorCode::NotOffered, "invalid_request", 90023, 404,
     "The authentication service request isn't valid: the emulator does not offer {}."},
    {ErrorCode::InvalidTenant, "invalid_request", 900023, 400,
     "Specified tenant identifier '{}' is neither a valid DNS name, nor a valid external domain."},
    {ErrorCode::UnknownInstance, "invalid_instance", 50049, 400, "Unknown or invalid instance."},
    {ErrorCode::UnknownClient, "unauthorized_client", 700016, 400,
     "Application with the given identifier was not found in the directory. This can happen if the application has not "
     "been installed by the administrator of the tenant or consented to by any user in the tenant."},
    {ErrorCode::NoClientCredential, "invalid_client", 7000216, 401,
     "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."},
    {ErrorCode::EmptyClientSecret, "invalid_client", 7000215, 401,
     "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the "
     "client secret ID, for a secret added to the app."},
    {ErrorCode::MalformedAssertion, "invalid_client", 50027, 401,
     "JWT token is invalid or malformed: the client assertion."},
    {ErrorCode::ExpiredAssertion, "invalid_client", 700024, 401,
     "Client assertion is not within its valid time range."},
    {ErrorCode::UnsupportedGrant, "unsupported_grant_type", 70003, 400,
     "The app requested an unsupported grant type '{}'. The emulator issues tokens for client_credentials, "
     "device_code, password and refresh_token."},
    {ErrorCode::UnknownUser, "invalid_grant", 50034, 400,
     "The user account does not exist in the directory. User names have the form name@domain."},
    {ErrorCode::WrongPassword, "invalid_grant", 50126, 400,
     "Error validating credentials due to invalid username or password."},
    {ErrorCode::InvalidScope, "invalid_scope", 70011, 400,
     "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' "
     "is not valid. The scope {} is not valid."},
    {ErrorCode::ScopeWithoutDefault, "invalid_scope", 1002012, 400,
     "The provided value for scope {} is not valid. Client credential flows must have a scope value with /.default "
     "suffixed to the resource identifier (application ID URI)."},
    {ErrorCode::UnknownResource, "invalid_resource", 500011, 400,
     "The resource principal named {} was not found in the tenant. The emulator knows Batch, Storage and Azure "
     "Resource "
     "Manager: https://batch.core.windows.net, https://storage.azure.com, https://management.azure.com."},
    {ErrorCode::MalformedRefreshToken, "invalid_grant", 9002313, 400,
     "Invalid request. Request is malformed or invalid: the refresh token is not one of this client."},
    {ErrorCode::ExpiredRefreshToken, "invalid_grant", 700082, 400, "The refresh token has expired due to inactivity."},
    {ErrorCode::AuthorizationPending, "authorization_pending", 70016, 400,
     "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
    {ErrorCode::UnknownDeviceCode, "bad_verification_code", 70018, 400,
     "Invalid verification code: the device code is not known, of another client, or has been used."},
    {ErrorCode::ExpiredDeviceCode, "expired_token", 70019, 400, "The device code has expired. Ask for a new one."},
    {ErrorCode::Unavailable, "temporarily_unavailable", 90033, 503,
     "A transient error has occurred. Please try again."},
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

class EntraCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "entra"; }
  std::string message(int value) const override { return std::string{row_of(static_cast<ErrorCode>(value)).error}; }
};

const std::error_category& entra_category() noexcept {
  static const EntraCategory category;
  return category;
}

/// What strangers sent, fit to be shown.
std::string shown(std::string_view about) {
  constexpr std::size_t kLongest = 128;
  std::string text{about.substr(0, kLongest)};
  for (auto& c : text) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return text;
}

/// "2016-01-09 02:02:12Z"
std::string time_text(base::Timestamp now) {
  auto text = wire::print_timestamp(std::chrono::floor<std::chrono::seconds>(now));
  if (const auto at = text.find('T'); at != std::string::npos) text[at] = ' ';
  return text;
}

}  // namespace

std::error_code make_error_code(ErrorCode code) noexcept {
  return {static_cast<int>(code), entra_category()};
}

base::Error make_error(ErrorCode code, std::string_view about) {
  std::string text{row_of(code).text};
  if (const auto place = text.find("{}"); place != std::string::npos) text.replace(place, 2, shown(about));
  return {code, std::move(text)};
}

http::Response error_response(const base::Error& error, const http::Request& request, base::Timestamp now) {
  if (error.code.category() != entra_category()) {
    return error_response(make_error(ErrorCode::Unavailable), request, now);
  }
  const auto& row = row_of(static_cast<ErrorCode>(error.code.value()));
  const auto number = std::to_string(row.number);
  const auto asked = request.headers.get("client-request-id");
  const std::string correlation{is_guid(asked) ? asked : std::string_view{request.request_id}};
  const auto time = time_text(now);
  const nlohmann::ordered_json document{
      {"error", row.error},
      {"error_description", "AADSTS" + number + ": " + error.message + " Trace ID: " + request.request_id +
                                " Correlation ID: " + correlation + " Timestamp: " + time},
      {"error_codes", nlohmann::ordered_json::array({row.number})},
      {"timestamp", time},
      {"trace_id", request.request_id},
      {"correlation_id", correlation},
      {"error_uri", "https://login.microsoftonline.com/error?code=" + number}};
  return json_response(row.status, document);
}

}  // namespace emulator::entra
