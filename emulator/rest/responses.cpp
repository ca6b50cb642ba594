// Server and Strict-Transport-Security are the service's own values: nobody depends on them, and nobody is surprised.
#include "emulator/rest/responses.h"

#include "emulator/names.h"
#include "emulator/rest/operation.h"
#include "wire/batch/errors.h"
#include "wire/entra/token.h"
#include "wire/shared_key.h"
#include "wire/time_text.h"

#include <nlohmann/json.hpp>

namespace emulator::rest {
namespace {

/// Seconds until a client should try again; the service's own value is not published.
constexpr std::string_view kRetryAfter = "1";
constexpr std::size_t kMaxClientRequestIdLength = 256;

bool is_head(const http::Request& request) {
  return request.method == "HEAD";
}

bool is_read(const http::Request& request) {
  return request.method == "GET" || is_head(request);
}

bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

}  // namespace

http::Response json_response(const Call& call, std::string_view suffix, nlohmann::ordered_json body) {
  nlohmann::ordered_json document;
  document["odata.metadata"] = call.base_url + "/$metadata#" + std::string{suffix};
  for (auto& [name, value] : body.items()) document[name] = std::move(value);
  http::Response response;
  response.status = call.operation->success;
  response.headers.set("Content-Type", std::string{kJsonContentType});
  response.text = document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  response.chunked = true;
  return response;
}

http::Response empty_response(const Call& call) {
  http::Response response;
  response.status = call.operation->success;
  return response;
}

void set_version(http::Response& response, const core::Version& version) {
  response.headers.set("ETag", wire::etag_of(version.last_modified));
  response.headers.set("Last-Modified", wire::print_http_date(version.last_modified));
}

http::Response accepted_response(const Call& call) {
  auto response = empty_response(call);
  response.headers.set("DataServiceId", call.base_url + call.request->path);
  return response;
}

http::Response written_response(const Call& call, const core::Version& version) {
  auto response = empty_response(call);
  set_version(response, version);
  response.headers.set("DataServiceId", call.base_url + call.request->path);
  return response;
}

http::Response created_response(const Call& call, std::string_view resource, const core::Version& version) {
  auto response = empty_response(call);
  set_version(response, version);
  response.headers.set("Location", call.base_url + std::string{resource});
  response.headers.set("DataServiceId", call.base_url + std::string{resource});
  return response;
}

http::Response error_response(const base::Error& error, int status, const http::Request& request, base::Timestamp now) {
  http::Response response;
  response.status = status;
  response.reason = wire::batch::reason_phrase(error);
  if (status == 503 || status == 429) response.headers.set("Retry-After", std::string{kRetryAfter});
  if (status != 304) {
    const wire::batch::ErrorContext context{
        .base_url = request.base_url(), .request_id = request.request_id, .time = now};
    auto document = wire::batch::error_document(error, context);
    response.headers.set("Content-Type", std::string{kJsonContentType});
    if (is_head(request)) {
      response.content_length = 0;
    } else {
      response.text = std::move(document);
    }
  }
  return response;
}

namespace {

/// 401, unlike a wrong signature (inferred: contract 2.4 allows both, and clients with tokens look for the challenge).
/// Code, text and the detail's name were seen on the live service. Who addressed us by another name than the service's
/// own finds the token service at that address too.
http::Response token_refusal(const base::Error& error, const http::Request& request, base::Timestamp now) {
  constexpr int kUnauthorized = 401;
  const base::Error refused{wire::batch::ErrorCode::AuthenticationFailed,
                            "Server failed to authenticate the request. Make sure the value of Authorization header "
                            "is formed correctly.",
                            {{std::string{wire::kAuthenticationErrorDetail}, error.message}}};
  auto response = error_response(refused, kUnauthorized, request, now);
  const auto base_url = request.base_url();
  const auto authority = base_url.ends_with(kBatchDomain) ? "https://" + std::string{kLoginHost} : base_url;
  response.headers.set("WWW-Authenticate", "Bearer authorization_uri=\"" + authority + "/" +
                                               std::string{kDefaultTenant} +
                                               "\", resource_id=\"https://batch.core.windows.net/\", "
                                               "error=\"invalid_token\", error_description=\"" +
                                               error.message + "\"");
  return response;
}

}  // namespace

http::Response error_response(const base::Error& error, const http::Request& request, base::Timestamp now) {
  if (wire::entra::is_token_error(error)) return token_refusal(error, request, now);
  const auto status = wire::batch::http_status(wire::batch::code_of(error), is_read(request));
  return error_response(error, status, request, now);
}

void add_common_headers(http::Response& response, const http::Request& request) {
  response.headers.set("request-id", request.request_id);
  response.headers.set("DataServiceVersion", "3.0");
  response.headers.set("Server", "Microsoft-HTTPAPI/2.0");
  response.headers.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  response.headers.set("X-Content-Type-Options", "nosniff");
  const auto client_id = request.headers.find("client-request-id");
  const auto wanted = base::equal_ignoring_case(base::trim(request.headers.get("return-client-request-id")), "true");
  if (wanted && client_id && client_id->size() <= kMaxClientRequestIdLength && is_printable(*client_id)) {
    response.headers.set("client-request-id", std::string{*client_id});
  }
}

}  // namespace emulator::rest
