// Append blobs: Put Blob of that type, Append Block, Append Blob Seal.
#include "blobstore/engine/append.h"

#include "base/text.h"
#include "blobstore/engine/catalog.h"
#include "blobstore/rest/bodies.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/request_fields.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"

namespace blobstore::rest {
namespace {

namespace header = wire::blob::header;
using engine::Catalog;
using wire::blob::ErrorCode;

constexpr std::string_view kWithLargeAppends = "2022-11-02";

}  // namespace

Answer append_blob_create(Backend& backend, Call& call) {
  CO_RETURN_IF_ERROR(engine::check_blob_name(call.address.blob));
  if (call.request.content_length.value_or(0) != 0) {
    co_return wire::blob::invalid_header("Content-Length", std::to_string(*call.request.content_length));
  }
  engine::NewBlob content{.may_overwrite = call.grant.may_overwrite};
  content.blob.kind = engine::BlobKind::append;
  CO_ASSIGN_OR_RETURN(content.blob.content, read_content_headers(call, true));
  CO_ASSIGN_OR_RETURN(content.blob.metadata, read_metadata(call));
  CO_ASSIGN_OR_RETURN(content.blob.tags, read_tags(call));
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  auto change = [target = call.blob_target(), conditions = std::move(conditions), content = std::move(content),
                 now = call.now](Catalog& catalog) {
    return engine::put_blob(catalog, target, conditions, content, now);
  };
  CO_ASSIGN_OR_RETURN(auto put, co_await store::update(*backend.metadata, std::move(change)));
  backend.collector->retire(std::move(put.released));
  auto response = empty_response(201);
  add_version(response, put.blob.modified);
  response.headers.add(std::string(header::kRequestServerEncrypted), "true");
  co_return response;
}

Answer append_received(Backend& backend, Call& call, Received received) {
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  CO_ASSIGN_OR_RETURN(const auto append, read_append_conditions(call));
  const engine::NewBytes bytes{received.size, received.extent};
  auto change = [target = call.blob_target(), conditions = std::move(conditions), append, bytes, now = call.now](
                    Catalog& catalog) { return engine::append_block(catalog, target, conditions, append, bytes, now); };
  auto appended = co_await store::update(*backend.metadata, std::move(change));
  if (appended.has_error()) {
    discard(backend, received, appended.error());
    co_return std::move(appended).error();
  }
  auto response = empty_response(201);
  add_version(response, appended->modified);
  response.headers.add("x-ms-blob-append-offset", std::to_string(appended->size - received.size));
  response.headers.add("x-ms-blob-committed-block-count", std::to_string(appended->appended));
  co_return response;
}

Answer append_blob_append_block(Backend& backend, Call& call) {
  const auto limit =
      call.version >= kWithLargeAppends ? wire::blob::kMaxAppendBytes : wire::blob::kMaxAppendBytesOldest;
  CO_ASSIGN_OR_RETURN(const auto length, read_length(call, limit));
  if (length == 0) co_return wire::blob::invalid_header("Content-Length", "0");
  CO_ASSIGN_OR_RETURN(auto expected, read_checksums(call));
  CO_ASSIGN_OR_RETURN(const auto received, co_await receive_body(backend, call, length, std::move(expected), true));
  CO_ASSIGN_OR_RETURN(auto response, co_await append_received(backend, call, received));
  response.headers.add("Content-MD5", base::base64_encode(received.md5));
  response.headers.add(std::string(header::kContentCrc64), base::base64_encode(received.crc64));
  response.headers.add(std::string(header::kRequestServerEncrypted), "true");
  co_return response;
}

Answer append_blob_seal(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  CO_ASSIGN_OR_RETURN(const auto append, read_append_conditions(call));
  auto change = [target = call.blob_target(), conditions = std::move(conditions), append, now = call.now](
                    Catalog& catalog) { return engine::seal_blob(catalog, target, conditions, append, now); };
  CO_ASSIGN_OR_RETURN(const auto blob, co_await store::update(*backend.metadata, std::move(change)));
  auto response = empty_response(200);
  add_version(response, blob.modified);
  response.headers.add("x-ms-blob-sealed", "true");
  co_return response;
}

}  // namespace blobstore::rest
