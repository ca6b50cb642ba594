// Header blocks from strangers: parse_head and the gate must hold their promises on any bytes.
#include "base/check.h"
#include "http/framing.h"
#include "http/gate.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

/// What a handler may rely on once a block was accepted.
void check_promises(const http::Head& head, std::string_view raw, const http::HeadLimits& limits) {
  CHECK(raw.size() <= limits.max_bytes && head.headers.fields().size() <= limits.max_fields);
  CHECK(raw.ends_with("\r\n\r\n") && raw.find("\r\n\r\n") == raw.size() - 4);
  CHECK(!head.target.empty() && head.target.front() == '/');
  for (const char c : head.target) CHECK(c > ' ' && c < '\x7f');
  CHECK(head.headers.count("Content-Length") <= 1 && head.headers.count("Transfer-Encoding") <= 1);
  CHECK(!(head.chunked && head.content_length));
  CHECK(head.chunked == (head.headers.count("Transfer-Encoding") == 1));
  CHECK(head.content_length.has_value() == (head.headers.count("Content-Length") == 1));
  for (const auto& [name, value] : head.headers.fields()) {
    CHECK(!name.empty());
    for (const char c : name) CHECK(http::is_token_char(c));
    CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(bytes), size);
  const http::HeadLimits limits{.max_bytes = 4096, .max_fields = 16};
  const std::vector<std::string> hosts = {"localhost", "[::1]", "*.blob.localhost"};
  // The end is the same wherever the bytes are cut.
  const auto whole = http::find_head_end(raw, 0);
  const auto half = http::find_head_end(raw.substr(0, size / 2), 0);
  if (half.state == http::HeadEnd::State::incomplete) {
    const auto resumed = http::find_head_end(raw, size / 2);
    CHECK(resumed.state == whole.state && resumed.size == whole.size);
  }
  static_cast<void>(http::peek_request_line(raw));
  const auto head = http::parse_head(raw, limits);
  if (head.has_error()) {
    for (const char c : head.error().message) CHECK(c >= ' ' && c <= '~');
    return 0;
  }
  check_promises(*head, raw, limits);
  if (http::refused_host(head->headers, hosts).empty()) CHECK(head->headers.count("Host") == 1);
  static_cast<void>(http::refused_origin(head->headers, hosts));
  return 0;
}
