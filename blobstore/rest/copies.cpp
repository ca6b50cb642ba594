// Copy Blob, Copy Blob From URL, Put Blob From URL, Put Block From URL, Append Block From URL.
//
// The bytes are copied: a file belongs to one blob. Copies are over when they are answered, the asynchronous one too,
// so there is never one to abort.
#include "base/random.h"
#include "base/text.h"
#include "blobstore/engine/append.h"
#include "blobstore/engine/block_list.h"
#include "blobstore/engine/catalog.h"
#include "blobstore/rest/copy_source.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/request_fields.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"

#include <array>

namespace blobstore::rest {
namespace {

namespace header = wire::blob::header;
using engine::Catalog;
using wire::blob::ErrorCode;

constexpr std::string_view kWithProperties = "x-ms-copy-source-blob-properties";

/// What the ways of copying a whole blob differ in.
struct CopyForm {
  bool own_account_suffices = false;  ///< who may write may also read, within one account
  std::uint64_t limit = 0;            ///< bytes
  int status = 0;
  bool is_recorded = false;    ///< the blob shows where it comes from
  bool keeps_kind = false;     ///< an append blob stays one
  bool takes_headers = false;  ///< x-ms-blob-content-type and its kind replace the source's
};

/// The headers of the source, those that the request gives replaced.
base::Result<engine::ContentHeaders> content_headers(const Call& call, engine::ContentHeaders content) {
  struct Row {
    std::string_view name;
    std::string engine::ContentHeaders::*field;
  };
  constexpr auto kRows = std::to_array<Row>({{"x-ms-blob-content-type", &engine::ContentHeaders::type},
                                             {"x-ms-blob-content-encoding", &engine::ContentHeaders::encoding},
                                             {"x-ms-blob-content-language", &engine::ContentHeaders::language},
                                             {"x-ms-blob-cache-control", &engine::ContentHeaders::cache_control},
                                             {"x-ms-blob-content-disposition", &engine::ContentHeaders::disposition}});
  for (const auto& row : kRows) {
    if (const auto value = call.request.headers.find(row.name)) content.*row.field = *value;
  }
  const auto md5 = call.header(header::kBlobContentMd5);
  if (!md5.empty()) {
    ASSIGN_OR_RETURN(content.md5, parse_md5(md5));
  }
  return content;
}

base::Result<wire::blob::Tags> tags_of_copy(const Call& call, const CopySource& source) {
  const auto option = call.header("x-ms-copy-source-tag-option");
  if (base::equal_ignoring_case(option, "COPY")) {
    if (!call.header(header::kTags).empty()) return wire::blob::invalid_header(header::kTags, "");
    return source.blob.tags;
  }
  if (!option.empty() && !base::equal_ignoring_case(option, "REPLACE")) {
    return wire::blob::invalid_header("x-ms-copy-source-tag-option", option);
  }
  return read_tags(call);
}

/// The new blob as the request and its source say, but for its bytes.
base::Result<engine::NewBlob> described(const Call& call, const CopySource& source, const CopyForm& form) {
  engine::NewBlob made{.may_overwrite = call.grant.may_overwrite};
  auto& blob = made.blob;
  ASSIGN_OR_RETURN(blob.metadata, read_metadata(call));
  if (blob.metadata.empty()) blob.metadata = source.blob.metadata;
  ASSIGN_OR_RETURN(blob.tier, read_tier(call));
  ASSIGN_OR_RETURN(blob.tags, tags_of_copy(call, source));
  blob.content = source.blob.content;
  if (form.takes_headers) {
    const bool from_source = call.header(kWithProperties).empty();
    ASSIGN_OR_RETURN(const bool asked_for, read_flag(call, kWithProperties));
    engine::ContentHeaders plain{.type = "application/octet-stream"};
    ASSIGN_OR_RETURN(blob.content, content_headers(call, from_source || asked_for ? source.blob.content : plain));
  }
  if (form.keeps_kind && source.blob.kind == engine::BlobKind::append) {
    blob.kind = engine::BlobKind::append;
    blob.appended = source.blob.size > 0 ? 1 : 0;
    ASSIGN_OR_RETURN(blob.sealed, read_flag(call, "x-ms-seal-blob"));
  }
  if (form.is_recorded) blob.copy = {base::random_guid(), source.url, call.now};
  return made;
}

http::Response copied(const engine::Blob& blob, const CopyForm& form, const Received& received) {
  auto response = empty_response(form.status);
  add_version(response, blob.modified);
  if (form.is_recorded) {
    response.headers.add(std::string(header::kCopyId), blob.copy.id);
    response.headers.add(std::string(header::kCopyStatus), "success");
  } else {
    response.headers.add(std::string(header::kRequestServerEncrypted), "true");
  }
  if (!form.keeps_kind) response.headers.add("Content-MD5", base::base64_encode(received.md5));
  return response;
}

/// The source's bytes in an extent of their own. Takes the source's part and its announcement.
base::Async<base::Result<Received>> copy_bytes(Backend& backend, CopySource& source, Checksums expected) {
  const auto length = source.part.range.size();
  auto body = stream_part(backend, std::move(source.part), std::move(source.reading));
  co_return co_await receive_from(backend, *body, length, std::move(expected), true);
}

Answer copy_whole(Backend& backend, Call& call, CopyForm form) {
  CO_RETURN_IF_ERROR(engine::check_blob_name(call.address.blob));
  CO_ASSIGN_OR_RETURN(auto source, co_await open_copy_source(backend, call, form.own_account_suffices));
  if (source.blob.size > form.limit) {
    co_return wire::blob::error(ErrorCode::RequestBodyTooLarge, "The source of the copy is too large.",
                                {{"MaxLimit", std::to_string(form.limit)}});
  }
  CO_ASSIGN_OR_RETURN(auto made, described(call, source, form));
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  CO_ASSIGN_OR_RETURN(auto expected, read_checksums(call, true));
  CO_ASSIGN_OR_RETURN(const auto received, co_await copy_bytes(backend, source, std::move(expected)));
  made.blob.size = received.size;
  made.extent = received.extent;
  if (form.takes_headers && made.blob.content.md5.empty()) made.blob.content.md5 = received.md5;
  auto change = [target = call.blob_target(), conditions = std::move(conditions), made = std::move(made),
                 now = call.now](Catalog& catalog) { return engine::put_blob(catalog, target, conditions, made, now); };
  auto put = co_await store::update(*backend.metadata, std::move(change));
  if (put.has_error()) {
    discard(backend, received, put.error());
    co_return std::move(put).error();
  }
  backend.collector->retire(std::move(put->released));
  co_return copied(put->blob, form, received);
}

/// A part of another blob, received as if it had been sent; never empty.
base::Async<base::Result<Received>> receive_source(Backend& backend, Call& call, std::uint64_t limit) {
  CO_ASSIGN_OR_RETURN(auto source, co_await open_copy_source(backend, call, false));
  const auto length = source.part.range.size();
  if (length == 0) co_return wire::blob::error(ErrorCode::InvalidRange);
  if (length > limit) {
    co_return wire::blob::error(ErrorCode::RequestBodyTooLarge, {{"MaxLimit", std::to_string(limit)}});
  }
  CO_ASSIGN_OR_RETURN(auto expected, read_checksums(call, true));
  co_return co_await copy_bytes(backend, source, std::move(expected));
}

void add_checksums(http::Response& response, const Received& received) {
  response.headers.add("Content-MD5", base::base64_encode(received.md5));
  response.headers.add(std::string(header::kContentCrc64), base::base64_encode(received.crc64));
  response.headers.add(std::string(header::kRequestServerEncrypted), "true");
}

}  // namespace

Answer blob_start_copy_from_url(Backend& backend, Call& call) {
  const CopyForm form{.own_account_suffices = true,
                      .limit = std::numeric_limits<std::int64_t>::max(),
                      .status = 202,
                      .is_recorded = true,
                      .keeps_kind = true};
  co_return co_await copy_whole(backend, call, form);
}

Answer blob_copy_from_url(Backend& backend, Call& call) {
  const CopyForm form{.limit = wire::blob::kMaxSyncCopyBytes, .status = 202, .is_recorded = true};
  co_return co_await copy_whole(backend, call, form);
}

Answer block_blob_put_blob_from_url(Backend& backend, Call& call) {
  const CopyForm form{.limit = wire::blob::kMaxPutBlobBytes, .status = 201, .takes_headers = true};
  co_return co_await copy_whole(backend, call, form);
}

Answer blob_abort_copy_from_url(Backend& backend, Call& call) {
  auto look = [target = call.blob_target()](const engine::CatalogView& catalog) {
    return engine::find_blob(catalog, target);
  };
  CO_RETURN_IF_ERROR(co_await store::read(*backend.metadata, std::move(look)));
  co_return wire::blob::error(ErrorCode::NoPendingCopyOperation);
}

Answer block_blob_stage_block_from_url(Backend& backend, Call& call) {
  CO_RETURN_IF_ERROR(engine::check_blob_name(call.address.blob));
  CO_ASSIGN_OR_RETURN(auto id, read_block_id(call));
  CO_ASSIGN_OR_RETURN(const auto received, co_await receive_source(backend, call, wire::blob::kMaxBlockBytes));
  CO_RETURN_IF_ERROR(co_await stage_received(backend, call, std::move(id), received));
  auto response = empty_response(201);
  add_checksums(response, received);
  co_return response;
}

Answer append_blob_append_block_from_url(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(const auto received, co_await receive_source(backend, call, wire::blob::kMaxAppendBytes));
  CO_ASSIGN_OR_RETURN(auto response, co_await append_received(backend, call, received));
  add_checksums(response, received);
  co_return response;
}

}  // namespace blobstore::rest
