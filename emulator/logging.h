// The log: spdlog on standard error, lines for people or one JSON object a line. Headers and query values of requests
// appear by allow-list; everything else is REDACTED, and so are secrets by construction.
#pragma once

#include "base/result.h"
#include "emulator/rest/rest_api.h"
#include "http/message.h"

#include <chrono>
#include <string>
#include <string_view>

namespace emulator {

/// `format` is "human" or "json", `level` a name of spdlog's. With a `file` the log is appended to it (mode 0600), and
/// lines from warning up appear on standard error as "batch-emulator: text" as well. Call once, before anything logs.
/// io when the file cannot be opened.
base::Result<void> set_up_logging(const std::string& format, const std::string& level, const std::string& file = {});

/// One line for an answered request of the Batch endpoint.
void log_batch_request(const rest::Answered& answered);
/// One line for an answered request of another endpoint ("blob").
void log_request(std::string_view endpoint, const http::Request& request, int status,
                 std::chrono::steady_clock::duration took);

/// The same for what node agents ask, which is much and of little interest: at debug level.
void log_node_request(const http::Request& request, int status, std::chrono::steady_clock::duration took);

/// One line for a request that the gate refused.
void log_refusal(std::string_view endpoint, const http::Request& request, int status, std::string_view explanation);

/// The query as the log shows it: names as sent, values of harmless parameters, REDACTED for the rest.
std::string loggable_query(std::string_view query);
/// The same for headers: "name: value, ...".
std::string loggable_headers(const http::Headers& headers);

}  // namespace emulator
