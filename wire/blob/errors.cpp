// The table is the file's first half; the document's form was seen on the live service (BOM, RequestId and Time lines
// inside Message).
#include "wire/blob/errors.h"

#include "base/check.h"
#include "wire/blob/xml_writer.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>

namespace wire::blob {
namespace {

#define ROW(code, status, message)          \
  ErrorRow {                                \
    ErrorCode::code, #code, status, message \
  }
constexpr auto kRows = std::to_array<ErrorRow>({
    ROW(AppendPositionConditionNotMet, 412, "The append position condition specified was not met."),
    ROW(AuthenticationFailed, 403,
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
        "including the signature."),
    ROW(AuthorizationFailure, 403, "This request is not authorized to perform this operation."),
    ROW(AuthorizationPermissionMismatch, 403,
        "This request is not authorized to perform this operation using this permission."),
    ROW(AuthorizationProtocolMismatch, 403,
        "This request is not authorized to perform this operation using this protocol."),
    ROW(AuthorizationResourceTypeMismatch, 403,
        "This request is not authorized to perform this operation using this resource type."),
    ROW(AuthorizationServiceMismatch, 403,
        "This request is not authorized to perform this operation using this service."),
    ROW(AuthorizationSourceIPMismatch, 403,
        "This request is not authorized to perform this operation using this source IP {0}."),
    ROW(BlobAlreadyExists, 409, "The specified blob already exists."),
    ROW(BlobIsSealed, 409,
        "The specified blob is sealed and its contents can't be modified unless the blob is re-created "
        "after a delete."),
    ROW(BlobNotFound, 404, "The specified blob does not exist."),
    ROW(BlockCountExceedsLimit, 409, "The uncommitted block count cannot exceed the maximum limit of 100,000 blocks."),
    ROW(BlockListTooLong, 400, "The block list may not contain more than 50,000 blocks."),
    ROW(CannotVerifyCopySource, 404, "Could not verify the copy source within the specified time."),
    ErrorRow{
        ErrorCode::CannotVerifyCopySourceNotKnown, "CannotVerifyCopySource", 401,
        "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."},
    ErrorRow{ErrorCode::CannotVerifyCopySourceRefused, "CannotVerifyCopySource", 403,
             "This request is not authorized to perform this operation."},
    ROW(ConditionNotMet, 412, "The condition specified using HTTP conditional header(s) is not met."),
    ROW(ContainerAlreadyExists, 409, "The specified container already exists."),
    ROW(ContainerNotFound, 404, "The specified container does not exist."),
    ROW(CorsPreflightFailure, 403,
        "CORS not enabled or no matching rule found for this request. Please check the resource's CORS rules."),
    ROW(Crc64Mismatch, 400,
        "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server."),
    ROW(EmptyMetadataKey, 400, "The key for one of the metadata key-value pairs is empty."),
    ErrorRow{ErrorCode::ForbiddenOrigin, "AuthorizationFailure", 403, "Requests from this Origin are not accepted."},
    ErrorRow{ErrorCode::ForbiddenPeer, "AuthorizationFailure", 403, "Requests from this address are not accepted."},
    ErrorRow{ErrorCode::HeaderTimeout, "OperationTimedOut", 408,
             "The request's header did not arrive within the specified time."},
    ROW(InsufficientAccountPermissions, 403, "Write operations are not allowed."),
    ROW(InternalError, 500, "Server encountered an internal error. Please try again after some time."),
    ROW(InvalidAuthenticationInfo, 400,
        "Authentication information is not given in the correct format. Check the value of Authorization header."),
    ErrorRow{
        ErrorCode::InvalidToken, "InvalidAuthenticationInfo", 401,
        "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."},
    ROW(InvalidBlobOrBlock, 400, "The specified blob or block content is invalid."),
    ROW(InvalidBlobType, 409, "The blob type is invalid for this operation."),
    ROW(InvalidBlockId, 400, "The specified block ID is invalid. The block ID must be Base64-encoded."),
    ROW(InvalidBlockList, 400, "The specified block list is invalid."),
    ROW(InvalidHeaderValue, 400, "The value for one of the HTTP headers is not in the correct format."),
    ROW(InvalidHttpVerb, 400, "The HTTP verb specified was not recognized by the server."),
    ROW(InvalidInput, 400, "One of the request inputs is not valid."),
    ROW(InvalidMd5, 400,
        "The MD5 value specified in the request is invalid. MD5 value must be 128 bits and base64 encoded."),
    ROW(InvalidMetadata, 400, "The metadata specified is invalid. It has characters that are not permitted."),
    ROW(InvalidQueryParameterValue, 400,
        "Value for one of the query parameters specified in the request URI is invalid."),
    ROW(InvalidRange, 416, "The range specified is invalid for the current size of the resource."),
    ROW(InvalidResourceName, 400, "The specified resource name contains invalid characters."),
    ROW(InvalidTag, 400, "The tags specified are invalid. It contains characters that are not permitted."),
    ROW(InvalidUri, 400, "The requested URI does not represent any resource on the server."),
    ROW(InvalidXmlDocument, 400, "XML specified is not syntactically valid."),
    ROW(InvalidXmlNodeValue, 400, "The value for one of the XML nodes is not in the correct format."),
    ROW(LeaseNotPresentWithBlobOperation, 412, "There is currently no lease on the blob."),
    ROW(LeaseNotPresentWithContainerOperation, 412, "There is currently no lease on the container."),
    ROW(Md5Mismatch, 400,
        "The MD5 value specified in the request did not match with the MD5 value calculated by the server."),
    ROW(MaxBlobSizeConditionNotMet, 412, "The max blob size condition specified was not met."),
    ROW(MetadataTooLarge, 400, "The metadata specified exceeds the maximum permissible limit."),
    ErrorRow{ErrorCode::MisdirectedRequest, "InvalidUri", 421, "This server does not answer for the requested host."},
    ROW(MissingContentLengthHeader, 411, "Content-Length HTTP header was not specified."),
    ROW(MissingRequiredHeader, 400, "An HTTP header that's mandatory for this request is not specified."),
    ROW(MissingRequiredQueryParameter, 400, "A query parameter that's mandatory for this request is not specified."),
    ROW(MultipleConditionHeadersNotSupported, 400, "Multiple condition headers are not supported."),
    ROW(NoAuthenticationInformation, 401,
        "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."),
    ROW(NoPendingCopyOperation, 409, "There is currently no pending copy operation."),
    ROW(NotImplemented, 501, "The requested operation is not implemented on the specified resource."),
    ErrorRow{ErrorCode::NotModified, "ConditionNotMet", 304,
             "The condition specified using HTTP conditional header(s) is not met."},
    ROW(OperationTimedOut, 500, "Operation could not be completed within the specified time."),
    ROW(OutOfRangeInput, 400, "One of the request inputs is out of range."),
    ROW(OutOfRangeQueryParameterValue, 400,
        "One of the query parameters specified in the request URI is outside the permissible range."),
    ROW(RequestBodyTooLarge, 413, "The request body is too large and exceeds the maximum permissible limit."),
    ROW(RequestUrlFailedToParse, 400, "The url in the request could not be parsed."),
    ROW(ResourceNotFound, 404, "The specified resource does not exist."),
    ROW(ServerBusy, 503, "The server is busy."),
    ROW(SourceConditionNotMet, 412, "The source condition specified using HTTP conditional header(s) is not met."),
    ROW(UnauthorizedBlobOverwrite, 403, "This request is not authorized to perform blob overwrites."),
    ROW(UnsupportedHeader, 400, "One of the HTTP headers specified in the request is not supported."),
    ROW(UnsupportedHttpVerb, 405, "The resource doesn't support specified Http Verb."),
    ROW(UnsupportedQueryParameter, 400, "One of the query parameters specified in the request URI is not supported."),
});
#undef ROW

/// row_of() indexes by code.
constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].code != static_cast<ErrorCode>(i + 1)) return false;
  }
  return true;
}
static_assert(in_order(), "the rows stand in the order of the enumerators");

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "blob"; }
  std::string message(int code) const override { return std::string(row_of(static_cast<ErrorCode>(code)).name); }
};

/// The service's own error for one that is not.
base::Error translated(const base::Error& inner) {
  if (inner.code == base::Errc::no_space) {
    return error(ErrorCode::InternalError, "Server encountered an internal error: no space is left on the disk.");
  }
  if (inner.code == base::Errc::too_large) return error(ErrorCode::RequestBodyTooLarge);
  if (inner.code == base::Errc::unavailable) {
    return error(ErrorCode::ServerBusy, "The server is busy: " + inner.message + ".");
  }
  if (inner.code == base::Errc::deadline_exceeded) return error(ErrorCode::OperationTimedOut);
  return error(ErrorCode::InternalError);
}

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

std::error_code make_error_code(ErrorCode code) noexcept {
  return {static_cast<int>(code), error_category()};
}

const ErrorRow& row_of(ErrorCode code) {
  const auto index = static_cast<std::size_t>(code) - 1;
  CHECK(index < kRows.size(), "error code " + std::to_string(static_cast<int>(code)));
  return kRows[index];
}

base::Error error(ErrorCode code, std::vector<base::ErrorDetail> details) {
  return {make_error_code(code), std::string(row_of(code).message), std::move(details)};
}

base::Error error(ErrorCode code, std::string message, std::vector<base::ErrorDetail> details) {
  return {make_error_code(code), std::move(message), std::move(details)};
}

base::Error authentication_failed(std::string detail) {
  return error(ErrorCode::AuthenticationFailed, {{"AuthenticationErrorDetail", std::move(detail)}});
}

base::Error invalid_header(std::string_view name, std::string_view value) {
  return error(ErrorCode::InvalidHeaderValue, {{"HeaderName", std::string(name)}, {"HeaderValue", std::string(value)}});
}

base::Error invalid_query_parameter(std::string_view name, std::string_view value, std::string_view reason) {
  return error(ErrorCode::InvalidQueryParameterValue, {{"QueryParameterName", std::string(name)},
                                                       {"QueryParameterValue", std::string(value)},
                                                       {"Reason", std::string(reason)}});
}

ErrorAnswer answer_for(const base::Error& given, std::string_view request_id, base::Timestamp now) {
  const base::Error shown = given.code.category() == error_category() ? given : translated(given);
  const auto code = static_cast<ErrorCode>(shown.code.value());
  XmlWriter xml;
  xml.open("Error").element("Code", row_of(code).name);
  xml.element("Message", shown.message + "\nRequestId:" + std::string(request_id) + "\nTime:" + print_timestamp(now));
  for (const auto& detail : shown.details) xml.element(detail.key, detail.value);
  xml.close("Error");
  std::string reason = shown.message;
  // The phrase stands on the status line: one line of visible ASCII.
  std::replace_if(
      reason.begin(), reason.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  return {code, row_of(code).status, std::move(reason), std::move(xml).take()};
}

}  // namespace wire::blob
