// Operations on the service as a whole.
#include "blobstore/engine/catalog.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/errors.h"
#include "wire/blob/service_xml.h"

namespace blobstore::rest {

Answer service_get_properties(Backend& backend, Call& call) {
  auto look = [account = call.address.account](const engine::CatalogView& catalog) {
    return catalog.find_service(account);
  };
  CO_ASSIGN_OR_RETURN(const auto service, co_await store::read(*backend.metadata, std::move(look)));
  co_return xml_response(
      wire::blob::print_service_properties(service ? service->cors : std::vector<wire::blob::CorsRule>{}));
}

Answer service_get_statistics(Backend& /*backend*/, Call& call) {
  if (!call.address.secondary) {
    co_return wire::blob::invalid_query_parameter("comp", "stats", "only the secondary endpoint has statistics");
  }
  co_return xml_response(wire::blob::print_service_stats(call.now));
}

Answer get_account_info(Backend& /*backend*/, Call& /*call*/) {
  auto response = empty_response(200);
  response.headers.add("x-ms-sku-name", "Standard_RAGRS");  // what has a secondary that can be read
  response.headers.add("x-ms-account-kind", "StorageV2");
  response.headers.add("x-ms-is-hns-enabled", "false");
  co_return response;
}

}  // namespace blobstore::rest
