// Messages are built as text first and quoted as JSON by nlohmann when asked for, so that no input can break a line.
#include "emulator/logging.h"

#include "base/durable_file.h"
#include "base/text.h"

#include <fcntl.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

constexpr std::string_view kRedacted = "REDACTED";
constexpr std::size_t kLongestShownPath = 512;

constexpr auto kShownParameters = std::to_array<std::string_view>(
    {"api-version", "timeout", "maxresults", "recursive", "$select", "$expand", "$filter", "comp", "restype", "prefix",
     "delimiter", "include", "blocklisttype", "force"});
constexpr auto kShownHeaders = std::to_array<std::string_view>(
    {"host", "user-agent", "accept", "content-type", "content-length", "client-request-id", "ocp-date", "date",
     "x-ms-version", "x-ms-date", "x-ms-client-request-id", "if-match", "if-none-match", "if-modified-since",
     "if-unmodified-since", "range", "ocp-range", "transfer-encoding"});

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& names, const std::string& lower) {
  return std::find(names.begin(), names.end(), lower) != names.end();
}

/// %J: the message as a JSON string.
class QuotedMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string text{message.payload.data(), message.payload.size()};
    const auto quoted = nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    out.append(quoted.data(), quoted.data() + quoted.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<QuotedMessage>();
  }
};

/// Control characters have no business in a line for people.
std::string one_line(std::string_view text) {
  std::string line{text.substr(0, kLongestShownPath)};
  for (auto& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line;
}

double milliseconds(std::chrono::steady_clock::duration took) {
  return std::chrono::duration<double, std::milli>(took).count();
}

std::string target_of(const http::Request& request) {
  const auto query = loggable_query(request.query);
  return one_line(request.path) + (query.empty() ? "" : "?" + query);
}

std::unique_ptr<spdlog::formatter> formatter_of(const std::string& format) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<QuotedMessage>('J');
  if (format == "json") {
    formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->add_flag<QuotedMessage>('J');
    formatter->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","message":%J})");
  } else {
    formatter->set_pattern("%H:%M:%S.%e %^%-5l%$ %v");
  }
  return formatter;
}

}  // namespace

base::Result<void> set_up_logging(const std::string& format, const std::string& level, const std::string& file) {
  auto on_stderr = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("batch-emulator", on_stderr);
  on_stderr->set_formatter(formatter_of(format));
  if (!file.empty()) {
    // Made here, since spdlog would leave its mode to the umask.
    ASSIGN_OR_RETURN(auto made, base::open_file(file, O_WRONLY | O_CREAT | O_APPEND));
    RETURN_IF_ERROR(made.close());
    auto in_file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
    in_file->set_formatter(formatter_of(format));
    logger->sinks().push_back(std::move(in_file));
    on_stderr->set_pattern("batch-emulator: %v");
    on_stderr->set_level(spdlog::level::warn);
  }
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

std::string loggable_query(std::string_view query) {
  std::string shown;
  for (const auto& field : base::split(query, '&')) {
    if (field.empty()) continue;
    const auto equals = field.find('=');
    const auto raw_name = field.substr(0, equals);
    const auto name = base::percent_decode(raw_name);
    if (!shown.empty()) shown += '&';
    shown += one_line(raw_name);
    if (equals == std::string::npos) continue;
    const bool is_shown = name && holds(kShownParameters, base::lower_case(*name));
    shown += "=" + (is_shown ? one_line(field.substr(equals + 1)) : std::string{kRedacted});
  }
  return shown;
}

std::string loggable_headers(const http::Headers& headers) {
  std::string shown;
  for (const auto& [name, value] : headers.fields()) {
    if (!shown.empty()) shown += ", ";
    shown += one_line(name) + ": ";
    shown += holds(kShownHeaders, base::lower_case(name)) ? one_line(value) : std::string{kRedacted};
  }
  return shown;
}

void log_batch_request(const rest::Answered& answered) {
  const auto& request = answered.request;
  const bool is_bug = answered.status == 500;
  const auto level = is_bug ? spdlog::level::err : spdlog::level::info;
  spdlog::log(level, "batch {} {} {} {} {:.1f} ms {}{}{}", request.method, target_of(request), answered.status,
              answered.operation.empty() ? "-" : answered.operation, milliseconds(answered.took), request.request_id,
              answered.error == nullptr ? "" : ": ",
              answered.error == nullptr ? "" : one_line(answered.error->message));
  if (spdlog::should_log(spdlog::level::debug)) {
    spdlog::debug("{} headers {}", request.request_id, loggable_headers(request.headers));
  }
}

void log_request(std::string_view endpoint, const http::Request& request, int status,
                 std::chrono::steady_clock::duration took) {
  spdlog::info("{} {} {} {} {:.1f} ms {}", endpoint, request.method, target_of(request), status, milliseconds(took),
               request.request_id);
  if (spdlog::should_log(spdlog::level::debug)) {
    spdlog::debug("{} headers {}", request.request_id, loggable_headers(request.headers));
  }
}

void log_node_request(const http::Request& request, int status, std::chrono::steady_clock::duration took) {
  spdlog::debug("node {} {} {} {:.1f} ms", request.method, target_of(request), status, milliseconds(took));
}

void log_refusal(std::string_view endpoint, const http::Request& request, int status, std::string_view explanation) {
  spdlog::warn("{} refused {} {} {} {}: {}", endpoint, one_line(request.method), target_of(request), status,
               request.request_id, one_line(explanation));
}

}  // namespace emulator
