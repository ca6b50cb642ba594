// The answers of the management operations: bodies, the headers that every answer carries, and the one place where an
// Error becomes an answer.
#pragma once

#include "emulator/management/call.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace emulator::management {

http::Response json_response(int status, const nlohmann::ordered_json& body);
/// 200 with the resource, and its "etag", when it has one, as a header too.
http::Response resource_response(const nlohmann::ordered_json& resource);
/// {"value": [...], "nextLink"?}
http::Response list_response(const Call& call, nlohmann::ordered_json values, bool more = false,
                             std::string_view last_key = {});
http::Response empty_response(int status);
/// 202 with the place to ask how it went: `path` below the address that the client used, in the call's api-version.
http::Response accepted_response(const Call& call, const std::string& path);
/// {"error": {"code", "message", "target"?}} with the status of the error's code. Errors of the Batch service keep
/// their code.
http::Response error_response(const base::Error& error, const http::Request& request, base::Timestamp now);
/// Request ids, what is left of the limits, and what all services send.
void add_common_headers(http::Response& response, const http::Request& request, base::Timestamp now);

/// W/"0x8D..."
std::string weak_etag(const core::Version& version);

}  // namespace emulator::management
