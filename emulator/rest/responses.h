// Responses of the Batch API: bodies, the headers of contract 1.4, and the one place where an Error becomes an answer.
#pragma once

#include "emulator/rest/call.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace emulator::rest {

inline constexpr std::string_view kJsonContentType = "application/json;odata=minimalmetadata";

/// A success with this JSON body, chunked as the service sends it. `suffix` is what follows "$metadata#"
/// (contract 1.8); it becomes the first member.
http::Response json_response(const Call& call, std::string_view suffix, nlohmann::ordered_json body);
/// The operation's success status without a body.
http::Response empty_response(const Call& call);
/// The same with DataServiceId, for actions on what has no version (nodes).
http::Response accepted_response(const Call& call);
/// The same with DataServiceId and the resource's version.
http::Response written_response(const Call& call, const core::Version& version);
/// 201 with Location, DataServiceId and the new resource's version. `resource` is its path ("/pools/p").
http::Response created_response(const Call& call, std::string_view resource, const core::Version& version);
/// Adds ETag and Last-Modified.
void set_version(http::Response& response, const core::Version& version);

/// The answer to a failed request: status, reason phrase and document (contract 3.1); nothing but the head for HEAD and
/// for 304; Retry-After when it is worth trying again; 401 with a challenge for a token of Entra ID that was refused.
http::Response error_response(const base::Error& error, const http::Request& request, base::Timestamp now);
/// The same with another status: for refusals that are HTTP's and not the service's (421, 408).
http::Response error_response(const base::Error& error, int status, const http::Request& request, base::Timestamp now);

/// What every answer carries: request-id, DataServiceVersion, Server, Strict-Transport-Security, nosniff, and
/// client-request-id when it was asked for.
void add_common_headers(http::Response& response, const http::Request& request);

}  // namespace emulator::rest
