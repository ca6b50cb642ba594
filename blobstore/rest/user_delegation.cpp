// Get User Delegation Key, and the check of a SAS that was signed with such a key.
#include "blobstore/rest/user_delegation.h"

#include "base/random.h"
#include "base/text.h"
#include "blobstore/engine/catalog.h"
#include "blobstore/rest/bodies.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/time_text.h"

namespace blobstore::rest {
namespace {

using wire::blob::DelegationKey;

constexpr std::size_t kSecretBytes = 32;
constexpr std::string_view kKeyService = "b";

/// The account's secret, made if there is none.
base::Async<base::Result<std::string>> secret_of(Backend& backend, std::string account) {
  auto change = [account = std::move(account)](engine::Catalog& catalog) -> base::Result<std::string> {
    ASSIGN_OR_RETURN(auto service, catalog.find_service(account));
    if (!service) service.emplace(engine::Service{.account = account});
    if (service->delegation_secret.empty()) {
      service->delegation_secret = base::random_bytes(kSecretBytes);
      RETURN_IF_ERROR(catalog.put_service(*service));
    }
    return service->delegation_secret;
  };
  co_return co_await store::update(*backend.metadata, std::move(change));
}

std::string time_text(base::Timestamp time) {
  return wire::print_timestamp(std::chrono::floor<std::chrono::seconds>(time));
}

}  // namespace

std::string delegation_key_value(std::string_view secret, std::string_view account, const DelegationKey& key) {
  std::string text(account);
  for (const auto* field : {&key.object_id, &key.tenant, &key.start, &key.expiry, &key.service, &key.version}) {
    // A SAS's parameters hold no line break (parse_sas), so no two keys share a text.
    text.append("\n").append(*field);
  }
  return base::hmac_sha256(secret, text);
}

base::Async<base::Result<void>> check_delegation_sas(Backend& backend, const Call& call, const wire::blob::Sas& sas) {
  const auto& address = call.address;
  auto look = [account = address.account](const engine::CatalogView& catalog) { return catalog.find_service(account); };
  CO_ASSIGN_OR_RETURN(const auto service, co_await store::read(*backend.metadata, std::move(look)));
  if (!service || service->delegation_secret.empty()) {
    co_return wire::blob::authentication_failed("The account has given out no user delegation key");
  }
  const DelegationKey key{sas.key_object_id, sas.key_tenant,  sas.key_start,
                          sas.key_expiry,    sas.key_service, sas.key_version};
  const auto value = delegation_key_value(service->delegation_secret, address.account, key);
  CO_RETURN_IF_ERROR(wire::blob::check_sas_signature(sas, address.account, value, address.container, address.blob));
  const auto start = wire::parse_timestamp(sas.key_start);
  const auto expiry = wire::parse_timestamp(sas.key_expiry);
  if (start.has_error() || expiry.has_error() || call.now < *start || call.now >= *expiry) {
    co_return wire::blob::authentication_failed(
        "The user delegation key is not valid in the specified time frame: " + sas.key_start + " - " + sas.key_expiry);
  }
  co_return base::Result<void>();
}

Answer service_get_user_delegation_key(Backend& backend, Call& call) {
  if (!call.grant.identity) {
    // Only who signed in can delegate ("Get User Delegation Key": Microsoft Entra ID alone).
    co_return wire::blob::authentication_failed("Only authentication scheme Bearer is supported");
  }
  CO_ASSIGN_OR_RETURN(const auto body, co_await receive_text(call, wire::blob::kMaxServiceDocumentBytes));
  CO_ASSIGN_OR_RETURN(const auto info, wire::blob::parse_key_info(body, call.now));
  CO_ASSIGN_OR_RETURN(const auto secret, co_await secret_of(backend, call.address.account));
  const DelegationKey key{.object_id = call.grant.identity->object_id,
                          .tenant = call.grant.identity->tenant,
                          .start = time_text(info.start),
                          .expiry = time_text(info.expiry),
                          .service = std::string(kKeyService),
                          .version = call.version};
  const auto value = delegation_key_value(secret, call.address.account, key);
  co_return xml_response(wire::blob::print_delegation_key(key, base::base64_encode(value)));
}

}  // namespace blobstore::rest
