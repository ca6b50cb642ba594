// What tokens say: the claims of access tokens (version 1.0, as the emulated services get them), of id tokens and of
// refresh tokens.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace emulator::entra {

/// What the service gives applications and users, and managed identities.
inline constexpr std::chrono::hours kTokenLifetime{1};
inline constexpr std::chrono::hours kManagedIdentityTokenLifetime{24};
inline constexpr std::chrono::days kRefreshTokenLifetime{90};
/// Tokens are good from a little before they were made, as the service's are.
inline constexpr std::chrono::minutes kBackdating{5};

/// Whom a token is made for.
struct Principal {
  enum class Kind { application, managed_identity, user };
  Kind kind = Kind::application;
  std::string tenant;       ///< GUID
  std::string client_id;    ///< the application that asks
  std::string object_id;    ///< of the service principal or user
  std::string home_tenant;  ///< of a user
  std::string user_name;    ///< of a user: name@domain
  bool with_certificate = false;
  std::string resource_id;  ///< of a managed identity, when it was asked for by that
};

/// The service principal of an application in a tenant.
Principal application(std::string tenant, std::string client_id);
/// A user, whose home is `home_tenant`. Without a name it is the one that signs in with a device code.
Principal user(std::string tenant, std::string client_id, std::string home_tenant, std::string name = {});

std::int64_t seconds_of(base::Timestamp time);

nlohmann::ordered_json access_claims(const Principal& principal, std::string_view resource, base::Timestamp now,
                                     std::chrono::seconds lifetime);
/// For the client itself. `authority` is the scheme and host that the client used.
nlohmann::ordered_json id_claims(const Principal& principal, std::string_view authority, base::Timestamp now);
/// base64url of {"uid", "utid"}: how MSAL tells users apart.
std::string client_info(const Principal& principal);

/// A refresh token is a token of ours for the token service itself. No service accepts it.
nlohmann::ordered_json refresh_claims(const Principal& principal, std::string_view scope, base::Timestamp now);
struct Refresh {
  std::string home_tenant;
  std::string user_name;
  std::string scope;
};
/// MalformedRefreshToken when the verified claims are not those of a refresh token of this client.
base::Result<Refresh> read_refresh_claims(const nlohmann::json& claims, std::string_view client_id);

}  // namespace emulator::entra
