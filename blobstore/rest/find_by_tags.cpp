// Find Blobs by Tags, in an account or in one container: a walk over names in order. There is no index; accounts of a
// laptop are small, and a page looks at a bounded number of blobs and goes on where it stopped.
#include "base/text.h"
#include "blobstore/engine/catalog.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/paging.h"
#include "blobstore/rest/responses.h"
#include "wire/blob/errors.h"
#include "wire/blob/tag_filter.h"

namespace blobstore::rest {
namespace {

using engine::CatalogView;
using wire::blob::ErrorCode;
using wire::blob::TaggedBlob;

constexpr std::size_t kBatch = 256;           // rows fetched at once
constexpr std::size_t kMaxLookedAt = 50'000;  // blobs of one page

/// A blob's place in the order of an account.
struct Place {
  std::string container;
  std::string blob;
};

struct Search {
  std::string account;
  std::string container;  ///< empty: all
  wire::blob::TagFilter filter;
  Place start;
  std::size_t limit = 0;
};

struct Found {
  std::vector<TaggedBlob> blobs;
  std::optional<Place> next;
};

/// "CONTAINER!BASE64 of the blob's name"; containers have no '!' in their names.
std::string marker_of(const Place& place) {
  return place.container + "!" + base::base64_encode(place.blob);
}

base::Result<Place> parse_marker(const std::string& marker) {
  if (marker.empty()) return Place{};
  const auto parts = base::split(marker, '!');
  if (parts.size() == 2) {
    if (auto blob = base::base64_decode(parts[1])) return Place{parts[0], std::move(*blob)};
  }
  return wire::blob::invalid_query_parameter("marker", marker, "not a marker of this list");
}

/// Goes through one container; false: the page is full.
base::Result<bool> search_container(const CatalogView& catalog, const engine::Container& container,
                                    const Search& search, std::size_t& looked_at, Found& found) {
  std::string from = container.name == search.start.container ? search.start.blob : std::string();
  while (true) {
    ASSIGN_OR_RETURN(const auto blobs, catalog.blobs_from(container.id, from, kBatch));
    for (const auto& blob : blobs) {
      if (found.blobs.size() == search.limit || looked_at == kMaxLookedAt) {
        found.next = Place{container.name, blob.name};
        return false;
      }
      ++looked_at;
      if (auto tags = wire::blob::matching_tags(search.filter, blob.tags); !tags.empty()) {
        found.blobs.push_back({container.name, blob.name, std::move(tags)});
      }
    }
    if (blobs.size() < kBatch) return true;
    from = blobs.back().name + '\0';
  }
}

base::Result<Found> search_all(const CatalogView& catalog, const Search& search) {
  Found found;
  std::size_t looked_at = 0;
  std::string from = std::max(search.start.container, search.container);
  while (true) {
    ASSIGN_OR_RETURN(const auto containers, catalog.containers_from(search.account, from, kBatch));
    for (const auto& container : containers) {
      if (!search.container.empty() && container.name != search.container) return found;
      ASSIGN_OR_RETURN(const bool goes_on, search_container(catalog, container, search, looked_at, found));
      if (!goes_on) return found;
    }
    if (containers.size() < kBatch) return found;
    from = containers.back().name + '\0';
  }
}

Answer find_by_tags(Backend& backend, Call& call) {
  const auto where = call.parameter("where");
  Search search{.account = call.address.account, .container = call.address.container, .filter = {}, .start = {}};
  CO_ASSIGN_OR_RETURN(search.filter, wire::blob::parse_tag_filter(where));
  if (!search.filter.container.empty()) {
    if (!search.container.empty()) {
      co_return wire::blob::invalid_query_parameter("where", where, "@container is for searches of the whole account");
    }
    search.container = search.filter.container;
  }
  CO_ASSIGN_OR_RETURN(const auto max_results, read_max_results(call));
  search.limit = page_size(max_results);
  CO_ASSIGN_OR_RETURN(search.start, parse_marker(call.parameter("marker")));
  auto look = [search = std::move(search),
               must_exist = call.address.container](const CatalogView& catalog) -> base::Result<Found> {
    if (!must_exist.empty()) {
      ASSIGN_OR_RETURN(const auto container, catalog.find_container(search.account, must_exist));
      if (!container) return wire::blob::error(ErrorCode::ContainerNotFound);
    }
    return search_all(catalog, search);
  };
  CO_ASSIGN_OR_RETURN(const auto found, co_await store::read(*backend.metadata, std::move(look)));
  const auto next = found.next ? marker_of(*found.next) : std::string();
  co_return xml_response(
      wire::blob::print_tagged_blobs(service_endpoint(call.request, call.address), where, found.blobs, next));
}

}  // namespace

Answer service_filter_blobs(Backend& backend, Call& call) {
  co_return co_await find_by_tags(backend, call);
}

Answer container_filter_blobs(Backend& backend, Call& call) {
  co_return co_await find_by_tags(backend, call);
}

}  // namespace blobstore::rest
