// The errors of the Blob service: one table of code, HTTP status and message ("Blob service error codes", "Common REST
// API error codes"), and the XML document in which they travel.
//
// Nothing else in the product writes the status of a failed Blob request.
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace wire::blob {

/// Every code that an answer may carry; an enumerator is spelt like the code on the wire.
enum class ErrorCode {
  AppendPositionConditionNotMet = 1,
  AuthenticationFailed,
  AuthorizationFailure,
  AuthorizationPermissionMismatch,
  AuthorizationProtocolMismatch,
  AuthorizationResourceTypeMismatch,
  AuthorizationServiceMismatch,
  AuthorizationSourceIPMismatch,
  BlobAlreadyExists,
  BlobIsSealed,
  BlobNotFound,
  BlockCountExceedsLimit,
  BlockListTooLong,
  CannotVerifyCopySource,          ///< the source is not there: 404
  CannotVerifyCopySourceNotKnown,  ///< who asks is not known to the source: 401, on the wire CannotVerifyCopySource
  CannotVerifyCopySourceRefused,   ///< who asks may not read it: 403, on the wire CannotVerifyCopySource
  ConditionNotMet,
  ContainerAlreadyExists,
  ContainerNotFound,
  CorsPreflightFailure,
  Crc64Mismatch,
  EmptyMetadataKey,
  ForbiddenOrigin,  ///< the gate's 403, on the wire AuthorizationFailure
  ForbiddenPeer,    ///< the gate's 403, on the wire AuthorizationFailure
  HeaderTimeout,    ///< the gate's 408, on the wire OperationTimedOut
  InsufficientAccountPermissions,
  InternalError,
  InvalidAuthenticationInfo,
  InvalidToken,  ///< a bearer token's 401, on the wire InvalidAuthenticationInfo
  InvalidBlobOrBlock,
  InvalidBlobType,
  InvalidBlockId,
  InvalidBlockList,
  InvalidHeaderValue,
  InvalidHttpVerb,
  InvalidInput,
  InvalidMd5,
  InvalidMetadata,
  InvalidQueryParameterValue,
  InvalidRange,
  InvalidResourceName,
  InvalidTag,
  InvalidUri,
  InvalidXmlDocument,
  InvalidXmlNodeValue,
  LeaseNotPresentWithBlobOperation,
  LeaseNotPresentWithContainerOperation,
  Md5Mismatch,
  MaxBlobSizeConditionNotMet,
  MetadataTooLarge,
  MisdirectedRequest,  ///< the gate's 421, on the wire InvalidUri
  MissingContentLengthHeader,
  MissingRequiredHeader,
  MissingRequiredQueryParameter,
  MultipleConditionHeadersNotSupported,
  NoAuthenticationInformation,
  NoPendingCopyOperation,
  NotImplemented,
  NotModified,  ///< a read's condition: 304, on the wire ConditionNotMet
  OperationTimedOut,
  OutOfRangeInput,
  OutOfRangeQueryParameterValue,
  RequestBodyTooLarge,
  RequestUrlFailedToParse,
  ResourceNotFound,
  ServerBusy,
  SourceConditionNotMet,
  UnauthorizedBlobOverwrite,
  UnsupportedHeader,
  UnsupportedHttpVerb,
  UnsupportedQueryParameter,
};

struct ErrorRow {
  ErrorCode code;
  std::string_view name;  ///< as on the wire
  int status;
  std::string_view message;  ///< the service's sentence
};

const std::error_category& error_category() noexcept;
std::error_code make_error_code(ErrorCode code) noexcept;
/// The table's row.
const ErrorRow& row_of(ErrorCode code);

/// An Error of the service with the table's message. Details become elements of the document, under their key's name.
base::Error error(ErrorCode code, std::vector<base::ErrorDetail> details = {});
/// The same with another sentence.
base::Error error(ErrorCode code, std::string message, std::vector<base::ErrorDetail> details = {});
/// 403 AuthenticationFailed with its AuthenticationErrorDetail.
base::Error authentication_failed(std::string detail);
/// 400 InvalidHeaderValue with HeaderName and HeaderValue.
base::Error invalid_header(std::string_view name, std::string_view value);
/// 400 InvalidQueryParameterValue with QueryParameterName, QueryParameterValue and Reason.
base::Error invalid_query_parameter(std::string_view name, std::string_view value, std::string_view reason);

/// What an error becomes on the wire. Errors that are not the service's own (base::Errc) become InternalError,
/// ServerBusy or RequestBodyTooLarge here and nowhere else; their texts, which may name files, stay inside, but for a
/// full disk, which the user must learn of.
struct ErrorAnswer {
  ErrorCode code;
  int status;
  std::string reason;  ///< the HTTP reason phrase: the sentence, as the service sends it
  std::string body;    ///< with the BOM
};
ErrorAnswer answer_for(const base::Error& error, std::string_view request_id, base::Timestamp now);

}  // namespace wire::blob

template <>
struct std::is_error_code_enum<wire::blob::ErrorCode> : std::true_type {};
