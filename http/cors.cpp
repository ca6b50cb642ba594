#include "http/cors.h"

#include "base/text.h"

#include <algorithm>

namespace http {
namespace {

constexpr std::string_view kRequestedMethod = "Access-Control-Request-Method";
constexpr std::string_view kRequestedHeaders = "Access-Control-Request-Headers";
constexpr std::string_view kAllowedOrigin = "Access-Control-Allow-Origin";
constexpr const char* kPreflightSeconds = "3600";

void name_origin(Response& response, const Request& request) {
  response.headers.set(std::string(kAllowedOrigin), std::string(request.headers.get("Origin")));
  response.headers.set("Access-Control-Allow-Credentials", "true");
  response.headers.add("Vary", "Origin");
}

}  // namespace

bool names_allowed_origin(const Headers& headers, const std::vector<std::string>& allowed) {
  if (headers.count("Origin") != 1) return false;
  const auto origin = headers.get("Origin");
  return std::ranges::any_of(allowed,
                             [origin](std::string_view entry) { return base::equal_ignoring_case(entry, origin); });
}

bool is_preflight(const Request& request) {
  return request.method == "OPTIONS" && request.headers.find("Origin") && request.headers.find(kRequestedMethod);
}

Response preflight_answer(const Request& request) {
  Response response;
  name_origin(response, request);
  response.headers.set("Access-Control-Allow-Methods", std::string(request.headers.get(kRequestedMethod)));
  if (const auto asked = request.headers.find(kRequestedHeaders); asked && !asked->empty()) {
    response.headers.set("Access-Control-Allow-Headers", std::string(*asked));
  }
  // A page of the network asks before it calls a server of its own machine (Private Network Access).
  if (request.headers.get("Access-Control-Request-Private-Network") == "true") {
    response.headers.set("Access-Control-Allow-Private-Network", "true");
  }
  response.headers.set("Access-Control-Max-Age", kPreflightSeconds);
  return response;
}

void open_to_origin(Response& response, const Request& request) {
  if (response.headers.find(kAllowedOrigin)) return;
  std::string exposed;
  for (const auto& [name, value] : response.headers.fields()) {
    if (!exposed.empty()) exposed += ",";
    exposed += name;
  }
  name_origin(response, request);
  if (!exposed.empty()) response.headers.set("Access-Control-Expose-Headers", exposed);
}

}  // namespace http
