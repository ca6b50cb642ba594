#include "emulator/management/responses.h"

#include "base/text.h"
#include "emulator/names.h"
#include "emulator/rest/paging.h"
#include "wire/batch/errors.h"
#include "wire/shared_key.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace emulator::management {
namespace {

using nlohmann::ordered_json;
using wire::management::ErrorCode;

constexpr int kSuccess = 200;
constexpr int kAccepted = 202;
constexpr int kUnauthorized = 401;
/// Seconds. The live service says 15, with virtual machines to set up; here all is done at once or soon.
constexpr std::string_view kRetryAfter = "1";

struct ErrorText {
  std::string code;
  std::string message;
  int status = 0;
  std::string target;
};

std::string detail_of(const base::Error& error, std::string_view key) {
  const auto found = std::ranges::find(error.details, key, &base::ErrorDetail::key);
  return found == error.details.end() ? "" : found->value;
}

ErrorText text_of_batch_error(const base::Error& error) {
  const auto code = wire::batch::code_of(error);
  // The management operations have no 304; a read's unmet condition does not come up here.
  ErrorText text{.code = std::string(wire::batch::name_of(code)),
                 .message = error.message,
                 .status = wire::batch::http_status(code),
                 .target = detail_of(error, "PropertyName")};
  if (const auto reason = detail_of(error, "Reason"); !reason.empty()) text.message += " " + reason + ".";
  return text;
}

/// An error of another kind may speak of files and keys; only its code's text goes out.
ErrorText text_of_own_error(const base::Error& error) {
  const auto code = wire::management::code_of(error);
  const bool own = error.code.category() == wire::management::management_category() && !error.message.empty();
  return {.code = std::string(wire::management::name_of(code)),
          .message = own ? error.message : std::string(wire::management::message_of(code)),
          .status = wire::management::http_status(code),
          .target = own ? detail_of(error, "Target") : ""};
}

bool is_of_batch(const base::Error& error) {
  return error.code.category() == wire::batch::batch_category() ||
         wire::management::is_of_batch(wire::management::code_of(error));
}

/// The challenge that tells clients where tokens come from. The message has no quotes that would end it.
std::string challenge(std::string_view message) {
  std::string description;
  for (const char c : message) {
    if (c != '"' && c != '\\' && c >= ' ') description += c;
  }
  return "Bearer authorization_uri=\"https://" + std::string(kLoginHost) + "/" + std::string(kDefaultTenant) +
         "\", error=\"invalid_token\", error_description=\"" + description + "\"";
}

/// Of how many requests an hour a subscription is never short here: nothing is counted, the whole limit is left.
struct Limit {
  std::string_view method;
  std::string_view header;
  std::string_view left;
};
constexpr auto kLimits = std::to_array<Limit>({
    {"GET", "x-ms-ratelimit-remaining-subscription-reads", "11999"},
    {"HEAD", "x-ms-ratelimit-remaining-subscription-reads", "11999"},
    {"PUT", "x-ms-ratelimit-remaining-subscription-writes", "1199"},
    {"POST", "x-ms-ratelimit-remaining-subscription-writes", "1199"},
    {"PATCH", "x-ms-ratelimit-remaining-subscription-writes", "1199"},
    {"DELETE", "x-ms-ratelimit-remaining-subscription-deletes", "14999"},
});

/// "20220609T070448Z"
std::string compact_time(base::Timestamp now) {
  const auto text = wire::print_timestamp(now);
  std::string compact;
  for (const char c : text.substr(0, text.find('.'))) {
    if (c != '-' && c != ':' && c != 'Z') compact += c;
  }
  return compact + "Z";
}

}  // namespace

http::Response json_response(int status, const ordered_json& body) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json; charset=utf-8");
  response.text = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return response;
}

http::Response resource_response(const ordered_json& resource) {
  auto response = json_response(kSuccess, resource);
  if (resource.contains("etag")) response.headers.set("ETag", resource.at("etag").get<std::string>());
  return response;
}

http::Response list_response(const Call& call, ordered_json values, bool more, std::string_view last_key) {
  ordered_json body;
  body["value"] = std::move(values);
  if (more) {
    const auto& request = *call.request;
    auto link = request.base_url() + request.path + "?";
    // Everything the client asked for but where it stood.
    for (std::string_view rest = request.query; !rest.empty();) {
      const auto field = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(field.size() + 1, rest.size()));
      if (!field.starts_with("$skiptoken=") && !field.starts_with("%24skiptoken=")) link += std::string(field) + "&";
    }
    body["nextLink"] = link + "$skiptoken=" + rest::skip_token_after(last_key);
  }
  return json_response(kSuccess, body);
}

http::Response empty_response(int status) {
  http::Response response;
  response.status = status;
  return response;
}

http::Response accepted_response(const Call& call, const std::string& path) {
  auto response = empty_response(kAccepted);
  response.headers.set("Location", call.request->base_url() + path + "?api-version=" + call.api_version);
  response.headers.set("Retry-After", std::string(kRetryAfter));
  return response;
}

http::Response error_response(const base::Error& error, const http::Request& request, base::Timestamp now) {
  auto text =
      error.code.category() == wire::batch::batch_category() ? text_of_batch_error(error) : text_of_own_error(error);
  const auto plain = text.message;
  if (is_of_batch(error)) {
    text.message += "\nRequestId:" + request.request_id + "\nTime:" + wire::print_timestamp(now);
  }
  ordered_json body{{"code", text.code}, {"message", std::move(text.message)}};
  if (!text.target.empty()) body["target"] = text.target;
  auto response = json_response(text.status, ordered_json{{"error", std::move(body)}});
  if (text.status == kUnauthorized) response.headers.set("WWW-Authenticate", challenge(plain));
  if (request.method == "HEAD") {
    response.content_length = response.text.size();
    response.text.clear();
  }
  return response;
}

void add_common_headers(http::Response& response, const http::Request& request, base::Timestamp now) {
  const auto sent = request.headers.get("x-ms-correlation-request-id");
  const auto correlation = sent.empty() || sent.size() > 64 ? request.request_id : std::string(sent);
  response.headers.set("x-ms-request-id", request.request_id);
  response.headers.set("x-ms-correlation-request-id", correlation);
  response.headers.set("x-ms-routing-request-id",
                       base::upper_case(kDefaultLocation) + ":" + compact_time(now) + ":" + correlation);
  for (const auto& limit : kLimits) {
    if (limit.method == request.method) response.headers.set(std::string(limit.header), std::string(limit.left));
  }
  const bool echo = base::equal_ignoring_case(request.headers.get("x-ms-return-client-request-id"), "true");
  const auto client_id = request.headers.get("x-ms-client-request-id");
  if (echo && !client_id.empty()) response.headers.set("x-ms-client-request-id", std::string(client_id));
  response.headers.set("Cache-Control", "no-cache");
  response.headers.set("Pragma", "no-cache");
  response.headers.set("Expires", "-1");
  response.headers.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  response.headers.set("X-Content-Type-Options", "nosniff");
}

std::string weak_etag(const core::Version& version) {
  return "W/\"" + wire::etag_of(version.last_modified) + "\"";
}

}  // namespace emulator::management
