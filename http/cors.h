// What the pages of an allowed origin need beside the gate's consent: answers to preflights, and headers that let them
// read what they get (Fetch standard, "CORS protocol"). Whoever is on the list may do everything.
#pragma once

#include "http/message.h"

#include <string>
#include <vector>

namespace http {

/// Whether exactly one Origin was sent and it is on the list.
bool names_allowed_origin(const Headers& headers, const std::vector<std::string>& allowed);

/// OPTIONS with Origin and Access-Control-Request-Method: a browser's question, not the page's request.
bool is_preflight(const Request& request);

/// Yes to all that was asked, for an hour.
Response preflight_answer(const Request& request);

/// Lets the page read the response with all its headers. Leaves alone what the handler said about origins itself.
void open_to_origin(Response& response, const Request& request);

}  // namespace http
