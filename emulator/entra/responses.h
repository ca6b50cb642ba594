// What answers of the token service have in common.
#pragma once

#include "http/message.h"

#include <nlohmann/json_fwd.hpp>

namespace emulator::entra {

/// A JSON answer. What is not UTF-8 in it is replaced.
http::Response json_response(int status, const nlohmann::ordered_json& document);
/// Cache, security and request-id headers. Tokens must not be kept by anybody on the way.
void add_common_headers(http::Response& response, const http::Request& request);

}  // namespace emulator::entra
