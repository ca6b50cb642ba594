// The steps of a request before its body is read: api-version, query parameters and conditional headers (contract 1.1,
// 1.3, 1.6, 3.4). All failures are the documented 400s.
#pragma once

#include "emulator/rest/call.h"
#include "emulator/rest/operation.h"

namespace emulator::rest {

/// MissingRequiredQueryParameter, UnsupportedRequestVersion.
base::Result<wire::batch::Version> read_version(const http::Query& query);

/// Refuses what the operation does not take (UnsupportedQueryParameter) and what is given twice or malformed
/// (InvalidQueryParameterValue, OutOfRangeQueryParameterValue). A `timeout` of 0, or above the default, is the default
/// (contract 1.3).
base::Result<Parameters> read_parameters(const Operation& operation, wire::batch::Version version,
                                         const http::Query& query);

/// InvalidHeaderValue for a client-request-id that is no GUID and a return-client-request-id that is no boolean.
base::Result<void> check_client_request_id(const http::Headers& headers);

/// InvalidHeaderValue, UnsupportedHeader for a condition that the operation does not take, and
/// MultipleConditionHeadersNotSupported for a condition together with its opposite.
base::Result<core::Conditions> read_conditions(const Operation& operation, wire::batch::Version version,
                                               const http::Headers& headers);

}  // namespace emulator::rest
