#include "emulator/entra/discovery.h"

#include "base/text.h"
#include "emulator/entra/errors.h"
#include "emulator/entra/responses.h"
#include "emulator/entra/tenants.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace emulator::entra {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kScheme = "https://";
constexpr std::string_view kPublicAuthority = "login.microsoftonline.com";
/// All names of the public cloud's token service; the second is the one that caches are kept under.
constexpr auto kPublicAliases =
    std::to_array<std::string_view>({kPublicAuthority, "login.windows.net", "login.microsoft.com", "sts.windows.net"});

/// "host[:port]" of an https URL; "" for anything else.
std::string authority_of(std::string_view url) {
  if (!base::starts_with_ignoring_case(url, kScheme)) return {};
  url.remove_prefix(kScheme.size());
  const auto authority = url.substr(0, url.find_first_of("/?#"));
  return authority.find('@') == std::string_view::npos ? base::lower_case(authority) : std::string{};
}

bool is_loopback(std::string_view authority) {
  const auto host = authority.starts_with('[') ? authority.substr(0, authority.find(']') + 1)
                                               : authority.substr(0, authority.find(':'));
  return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

/// Some clients leave the port out of the authorization_endpoint: what they mean is the address they asked.
bool is_same_without_port(std::string_view authority, std::string_view asked) {
  return asked.starts_with(authority) && asked.substr(authority.size()).starts_with(':');
}

bool is_public(std::string_view authority) {
  return std::ranges::find(kPublicAliases, authority) != kPublicAliases.end();
}

ordered_json metadata_of_public_cloud() {
  return {{"preferred_network", kPublicAuthority}, {"preferred_cache", kPublicAliases[1]}, {"aliases", kPublicAliases}};
}

}  // namespace

base::Result<http::Response> get_openid_configuration(const Exchange& exchange) {
  const bool v2 = exchange.version == Version::v2;
  const bool is_shared = is_shared_tenant(exchange.tenant_name);
  const auto base = exchange.authority + "/" + (is_shared ? exchange.tenant_name : exchange.tenant);
  const auto oauth2 = base + (v2 ? "/oauth2/v2.0" : "/oauth2");
  const auto discovery = base + (v2 ? "/discovery/v2.0" : "/discovery");
  const auto issued_for = is_shared ? std::string{"{tenantid}"} : exchange.tenant;
  const ordered_json document{
      {"token_endpoint", oauth2 + "/token"},
      {"token_endpoint_auth_methods_supported",
       ordered_json::array({"client_secret_post", "private_key_jwt", "client_secret_basic"})},
      {"jwks_uri", discovery + "/keys"},
      {"response_modes_supported", ordered_json::array({"query", "fragment", "form_post"})},
      {"subject_types_supported", ordered_json::array({"pairwise"})},
      {"id_token_signing_alg_values_supported", ordered_json::array({"RS256"})},
      {"response_types_supported", ordered_json::array({"code", "id_token", "code id_token", "id_token token"})},
      {"scopes_supported", ordered_json::array({"openid", "profile", "email", "offline_access"})},
      {"issuer", v2 ? exchange.authority + "/" + issued_for + "/v2.0" : "https://sts.windows.net/" + issued_for + "/"},
      {"request_uri_parameter_supported", false},
      {"authorization_endpoint", oauth2 + "/authorize"},
      {"device_authorization_endpoint", oauth2 + "/devicecode"},
      {"claims_supported",
       ordered_json::array({"sub", "iss", "aud", "exp", "iat", "acr", "name", "tid", "ver", "preferred_username"})},
      {"tenant_region_scope", nullptr},
      {"cloud_instance_name", "microsoftonline.com"},
      {"cloud_graph_host_name", "graph.windows.net"},
      {"msgraph_host", "graph.microsoft.com"},
      {"rbac_url", "https://pas.windows.net"}};
  return json_response(200, document);
}

base::Result<http::Response> get_instance(const Exchange& exchange) {
  ASSIGN_OR_RETURN(const auto version, exchange.form.require("api-version"));
  if (version != "1.0" && version != "1.1") return make_error(ErrorCode::InvalidParameter, "The api-version");
  ASSIGN_OR_RETURN(const auto endpoint, exchange.form.require("authorization_endpoint"));
  const auto named = authority_of(endpoint);
  const auto asked = authority_of(exchange.authority);
  const auto authority = is_same_without_port(named, asked) ? asked : named;
  const bool is_ours = authority == asked || is_loopback(authority);
  if (named.empty() || (!is_public(authority) && !is_ours)) return make_error(ErrorCode::UnknownInstance);
  // ".../{tenant}/oauth2[/v2.0]/authorize": the configuration of the same tenant and generation.
  const auto path = std::string_view{endpoint}.substr(std::min(endpoint.size(), kScheme.size() + named.size()));
  const auto tenant = path.empty() ? path : path.substr(1, path.find('/', 1) - 1);
  if (!tenant_id(tenant)) return make_error(ErrorCode::InvalidTenant, tenant);
  const bool v2 = path.find("/v2.0/") != std::string_view::npos;
  auto metadata = ordered_json::array({metadata_of_public_cloud()});
  if (!is_public(authority)) {
    metadata.push_back({{"preferred_network", authority},
                        {"preferred_cache", authority},
                        {"aliases", ordered_json::array({authority})}});
  }
  const ordered_json document{
      {"tenant_discovery_endpoint", std::string{kScheme} + authority + "/" + std::string{tenant} + (v2 ? "/v2.0" : "") +
                                        "/.well-known/openid-configuration"},
      {"api-version", version},
      {"metadata", std::move(metadata)}};
  return json_response(200, document);
}

base::Result<http::Response> get_user_realm(const Exchange& exchange) {
  if (!is_user_name(exchange.user_name)) return make_error(ErrorCode::UnknownUser);
  const ordered_json document{{"ver", "1.0"},
                              {"account_type", "Managed"},
                              {"domain_name", exchange.user_name.substr(exchange.user_name.find('@') + 1)},
                              {"cloud_instance_name", "microsoftonline.com"},
                              {"cloud_audience_urn", "urn:federation:MicrosoftOnline"}};
  return json_response(200, document);
}

base::Result<http::Response> get_keys(const Exchange& exchange) {
  return json_response(200, wire::entra::key_set(std::span{&exchange.key->public_key(), 1}));
}

}  // namespace emulator::entra
