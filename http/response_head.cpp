#include "http/response_head.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <chrono>
#include <ctime>

namespace http {
namespace {

bool is_framing_field(std::string_view name) {
  using base::equal_ignoring_case;
  return equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Transfer-Encoding") ||
         equal_ignoring_case(name, "Connection") || equal_ignoring_case(name, "Keep-Alive");
}

void append_clean(std::string& out, std::string_view text) {
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  out += text;
  std::replace_if(
      out.begin() + start, out.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  append_clean(out, name);
  out += ": ";
  append_clean(out, value);
  out += "\r\n";
}

}  // namespace

std::string_view standard_reason(int status) {
  const auto text = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  return {text.data(), text.size()};
}

AnswerFraming frame_answer(const Response& response, const AnswerTo& request) {
  AnswerFraming framing;
  framing.close =
      response.close || !request.keep_alive || base::equal_ignoring_case(response.headers.get("Connection"), "close");
  if (response.status == 204 || response.status == 304) return framing;
  const bool streamed = response.source != nullptr;
  if (!streamed && !(response.chunked && !response.text.empty())) {
    framing.length = response.text.empty() && request.head ? response.content_length.value_or(0) : response.text.size();
    framing.body = !request.head && framing.length > 0U;
    return framing;
  }
  framing.length = streamed ? response.content_length : std::nullopt;
  framing.body = !request.head;
  if (framing.length) return framing;
  framing.chunked = request.version_minor == 1;
  if (!framing.chunked && framing.body) framing.close = true;
  return framing;
}

void append_head(std::string& out, const Response& response, const AnswerFraming& framing, const AnswerTo& request,
                 std::string_view date) {
  // The version is our own, whatever the client's (RFC 9110 2.5).
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  append_clean(out, response.reason.empty() ? standard_reason(response.status) : std::string_view(response.reason));
  out += "\r\n";
  bool dated = false;
  for (const auto& [name, value] : response.headers.fields()) {
    if (is_framing_field(name)) continue;
    dated = dated || base::equal_ignoring_case(name, "Date");
    append_field(out, name, value);
  }
  if (!dated) append_field(out, "Date", date);
  if (framing.length) append_field(out, "Content-Length", std::to_string(*framing.length));
  if (framing.chunked) append_field(out, "Transfer-Encoding", "chunked");
  if (framing.close) {
    append_field(out, "Connection", "close");
  } else if (request.version_minor == 0) {
    append_field(out, "Connection", "keep-alive");
  }
  out += "\r\n";
}

std::string_view http_date() {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  thread_local std::time_t made_at = -1;
  thread_local std::array<char, 64> text{};
  thread_local std::size_t size = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    // Not strftime: the names of days must not follow the locale.
    size = static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                                  kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                                                  kMonths.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900,
                                                  utc.tm_hour, utc.tm_min, utc.tm_sec));
    made_at = now;
  }
  return {text.data(), size};
}

}  // namespace http
