// How an answer is framed and what its header block looks like. Pure functions.
#pragma once

#include "http/message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http {

/// What of the request decides the framing of its answer.
struct AnswerTo {
  bool head = false;      ///< the method was HEAD
  int version_minor = 1;  ///< of the request
  bool keep_alive = true;
};

struct AnswerFraming {
  bool body = false;                    ///< bytes follow the header block
  bool chunked = false;                 ///< in chunks
  std::optional<std::uint64_t> length;  ///< the Content-Length to send
  bool close = false;                   ///< and say so
};

/// RFC 9112 6.3 from the sender's side. A body without a length closes an HTTP/1.0 connection.
AnswerFraming frame_answer(const Response& response, const AnswerTo& request);

/// Appends status line, fields and the empty line. Framing fields of the response itself are left out; a CR, LF or NUL
/// in a name or value becomes a space, so that no value can add a field.
void append_head(std::string& out, const Response& response, const AnswerFraming& framing, const AnswerTo& request,
                 std::string_view date);

/// The present as in "Sun, 06 Nov 1994 08:49:37 GMT". Made once a second and thread.
std::string_view http_date();

/// The reason phrase of RFC 9110 for a status, "Unknown" for others.
std::string_view standard_reason(int status);

}  // namespace http
