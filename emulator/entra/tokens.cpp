// Order of checks: grant type, client, its credential, what is asked for.
#include "emulator/entra/tokens.h"

#include "base/text.h"
#include "emulator/entra/claims.h"
#include "emulator/entra/errors.h"
#include "emulator/entra/responses.h"
#include "emulator/entra/scopes.h"
#include "emulator/entra/tenants.h"
#include "wire/entra/token.h"

#include <algorithm>

namespace emulator::entra {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::string_view kBasic = "Basic ";
/// The service rounds down.
constexpr auto kShownLifetime = std::chrono::seconds{kTokenLifetime} - std::chrono::seconds{1};

struct Client {
  std::string id;
  bool with_secret = false;  ///< given, perhaps empty
  std::string secret;
};

/// `Authorization: Basic base64(id:secret)`, both form-encoded (RFC 6749, section 2.3.1).
base::Result<Client> read_basic(std::string_view header) {
  const auto invalid = make_error(ErrorCode::InvalidParameter, "The Authorization");
  const auto text = base::base64_decode(base::trim(header.substr(kBasic.size())));
  if (!text) return invalid;
  const auto colon = text->find(':');
  if (colon == std::string::npos) return invalid;
  constexpr bool kPlusIsSpace = true;
  auto id = base::percent_decode(text->substr(0, colon), kPlusIsSpace);
  auto secret = base::percent_decode(text->substr(colon + 1), kPlusIsSpace);
  if (!id || !secret) return invalid;
  return Client{.id = std::move(*id), .with_secret = true, .secret = std::move(*secret)};
}

base::Result<Client> read_client(const Exchange& exchange) {
  const auto header = exchange.request->headers.get("Authorization");
  const auto& form = exchange.form;
  Client client{
      .id = form.get("client_id"), .with_secret = form.has("client_secret"), .secret = form.get("client_secret")};
  if (base::starts_with_ignoring_case(header, kBasic)) {
    ASSIGN_OR_RETURN(auto basic, read_basic(header));
    const bool other = !client.id.empty() && client.id != basic.id;
    if (other || client.with_secret) return make_error(ErrorCode::InvalidParameter, "The client_id or client_secret");
    client = std::move(basic);
  }
  if (client.id.empty()) return make_error(ErrorCode::MissingParameter, "client_id");
  RETURN_IF_ERROR(check_client_id(client.id));
  return client;
}

/// The assertion's signature is that of a key that only the client and the real directory know: form and times are
/// what can be checked. Issuer and subject are not compared with the client, since with a federated credential both are
/// another service's.
base::Result<void> check_assertion(const Exchange& exchange) {
  if (exchange.form.get("client_assertion_type") != kAssertionType) {
    return make_error(ErrorCode::InvalidParameter, "The client_assertion_type");
  }
  const auto assertion = wire::entra::parse_token(exchange.form.get("client_assertion"));
  if (!assertion) return make_error(ErrorCode::MalformedAssertion);
  const auto algorithm = assertion->header.value("alg", nlohmann::json{});
  const auto subject = assertion->claims.value("sub", nlohmann::json{});
  const bool is_signed = algorithm.is_string() && !base::equal_ignoring_case(algorithm.get<std::string>(), "none");
  if (!is_signed || !subject.is_string()) return make_error(ErrorCode::MalformedAssertion);
  const auto in_time = wire::entra::check_token_times(assertion->claims, exchange.now);
  if (in_time) return {};
  const bool malformed = in_time.error().code == wire::entra::TokenErrc::malformed;
  return make_error(malformed ? ErrorCode::MalformedAssertion : ErrorCode::ExpiredAssertion);
}

ordered_json number(const Exchange& exchange, std::int64_t value) {
  return exchange.version == Version::v1 ? ordered_json(std::to_string(value)) : ordered_json(value);
}

/// What every answer with an access token says. v1 writes numbers as strings and adds when and for what it is good.
ordered_json token_answer(const Exchange& exchange, const Principal& principal, const Requested& requested) {
  const auto claims = access_claims(principal, requested.resource, exchange.now, kTokenLifetime);
  ordered_json answer{{"token_type", "Bearer"},
                      {"expires_in", number(exchange, kShownLifetime.count())},
                      {"ext_expires_in", number(exchange, kShownLifetime.count())}};
  if (exchange.version == Version::v1) {
    answer["expires_on"] = number(exchange, claims.at("exp").get<std::int64_t>());
    answer["not_before"] = number(exchange, claims.at("nbf").get<std::int64_t>());
    answer["resource"] = requested.resource;
  }
  answer["access_token"] = wire::entra::print_token(claims, *exchange.key);
  return answer;
}

http::Response user_answer(const Exchange& exchange, const Principal& principal, const Requested& requested) {
  auto answer = token_answer(exchange, principal, requested);
  answer["scope"] = requested.scope;
  if (requested.offline_access) {
    // v1's refresh token remembers its resource as the scope that means it.
    const auto scope =
        exchange.version == Version::v1 ? requested.resource + "/.default openid offline_access" : requested.scope;
    answer["refresh_token"] = wire::entra::print_token(refresh_claims(principal, scope, exchange.now), *exchange.key);
  }
  if (requested.openid) {
    const auto claims = id_claims(principal, exchange.authority, exchange.now);
    answer["id_token"] = wire::entra::print_token(claims, *exchange.key);
  }
  if (exchange.form.get("client_info") == "1") answer["client_info"] = client_info(principal);
  return json_response(200, answer);
}

/// `before` is what was asked for earlier: a v2 scope.
base::Result<Requested> requested_by_user(const Exchange& exchange, const std::string& before) {
  const auto& form = exchange.form;
  if (exchange.version == Version::v1 && form.has("resource")) return read_resource(form.get("resource"));
  if (exchange.version == Version::v2 && form.has("scope")) return read_scope(form.get("scope"), Asker::user);
  return read_scope(before, Asker::user);
}

base::Result<http::Response> grant_client_credentials(const Exchange& exchange) {
  const auto& form = exchange.form;
  ASSIGN_OR_RETURN(const auto client, read_client(exchange));
  const bool with_assertion = form.has("client_assertion");
  if (!with_assertion && !client.with_secret) return make_error(ErrorCode::NoClientCredential);
  if (!with_assertion && client.secret.empty()) return make_error(ErrorCode::EmptyClientSecret);
  if (with_assertion) RETURN_IF_ERROR(check_assertion(exchange));
  const bool v1 = exchange.version == Version::v1;
  ASSIGN_OR_RETURN(const auto requested,
                   v1 ? read_resource(form.get("resource")) : read_scope(form.get("scope"), Asker::application));
  auto principal = application(exchange.tenant, client.id);
  principal.with_certificate = with_assertion;
  return json_response(200, token_answer(exchange, principal, requested));
}

base::Result<http::Response> grant_refresh_token(const Exchange& exchange) {
  ASSIGN_OR_RETURN(const auto client, read_client(exchange));
  ASSIGN_OR_RETURN(const auto token, exchange.form.require("refresh_token"));
  const auto claims = wire::entra::verified_claims(token, std::span{&exchange.key->public_key(), 1});
  if (!claims) return make_error(ErrorCode::MalformedRefreshToken);
  ASSIGN_OR_RETURN(const auto refresh, read_refresh_claims(*claims, client.id));
  if (!wire::entra::check_token_times(*claims, exchange.now)) return make_error(ErrorCode::ExpiredRefreshToken);
  ASSIGN_OR_RETURN(auto requested, requested_by_user(exchange, refresh.scope));
  requested.offline_access = true;  // who refreshes goes on refreshing
  return user_answer(exchange, user(exchange.tenant, client.id, refresh.home_tenant, refresh.user_name), requested);
}

base::Result<http::Response> grant_device_code(const Exchange& exchange, DeviceCodes& codes) {
  ASSIGN_OR_RETURN(const auto client, read_client(exchange));
  auto code = exchange.form.get("device_code");
  if (code.empty()) code = exchange.form.get("code");  // v1's name
  if (code.empty()) return make_error(ErrorCode::MissingParameter, "device_code");
  ASSIGN_OR_RETURN(const auto sign_in, codes.poll(code, client.id, exchange.now));
  ASSIGN_OR_RETURN(const auto requested, requested_by_user(exchange, sign_in.scope));
  // The user is at home where it signs in.
  return user_answer(exchange, user(sign_in.tenant, client.id, sign_in.tenant), requested);
}

/// Any user name with any password, as any client with any secret. The user is at home where it signs in.
base::Result<http::Response> grant_password(const Exchange& exchange) {
  ASSIGN_OR_RETURN(const auto client, read_client(exchange));
  ASSIGN_OR_RETURN(const auto name, exchange.form.require("username"));
  if (!is_user_name(name)) return make_error(ErrorCode::UnknownUser);
  if (!exchange.form.has("password")) return make_error(ErrorCode::MissingParameter, "password");
  if (exchange.form.get("password").empty()) return make_error(ErrorCode::WrongPassword);
  ASSIGN_OR_RETURN(const auto requested, requested_by_user(exchange, {}));
  return user_answer(exchange, user(exchange.tenant, client.id, exchange.tenant, name), requested);
}

}  // namespace

base::Result<void> check_client_id(std::string_view id) {
  constexpr std::size_t kLongest = 128;
  const bool is_printable = std::ranges::all_of(id, [](char c) { return c > 0x20 && c < 0x7f; });
  if (id.empty() || id.size() > kLongest || !is_printable) return make_error(ErrorCode::UnknownClient);
  return {};
}

base::Result<http::Response> post_token(const Exchange& exchange, DeviceCodes& codes) {
  ASSIGN_OR_RETURN(const auto grant, exchange.form.require("grant_type"));
  if (grant == "client_credentials") return grant_client_credentials(exchange);
  if (grant == "refresh_token") return grant_refresh_token(exchange);
  if (grant == "password") return grant_password(exchange);
  if (grant == kDeviceGrant || grant == "device_code") return grant_device_code(exchange, codes);
  return make_error(ErrorCode::UnsupportedGrant, grant);
}

base::Result<http::Response> post_device_code(const Exchange& exchange, DeviceCodes& codes) {
  const bool v1 = exchange.version == Version::v1;
  ASSIGN_OR_RETURN(const auto client, read_client(exchange));
  std::string scope = exchange.form.get("scope");
  if (v1) {
    ASSIGN_OR_RETURN(const auto requested, read_resource(exchange.form.get("resource")));
    scope = requested.resource + "/.default openid offline_access";
  }
  RETURN_IF_ERROR(read_scope(scope, Asker::user));
  const auto& sign_in = codes.add(client.id, exchange.tenant, std::move(scope), exchange.now);
  const auto page = exchange.authority + "/common/oauth2/deviceauth";
  const ordered_json document{
      {"user_code", sign_in.user_code},
      {"device_code", sign_in.device_code},
      {v1 ? "verification_url" : "verification_uri", page},
      {"expires_in", number(exchange, std::chrono::seconds{kDeviceCodeLifetime}.count())},
      {"interval", number(exchange, kPollInterval.count())},
      {"message", "To sign in, use a web browser to open the page " + page + " and enter the code " +
                      sign_in.user_code + " to authenticate. (The emulator signs in by itself when nobody does.)"}};
  return json_response(200, document);
}

base::Result<http::Response> get_device_page(const Exchange& exchange, DeviceCodes& codes) {
  std::string_view text =
      R"(<form method="get"><label>Code <input name="otc" autofocus></label> <button>Next</button></form>)";
  if (exchange.form.has("otc")) {
    text = codes.approve(exchange.form.get("otc"), exchange.now)
               ? "<p>You have signed in to the Batch emulator. You may close this window.</p>"
               : "<p>That code did not work. Check it and try again: codes are good for a quarter of an hour.</p>";
  }
  http::Response response;
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
  response.text = "<!doctype html><title>Sign in to the Batch emulator</title><h1>Sign in</h1>" + std::string{text};
  return response;
}

}  // namespace emulator::entra
