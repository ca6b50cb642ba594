// Blobs: what one is, which names it may have, and what happens to it as a whole. Its blocks are block_list.h's.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "wire/blob/service_xml.h"
#include "wire/blob/vocabulary.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace blobstore::engine {

class Catalog;
class CatalogView;
struct Conditions;
struct Container;

/// Names a run of bytes in the extent store.
enum class ExtentId : std::uint64_t {};

/// The headers that a blob keeps for its readers.
struct ContentHeaders {
  std::string type;
  std::string encoding;
  std::string language;
  std::string md5;  ///< sixteen raw bytes, or empty
  std::string cache_control;
  std::string disposition;
  bool operator==(const ContentHeaders&) const = default;
};

/// Page blobs are not offered.
enum class BlobKind { block, append };

/// The last copy that made a blob; copies are over when they are answered.
struct CopyRecord {
  std::string id;      ///< a GUID; empty: the blob was not made by Copy Blob
  std::string source;  ///< the URL, without a SAS
  base::Timestamp completed{};
  bool operator==(const CopyRecord&) const = default;
};

struct Blob {
  std::int64_t id = 0;  ///< of these bytes: chosen by the catalog, another one after each Put Blob or Put Block List
  std::int64_t container = 0;
  std::string name;
  std::uint64_t size = 0;
  base::Timestamp created;
  base::Timestamp modified;  ///< Last-Modified, and as a number the ETag
  ContentHeaders content;
  wire::blob::MetadataFields metadata;
  wire::blob::AccessTier tier = wire::blob::AccessTier::inferred_hot;
  bool has_block_list = false;  ///< made by Put Block List; otherwise its one block has no id
  BlobKind kind = BlobKind::block;
  bool sealed = false;             ///< an append blob that takes no more
  std::uint64_t appended = 0;      ///< blocks of an append blob
  base::Timestamp tier_changed{};  ///< of the last Set Blob Tier; the zero time: never
  wire::blob::Tags tags;
  CopyRecord copy;
  bool operator==(const Blob&) const = default;
};

/// Bytes of a committed blob: `size` of them from `start` are the whole of one extent.
struct Block {
  std::string id;  ///< raw; empty for the bytes of a Put Blob
  std::uint64_t start = 0;
  std::uint64_t size = 0;
  ExtentId extent{};
  bool operator==(const Block&) const = default;
};

/// 1 to 1,024 characters of UTF-8, at most 254 segments. InvalidResourceName or OutOfRangeInput.
base::Result<void> check_blob_name(std::string_view name);

/// What a request says about the blob it works on.
struct BlobTarget {
  std::string account;
  std::string container;
  std::string name;
  std::string lease_id;  ///< x-ms-lease-id; no lease exists, so any is refused
};

/// What a change leaves behind: the blob as it is now, and extents that nothing names any more.
struct BlobChange {
  Blob blob;
  std::vector<ExtentId> released;
};

/// ContainerNotFound; then BlobNotFound.
base::Result<Container> find_container_of(const CatalogView& catalog, const BlobTarget& target);
base::Result<Blob> find_blob(const CatalogView& catalog, const BlobTarget& target);

/// The bytes and headers of a new blob (Put Blob). Only `size`, `content`, `metadata` and `tier` of `blob` count.
struct NewBlob {
  Blob blob;
  ExtentId extent{};          ///< unused when the size is 0
  bool may_overwrite = true;  ///< false: the SAS allows creating only, an existing blob is UnauthorizedBlobOverwrite
};
base::Result<BlobChange> put_blob(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                  NewBlob content, base::Timestamp now);
base::Result<Blob> set_blob_metadata(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                     wire::blob::MetadataFields metadata, base::Timestamp now);
/// Every header is replaced, the ones not given become empty, as the service does.
base::Result<Blob> set_blob_headers(Catalog& catalog, const BlobTarget& target, const Conditions& conditions,
                                    ContentHeaders content, base::Timestamp now);
/// InvalidBlobType for a blob that has no tiers (an append blob).
base::Result<Blob> set_blob_tier(Catalog& catalog, const BlobTarget& target, wire::blob::AccessTier tier,
                                 base::Timestamp now);
/// All tags are replaced. Neither ETag nor Last-Modified change.
base::Result<void> set_blob_tags(Catalog& catalog, const BlobTarget& target, wire::blob::Tags tags);
/// Removes the blob and its staged blocks.
base::Result<std::vector<ExtentId>> delete_blob(Catalog& catalog, const BlobTarget& target,
                                                const Conditions& conditions);

}  // namespace blobstore::engine
