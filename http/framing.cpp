#include "http/framing.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <limits>

namespace http {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t kMaxMethodBytes = 32;
constexpr std::size_t kMaxQuotedBytes = 100;
/// Digits of the largest 64-bit number are 20; a length of 19 digits cannot overflow.
constexpr std::size_t kMaxLengthDigits = 19;

/// Fields that decide how a request is framed or who sent it. A second one is an attack or a bug. (Host is counted by
/// the gate, Content-Length and Transfer-Encoding while their values are read.)
constexpr std::array<std::string_view, 2> kSingleFields = {"Authorization", "Content-Type"};

constexpr std::array<bool, 256> token_table() {
  std::array<bool, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<std::size_t>(c)] = true;
  return table;
}
constexpr auto kToken = token_table();

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

/// Visible ASCII; '#' starts a fragment, which is never sent.
bool is_target_char(char c) {
  return c > ' ' && c < '\x7f' && c != '#';
}

/// Anything but control characters; bytes above 0x7f are RFC 9110's obs-text.
bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

Error malformed(std::string text) {
  return {Errc::invalid_argument, std::move(text)};
}

std::string_view trim_value(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Calls visit(item) for each item of a comma-separated list.
template <class Visit>
void for_each_item(std::string_view list, Visit visit) {
  while (true) {
    const auto comma = list.find(',');
    visit(trim_value(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

/// The forms that only a proxy is sent. False: it is neither.
bool take_proxy_form(std::string_view method, std::string_view target, Head& head) {
  constexpr std::string_view kScheme = "http://";
  if (method == "CONNECT") {
    head.form = Head::Form::authority;
    head.authority = target;
    return true;
  }
  if (!base::starts_with_ignoring_case(target, kScheme)) return false;
  const auto rest = target.substr(kScheme.size());
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  head.form = Head::Form::absolute;
  head.authority = authority;
  head.target = rest.substr(authority.size());
  if (!head.target.starts_with('/')) head.target.insert(0, 1, '/');
  return true;
}

Result<void> parse_request_line(std::string_view line, const HeadLimits& limits, Head& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return malformed("the request line is not 'METHOD /target HTTP/1.1': '" + printable(line) + "'");
  }
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(method) || method.size() > kMaxMethodBytes) {
    return malformed("the method is not a token: '" + printable(method) + "'");
  }
  const bool proxied = limits.proxy_forms && take_proxy_form(method, target, head);
  if (!proxied && (target.empty() || target.front() != '/')) {
    return malformed("the request target must be a path that starts with '/' (no proxy forms): '" + printable(target) +
                     "'");
  }
  if (!std::ranges::all_of(target, is_target_char)) {
    return malformed(
        "the request target has a space, control, fragment or non-ASCII byte that must be percent-encoded: '" +
        printable(target) + "'");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return malformed("the protocol version is not HTTP/1.1 or HTTP/1.0: '" + printable(version) + "'");
  }
  head.method = method;
  if (!proxied) head.target = target;
  head.version_minor = version.back() - '0';
  return {};
}

Result<void> take_content_length(std::string_view value, Head& head) {
  if (head.content_length) return malformed("Content-Length was sent more than once");
  const bool digits = std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  if (value.empty() || !digits || value.size() > kMaxLengthDigits) {
    return malformed("Content-Length is not a plain number: '" + printable(value) + "'");
  }
  std::uint64_t length = 0;
  for (const char c : value) length = length * 10 + static_cast<std::uint64_t>(c - '0');
  head.content_length = length;
  return {};
}

Result<void> take_transfer_encoding(std::string_view value, Head& head) {
  if (head.chunked) return malformed("Transfer-Encoding was sent more than once");
  if (!base::equal_ignoring_case(value, "chunked")) {
    return malformed("the only Transfer-Encoding understood here is 'chunked', not '" + printable(value) + "'");
  }
  head.chunked = true;
  return {};
}

/// What one field means for framing. Other fields pass unseen.
Result<void> interpret_field(std::string_view name, std::string_view value, Head& head) {
  using base::equal_ignoring_case;
  switch (name.size()) {
    case 6:
      if (equal_ignoring_case(name, "Expect")) {
        const bool known = head.expectation == Expectation::none && equal_ignoring_case(value, "100-continue");
        head.expectation = known ? Expectation::continue_100 : Expectation::unknown;
      }
      return {};
    case 10:
      if (equal_ignoring_case(name, "Connection")) {
        for_each_item(value, [&head](std::string_view option) {
          if (equal_ignoring_case(option, "close")) head.keep_alive = false;
        });
      }
      return {};
    case 14: return equal_ignoring_case(name, "Content-Length") ? take_content_length(value, head) : Result<void>();
    case 17:
      return equal_ignoring_case(name, "Transfer-Encoding") ? take_transfer_encoding(value, head) : Result<void>();
    default: return {};
  }
}

Result<void> parse_field(std::string_view line, Head& head) {
  if (line.front() == ' ' || line.front() == '\t')
    return malformed("a header line is folded (starts with white space)");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("a header line has no colon: '" + printable(line) + "'");
  const auto name = line.substr(0, colon);
  if (!is_token(name)) return malformed("a header name is not a token: '" + printable(name) + "'");
  const auto value = trim_value(line.substr(colon + 1));
  if (!std::ranges::all_of(value, is_value_char)) {
    return malformed("the value of header '" + printable(name) + "' has a control character");
  }
  for (const auto single : kSingleFields) {
    if (base::equal_ignoring_case(name, single) && head.headers.find(single)) {
      return malformed(std::string(single) + " was sent more than once");
    }
  }
  RETURN_IF_ERROR(interpret_field(name, value, head));
  head.headers.add(std::string(name), std::string(value));
  return {};
}

/// What only the whole block can tell.
Result<void> check_together(Head& head) {
  if (head.chunked && head.content_length) return malformed("Content-Length and Transfer-Encoding were both sent");
  if (head.version_minor == 1) return {};
  if (head.chunked) return malformed("Transfer-Encoding does not exist in HTTP/1.0");
  // An HTTP/1.0 client keeps its connection only when it says so, and "close" wins.
  bool asked = false;
  for (const auto& [name, value] : head.headers.fields()) {
    if (!base::equal_ignoring_case(name, "Connection")) continue;
    for_each_item(value, [&asked](std::string_view option) {
      if (base::equal_ignoring_case(option, "keep-alive")) asked = true;
    });
  }
  head.keep_alive = head.keep_alive && asked;
  head.expectation = Expectation::none;
  return {};
}

}  // namespace

bool is_token_char(char c) noexcept {
  return kToken[static_cast<unsigned char>(c)];
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, kMaxQuotedBytes));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  if (text.size() > kMaxQuotedBytes) out += "...";
  return out;
}

HeadEnd find_head_end(std::string_view bytes, std::size_t from) {
  using State = HeadEnd::State;
  // The last bytes seen may be the start of the empty line.
  for (std::size_t i = from < 3 ? 0 : from - 3; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte >= 0x20 || byte == '\t') continue;
    if (byte == '\r') {
      if (i == 0 || (i + 1 < bytes.size() && bytes[i + 1] != '\n')) return {State::malformed, 0};
      continue;
    }
    if (byte != '\n' || i == 0 || bytes[i - 1] != '\r') return {State::malformed, 0};
    if (i >= 3 && bytes[i - 2] == '\n') return {State::complete, i + 1};
  }
  return {};
}

Result<Head> parse_head(std::string_view raw, const HeadLimits& limits) {
  if (raw.size() > limits.max_bytes) {
    return Error(Errc::too_large, "the header block has more than " + std::to_string(limits.max_bytes) + " bytes");
  }
  const HeadEnd end = find_head_end(raw, 0);
  if (end.state == HeadEnd::State::malformed) {
    return malformed("the header block has a control character or a line that does not end with CR LF");
  }
  if (end.state == HeadEnd::State::incomplete || end.size != raw.size()) {
    return malformed("the header block does not end with its first empty line");
  }
  std::string_view rest = raw.substr(0, raw.size() - 2);  // each line left ends with CR LF
  const auto next_line = [&rest] {
    const auto size = rest.find("\r\n");
    const auto line = rest.substr(0, size);
    rest.remove_prefix(size + 2);
    return line;
  };
  Head head;
  RETURN_IF_ERROR(parse_request_line(next_line(), limits, head));
  std::size_t fields = 0;
  while (!rest.empty()) {
    if (++fields > limits.max_fields) {
      return Error(Errc::too_large, "the header block has more than " + std::to_string(limits.max_fields) + " fields");
    }
    RETURN_IF_ERROR(parse_field(next_line(), head));
  }
  RETURN_IF_ERROR(check_together(head));
  return head;
}

std::pair<std::string, std::string> peek_request_line(std::string_view raw) {
  const auto line = raw.substr(0, raw.find_first_of("\r\n"));
  const auto first = line.find(' ');
  if (first == std::string_view::npos || first > kMaxMethodBytes || !is_token(line.substr(0, first))) return {};
  const auto rest = line.substr(first + 1);
  const auto target = rest.substr(0, rest.find(' '));
  if (target.empty() || target.front() != '/' || !std::ranges::all_of(target, is_target_char)) {
    return {std::string(line.substr(0, first)), {}};
  }
  return {std::string(line.substr(0, first)), std::string(target)};
}

}  // namespace http
