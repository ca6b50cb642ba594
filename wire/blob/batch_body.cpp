// Read line by line. A part is: its own headers, an empty line, a request line, the request's headers, an empty line.
#include "wire/blob/batch_body.h"

#include "base/text.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"

#include <algorithm>
#include <optional>

namespace wire::blob {
namespace {

constexpr std::size_t kMaxFields = 64;         // of one part
constexpr std::size_t kMaxBoundaryBytes = 70;  // RFC 2046 5.1.1
constexpr std::string_view kPartType = "application/http";
constexpr std::string_view kMultipart = "multipart/mixed";

base::Error bad_body(std::string_view reason) {
  return error(ErrorCode::InvalidInput, {{"Reason", std::string(reason)}});
}

std::optional<std::string> boundary_of(std::string_view content_type) {
  const auto parameters = base::split(content_type, ';');
  if (!base::equal_ignoring_case(base::trim(parameters.front()), kMultipart)) return std::nullopt;
  constexpr std::string_view kName = "boundary=";
  for (const auto& parameter : parameters) {
    auto text = base::trim(parameter);
    if (!base::starts_with_ignoring_case(text, kName)) continue;
    text.remove_prefix(kName.size());
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    if (text.empty() || text.size() > kMaxBoundaryBytes) return std::nullopt;
    return std::string(text);
  }
  return std::nullopt;
}

/// Takes the first line off `text`, without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Takes "Name: value" lines and the empty line behind them.
base::Result<BatchFields> take_fields(std::string_view& text) {
  BatchFields fields;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.empty()) return fields;
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos || line.find('\r') != std::string_view::npos ||
        line.find('\0') != std::string_view::npos) {
      return bad_body("a header of a part has no name");
    }
    if (fields.size() == kMaxFields) return bad_body("a part has too many headers");
    fields.emplace_back(base::trim(line.substr(0, colon)), base::trim(line.substr(colon + 1)));
  }
  return fields;
}

std::string_view find_field(const BatchFields& fields, std::string_view name) {
  const auto found =
      std::ranges::find_if(fields, [name](const auto& field) { return base::equal_ignoring_case(field.first, name); });
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

base::Result<BatchRequest> read_part(std::string_view text) {
  BatchRequest request;
  ASSIGN_OR_RETURN(const auto own, take_fields(text));
  if (!base::equal_ignoring_case(find_field(own, "Content-Type"), kPartType)) {
    return bad_body("a part is not application/http");
  }
  request.content_id = find_field(own, "Content-ID");
  if (!is_visible(request.content_id)) return bad_body("a Content-ID has a space or control character");
  const auto words = base::split(take_line(text), ' ');
  if (words.size() != 3 || !words[2].starts_with("HTTP/1.") || !words[1].starts_with('/') || !is_visible(words[1]) ||
      words[0].empty()) {
    return bad_body("a part does not begin with a request line");
  }
  request.method = words[0];
  request.target = words[1];
  ASSIGN_OR_RETURN(request.headers, take_fields(text));
  if (!base::trim(text).empty()) return bad_body("a request of a batch has a body");
  return request;
}

}  // namespace

base::Result<std::vector<BatchRequest>> parse_batch(std::string_view content_type, std::string_view body) {
  const auto boundary = boundary_of(content_type);
  if (!boundary) return invalid_header("Content-Type", content_type);
  const std::string between = "--" + *boundary;
  const std::string last = between + "--";
  std::vector<BatchRequest> requests;
  const char* begin = nullptr;  // of the part under way
  while (!body.empty()) {
    const auto line = take_line(body);
    if (line != between && line != last) continue;
    if (begin != nullptr) {
      if (requests.size() == kMaxBatchRequests) return bad_body("a batch has at most 256 requests");
      ASSIGN_OR_RETURN(auto request, read_part({begin, static_cast<std::size_t>(line.data() - begin)}));
      requests.push_back(std::move(request));
    }
    if (line == last) {
      if (requests.empty()) break;
      return requests;
    }
    begin = body.data();
  }
  return bad_body(requests.empty() ? "a batch has no requests" : "a batch does not end with its boundary");
}

std::string print_batch(std::string_view boundary, const std::vector<BatchAnswer>& answers) {
  std::string text;
  for (const auto& answer : answers) {
    text.append("--").append(boundary).append("\r\nContent-Type: application/http\r\n");
    if (!answer.content_id.empty()) text.append("Content-ID: ").append(answer.content_id).append("\r\n");
    text.append("\r\nHTTP/1.1 ").append(std::to_string(answer.status)).append(" ").append(answer.reason).append("\r\n");
    for (const auto& [name, value] : answer.headers) text.append(name).append(": ").append(value).append("\r\n");
    text.append("\r\n").append(answer.body).append("\r\n");
  }
  return text.append("--").append(boundary).append("--\r\n");
}

}  // namespace wire::blob
