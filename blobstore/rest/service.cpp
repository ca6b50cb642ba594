// Operations on the service as a whole.
#include "blobstore/engine/catalog.h"
#include "blobstore/rest/bodies.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
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

Answer service_set_properties(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(const auto body, co_await receive_text(call, wire::blob::kMaxServiceDocumentBytes));
  CO_ASSIGN_OR_RETURN(auto rules, wire::blob::parse_service_properties(body));
  if (rules) {
    auto change = [account = call.address.account, rules = std::move(*rules),
                   table = backend.cors](engine::Catalog& catalog) -> base::Result<void> {
      ASSIGN_OR_RETURN(auto service, catalog.find_service(account));
      if (!service) service.emplace(engine::Service{.account = account, .delegation_secret = {}, .cors = {}});
      service->cors = rules;
      RETURN_IF_ERROR(catalog.put_service(*service));
      // Here, where changes run one after the other, so that table and rows never end up with different rules. If the
      // commit fails, the store takes no more, and the table is ahead for as long as the process lives.
      table->set(account, rules);
      return {};
    };
    CO_RETURN_IF_ERROR(co_await store::update(*backend.metadata, std::move(change)));
  }
  co_return empty_response(202);
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
