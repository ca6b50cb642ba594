// The steps of a request before its body is read: api-version, query parameters and conditional headers (contract 1.1,
// 1.3, 1.6, 3.4). All failures are the documented 400s.
#pragma once

#include "emulator/rest/call.h"
#include "emulator/rest/operation.h"

namespace emulator::rest {

/// MissingRequiredQueryParameter, UnsupportedRequestVersion.
base::Result<wire::batch::Version> read_version(const http::Query& query);

/// Refuses what the operation does not take (UnsupportedQueryParameter) and what is given twice or malformed
/// (InvalidQueryParameterValue, OutOfRangeQueryParameterValue). `timeout` is checked and otherwise means nothing: no
/// operation here takes long enough to end by it.
base::Result<Parameters> read_parameters(const Operation& operation, wire::batch::Version version,
                                         const http::Query& query);

/// InvalidHeaderValue, UnsupportedHeader for a condition that the operation does not take, and
/// MultipleConditionHeadersNotSupported for a condition together with its opposite.
base::Result<core::Conditions> read_conditions(const Operation& operation, wire::batch::Version version,
                                               const http::Headers& headers);

}  // namespace emulator::rest
