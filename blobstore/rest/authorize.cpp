// Signatures are checked before anything is looked up: a stranger learns nothing about which containers there are.
#include "blobstore/rest/authorize.h"

#include "base/text.h"
#include "blobstore/rest/routes.h"
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
  if (!verified.has_error()) return Grant{};
  const auto code = verified.error().code == wire::SharedKeyErrc::malformed ? ErrorCode::InvalidAuthenticationInfo
                                                                            : ErrorCode::AuthenticationFailed;
  return wire::blob::error(code, verified.error().details);
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
  CO_RETURN_IF_ERROR(check_signature(sas, call, account));
  if (!sas.identifier.empty()) {
    CO_ASSIGN_OR_RETURN(auto merged, co_await with_policy(backend, call, std::move(sas)));
    sas = std::move(merged);
  }
  const bool secure = call.request.secure || addressed_by_public_name(call.request);
  CO_RETURN_IF_ERROR(wire::blob::check_sas_circumstances(sas, call.now, call.request.peer_address, secure));
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
  const auto version = call.header(wire::blob::header::kVersion);
  co_return wire::blob::error(version >= kWithChallenge ? ErrorCode::NoAuthenticationInformation
                                                        : ErrorCode::ResourceNotFound);
}

}  // namespace

base::Async<base::Result<Grant>> authorize(Backend& backend, Call& call) {
  const auto account = backend.options.accounts->find(call.address.account, call.request.session);
  if (!account) co_return wire::blob::error(ErrorCode::ResourceNotFound);
  base::Result<Grant> grant = Grant{};
  if (call.request.headers.find("Authorization")) {
    grant = authorize_key(backend, call, *account);
  } else if (wire::blob::carries_sas(call.query.fields())) {
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
