// The XML documents of the Blob service: what clients send (block list, access policies) and what they get (lists).
//
// Documents of strangers are read under limits of size and count; a document type declaration is refused, so no entity
// is ever expanded. The client library reads our lists with the same code.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "wire/blob/access_policy.h"
#include "wire/blob/service_xml.h"
#include "wire/blob/vocabulary.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wire::blob {

/// One entry of Put Block List's body, in the order of the blob.
struct BlockListEntry {
  BlockSearch search;
  std::string id;  ///< decoded bytes
  bool operator==(const BlockListEntry&) const = default;
};
/// InvalidXmlDocument; BlockListTooLong past 50,000 entries; InvalidBlockId for an id that is not base64 of 1 to 64
/// bytes.
base::Result<std::vector<BlockListEntry>> parse_block_list(std::string_view xml);
std::string print_block_list_request(const std::vector<BlockListEntry>& entries);

/// InvalidXmlDocument, or InvalidXmlNodeValue for a wrong time, a name that is too long, repeated or missing, or more
/// than five policies.
base::Result<std::vector<SignedIdentifier>> parse_signed_identifiers(std::string_view xml);
std::string print_signed_identifiers(const std::vector<SignedIdentifier>& identifiers);

/// What stands at the head of every list.
struct ListHead {
  std::string service_endpoint;  ///< "http://host/account/"
  std::string prefix;
  std::string marker;
  std::optional<std::uint32_t> max_results;  ///< as asked for
  std::string delimiter;
  std::string next_marker;
};

struct ContainerItem {
  std::string name;
  base::Timestamp last_modified;
  std::string etag;  ///< with quotes
  PublicAccess public_access = PublicAccess::none;
  MetadataFields metadata;
};
std::string print_container_list(const ListHead& head, const std::vector<ContainerItem>& containers,
                                 bool with_metadata);

struct BlobItem {
  std::string name;
  bool is_prefix = false;  ///< a BlobPrefix: only the name counts
  bool is_committed = true;
  base::Timestamp created;
  base::Timestamp last_modified;
  std::string etag;  ///< with quotes; the list shows it without
  std::uint64_t content_length = 0;
  std::string content_type;
  std::string content_encoding;
  std::string content_language;
  std::string content_md5;  ///< base64
  std::string cache_control;
  std::string content_disposition;
  AccessTier tier = AccessTier::inferred_hot;
  MetadataFields metadata;
  bool is_append = false;
  bool is_sealed = false;
  std::string tier_changed;  ///< as an HTTP date; empty: never
  Tags tags;
  std::string copy_id;  ///< empty: not shown as a copy
  std::string copy_source;
  std::string copy_completed;  ///< as an HTTP date
};
/// What of each blob a list shows besides its properties.
struct ListedParts {
  bool metadata = false;
  bool tags = false;
  bool copy = false;
};
std::string print_blob_list(const ListHead& head, std::string_view container, const std::vector<BlobItem>& blobs,
                            ListedParts parts);

struct BlockItem {
  std::string id;  ///< decoded bytes
  std::uint64_t size = 0;
};
/// Get Block List's answer; an absent list is not shown.
std::string print_block_list(const std::vector<BlockItem>* committed, const std::vector<BlockItem>* uncommitted);

/// What a client reads of a page of List Blobs.
struct BlobListPage {
  std::vector<BlobItem> blobs;  ///< name, length, type, MD5, ETag, times, metadata
  std::string next_marker;
};
base::Result<BlobListPage> parse_blob_list(std::string_view xml);
/// Code and Message of an error document; nothing when it is none.
struct ErrorDocument {
  std::string code;
  std::string message;
};
std::optional<ErrorDocument> parse_error(std::string_view xml);

}  // namespace wire::blob
