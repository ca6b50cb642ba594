// Put Blob, Put Block, Put Block List, Get Block List.
#include "base/text.h"
#include "blobstore/engine/block_list.h"
#include "blobstore/engine/catalog.h"
#include "blobstore/rest/bodies.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/request_fields.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/digest.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/blob/xml.h"

#include <limits>

namespace blobstore::rest {
namespace {

namespace header = wire::blob::header;
using engine::Catalog;
using engine::CatalogView;
using wire::blob::ErrorCode;

/// Versions in which limits grew and CRC64 came.
constexpr std::string_view kLargerBodies = "2016-05-31";
constexpr std::string_view kWithCrc64 = "2019-02-02";
constexpr std::string_view kLargestBodies = "2019-12-12";

std::uint64_t limit_of(std::string_view version, std::uint64_t newest, std::uint64_t middle, std::uint64_t oldest) {
  if (version >= kLargestBodies) return newest;
  return version >= kLargerBodies ? middle : oldest;
}

base::Result<void> check_blob_type(const Call& call) {
  const auto type = call.request.headers.find(header::kBlobType);
  if (!type) {
    return wire::blob::error(ErrorCode::MissingRequiredHeader, {{"HeaderName", std::string(header::kBlobType)}});
  }
  if (*type != wire::blob::kBlockBlob) return wire::blob::invalid_header(header::kBlobType, *type);
  return {};
}

http::Response stored(const engine::Blob& blob) {
  auto response = empty_response(201);
  add_version(response, blob.modified);
  response.headers.add(std::string(header::kRequestServerEncrypted), "true");
  return response;
}

void add_crc64(http::Response& response, const Call& call, const std::string& crc64) {
  if (call.version < kWithCrc64) return;
  response.headers.add(std::string(header::kContentCrc64), base::base64_encode(crc64));
}

std::vector<wire::blob::BlockItem> items_of(const std::vector<engine::Block>& blocks) {
  std::vector<wire::blob::BlockItem> items;
  for (const auto& block : blocks) {
    if (!block.id.empty()) items.push_back({block.id, block.size});
  }
  return items;
}

std::vector<wire::blob::BlockItem> items_of(const std::vector<engine::StagedBlock>& blocks) {
  std::vector<wire::blob::BlockItem> items;
  for (const auto& block : blocks) items.push_back({block.id, block.size});
  return items;
}

}  // namespace

Answer block_blob_upload(Backend& backend, Call& call) {
  CO_RETURN_IF_ERROR(check_blob_type(call));
  CO_RETURN_IF_ERROR(engine::check_blob_name(call.address.blob));
  const auto limit = limit_of(call.version, wire::blob::kMaxPutBlobBytes, wire::blob::kMaxPutBlobBytes2016,
                              wire::blob::kMaxPutBlobBytesOldest);
  CO_ASSIGN_OR_RETURN(const auto length, read_length(call, limit));
  engine::NewBlob content{.may_overwrite = call.grant.may_overwrite};
  CO_ASSIGN_OR_RETURN(content.blob.content, read_content_headers(call, true));
  CO_ASSIGN_OR_RETURN(content.blob.metadata, read_metadata(call));
  CO_ASSIGN_OR_RETURN(content.blob.tier, read_tier(call));
  CO_ASSIGN_OR_RETURN(content.blob.tags, read_tags(call));
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  CO_ASSIGN_OR_RETURN(auto expected, read_checksums(call));
  // x-ms-blob-content-md5 is checked here too ("Put Blob"), unlike in Put Block List.
  if (expected.md5.empty()) expected.md5 = content.blob.content.md5;
  CO_ASSIGN_OR_RETURN(const auto received, co_await receive_body(backend, call, length, std::move(expected), true));

  content.blob.size = received.size;
  content.blob.content.md5 = received.md5;
  content.extent = received.extent;
  auto change = [target = call.blob_target(), conditions = std::move(conditions), content = std::move(content),
                 now = call.now](Catalog& catalog) {
    return engine::put_blob(catalog, target, conditions, content, now);
  };
  auto put = co_await store::update(*backend.metadata, std::move(change));
  if (put.has_error()) {
    discard(backend, received, put.error());
    co_return std::move(put).error();
  }
  backend.collector->retire(std::move(put->released));
  auto response = stored(put->blob);
  response.headers.add("Content-MD5", base::base64_encode(received.md5));
  add_crc64(response, call, received.crc64);
  co_return response;
}

Answer block_blob_stage_block(Backend& backend, Call& call) {
  CO_RETURN_IF_ERROR(engine::check_blob_name(call.address.blob));
  CO_ASSIGN_OR_RETURN(auto id, read_block_id(call));
  const auto limit = limit_of(call.version, wire::blob::kMaxBlockBytes, wire::blob::kMaxBlockBytes2016,
                              wire::blob::kMaxBlockBytesOldest);
  CO_ASSIGN_OR_RETURN(const auto length, read_length(call, limit));
  if (length == 0) co_return wire::blob::invalid_header("Content-Length", "0");
  CO_ASSIGN_OR_RETURN(auto expected, read_checksums(call));
  const bool with_md5 = !expected.md5.empty() || call.version < kWithCrc64;
  CO_ASSIGN_OR_RETURN(const auto received, co_await receive_body(backend, call, length, std::move(expected), with_md5));
  CO_RETURN_IF_ERROR(co_await stage_received(backend, call, std::move(id), received));
  auto response = empty_response(201);
  if (with_md5) response.headers.add("Content-MD5", base::base64_encode(received.md5));
  add_crc64(response, call, received.crc64);
  response.headers.add(std::string(header::kRequestServerEncrypted), "true");
  co_return response;
}

Answer block_blob_commit_block_list(Backend& backend, Call& call) {
  CO_RETURN_IF_ERROR(engine::check_blob_name(call.address.blob));
  engine::Blob blob;
  CO_ASSIGN_OR_RETURN(blob.content, read_content_headers(call, false));
  CO_ASSIGN_OR_RETURN(blob.metadata, read_metadata(call));
  CO_ASSIGN_OR_RETURN(blob.tier, read_tier(call));
  CO_ASSIGN_OR_RETURN(blob.tags, read_tags(call));
  CO_ASSIGN_OR_RETURN(auto conditions, read_conditions(call));
  CO_ASSIGN_OR_RETURN(const auto body, co_await receive_text(call, wire::blob::kMaxBlockListBytes));
  CO_ASSIGN_OR_RETURN(auto entries, wire::blob::parse_block_list(body));
  std::vector<engine::BlockChoice> list;
  list.reserve(entries.size());
  for (auto& entry : entries) list.push_back({entry.search, std::move(entry.id)});
  auto change = [target = call.blob_target(), conditions = std::move(conditions), list = std::move(list),
                 blob = std::move(blob), now = call.now](Catalog& catalog) {
    return engine::commit_block_list(catalog, target, conditions, list, blob, now);
  };
  CO_ASSIGN_OR_RETURN(auto committed, co_await store::update(*backend.metadata, std::move(change)));
  backend.collector->retire(std::move(committed.released));
  auto response = stored(committed.blob);
  wire::blob::Crc64 crc64;
  crc64.add(body);
  if (!call.header("Content-MD5").empty()) response.headers.add("Content-MD5", base::base64_encode(base::md5(body)));
  add_crc64(response, call, crc64.bytes());
  co_return response;
}

Answer block_blob_get_block_list(Backend& backend, Call& call) {
  const auto text = call.query.find("blocklisttype").value_or("committed");
  const auto type = wire::blob::parse_name<wire::blob::BlockListType>(text);
  if (!type) co_return wire::blob::invalid_query_parameter("blocklisttype", text, "not a kind of block list");
  struct Lists {
    std::optional<engine::Blob> blob;
    std::vector<engine::Block> committed;
    std::vector<engine::StagedBlock> staged;
  };
  auto look = [target = call.blob_target()](const CatalogView& catalog) -> base::Result<Lists> {
    Lists lists;
    ASSIGN_OR_RETURN(const auto container, engine::find_container_of(catalog, target));
    ASSIGN_OR_RETURN(lists.blob, catalog.find_blob(container.id, target.name));
    ASSIGN_OR_RETURN(lists.staged, catalog.staged_blocks(container.id, target.name));
    if (!lists.blob && lists.staged.empty()) return wire::blob::error(ErrorCode::BlobNotFound);
    if (!target.lease_id.empty()) return wire::blob::error(ErrorCode::LeaseNotPresentWithBlobOperation);
    if (lists.blob && lists.blob->kind != engine::BlobKind::block) {
      return wire::blob::error(ErrorCode::InvalidBlobType);
    }
    if (lists.blob) {
      ASSIGN_OR_RETURN(lists.committed, catalog.blocks(lists.blob->id, 0, std::numeric_limits<std::uint64_t>::max()));
    }
    return lists;
  };
  CO_ASSIGN_OR_RETURN(const auto lists, co_await store::read(*backend.metadata, std::move(look)));

  const auto committed = items_of(lists.committed);
  const auto staged = items_of(lists.staged);
  auto response =
      xml_response(wire::blob::print_block_list(*type == wire::blob::BlockListType::uncommitted ? nullptr : &committed,
                                                *type == wire::blob::BlockListType::committed ? nullptr : &staged));
  response.headers.add(std::string(header::kBlobContentLength), std::to_string(lists.blob ? lists.blob->size : 0));
  if (lists.blob) add_version(response, lists.blob->modified);
  co_return response;
}

}  // namespace blobstore::rest
