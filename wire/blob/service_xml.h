// Documents about the service itself: its properties, its statistics, user delegation keys, and the tags of a blob.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "wire/blob/cors.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wire::blob {

class XmlWriter;

/// Reads Set Blob Service Properties: the CORS rules, or nothing when the document leaves them alone.
/// InvalidXmlDocument, InvalidXmlNodeValue (more than five rules, a method that is none, an element missing);
/// NotImplemented, by name, for what has no effect here: logging, metrics, soft delete, static web sites and a default
/// version, as soon as one of them is to be switched on.
base::Result<std::optional<std::vector<CorsRule>>> parse_service_properties(std::string_view xml);
/// Get Blob Service Properties: the rules, and everything else switched off.
std::string print_service_properties(const std::vector<CorsRule>& rules);

/// Get Blob Service Stats: everything is at the secondary at once.
std::string print_service_stats(base::Timestamp now);

/// A user delegation key without its value: what its HMAC covers, and what a SAS made with it repeats. All as text.
struct DelegationKey {
  std::string object_id;
  std::string tenant;
  std::string start;
  std::string expiry;
  std::string service;
  std::string version;
};
/// What Get User Delegation Key asks for.
struct KeyInfo {
  base::Timestamp start;
  base::Timestamp expiry;
};
/// InvalidXmlDocument, InvalidXmlNodeValue; NotImplemented for a key bound to another tenant's user. Without Start the
/// key is good from `now` on.
base::Result<KeyInfo> parse_key_info(std::string_view xml, base::Timestamp now);
std::string print_delegation_key(const DelegationKey& key, std::string_view value_base64);

/// A blob's tags, by name.
using Tags = std::vector<std::pair<std::string, std::string>>;
/// At most ten, names of 1 to 128 and values of up to 256 characters out of letters, digits, space and + - . / : = _,
/// each name once: InvalidTag.
base::Result<void> check_tags(const Tags& tags);
/// Set Blob Tags' body. InvalidXmlDocument.
base::Result<Tags> parse_tags(std::string_view xml);
std::string print_tags(const Tags& tags);
/// The element Tags of a document that goes on.
void print_tag_set(XmlWriter& xml, const Tags& tags);

}  // namespace wire::blob
