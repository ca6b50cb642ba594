// List Containers and List Blobs: parameters, markers, and rows turned into the items of a document.
#include "base/text.h"
#include "blobstore/engine/catalog.h"
#include "blobstore/engine/listing.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/paging.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/blob/xml.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace blobstore::rest {
namespace {

using engine::CatalogView;
using engine::ListedBlob;
using wire::blob::ErrorCode;

/// What a list may be asked to include. Of most of it this service has none, so that including it adds nothing.
constexpr auto kBlobIncludes =
    std::to_array<std::string_view>({"metadata", "uncommittedblobs", "snapshots", "copy", "deleted", "tags", "versions",
                                     "deletedwithversions", "immutabilitypolicy", "legalhold", "permissions"});
constexpr auto kContainerIncludes = std::to_array<std::string_view>({"metadata", "deleted", "system"});

base::Result<std::set<std::string>> read_includes(const Call& call, std::span<const std::string_view> known) {
  std::set<std::string> includes;
  for (const auto& [name, value] : call.query.fields()) {
    if (!base::equal_ignoring_case(name, "include") || value.empty()) continue;
    for (const auto& part : base::split(value, ',')) {
      const std::string include = base::lower_case(base::trim(part));
      if (std::ranges::find(known, include) == known.end()) {
        return wire::blob::invalid_query_parameter("include", value, "Invalid query parameter value.");
      }
      includes.insert(include);
    }
  }
  return includes;
}

/// "2!LENGTH!BASE64": opaque to clients, in the shape of the service's own.
std::string blob_marker(const std::string& start) {
  if (start.empty()) return {};
  const std::string encoded = base::base64_encode(start);
  return "2!" + std::to_string(encoded.size()) + "!" + encoded;
}

base::Result<std::string> parse_blob_marker(const std::string& marker) {
  if (marker.empty()) return std::string();
  const auto parts = base::split(marker, '!');
  if (parts.size() == 3 && parts[0] == "2" && parts[1] == std::to_string(parts[2].size())) {
    if (auto start = base::base64_decode(parts[2])) return start;
  }
  return wire::blob::invalid_query_parameter("marker", marker, "not a marker of this list");
}

/// "/account/container", as the service's own.
base::Result<std::string> parse_container_marker(const Call& call, const std::string& marker) {
  if (marker.empty()) return std::string();
  const std::string head = "/" + call.address.account + "/";
  if (marker.starts_with(head)) return marker.substr(head.size());
  return wire::blob::invalid_query_parameter("marker", marker, "not a marker of this list");
}

/// The parameters that both lists have.
base::Result<wire::blob::ListHead> read_head(const Call& call) {
  wire::blob::ListHead head{.service_endpoint = service_endpoint(call.request, call.address),
                            .prefix = call.parameter("prefix"),
                            .marker = call.parameter("marker"),
                            .delimiter = call.parameter("delimiter")};
  ASSIGN_OR_RETURN(head.max_results, read_max_results(call));
  return head;
}

wire::blob::BlobItem item_of(const ListedBlob& listed) {
  const auto& blob = listed.blob;
  wire::blob::BlobItem item{.name = blob.name,
                            .is_prefix = listed.kind == ListedBlob::Kind::prefix,
                            .is_committed = listed.kind == ListedBlob::Kind::blob};
  if (listed.kind != ListedBlob::Kind::blob) return item;
  item.created = blob.created;
  item.last_modified = blob.modified;
  item.etag = quoted_etag(blob.modified);
  item.content_length = blob.size;
  item.content_type = blob.content.type;
  item.content_encoding = blob.content.encoding;
  item.content_language = blob.content.language;
  item.content_md5 = base::base64_encode(blob.content.md5);
  item.cache_control = blob.content.cache_control;
  item.content_disposition = blob.content.disposition;
  item.tier = blob.tier;
  item.metadata = blob.metadata;
  item.is_append = blob.kind == engine::BlobKind::append;
  item.is_sealed = blob.sealed;
  if (blob.tier_changed != base::Timestamp{}) item.tier_changed = wire::print_http_date(blob.tier_changed);
  item.tags = blob.tags;
  item.copy_id = blob.copy.id;
  item.copy_source = blob.copy.source;
  item.copy_completed = wire::print_http_date(blob.copy.completed);
  return item;
}

}  // namespace

base::Result<std::optional<std::uint32_t>> read_max_results(const Call& call) {
  const auto text = call.query.find("maxresults");
  if (!text) return std::optional<std::uint32_t>();
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failed != std::errc() || end != text->data() + text->size()) {
    return wire::blob::invalid_query_parameter("maxresults", *text, "Value must be a number.");
  }
  if (number < 1) {
    return wire::blob::error(ErrorCode::OutOfRangeQueryParameterValue, {{"QueryParameterName", "maxresults"},
                                                                        {"QueryParameterValue", *text},
                                                                        {"MinimumAllowed", "1"},
                                                                        {"MaximumAllowed", "5000"}});
  }
  return std::optional<std::uint32_t>(
      static_cast<std::uint32_t>(std::min<std::int64_t>(number, std::numeric_limits<std::int32_t>::max())));
}

std::size_t page_size(const std::optional<std::uint32_t>& max_results) {
  return std::min(max_results.value_or(wire::blob::kMaxListResults), wire::blob::kMaxListResults);
}

Answer service_list_containers(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(auto head, read_head(call));
  CO_ASSIGN_OR_RETURN(const auto includes, read_includes(call, kContainerIncludes));
  engine::ListQuery query{.prefix = head.prefix, .limit = page_size(head.max_results)};
  CO_ASSIGN_OR_RETURN(query.start, parse_container_marker(call, head.marker));
  auto look = [account = call.address.account, query = std::move(query)](const CatalogView& catalog) {
    return engine::list_containers(catalog, account, query);
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await store::read(*backend.metadata, std::move(look)));

  std::vector<wire::blob::ContainerItem> items;
  for (const auto& container : page.containers) {
    items.push_back({container.name, container.modified, quoted_etag(container.modified), container.public_access,
                     container.metadata});
  }
  head.delimiter.clear();
  if (!page.next.empty()) head.next_marker = "/" + call.address.account + "/" + page.next;
  co_return xml_response(wire::blob::print_container_list(head, items, includes.contains("metadata")));
}

Answer container_list_blobs(Backend& backend, Call& call) {
  CO_ASSIGN_OR_RETURN(auto head, read_head(call));
  CO_ASSIGN_OR_RETURN(const auto includes, read_includes(call, kBlobIncludes));
  engine::ListQuery query{.prefix = head.prefix,
                          .delimiter = head.delimiter,
                          .limit = page_size(head.max_results),
                          .with_uncommitted = includes.contains("uncommittedblobs")};
  CO_ASSIGN_OR_RETURN(query.start, parse_blob_marker(head.marker));
  auto look = [target = call.blob_target(),
               query = std::move(query)](const CatalogView& catalog) -> base::Result<engine::BlobPage> {
    ASSIGN_OR_RETURN(const auto container, engine::find_container_of(catalog, target));
    return engine::list_blobs(catalog, container.id, query);
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await store::read(*backend.metadata, std::move(look)));

  std::vector<wire::blob::BlobItem> items;
  items.reserve(page.blobs.size());
  for (const auto& listed : page.blobs) items.push_back(item_of(listed));
  head.next_marker = blob_marker(page.next);
  co_return xml_response(wire::blob::print_blob_list(head, call.address.container, items,
                                                     {.metadata = includes.contains("metadata"),
                                                      .tags = includes.contains("tags"),
                                                      .copy = includes.contains("copy")}));
}

}  // namespace blobstore::rest
