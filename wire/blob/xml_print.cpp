// Writing the documents, element by element in the service's order (seen in recordings of the live service and in the
// pages "List Blobs", "List Containers", "Get Block List", "Get Container ACL").
#include "base/text.h"
#include "wire/blob/headers.h"
#include "wire/blob/xml.h"
#include "wire/blob/xml_writer.h"
#include "wire/time_text.h"

namespace wire::blob {
namespace {

/// "<EnumerationResults ServiceEndpoint=...>" and the elements that repeat what was asked; absent ones are left out.
void print_head(XmlWriter& xml, const ListHead& head, std::string_view container) {
  std::string attributes = " ServiceEndpoint=\"" + xml_escape(head.service_endpoint) + "\"";
  if (!container.empty()) attributes += " ContainerName=\"" + xml_escape(container) + "\"";
  xml.open("EnumerationResults", attributes);
  if (!head.prefix.empty()) xml.name_element("Prefix", head.prefix);
  if (!head.marker.empty()) xml.element("Marker", head.marker);
  if (head.max_results) xml.element("MaxResults", std::to_string(*head.max_results));
  if (!head.delimiter.empty()) xml.name_element("Delimiter", head.delimiter);
}

void print_metadata(XmlWriter& xml, const MetadataFields& metadata) {
  if (metadata.empty()) {
    xml.element("Metadata", "");
    return;
  }
  xml.open("Metadata");
  for (const auto& [name, value] : metadata) xml.element(name, value);
  xml.close("Metadata");
}

std::string_view unquoted(std::string_view etag) {
  return etag.size() >= 2 ? etag.substr(1, etag.size() - 2) : etag;
}

void print_tier(XmlWriter& xml, const BlobItem& blob) {
  if (blob.is_append) return;  // has none
  xml.element("AccessTier", name_of(blob.tier));
  if (blob.tier == AccessTier::inferred_hot) xml.element("AccessTierInferred", "true");
  if (!blob.tier_changed.empty()) xml.element("AccessTierChangeTime", blob.tier_changed);
}

void print_copy(XmlWriter& xml, const BlobItem& blob) {
  if (blob.copy_id.empty()) return;
  const auto size = std::to_string(blob.content_length);
  xml.element("CopyId", blob.copy_id).element("CopySource", blob.copy_source).element("CopyStatus", "success");
  xml.element("CopyProgress", size + "/" + size).element("CopyCompletionTime", blob.copy_completed);
}

void print_properties(XmlWriter& xml, const BlobItem& blob, ListedParts parts) {
  xml.open("Properties");
  if (blob.is_committed) {
    xml.element("Creation-Time", print_http_date(blob.created));
    xml.element("Last-Modified", print_http_date(blob.last_modified));
    xml.element("Etag", unquoted(blob.etag));
  }
  xml.element("Content-Length", std::to_string(blob.content_length));
  xml.element("Content-Type", blob.content_type);
  xml.element("Content-Encoding", blob.content_encoding);
  xml.element("Content-Language", blob.content_language);
  xml.element("Content-CRC64", "");
  xml.element("Content-MD5", blob.content_md5);
  xml.element("Cache-Control", blob.cache_control);
  xml.element("Content-Disposition", blob.content_disposition);
  xml.element("BlobType", blob.is_append ? kAppendBlob : kBlockBlob);
  if (blob.is_committed) {
    print_tier(xml, blob);
    xml.element("LeaseStatus", kLeaseUnlocked);
    xml.element("LeaseState", kLeaseAvailable);
    if (parts.copy) print_copy(xml, blob);
    xml.element("ServerEncrypted", "true");
    if (blob.is_sealed) xml.element("Sealed", "true");
    if (!blob.tags.empty()) xml.element("TagCount", std::to_string(blob.tags.size()));
  }
  xml.close("Properties");
}

void print_blob(XmlWriter& xml, const BlobItem& blob, ListedParts parts) {
  if (blob.is_prefix) {
    xml.open("BlobPrefix").name_element("Name", blob.name).close("BlobPrefix");
    return;
  }
  xml.open("Blob").name_element("Name", blob.name);
  print_properties(xml, blob, parts);
  if (parts.metadata) print_metadata(xml, blob.metadata);
  if (parts.tags && !blob.tags.empty()) print_tag_set(xml, blob.tags);
  xml.element("OrMetadata", "");
  xml.close("Blob");
}

void print_blocks(XmlWriter& xml, std::string_view name, const std::vector<BlockItem>& blocks) {
  if (blocks.empty()) {
    xml.element(name, "");
    return;
  }
  xml.open(name);
  for (const auto& block : blocks) {
    xml.open("Block").element("Name", base::base64_encode(block.id));
    xml.element("Size", std::to_string(block.size)).close("Block");
  }
  xml.close(name);
}

}  // namespace

std::string print_block_list_request(const std::vector<BlockListEntry>& entries) {
  XmlWriter xml;
  xml.open("BlockList");
  for (const auto& entry : entries) xml.element(name_of(entry.search), base::base64_encode(entry.id));
  xml.close("BlockList");
  return std::move(xml).take();
}

std::string print_signed_identifiers(const std::vector<SignedIdentifier>& identifiers) {
  XmlWriter xml;
  if (identifiers.empty()) {
    xml.element("SignedIdentifiers", "");
    return std::move(xml).take();
  }
  xml.open("SignedIdentifiers");
  for (const auto& [id, policy] : identifiers) {
    xml.open("SignedIdentifier").element("Id", id).open("AccessPolicy");
    if (!policy.start.empty()) xml.element("Start", policy.start);
    if (!policy.expiry.empty()) xml.element("Expiry", policy.expiry);
    if (!policy.permissions.empty()) xml.element("Permission", policy.permissions);
    xml.close("AccessPolicy").close("SignedIdentifier");
  }
  xml.close("SignedIdentifiers");
  return std::move(xml).take();
}

std::string print_container_list(const ListHead& head, const std::vector<ContainerItem>& containers,
                                 bool with_metadata) {
  XmlWriter xml;
  print_head(xml, head, {});
  if (containers.empty()) xml.element("Containers", "");
  if (!containers.empty()) xml.open("Containers");
  for (const auto& container : containers) {
    xml.open("Container").element("Name", container.name).open("Properties");
    xml.element("Last-Modified", print_http_date(container.last_modified)).element("Etag", container.etag);
    xml.element("LeaseStatus", kLeaseUnlocked).element("LeaseState", kLeaseAvailable);
    if (container.public_access != PublicAccess::none) {
      xml.element("PublicAccess", name_of(container.public_access));
    }
    xml.element("DefaultEncryptionScope", "$account-encryption-key").element("DenyEncryptionScopeOverride", "false");
    xml.element("HasImmutabilityPolicy", "false").element("HasLegalHold", "false").close("Properties");
    if (with_metadata) print_metadata(xml, container.metadata);
    xml.close("Container");
  }
  if (!containers.empty()) xml.close("Containers");
  xml.element("NextMarker", head.next_marker).close("EnumerationResults");
  return std::move(xml).take();
}

std::string print_blob_list(const ListHead& head, std::string_view container, const std::vector<BlobItem>& blobs,
                            ListedParts parts) {
  XmlWriter xml;
  print_head(xml, head, container);
  if (blobs.empty()) {
    xml.element("Blobs", "");
  } else {
    xml.open("Blobs");
    for (const auto& blob : blobs) print_blob(xml, blob, parts);
    xml.close("Blobs");
  }
  xml.element("NextMarker", head.next_marker).close("EnumerationResults");
  return std::move(xml).take();
}

std::string print_block_list(const std::vector<BlockItem>* committed, const std::vector<BlockItem>* uncommitted) {
  XmlWriter xml;
  xml.open("BlockList");
  if (committed) print_blocks(xml, "CommittedBlocks", *committed);
  if (uncommitted) print_blocks(xml, "UncommittedBlocks", *uncommitted);
  xml.close("BlockList");
  return std::move(xml).take();
}

}  // namespace wire::blob
