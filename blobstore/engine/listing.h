// Lists of containers and blobs: order, prefixes, delimiters, pages ("List Blobs", "List Containers").
//
// Names are in byte order. A page ends with the name the next one starts from; it is a place in the order, not a row,
// so a blob deleted between two pages moves nothing.
#pragma once

#include "base/result.h"
#include "blobstore/engine/blob.h"
#include "blobstore/engine/container.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace blobstore::engine {

struct ListQuery {
  std::string prefix;
  std::string delimiter;  ///< blobs only; empty = none
  std::string start;      ///< where the page starts; empty = at the beginning
  std::size_t limit = 0;  ///< at least 1
  bool with_uncommitted = false;
};

/// A blob, a blob that has only staged blocks, or a prefix that stands for all names it begins.
struct ListedBlob {
  enum class Kind { blob, uncommitted, prefix };
  Kind kind = Kind::blob;
  Blob blob;  ///< only the name counts unless the kind is blob
};

struct BlobPage {
  std::vector<ListedBlob> blobs;
  std::string next;  ///< empty: this was the last page
};
base::Result<BlobPage> list_blobs(const CatalogView& catalog, std::int64_t container, const ListQuery& query);

struct ContainerPage {
  std::vector<Container> containers;
  std::string next;
};
base::Result<ContainerPage> list_containers(const CatalogView& catalog, std::string_view account,
                                            const ListQuery& query);

/// The smallest text that is greater than every text beginning with `prefix`; empty when there is none (all 0xFF).
std::string after_prefix(std::string prefix);

}  // namespace blobstore::engine
