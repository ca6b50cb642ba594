#include "blobstore/rest/cors.h"

#include "base/text.h"
#include "blobstore/rest/call.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/errors.h"

#include <utility>

namespace blobstore::rest {
namespace {

using wire::blob::ErrorCode;

constexpr std::string_view kOrigin = "Origin";
constexpr std::string_view kRequestedMethod = "Access-Control-Request-Method";
constexpr std::string_view kRequestedHeaders = "Access-Control-Request-Headers";

std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> items;
  for (const auto& item : base::split(text, ',')) {
    if (const auto name = base::trim(item); !name.empty()) items.emplace_back(name);
  }
  return items;
}

base::Error missing(std::string_view header) {
  return wire::blob::error(ErrorCode::MissingRequiredHeader, {{"HeaderName", std::string(header)}});
}

bool is_read(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

std::string exposed_of(const http::Response& response, const wire::blob::CorsRule& rule) {
  std::string exposed;
  for (const auto& [name, value] : response.headers.fields()) {
    if (engine::exposes(rule, name)) exposed += (exposed.empty() ? "" : ",") + name;
  }
  return exposed;
}

}  // namespace

void CorsTable::set(const std::string& account, engine::CorsRules rules) {
  auto shared = std::make_shared<const engine::CorsRules>(std::move(rules));
  const std::lock_guard lock(mutex_);
  rules_[account] = std::move(shared);
}

std::shared_ptr<const engine::CorsRules> CorsTable::find(std::string_view account) const {
  static const auto none = std::make_shared<const engine::CorsRules>();
  const std::lock_guard lock(mutex_);
  const auto found = rules_.find(account);
  return found == rules_.end() ? none : found->second;
}

base::Result<http::Response> answer_preflight(const Backend& backend, const Call& call) {
  const auto& headers = call.request.headers;
  for (const auto name : {kOrigin, kRequestedMethod}) {
    if (headers.get(name).empty()) return missing(name);
  }
  const auto rules = backend.cors->find(call.address.account);
  const auto asked = headers.get(kRequestedHeaders);
  const auto* rule = engine::find_rule(*rules, headers.get(kOrigin), headers.get(kRequestedMethod), listed(asked));
  if (rule == nullptr) return wire::blob::error(ErrorCode::CorsPreflightFailure);
  auto response = empty_response(200);
  response.headers.add("Access-Control-Allow-Origin", std::string(headers.get(kOrigin)));
  response.headers.add("Access-Control-Allow-Methods", std::string(headers.get(kRequestedMethod)));
  if (!asked.empty()) response.headers.add("Access-Control-Allow-Headers", std::string(asked));
  response.headers.add("Access-Control-Max-Age", std::to_string(rule->max_age_seconds));
  response.headers.add("Access-Control-Allow-Credentials", "true");
  return response;
}

void add_cors_headers(http::Response& response, const Backend& backend, const Call& call) {
  const auto origin = call.header(kOrigin);
  const auto rules = backend.cors->find(call.address.account);
  if (rules->empty()) return;
  const auto* rule = origin.empty() ? nullptr : engine::find_rule(*rules, origin, call.request.method, {});
  if (rule == nullptr) {
    // Another origin may get another answer, which caches must know.
    if (is_read(call.request.method)) response.headers.add("Vary", std::string(kOrigin));
    return;
  }
  const auto exposed = exposed_of(response, *rule);
  if (engine::is_for_everybody(*rule)) {
    response.headers.add("Access-Control-Allow-Origin", "*");
  } else {
    response.headers.add("Access-Control-Allow-Origin", std::string(origin));
    response.headers.add("Access-Control-Allow-Credentials", "true");
    if (is_read(call.request.method)) response.headers.add("Vary", std::string(kOrigin));
  }
  if (!exposed.empty()) response.headers.add("Access-Control-Expose-Headers", exposed);
}

}  // namespace blobstore::rest
