// The errors of the token service: what clients compare (`error`), the number people look up (AADSTS), the HTTP status
// and the text, in one table.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

#include <string_view>
#include <system_error>

namespace emulator::entra {

enum class ErrorCode {
  MissingParameter = 1,   ///< names the parameter
  InvalidParameter,       ///< names the parameter
  BodyTooLarge,           ///<
  PostOnly,               ///<
  NotOffered,             ///< names what the emulator has not
  InvalidTenant,          ///< names the tenant
  UnknownInstance,        ///<
  UnknownClient,          ///<
  NoClientCredential,     ///<
  EmptyClientSecret,      ///<
  MalformedAssertion,     ///<
  ExpiredAssertion,       ///<
  UnsupportedGrant,       ///< names the grant type
  UnknownUser,            ///<
  WrongPassword,          ///<
  InvalidScope,           ///< names the scope
  ScopeWithoutDefault,    ///< names the scope
  UnknownResource,        ///< names the resource
  MalformedRefreshToken,  ///<
  ExpiredRefreshToken,    ///<
  AuthorizationPending,   ///<
  UnknownDeviceCode,      ///<
  ExpiredDeviceCode,      ///<
  Unavailable,            ///< the emulator's own trouble
};
std::error_code make_error_code(ErrorCode code) noexcept;

/// An Error with the table's text; `about` is put where the text names something: shortened, never a secret.
base::Error make_error(ErrorCode code, std::string_view about = {});

/// The answer in the service's shape: error, error_description (with trace id, correlation id and time), error_codes,
/// timestamp, trace_id, correlation_id, error_uri. Errors of other parts are Unavailable.
http::Response error_response(const base::Error& error, const http::Request& request, base::Timestamp now);

}  // namespace emulator::entra

template <>
struct std::is_error_code_enum<emulator::entra::ErrorCode> : std::true_type {};
