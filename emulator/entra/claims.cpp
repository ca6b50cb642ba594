#include "emulator/entra/claims.h"

#include "base/random.h"
#include "base/text.h"
#include "emulator/entra/errors.h"
#include "emulator/entra/tenants.h"
#include "wire/entra/base64url.h"

namespace emulator::entra {
namespace {

constexpr std::string_view kRefreshAudience = "urn:batch-emulator:refresh-token";
constexpr std::string_view kUserName = "developer@batch-emulator.localhost";
constexpr std::string_view kDisplayName = "Batch Emulator Developer";

std::string unique_id() {
  constexpr std::size_t kBytes = 16;
  return wire::entra::base64url_encode(base::random_bytes(kBytes));
}

std::string issuer_of(const Principal& principal) {
  return "https://sts.windows.net/" + principal.tenant + "/";
}

void add_application(nlohmann::ordered_json& claims, const Principal& principal) {
  claims["appidacr"] = principal.with_certificate || principal.kind == Principal::Kind::managed_identity ? "2" : "1";
  claims["idp"] = issuer_of(principal);
  claims["idtyp"] = "app";
  if (principal.kind == Principal::Kind::managed_identity && !principal.resource_id.empty()) {
    claims["xms_mirid"] = principal.resource_id;
  }
}

void add_user(nlohmann::ordered_json& claims, const Principal& principal) {
  claims["acr"] = "1";
  claims["amr"] = nlohmann::ordered_json::array({"pwd"});
  claims["appidacr"] = "0";
  claims["idtyp"] = "user";
  claims["name"] = kDisplayName;
  claims["scp"] = "user_impersonation";
  claims["unique_name"] = principal.user_name;
  claims["upn"] = principal.user_name;
}

std::string text_of(const nlohmann::json& claims, std::string_view name) {
  const auto at = claims.find(name);
  return at != claims.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

}  // namespace

Principal application(std::string tenant, std::string client_id) {
  auto object_id = guid_of("service principal " + tenant + " " + client_id);
  return {.tenant = std::move(tenant), .client_id = std::move(client_id), .object_id = std::move(object_id)};
}

Principal user(std::string tenant, std::string client_id, std::string home_tenant, std::string name) {
  if (name.empty()) name = kUserName;
  auto object_id = guid_of("user " + home_tenant + " " + base::lower_case(name));
  return {.kind = Principal::Kind::user,
          .tenant = std::move(tenant),
          .client_id = std::move(client_id),
          .object_id = std::move(object_id),
          .home_tenant = std::move(home_tenant),
          .user_name = std::move(name)};
}

std::int64_t seconds_of(base::Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

nlohmann::ordered_json access_claims(const Principal& principal, std::string_view resource, base::Timestamp now,
                                     std::chrono::seconds lifetime) {
  const auto made = seconds_of(now - kBackdating);
  nlohmann::ordered_json claims{{"aud", resource}, {"iss", issuer_of(principal)},       {"iat", made},
                                {"nbf", made},     {"exp", seconds_of(now + lifetime)}, {"appid", principal.client_id}};
  if (principal.kind == Principal::Kind::user) {
    add_user(claims, principal);
  } else {
    add_application(claims, principal);
  }
  claims["oid"] = principal.object_id;
  claims["sub"] = principal.object_id;
  claims["tid"] = principal.tenant;
  claims["uti"] = unique_id();
  claims["ver"] = "1.0";
  return claims;
}

nlohmann::ordered_json id_claims(const Principal& principal, std::string_view authority, base::Timestamp now) {
  const auto made = seconds_of(now - kBackdating);
  return {{"aud", principal.client_id},
          {"iss", std::string{authority} + "/" + principal.tenant + "/v2.0"},
          {"iat", made},
          {"nbf", made},
          {"exp", seconds_of(now + kTokenLifetime)},
          {"name", kDisplayName},
          {"oid", principal.object_id},
          {"preferred_username", principal.user_name},
          {"sub", principal.object_id},
          {"tid", principal.tenant},
          {"unique_name", principal.user_name},
          {"upn", principal.user_name},
          {"uti", unique_id()},
          {"ver", "2.0"}};
}

std::string client_info(const Principal& principal) {
  const nlohmann::ordered_json info{{"uid", principal.object_id}, {"utid", principal.home_tenant}};
  return wire::entra::base64url_encode(info.dump());
}

nlohmann::ordered_json refresh_claims(const Principal& principal, std::string_view scope, base::Timestamp now) {
  return {{"aud", kRefreshAudience},
          {"exp", seconds_of(now + kRefreshTokenLifetime)},
          {"client", principal.client_id},
          {"home", principal.home_tenant},
          {"user", principal.user_name},
          {"scope", scope},
          {"uti", unique_id()}};
}

base::Result<Refresh> read_refresh_claims(const nlohmann::json& claims, std::string_view client_id) {
  const bool fits = text_of(claims, "aud") == kRefreshAudience && text_of(claims, "client") == client_id;
  if (!fits) return make_error(ErrorCode::MalformedRefreshToken);
  return Refresh{
      .home_tenant = text_of(claims, "home"), .user_name = text_of(claims, "user"), .scope = text_of(claims, "scope")};
}

}  // namespace emulator::entra
