// Reading lists, block lists and access policies. How documents of strangers are taken apart: xml_nodes.h.
#include "base/text.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/blob/utf8.h"
#include "wire/blob/xml.h"
#include "wire/blob/xml_nodes.h"
#include "wire/time_text.h"

#include <algorithm>

namespace wire::blob {
namespace {

/// Lists that a client reads: 5,000 blobs with the longest names and metadata.
constexpr std::size_t kMaxListBytes = 64 * kMebibyte;

base::Result<std::string> parse_block_id(std::string_view text) {
  auto id = base::base64_decode(base::trim(text));
  if (id.has_error() || id->empty() || id->size() > kMaxBlockIdBytes) return error(ErrorCode::InvalidBlockId);
  return std::move(*id);
}

/// Times of policies are checked when stored: a policy that can never be met helps nobody.
base::Result<void> read_time(const pugi::xml_node& policy, const char* name, std::string& into) {
  const auto text = text_of(policy.child(name));
  if (!text) return bad_value(name, "");
  into = base::trim(*text);
  if (!into.empty() && parse_timestamp(into).has_error()) return bad_value(name, into);
  return {};
}

base::Result<SignedIdentifier> read_identifier(const pugi::xml_node& node) {
  SignedIdentifier identifier;
  const auto id = text_of(node.child("Id"));
  if (!id || id->empty()) return bad_value("Id", "");
  const auto length = count_characters(*id);
  if (!length || *length > kMaxAccessPolicyIdLength) return bad_value("Id", *id);
  identifier.id = *id;
  const auto policy = node.child("AccessPolicy");
  RETURN_IF_ERROR(read_time(policy, "Start", identifier.policy.start));
  RETURN_IF_ERROR(read_time(policy, "Expiry", identifier.policy.expiry));
  const auto permission = text_of(policy.child("Permission"));
  if (!permission) return bad_value("Permission", "");
  identifier.policy.permissions = base::trim(*permission);
  constexpr std::string_view kPermissions = "racwdxyltmei";
  if (identifier.policy.permissions.find_first_not_of(kPermissions) != std::string::npos) {
    return bad_value("Permission", identifier.policy.permissions);
  }
  return identifier;
}

base::Timestamp date_of(const char* text) {
  const auto time = parse_http_date(text);
  return time ? *time : base::Timestamp();
}

BlobItem read_blob(const pugi::xml_node& node) {
  const auto properties = node.child("Properties");
  const auto name = node.child("Name");
  BlobItem blob{.name = name.child_value()};
  if (std::string_view(name.attribute("Encoded").value()) == "true") {
    if (auto decoded = base::percent_decode(blob.name)) blob.name = std::move(*decoded);
  }
  blob.created = date_of(properties.child_value("Creation-Time"));
  blob.last_modified = date_of(properties.child_value("Last-Modified"));
  blob.etag = properties.child_value("Etag");
  blob.content_length = properties.child("Content-Length").text().as_ullong();
  blob.content_type = properties.child_value("Content-Type");
  blob.content_encoding = properties.child_value("Content-Encoding");
  blob.content_language = properties.child_value("Content-Language");
  blob.content_md5 = properties.child_value("Content-MD5");
  blob.cache_control = properties.child_value("Cache-Control");
  blob.content_disposition = properties.child_value("Content-Disposition");
  for (const auto& field : node.child("Metadata").children()) {
    blob.metadata.emplace_back(field.name(), field.child_value());
  }
  return blob;
}

}  // namespace

base::Result<std::vector<BlockListEntry>> parse_block_list(std::string_view xml) {
  pugi::xml_document document;
  ASSIGN_OR_RETURN(const auto root, parse_root(document, xml, kMaxBlockListBytes, "BlockList"));
  std::vector<BlockListEntry> entries;
  for (const auto& node : root.children()) {
    if (is_blank(node)) continue;
    const auto names = names_of(BlockSearch{});
    const auto found = std::ranges::find(names, std::string_view(node.name()));
    if (found == names.end()) return bad_document(std::string("BlockList holds ") + node.name());
    const auto text = text_of(node);
    if (!text) return bad_document("a block's name must be text");
    if (entries.size() == kMaxCommittedBlocks) return error(ErrorCode::BlockListTooLong);
    ASSIGN_OR_RETURN(auto id, parse_block_id(*text));
    entries.push_back({static_cast<BlockSearch>(found - names.begin()), std::move(id)});
  }
  return entries;
}

base::Result<std::vector<SignedIdentifier>> parse_signed_identifiers(std::string_view xml) {
  std::vector<SignedIdentifier> identifiers;
  if (base::trim(xml).empty()) return identifiers;
  pugi::xml_document document;
  ASSIGN_OR_RETURN(const auto root, parse_root(document, xml, kMaxAccessPolicyBytes, "SignedIdentifiers"));
  for (const auto& node : root.children()) {
    if (is_blank(node)) continue;
    if (std::string_view(node.name()) != "SignedIdentifier") {
      return bad_document(std::string("SignedIdentifiers holds ") + node.name());
    }
    if (identifiers.size() == kMaxAccessPolicies) return bad_value("SignedIdentifiers", "more than five policies");
    ASSIGN_OR_RETURN(auto identifier, read_identifier(node));
    if (std::ranges::find(identifiers, identifier.id, &SignedIdentifier::id) != identifiers.end()) {
      return bad_value("Id", identifier.id);
    }
    identifiers.push_back(std::move(identifier));
  }
  return identifiers;
}

base::Result<BlobListPage> parse_blob_list(std::string_view xml) {
  pugi::xml_document document;
  ASSIGN_OR_RETURN(const auto root, parse_root(document, xml, kMaxListBytes, "EnumerationResults"));
  BlobListPage page;
  for (const auto& node : root.child("Blobs").children()) {
    if (std::string_view(node.name()) == "Blob") {
      page.blobs.push_back(read_blob(node));
    } else if (std::string_view(node.name()) == "BlobPrefix") {
      page.blobs.push_back({.name = node.child("Name").child_value(), .is_prefix = true});
    }
  }
  page.next_marker = root.child_value("NextMarker");
  return page;
}

std::optional<ErrorDocument> parse_error(std::string_view xml) {
  pugi::xml_document document;
  const auto root = parse_root(document, xml, kMaxAccessPolicyBytes, "Error");
  if (root.has_error()) return std::nullopt;
  return ErrorDocument{root->child_value("Code"), root->child_value("Message")};
}

}  // namespace wire::blob
