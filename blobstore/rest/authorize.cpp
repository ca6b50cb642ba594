// Signatures are checked before anything is looked up: a stranger learns nothing about which containers there are.
#include "blobstore/rest/authorize.h"

#include "base/text.h"
#include "blobstore/rest/routes.h"
#include "blobstore/rest/user_delegation.h"
#include "wire/blob/errors.h"
#include "wire/blob/shared_key.h"

#include <algorithm>
#include <chrono>

namespace blobstore::rest {
namespace {

using wire::blob::ErrorCode;
using wire::blob::PublicAccess;
using wire::blob::Sas;

/// From this version on the service answers a request without credentials with a challenge.
constexpr std::string_view kWithChallenge = "2019-12-12";
/// From this version on bearer tokens are a way to authenticate.
constexpr std::string_view kWithTokens = "2017-11-09";

/// Whether a signature that fits no known key may stand.
bool takes_on_trust(const Call& call, const Account& account) {
  return account.keys_on_trust && !call.request.session.empty();
}

bool any_of(std::string_view granted, std::string_view wanted) {
  return granted.find_first_of(wanted) != std::string_view::npos;
}

base::Async<base::Result<std::optional<engine::Container>>> look_up_container(Backend& backend, const Call& call) {
  auto look = [account = call.address.account, name = call.address.container](const engine::CatalogView& catalog) {
    return catalog.find_container(account, name);
  };
  co_return co_await store::read(*backend.metadata, std::move(look));
}

// ---- SharedKey ----

base::Result<Grant> authorize_key(const Backend& backend, const Call& call, const Account& account) {
  const wire::SignedRequest signed_request{.method = call.request.method,
                                           .path = call.request.path,
                                           .query = call.request.query,
                                           .headers = call.request.headers.fields()};
  const wire::SharedKeyAccount keys{
      .name = account.name, .keys = account.keys, .on_trust = takes_on_trust(call, account)};
  const auto skew = std::chrono::duration_cast<std::chrono::minutes>(backend.options.max_clock_skew);
  auto verified = wire::blob::verify_shared_key(signed_request, keys, call.now, skew);
  if (!verified.has_error()) return Grant{.with_key = true};
  const auto code = verified.error().code == wire::SharedKeyErrc::malformed ? ErrorCode::InvalidAuthenticationInfo
                                                                            : ErrorCode::AuthenticationFailed;
  return wire::blob::error(code, verified.error().details);
}

// ---- bearer tokens ----

/// The node agents of our own bring requests for a public name here; elsewhere such a name is only served over https.
bool came_securely(const Call& call) {
  return call.request.secure || addressed_by_public_name(call.request);
}

base::Error refused_token(std::string detail) {
  return wire::blob::error(ErrorCode::InvalidToken, {{"AuthenticationErrorDetail", std::move(detail)}});
}

std::string detail_of(const base::Error& error) {
  using wire::entra::TokenErrc;
  if (error.code == TokenErrc::expired) return "Lifetime validation failed. The token is expired.";
  if (error.code == TokenErrc::not_yet_valid) return "Lifetime validation failed. The token is not yet valid.";
  if (error.code == TokenErrc::wrong_audience) return "Audience validation failed. Audience did not match.";
  if (error.code == TokenErrc::wrong_signature) return "Signature validation failed.";
  return "The token is not in the correct format.";
}

base::Result<Grant> authorize_token(const Backend& backend, const Call& call, std::string_view token) {
  if (!backend.options.verify_token) {
    return wire::blob::error(ErrorCode::InvalidAuthenticationInfo,
                             {{"AuthenticationErrorDetail", "Tokens of Entra ID are not accepted here"}});
  }
  if (call.version < kWithTokens) {
    return wire::blob::authentication_failed("Authentication scheme Bearer is not supported in this version.");
  }
  if (!came_securely(call)) {
    return wire::blob::authentication_failed("Authentication scheme Bearer is only supported over HTTPS.");
  }
  auto identity = backend.options.verify_token(token);
  if (identity.has_error()) return refused_token(detail_of(identity.error()));
  if (!identity->account.empty() && identity->account != call.address.account) {
    return refused_token("Audience validation failed. Audience did not match.");
  }
  return Grant{.identity = std::move(*identity)};
}

base::Result<Grant> authorize_header(const Backend& backend, const Call& call, const Account& account) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto value = call.header("Authorization");
  if (!base::starts_with_ignoring_case(value, kBearer)) return authorize_key(backend, call, account);
  return authorize_token(backend, call, base::trim(value.substr(kBearer.size())));
}

// ---- SAS ----

base::Result<void> check_account_sas(const Sas& sas, const Access& access) {
  if (sas.services.find('b') == std::string::npos) return wire::blob::error(ErrorCode::AuthorizationServiceMismatch);
  if (sas.resource_types.find(access.resource_type) == std::string::npos) {
    return wire::blob::error(ErrorCode::AuthorizationResourceTypeMismatch);
  }
  if (access.account_permissions.empty()) return wire::blob::error(ErrorCode::AuthorizationFailure);
  if (!any_of(sas.permissions, access.account_permissions)) {
    return wire::blob::error(ErrorCode::AuthorizationPermissionMismatch);
  }
  return {};
}

base::Result<void> check_service_sas(const Sas& sas, const Access& access) {
  if (access.service_permissions.empty()) return wire::blob::error(ErrorCode::AuthorizationFailure);
  if (!any_of(sas.permissions, access.service_permissions)) {
    return wire::blob::error(ErrorCode::AuthorizationPermissionMismatch);
  }
  return {};
}

/// The SAS with the terms of the stored access policy it names.
base::Async<base::Result<Sas>> with_policy(Backend& backend, const Call& call, Sas sas) {
  CO_ASSIGN_OR_RETURN(const auto container, co_await look_up_container(backend, call));
  if (container) {
    const auto policy = std::ranges::find(container->policies, sas.identifier, &wire::blob::SignedIdentifier::id);
    if (policy != container->policies.end()) co_return wire::blob::merge_policy(std::move(sas), policy->policy);
  }
  co_return wire::blob::authentication_failed("The specified signed identifier does not exist: " + sas.identifier);
}

/// AuthenticationFailed unless one of the account's keys, or one that is taken on trust, made the signature.
base::Result<void> check_signature(const Sas& sas, const Call& call, const Account& account) {
  base::Result<void> checked = wire::blob::authentication_failed("The account has no key");
  for (const auto& key : account.keys) {
    checked = wire::blob::check_sas_signature(sas, account.name, key, call.address.container, call.address.blob);
    if (!checked.has_error()) return {};
  }
  if (takes_on_trust(call, account)) return {};
  return checked;
}

base::Async<base::Result<Grant>> authorize_sas(Backend& backend, const Call& call, const Account& account) {
  CO_ASSIGN_OR_RETURN(auto sas, wire::blob::parse_sas(call.query.fields()));
  // A SAS for a blob signs nothing that a container or the service could be taken for.
  const auto& address = call.address;
  if (sas.resource == "b" && address.blob.empty()) co_return wire::blob::error(ErrorCode::AuthorizationFailure);
  if (!sas.is_account_sas() && address.container.empty()) co_return wire::blob::error(ErrorCode::AuthorizationFailure);
  if (sas.is_user_delegation()) {
    CO_RETURN_IF_ERROR(co_await check_delegation_sas(backend, call, sas));
  } else {
    CO_RETURN_IF_ERROR(check_signature(sas, call, account));
  }
  if (!sas.identifier.empty()) {
    CO_ASSIGN_OR_RETURN(auto merged, co_await with_policy(backend, call, std::move(sas)));
    sas = std::move(merged);
  }
  CO_RETURN_IF_ERROR(
      wire::blob::check_sas_circumstances(sas, call.now, call.request.peer_address, came_securely(call)));
  if (call.operation->handler) {
    const auto& access = call.operation->access;
    CO_RETURN_IF_ERROR(sas.is_account_sas() ? check_account_sas(sas, access) : check_service_sas(sas, access));
  }
  Grant grant;
  grant.may_overwrite = sas.permissions.find('w') != std::string::npos;
  grant.sas = std::move(sas);
  co_return grant;
}

// ---- nobody in particular ----

base::Async<base::Result<Grant>> authorize_anonymous(Backend& backend, const Call& call) {
  const auto needed = call.operation->access.anonymous;
  if (needed != PublicAccess::none && call.operation->handler) {
    CO_ASSIGN_OR_RETURN(const auto container, co_await look_up_container(backend, call));
    if (container && container->public_access >= needed) co_return Grant{};
  }
  co_return wire::blob::error(call.version >= kWithChallenge ? ErrorCode::NoAuthenticationInformation
                                                             : ErrorCode::ResourceNotFound);
}

}  // namespace

base::Async<base::Result<Grant>> authorize(Backend& backend, Call& call) {
  const bool has_header = call.request.headers.find("Authorization").has_value();
  const bool has_sas = wire::blob::carries_sas(call.query.fields());
  // Whoever shows nothing has no say in which accounts there are: clients look for names that are nobody's.
  const auto session = has_header || has_sas ? std::string_view{call.request.session} : std::string_view{};
  const auto account = backend.options.accounts->find(call.address.account, session);
  if (!account) co_return wire::blob::error(ErrorCode::ResourceNotFound);
  base::Result<Grant> grant = Grant{};
  if (has_header) {
    grant = authorize_header(backend, call, *account);
  } else if (has_sas) {
    grant = co_await authorize_sas(backend, call, *account);
  } else {
    grant = co_await authorize_anonymous(backend, call);
  }
  if (!grant.has_error() && call.address.secondary && call.operation->access.writes) {
    co_return wire::blob::error(ErrorCode::InsufficientAccountPermissions);
  }
  co_return grant;
}

}  // namespace blobstore::rest
