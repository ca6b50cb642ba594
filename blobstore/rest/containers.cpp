// Operations on one container.
#include "blobstore/engine/catalog.h"
#include "blobstore/engine/conditions.h"
#include "blobstore/rest/bodies.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/request_fields.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/blob/xml.h"

namespace blobstore::rest {
namespace {

namespace header = wire::blob::header;
using engine::Catalog;
using engine::CatalogView;
using wire::blob::ErrorCode;

base::Result<wire::blob::PublicAccess> read_public_access(const Call& call) {
  const auto text = call.header(header::kPublicAccess);
  const auto access = wire::blob::parse_name<wire::blob::PublicAccess>(text);
  if (!access) return wire::blob::invalid_header(header::kPublicAccess, text);
  return *access;
}

base::Async<base::Result<engine::Container>> look_up(Backend& backend, const Call& call) {
  auto look = [target = call.container_target()](const CatalogView& catalog) -> base::Result<engine::Container> {
    ASSIGN_OR_RETURN(auto found, catalog.find_container(target.account, target.name));
    if (!found) return wire::blob::error(ErrorCode::ContainerNotFound);
    if (!target.lease_id.empty()) return wire::blob::error(ErrorCode::LeaseNotPresentWithContainerOperation);
    return std::move(*found);
  };
  co_return co_await store::read(*backend.metadata, std::move(look));
}

http::Response changed(int status, const engine::Container& container) {
  auto response = empty_response(status);
  add_version(response, container.modified);
  return response;
}

void add_public_access(http::Response& response, const engine::Container& container) {
  if (container.public_access == wire::blob::PublicAccess::none) return;
  response.headers.add(std::string(header::kPublicAccess), std::string(name_of(container.public_access)));
}

}  // namespace

Answer container_create(Backend& backend, Call& call) {
  CO_RETURN_IF_ERROR(engine::check_container_name(call.address.container));
  engine::Container container{.account = call.address.account, .name = call.address.container};
  CO_ASSIGN_OR_RETURN(container.metadata, read_metadata(call));
  CO_ASSIGN_OR_RETURN(container.public_access, read_public_access(call));
  auto change = [container = std::move(container), now = call.now](Catalog& catalog) {
    return engine::create_container(catalog, container, now);
  };
  CO_ASSIGN_OR_RETURN(const auto created, co_await store::update(*backend.metadata, std::move(change)));
  co_return changed(201, created);
}

Answer container_get_properties(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(const auto container, co_await look_up(backend, call));
  auto response = changed(200, container);
  add_metadata(response, container.metadata);
  add_lease(response);
  add_public_access(response, container);
  response.headers.add(std::string(header::kHasImmutabilityPolicy), "false");
  response.headers.add(std::string(header::kHasLegalHold), "false");
  response.headers.add("x-ms-immutable-storage-with-versioning-enabled", "false");
  response.headers.add(std::string(header::kDefaultEncryptionScope), "$account-encryption-key");
  response.headers.add(std::string(header::kDenyScopeOverride), "false");
  co_return response;
}

Answer container_get_metadata(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(const auto container, co_await look_up(backend, call));
  auto response = changed(200, container);
  add_metadata(response, container.metadata);
  co_return response;
}

Answer container_set_metadata(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(auto metadata, read_metadata(call));
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  auto change = [target = call.container_target(), conditions = std::move(conditions), metadata = std::move(metadata),
                 now = call.now](Catalog& catalog) {
    return engine::set_container_metadata(catalog, target, conditions, metadata, now);
  };
  CO_ASSIGN_OR_RETURN(const auto container, co_await store::update(*backend.metadata, std::move(change)));
  co_return changed(200, container);
}

Answer container_get_access_policy(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(const auto container, co_await look_up(backend, call));
  auto response = xml_response(wire::blob::print_signed_identifiers(container.policies));
  add_version(response, container.modified);
  add_public_access(response, container);
  co_return response;
}

Answer container_set_access_policy(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(const auto access, read_public_access(call));
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  CO_ASSIGN_OR_RETURN(const auto body, co_await receive_text(call, wire::blob::kMaxAccessPolicyBytes));
  CO_ASSIGN_OR_RETURN(auto policies, wire::blob::parse_signed_identifiers(body));
  auto change = [target = call.container_target(), conditions = std::move(conditions), access,
                 policies = std::move(policies), now = call.now](Catalog& catalog) {
    return engine::set_container_access(catalog, target, conditions, access, policies, now);
  };
  CO_ASSIGN_OR_RETURN(const auto container, co_await store::update(*backend.metadata, std::move(change)));
  co_return changed(200, container);
}

Answer container_delete(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  auto change = [target = call.container_target(), conditions = std::move(conditions)](Catalog& catalog) {
    return engine::delete_container(catalog, target, conditions);
  };
  CO_ASSIGN_OR_RETURN(auto released, co_await store::update(*backend.metadata, std::move(change)));
  backend.collector->retire(std::move(released));
  co_return empty_response(202);
}

}  // namespace blobstore::rest
