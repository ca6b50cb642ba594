// What a blob carries beside its bytes and headers: tags and tier.
#include "blobstore/engine/catalog.h"
#include "blobstore/rest/bodies.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/request_fields.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"

namespace blobstore::rest {
namespace {

using engine::Catalog;
using wire::blob::ErrorCode;

base::Async<base::Result<engine::Blob>> look_up(Backend& backend, const Call& call) {
  auto look = [target = call.blob_target()](const engine::CatalogView& catalog) {
    return engine::find_blob(catalog, target);
  };
  co_return co_await store::read(*backend.metadata, std::move(look));
}

}  // namespace

Answer blob_get_tags(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(const auto blob, co_await look_up(backend, call));
  co_return xml_response(wire::blob::print_tags(blob.tags));
}

Answer blob_set_tags(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(const auto body, co_await receive_text(call, wire::blob::kMaxServiceDocumentBytes));
  CO_ASSIGN_OR_RETURN(auto tags, wire::blob::parse_tags(body));
  CO_RETURN_IF_ERROR(wire::blob::check_tags(tags));
  auto change = [target = call.blob_target(), tags = std::move(tags)](Catalog& catalog) {
    return engine::set_blob_tags(catalog, target, tags);
  };
  CO_RETURN_IF_ERROR(co_await store::update(*backend.metadata, std::move(change)));
  co_return empty_response(204);
}

Answer blob_set_tier(Backend& backend, Call& call) {
  const auto name = wire::blob::header::kAccessTier;
  if (call.header(name).empty()) {
    co_return wire::blob::error(ErrorCode::MissingRequiredHeader, {{"HeaderName", std::string(name)}});
  }
  CO_ASSIGN_OR_RETURN(const auto tier, read_tier(call));
  auto change = [target = call.blob_target(), tier, now = call.now](Catalog& catalog) {
    return engine::set_blob_tier(catalog, target, tier, now);
  };
  CO_RETURN_IF_ERROR(co_await store::update(*backend.metadata, std::move(change)));
  co_return empty_response(200);
}

/// Nothing is kept of deleted blobs: one that exists needs nothing, and one that does not is gone for good.
Answer blob_undelete(Backend& backend, Call& call) {
  CO_RETURN_IF_ERROR(co_await look_up(backend, call));
  co_return empty_response(200);
}

}  // namespace blobstore::rest
