#include "emulator/entra/responses.h"

#include "base/text.h"
#include "emulator/entra/tenants.h"

#include <nlohmann/json.hpp>

namespace emulator::entra {

http::Response json_response(int status, const nlohmann::ordered_json& document) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json; charset=utf-8");
  response.text = document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return response;
}

void add_common_headers(http::Response& response, const http::Request& request) {
  response.headers.set("Cache-Control", "no-store, no-cache");
  response.headers.set("Pragma", "no-cache");
  response.headers.set("Expires", "-1");
  response.headers.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("x-ms-request-id", request.request_id);
  const auto client_id = request.headers.get("client-request-id");
  const bool wanted = base::equal_ignoring_case(request.headers.get("return-client-request-id"), "true");
  if (wanted && is_guid(client_id)) response.headers.set("client-request-id", std::string{client_id});
}

}  // namespace emulator::entra
