#include "emulator/entra/entra_api.h"

#include "base/text.h"
#include "emulator/entra/discovery.h"
#include "emulator/entra/errors.h"
#include "emulator/entra/instance_metadata.h"
#include "emulator/entra/responses.h"
#include "emulator/entra/tenants.h"
#include "emulator/entra/tokens.h"
#include "emulator/names.h"

#include <algorithm>
#include <array>

namespace emulator::entra {
namespace {

enum class Endpoint { openid_configuration, instance, keys, user_realm, token, device_code, device_page, authorize };

struct Row {
  std::string_view method;
  std::string_view path;
  Endpoint endpoint;
  Version version;
};

constexpr auto kRows = std::to_array<Row>({
    {"GET", "/{tenant}/.well-known/openid-configuration", Endpoint::openid_configuration, Version::v1},
    {"GET", "/{tenant}/v2.0/.well-known/openid-configuration", Endpoint::openid_configuration, Version::v2},
    {"GET", "/{tenant}/discovery/instance", Endpoint::instance, Version::v2},
    {"GET", "/{tenant}/discovery/keys", Endpoint::keys, Version::v1},
    {"GET", "/{tenant}/discovery/v2.0/keys", Endpoint::keys, Version::v2},
    {"GET", "/{tenant}/userrealm/{user}", Endpoint::user_realm, Version::v1},
    {"GET", "/{tenant}/UserRealm/{user}", Endpoint::user_realm, Version::v1},  // as ADAL writes it
    {"POST", "/{tenant}/oauth2/token", Endpoint::token, Version::v1},
    {"POST", "/{tenant}/oauth2/v2.0/token", Endpoint::token, Version::v2},
    {"POST", "/{tenant}/oauth2/devicecode", Endpoint::device_code, Version::v1},
    {"POST", "/{tenant}/oauth2/v2.0/devicecode", Endpoint::device_code, Version::v2},
    {"GET", "/{tenant}/oauth2/devicecode", Endpoint::device_code, Version::v1},
    {"GET", "/{tenant}/oauth2/v2.0/devicecode", Endpoint::device_code, Version::v2},
    {"GET", "/{tenant}/oauth2/deviceauth", Endpoint::device_page, Version::v1},
    {"GET", "/{tenant}/oauth2/authorize", Endpoint::authorize, Version::v1},
    {"GET", "/{tenant}/oauth2/v2.0/authorize", Endpoint::authorize, Version::v2},
});

bool needs_key(Endpoint endpoint) {
  return endpoint == Endpoint::token || endpoint == Endpoint::keys;
}

/// The request line without its query, which may hold secrets.
std::string named(const http::Request& request) {
  return request.method + " " + request.path;
}

base::Error routing_error(const std::vector<std::string>& methods, const http::Request& request) {
  const bool takes_posts = std::ranges::find(methods, "POST") != methods.end();
  return takes_posts ? make_error(ErrorCode::PostOnly, request.method)
                     : make_error(ErrorCode::NotOffered, named(request));
}

/// MSAL joins "https://host/common/" and "/v2.0/...": two slashes in a row are one to the service.
std::string without_double_slashes(std::string_view path) {
  std::string result;
  for (const char c : path) {
    if (c != '/' || !result.ends_with('/')) result += c;
  }
  return result;
}

bool is_metadata(std::string_view path) {
  return path.starts_with(kMetadataPrefix);
}

/// By the real address of a machine's metadata service, everything is for that.
bool is_for_metadata(const http::Request& request) {
  const auto host = request.headers.get("Host");
  return is_metadata(request.path) || host.substr(0, host.find(':')) == kMetadataHost;
}

}  // namespace

EntraApi::EntraApi(std::filesystem::path directory, base::Workers& workers, const base::Clock& clock)
    : key_(std::move(directory) / "signing.key"), workers_(workers), clock_(clock) {
  for (std::size_t row = 0; row < kRows.size(); ++row) router_.add(kRows.at(row).method, kRows.at(row).path, row);
}

bool EntraApi::owns(std::string_view path) {
  if (is_metadata(path)) return true;
  if (!path.starts_with('/')) return false;
  path.remove_prefix(1);
  const auto slash = path.find('/');
  if (slash == std::string_view::npos || !tenant_id(path.substr(0, slash))) return false;
  const auto below = without_double_slashes(path.substr(slash));
  for (const std::string_view part :
       {"/oauth2/", "/discovery/", "/userrealm/", "/UserRealm/", "/.well-known/", "/v2.0/.well-known/"}) {
    if (below.starts_with(part)) return true;
  }
  return false;
}

base::Result<http::Response> EntraApi::dispatch(std::size_t row, const Exchange& exchange) {
  switch (kRows.at(row).endpoint) {
    case Endpoint::openid_configuration: return get_openid_configuration(exchange);
    case Endpoint::instance: return get_instance(exchange);
    case Endpoint::keys: return get_keys(exchange);
    case Endpoint::user_realm: return get_user_realm(exchange);
    case Endpoint::token: return post_token(exchange, codes_);
    case Endpoint::device_code: return post_device_code(exchange, codes_);
    case Endpoint::device_page: return get_device_page(exchange, codes_);
    case Endpoint::authorize:
      return make_error(ErrorCode::NotOffered,
                        "signing in with a browser; use a client secret, a managed identity or a device code");
  }
  return make_error(ErrorCode::Unavailable);
}

base::Async<base::Result<http::Response>> EntraApi::answer(http::Request& request) {
  const auto path = without_double_slashes(request.path);
  const auto match = router_.match(request.method, path);
  if (!match) co_return routing_error(router_.methods(path), request);
  const auto& row = kRows.at(match->row);
  Exchange exchange{.request = &request,
                    .version = row.version,
                    .tenant_name = match->parameters.get("tenant"),
                    .user_name = match->parameters.get("user"),
                    .authority = request.base_url(),
                    .now = clock_.now()};
  const auto tenant = tenant_id(exchange.tenant_name);
  if (!tenant) co_return make_error(ErrorCode::InvalidTenant, exchange.tenant_name);
  exchange.tenant = *tenant;
  if (row.method == "POST") {
    CO_ASSIGN_OR_RETURN(exchange.form, co_await Form::read(*request.body));
  } else {
    CO_ASSIGN_OR_RETURN(exchange.form, Form::parse(request.query));
  }
  if (needs_key(row.endpoint)) {
    CO_ASSIGN_OR_RETURN(exchange.key, co_await key_.get(workers_));
  }
  co_return dispatch(match->row, exchange);
}

base::Async<base::Result<http::Response>> EntraApi::answer_metadata(http::Request& request) {
  Exchange exchange{.request = &request, .authority = request.base_url(), .now = clock_.now()};
  CO_ASSIGN_OR_RETURN(exchange.form, Form::parse(request.query));
  if (auto refused = refuse_metadata_request(request, exchange.form)) co_return std::move(*refused);
  CO_ASSIGN_OR_RETURN(exchange.key, co_await key_.get(workers_));
  co_return get_identity_token(exchange);
}

base::Async<http::Response> EntraApi::handle(http::Request& request) {
  base::Result<http::Response> result = make_error(ErrorCode::Unavailable);
  if (is_for_metadata(request)) {
    result = co_await answer_metadata(request);
  } else {
    result = co_await answer(request);
  }
  auto response = result ? std::move(*result) : error_response(result.error(), request, clock_.now());
  add_common_headers(response, request);
  co_return response;
}

wire::entra::TokenVerifier EntraApi::verifier(wire::entra::Audience audience) {
  return [this, audience](std::string_view token) -> base::Result<wire::entra::Identity> {
    ASSIGN_OR_RETURN(const auto key, key_.find());
    // Without a key, nothing has been signed yet: the token is refused like every foreign one.
    const auto keys = key ? std::span{&key->public_key(), 1} : std::span<const wire::entra::PublicKey>{};
    return wire::entra::read_token(token, keys, audience, clock_.now());
  };
}

}  // namespace emulator::entra
