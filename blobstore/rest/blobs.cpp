// Operations on one blob that do not depend on its type.
#include "base/text.h"
#include "blobstore/engine/catalog.h"
#include "blobstore/rest/bodies.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/request_fields.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/digest.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/time_text.h"

namespace blobstore::rest {
namespace {

namespace header = wire::blob::header;
using engine::Catalog;
using engine::CatalogView;
using wire::blob::ErrorCode;

/// What of a blob is wanted, and how.
struct Wanted {
  engine::BlobTarget target;
  engine::Conditions conditions;
  std::optional<engine::RangeRequest> range;
  bool md5 = false;
  bool crc64 = false;
};

/// A blob and the part of it that was asked for; its bytes too when they are few.
struct Found {
  engine::Blob blob;
  BlobPart part;
  std::optional<std::string> bytes;
};

base::Result<Wanted> read_wanted(const Call& call) {
  Wanted wanted{.target = call.blob_target()};
  ASSIGN_OR_RETURN(wanted.conditions, read_conditions(call));
  ASSIGN_OR_RETURN(wanted.range, read_range(call));
  ASSIGN_OR_RETURN(wanted.md5, read_flag(call, header::kRangeGetMd5));
  ASSIGN_OR_RETURN(wanted.crc64, read_flag(call, header::kRangeGetCrc64));
  if (wanted.md5 && wanted.crc64) return wire::blob::error(ErrorCode::InvalidInput);
  if ((wanted.md5 || wanted.crc64) && !wanted.range) {
    return wire::blob::invalid_header(wanted.md5 ? header::kRangeGetMd5 : header::kRangeGetCrc64, "true");
  }
  return wanted;
}

/// No snapshots and no versions exist, so none can be found.
base::Result<void> refuse_snapshots(const Call& call) {
  if (call.query.find("snapshot") || call.query.find("versionid")) {
    return wire::blob::error(ErrorCode::BlobNotFound);
  }
  return {};
}

base::Result<Found> look_for(const CatalogView& catalog, store::ExtentStore& extents, const Wanted& wanted) {
  Found found;
  ASSIGN_OR_RETURN(found.blob, engine::find_blob(catalog, wanted.target));
  RETURN_IF_ERROR(engine::check_read(wanted.conditions, found.blob.modified));
  found.part.range = {0, found.blob.size};
  if (wanted.range) {
    ASSIGN_OR_RETURN(found.part.range, engine::resolve_range(*wanted.range, found.blob.size));
  }
  const auto size = found.part.range.size();
  if ((wanted.md5 || wanted.crc64) && size > wire::blob::kMaxRangeChecksumBytes) {
    return wire::blob::error(ErrorCode::OutOfRangeInput);
  }
  ASSIGN_OR_RETURN(found.part.blocks, catalog.blocks(found.blob.id, found.part.range.begin, found.part.range.end));
  if (size <= kSmallBody || wanted.md5 || wanted.crc64) {
    ASSIGN_OR_RETURN(found.bytes, read_part(extents, found.part));
  }
  return found;
}

base::Async<base::Result<engine::Blob>> look_up(Backend& backend, const Call& call) {
  CO_RETURN_IF_ERROR(refuse_snapshots(call));
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  auto look = [target = call.blob_target(),
               conditions = std::move(conditions)](const CatalogView& catalog) -> base::Result<engine::Blob> {
    ASSIGN_OR_RETURN(auto blob, engine::find_blob(catalog, target));
    RETURN_IF_ERROR(engine::check_read(conditions, blob.modified));
    return blob;
  };
  co_return co_await store::read(*backend.metadata, std::move(look));
}

/// Content-MD5 is that of the bytes sent; the whole blob's has a header of its own when a part is sent.
void add_checksums(http::Response& response, const Wanted& wanted, const Found& found) {
  const std::string whole = base::base64_encode(found.blob.content.md5);
  if (!wanted.range) {
    if (!whole.empty()) response.headers.add("Content-MD5", whole);
    return;
  }
  if (!whole.empty()) response.headers.add(std::string(header::kBlobContentMd5), whole);
  if (wanted.md5) response.headers.add("Content-MD5", base::base64_encode(base::md5(*found.bytes)));
  if (wanted.crc64) {
    wire::blob::Crc64 crc64;
    crc64.add(*found.bytes);
    response.headers.add(std::string(header::kContentCrc64), base::base64_encode(crc64.bytes()));
  }
}

}  // namespace

Answer blob_download(Backend& backend, Call& call) {
  CO_RETURN_IF_ERROR(refuse_snapshots(call));
  CO_ASSIGN_OR_RETURN(auto wanted, read_wanted(call));
  // Announced before the rows are read, so that the extents they name stay.
  auto reading = backend.collector->begin_reading();
  auto look = [wanted, extents = backend.extents](const CatalogView& catalog) {
    return look_for(catalog, *extents, wanted);
  };
  CO_ASSIGN_OR_RETURN(auto found, co_await store::read(*backend.metadata, std::move(look)));

  auto response = empty_response(wanted.range ? 206 : 200);
  add_blob_headers(response, found.blob, call.grant.sas);
  add_checksums(response, wanted, found);
  const auto range = found.part.range;
  if (wanted.range) {
    response.headers.add("Content-Range", "bytes " + std::to_string(range.begin) + "-" + std::to_string(range.end - 1) +
                                              "/" + std::to_string(found.blob.size));
  }
  if (found.bytes) {
    response.text = std::move(*found.bytes);
  } else {
    response.source = stream_part(backend, std::move(found.part), std::move(reading));
    response.content_length = range.size();
  }
  co_return response;
}

Answer blob_get_properties(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(const auto blob, co_await look_up(backend, call));
  auto response = empty_response(200);
  add_blob_headers(response, blob, call.grant.sas);
  if (!blob.content.md5.empty()) response.headers.add("Content-MD5", base::base64_encode(blob.content.md5));
  if (blob.kind == engine::BlobKind::block) {
    response.headers.add(std::string(header::kAccessTier), std::string(name_of(blob.tier)));
    if (blob.tier == wire::blob::AccessTier::inferred_hot) {
      response.headers.add(std::string(header::kAccessTierInferred), "true");
    }
    if (blob.tier_changed != base::Timestamp{}) {
      response.headers.add("x-ms-access-tier-change-time", wire::print_http_date(blob.tier_changed));
    }
  }
  response.content_length = blob.size;
  co_return response;
}

Answer blob_get_metadata(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(const auto blob, co_await look_up(backend, call));
  auto response = empty_response(200);
  add_version(response, blob.modified);
  add_metadata(response, blob.metadata);
  co_return response;
}

Answer blob_set_metadata(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(auto metadata, read_metadata(call));
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  auto change = [target = call.blob_target(), conditions = std::move(conditions), metadata = std::move(metadata),
                 now = call.now](Catalog& catalog) {
    return engine::set_blob_metadata(catalog, target, conditions, metadata, now);
  };
  CO_ASSIGN_OR_RETURN(const auto blob, co_await store::update(*backend.metadata, std::move(change)));
  auto response = empty_response(200);
  add_version(response, blob.modified);
  response.headers.add(std::string(header::kRequestServerEncrypted), "true");
  co_return response;
}

Answer blob_set_http_headers(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(auto content, read_content_headers(call, false));
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  auto change = [target = call.blob_target(), conditions = std::move(conditions), content = std::move(content),
                 now = call.now](Catalog& catalog) {
    return engine::set_blob_headers(catalog, target, conditions, content, now);
  };
  CO_ASSIGN_OR_RETURN(const auto blob, co_await store::update(*backend.metadata, std::move(change)));
  auto response = empty_response(200);
  add_version(response, blob.modified);
  co_return response;
}

Answer blob_delete(Backend& backend, Call& call) {
  CO_RETURN_IF_ERROR(refuse_snapshots(call));
  const auto snapshots = call.header(header::kDeleteSnapshots);
  if (!snapshots.empty() && snapshots != "include" && snapshots != "only") {
    co_return wire::blob::invalid_header(header::kDeleteSnapshots, snapshots);
  }
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  // "only" removes the snapshots, of which there are none, and leaves the blob.
  const bool keeps_blob = snapshots == "only";
  auto change = [target = call.blob_target(), conditions = std::move(conditions),
                 keeps_blob](Catalog& catalog) -> base::Result<std::vector<engine::ExtentId>> {
    if (!keeps_blob) return engine::delete_blob(catalog, target, conditions);
    ASSIGN_OR_RETURN(const auto blob, engine::find_blob(catalog, target));
    RETURN_IF_ERROR(engine::check_write(conditions, blob.modified));
    return std::vector<engine::ExtentId>();
  };
  CO_ASSIGN_OR_RETURN(auto released, co_await store::update(*backend.metadata, std::move(change)));
  backend.collector->retire(std::move(released));
  auto response = empty_response(202);
  response.headers.add(std::string(header::kDeleteTypePermanent), "true");
  co_return response;
}

}  // namespace blobstore::rest
