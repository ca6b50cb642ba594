// Errors have the service's shape: {"error", "error_description"}, with texts that it was seen to write.
#include "emulator/entra/instance_metadata.h"

#include "base/text.h"
#include "emulator/entra/claims.h"
#include "emulator/entra/responses.h"
#include "emulator/entra/scopes.h"
#include "emulator/entra/tenants.h"
#include "emulator/entra/tokens.h"
#include "wire/entra/token.h"

#include <nlohmann/json.hpp>

namespace emulator::entra {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLongestResourceId = 512;
constexpr auto kShownLifetime = std::chrono::seconds{kManagedIdentityTokenLifetime} - std::chrono::seconds{1};

http::Response refuse(int status, std::string_view error, std::string_view description) {
  const ordered_json document{{"error", error}, {"error_description", description}};
  return json_response(status, document);
}

/// The versions are dates. Newer ones change nothing here.
bool is_version(std::string_view text) {
  constexpr std::string_view kFirst = "2018-02-01";
  return text.size() == kFirst.size() && text >= kFirst && text[4] == '-' && text[7] == '-';
}

Principal identity_of(const Form& form) {
  const auto client_id = form.get("client_id");
  const auto object_id = form.get("object_id");
  // Two names for the same parameter: of the API and of its documentation.
  auto resource_id = form.get("mi_res_id");
  if (resource_id.empty()) resource_id = form.get("msi_res_id");
  const auto name = !client_id.empty() ? client_id : !object_id.empty() ? object_id : base::lower_case(resource_id);
  const auto derived = guid_of("managed identity " + (name.empty() ? "of the machine" : name));
  auto principal = application(home_tenant(), client_id.empty() ? derived : client_id);
  principal.kind = Principal::Kind::managed_identity;
  if (!object_id.empty()) principal.object_id = object_id;
  principal.resource_id = std::move(resource_id);
  return principal;
}

bool are_identity_names(const Form& form) {
  for (const auto* name : {"client_id", "object_id"}) {
    if (form.has(name) && check_client_id(form.get(name)).has_error()) return false;
  }
  for (const auto* name : {"mi_res_id", "msi_res_id"}) {
    if (form.get(name).size() > kLongestResourceId) return false;
  }
  return true;
}

}  // namespace

std::optional<http::Response> refuse_metadata_request(const http::Request& request, const Form& form) {
  if (request.path != kIdentityTokenPath) {
    return refuse(403, "forbidden",
                  "The emulator has no metadata of a machine; of this service it offers " +
                      std::string{kIdentityTokenPath} + " alone");
  }
  if (request.method != "GET") return refuse(405, "method_not_allowed", "Use GET");
  // Both keep requests out that somebody else was talked into making.
  if (!base::equal_ignoring_case(request.headers.get("Metadata"), "true")) {
    return refuse(400, "invalid_request", "Required metadata header not specified");
  }
  if (request.headers.count("X-Forwarded-For") > 0) {
    return refuse(400, "invalid_request", "Requests with the header X-Forwarded-For are refused");
  }
  if (!is_version(form.get("api-version"))) {
    return refuse(400, "invalid_request", "Required api-version parameter not specified, or not 2018-02-01 or later");
  }
  const auto resource = form.get("resource");
  if (resource.empty()) return refuse(400, "invalid_request", "Required audience parameter not specified");
  if (!are_identity_names(form)) return refuse(400, "invalid_request", "Identity not found");
  const auto requested = read_resource(resource);
  if (!requested) return refuse(400, "invalid_resource", "AADSTS500011: " + requested.error().message);
  return std::nullopt;
}

http::Response get_identity_token(const Exchange& exchange) {
  const auto resource = exchange.form.get("resource");
  const auto principal = identity_of(exchange.form);
  const auto claims = access_claims(principal, resource, exchange.now, kManagedIdentityTokenLifetime);
  const auto lifetime = std::to_string(kShownLifetime.count());
  const ordered_json document{{"access_token", wire::entra::print_token(claims, *exchange.key)},
                              {"client_id", principal.client_id},
                              {"expires_in", lifetime},
                              {"expires_on", std::to_string(claims.at("exp").get<std::int64_t>())},
                              {"ext_expires_in", lifetime},
                              {"not_before", std::to_string(claims.at("nbf").get<std::int64_t>())},
                              {"resource", resource},
                              {"token_type", "Bearer"}};
  return json_response(200, document);
}

}  // namespace emulator::entra
