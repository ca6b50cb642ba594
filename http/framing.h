// The header block of a request, checked strictly on the raw bytes: where requests are smuggled, we do not guess.
//
// Pure functions, no sockets. What RFC 9112 leaves to taste is refused: bare CR or LF, folded lines, white space before
// the colon, every control byte, absolute-form and authority-form targets (unless asked for), Content-Length and
// Transfer-Encoding in more than one field, as a list, or together. Whether Host names us is the gate's question
// (gate.h), not this file's.
#pragma once

#include "http/message.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http {

struct HeadLimits {
  std::size_t max_bytes = 64 * 1024;  ///< request line, fields and the empty line
  std::size_t max_fields = 128;
  bool proxy_forms = false;  ///< takes what clients send to a proxy, too: CONNECT host:port, and whole http URLs
};

/// What a request's Expect field asks for.
enum class Expectation { none, continue_100, unknown };

/// A header block that passed every check.
struct Head {
  /// RFC 9112 3.2. The last two come with HeadLimits::proxy_forms only.
  enum class Form { origin, absolute, authority };
  std::string method;
  Form form = Form::origin;
  std::string authority;  ///< of the other forms, as sent and not checked yet
  std::string target;     ///< in origin-form, starts with '/', also when a whole URL was sent; empty with CONNECT
  int version_minor = 1;  ///< HTTP/1.0 or HTTP/1.1
  Headers headers;        ///< values without the white space around them
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;  ///< what version and Connection say together
  Expectation expectation = Expectation::none;
};

/// The end of the header block in bytes that are still arriving.
struct HeadEnd {
  enum class State { incomplete, complete, malformed };
  State state = State::incomplete;
  std::size_t size = 0;  ///< with `complete`: bytes of the block, the empty line included
};

/// Looks for the empty line from `from` on (0, or the size at the last call). Reports `malformed` as soon as a byte
/// came that no header block has, so that a client which ends lines with LF is answered and not left to its deadline.
HeadEnd find_head_end(std::string_view bytes, std::size_t from);

/// Parses one whole header block, `raw` ending with its empty line. invalid_argument: malformed; too_large: beyond the
/// limits. The message says what is wrong and quotes at most a cleaned piece of it.
base::Result<Head> parse_head(std::string_view raw, const HeadLimits& limits = {});

/// Method and target of a block that may be malformed further on: for a refusal that wants to name the request. Either
/// may be empty.
std::pair<std::string, std::string> peek_request_line(std::string_view raw);

/// RFC 9110 5.6.2: letters, digits and a few signs.
bool is_token_char(char c) noexcept;

/// Text of a stranger made fit for a message: printable ASCII only, the rest as '?', shortened.
std::string printable(std::string_view text);

}  // namespace http
