// Element by element in the service's order ("Set Blob Service Properties", "Get User Delegation Key", "Set Blob
// Tags").
#include "wire/blob/service_xml.h"

#include "base/text.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/blob/xml_nodes.h"
#include "wire/blob/xml_writer.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>

namespace wire::blob {
namespace {

constexpr auto kCorsMethods =
    std::to_array<std::string_view>({"DELETE", "GET", "HEAD", "MERGE", "PATCH", "POST", "OPTIONS", "PUT"});
constexpr std::string_view kOff = "false";

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> items;
  if (base::trim(text).empty()) return items;
  for (const auto& item : base::split(text, ',')) items.emplace_back(base::trim(item));
  return items;
}

std::string print_list(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) (text += text.empty() ? "" : ",") += item;
  return text;
}

/// The list in a child that must be there.
base::Result<std::vector<std::string>> read_list(const pugi::xml_node& rule, const char* name, std::size_t limit) {
  const auto child = rule.child(name);
  const auto text = text_of(child);
  if (!child || !text) return bad_value(name, "");
  auto items = parse_list(*text);
  const auto is_bad = [](const std::string& item) { return item.empty() || item.size() > kMaxCorsItemBytes; };
  if (items.size() > limit || std::ranges::any_of(items, is_bad)) return bad_value(name, *text);
  return items;
}

base::Result<CorsRule> read_rule(const pugi::xml_node& node) {
  CorsRule rule;
  ASSIGN_OR_RETURN(rule.allowed_origins, read_list(node, "AllowedOrigins", kMaxCorsItems));
  ASSIGN_OR_RETURN(rule.allowed_methods, read_list(node, "AllowedMethods", kCorsMethods.size()));
  ASSIGN_OR_RETURN(rule.allowed_headers, read_list(node, "AllowedHeaders", kMaxCorsItems));
  ASSIGN_OR_RETURN(rule.exposed_headers, read_list(node, "ExposedHeaders", kMaxCorsItems));
  if (rule.allowed_origins.empty()) return bad_value("AllowedOrigins", "");
  if (rule.allowed_methods.empty()) return bad_value("AllowedMethods", "");
  for (const auto& method : rule.allowed_methods) {
    if (std::ranges::find(kCorsMethods, method) == kCorsMethods.end()) return bad_value("AllowedMethods", method);
  }
  const auto age = text_of(node.child("MaxAgeInSeconds"));
  const auto text = age ? base::trim(*age) : std::string_view();
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), rule.max_age_seconds);
  if (failed != std::errc() || end != text.data() + text.size() ||
      rule.max_age_seconds > std::uint32_t{std::numeric_limits<std::int32_t>::max()}) {
    return bad_value("MaxAgeInSeconds", text);
  }
  return rule;
}

base::Result<std::vector<CorsRule>> read_rules(const pugi::xml_node& cors) {
  std::vector<CorsRule> rules;
  for (const auto& node : cors.children()) {
    if (is_blank(node)) continue;
    if (std::string_view(node.name()) != "CorsRule") return bad_document(std::string("Cors holds ") + node.name());
    if (rules.size() == kMaxCorsRules) return bad_value("Cors", "more than five rules");
    ASSIGN_OR_RETURN(auto rule, read_rule(node));
    rules.push_back(std::move(rule));
  }
  return rules;
}

/// Logging and its kind: all that says "on" in it must say false, and there is nothing else to heed.
base::Result<void> check_off(const pugi::xml_node& node) {
  for (const char* name : {"Enabled", "Delete", "Read", "Write"}) {
    const auto child = node.child(name);
    if (child && base::trim(child.child_value()) != kOff) {
      return error(
          ErrorCode::NotImplemented,
          std::string("The service property ") + node.name() + " cannot be switched on: it is not implemented.",
          {{"XmlNodeName", node.name()}});
    }
  }
  return {};
}

void print_off(XmlWriter& xml, std::string_view name, bool is_metrics) {
  xml.open(name).element("Version", "1.0");
  if (is_metrics) {
    xml.element("Enabled", kOff);
  } else {
    xml.element("Delete", kOff).element("Read", kOff).element("Write", kOff);
  }
  xml.open("RetentionPolicy").element("Enabled", kOff).close("RetentionPolicy").close(name);
}

void print_rules(XmlWriter& xml, const std::vector<CorsRule>& rules) {
  if (rules.empty()) {
    xml.element("Cors", "");
    return;
  }
  xml.open("Cors");
  for (const auto& rule : rules) {
    xml.open("CorsRule").element("AllowedMethods", print_list(rule.allowed_methods));
    xml.element("AllowedOrigins", print_list(rule.allowed_origins));
    xml.element("AllowedHeaders", print_list(rule.allowed_headers));
    xml.element("ExposedHeaders", print_list(rule.exposed_headers));
    xml.element("MaxAgeInSeconds", std::to_string(rule.max_age_seconds)).close("CorsRule");
  }
  xml.close("Cors");
}

base::Result<base::Timestamp> read_time(const pugi::xml_node& root, const char* name) {
  const auto text = text_of(root.child(name));
  if (!text) return bad_value(name, "");
  auto time = parse_timestamp(base::trim(*text));
  if (time.has_error()) return bad_value(name, *text);
  return time;
}

bool is_tag_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return plain || std::string_view(" +-./:=_").find(c) != std::string_view::npos;
  });
}

}  // namespace

base::Result<std::optional<std::vector<CorsRule>>> parse_service_properties(std::string_view xml) {
  pugi::xml_document document;
  ASSIGN_OR_RETURN(const auto root, parse_root(document, xml, kMaxServiceDocumentBytes, "StorageServiceProperties"));
  std::optional<std::vector<CorsRule>> rules;
  for (const auto& node : root.children()) {
    if (is_blank(node)) continue;
    const std::string_view name = node.name();
    if (name == "Cors") {
      if (rules) return bad_document("Cors is given more than once");
      ASSIGN_OR_RETURN(rules, read_rules(node));
    } else if (name == "DefaultServiceVersion") {
      if (base::trim(node.child_value()).empty()) continue;
      return error(ErrorCode::NotImplemented, "The service property DefaultServiceVersion is not implemented.",
                   {{"XmlNodeName", "DefaultServiceVersion"}});
    } else if (name == "Logging" || name == "HourMetrics" || name == "MinuteMetrics" || name == "Metrics" ||
               name == "DeleteRetentionPolicy" || name == "StaticWebsite") {
      RETURN_IF_ERROR(check_off(node));
    } else {
      return bad_document("StorageServiceProperties holds " + std::string(name));
    }
  }
  return rules;
}

std::string print_service_properties(const std::vector<CorsRule>& rules) {
  XmlWriter xml;
  xml.open("StorageServiceProperties");
  print_off(xml, "Logging", false);
  print_off(xml, "HourMetrics", true);
  print_off(xml, "MinuteMetrics", true);
  print_rules(xml, rules);
  xml.open("DeleteRetentionPolicy").element("Enabled", kOff).close("DeleteRetentionPolicy");
  xml.open("StaticWebsite").element("Enabled", kOff).close("StaticWebsite");
  xml.close("StorageServiceProperties");
  return std::move(xml).take();
}

std::string print_service_stats(base::Timestamp now) {
  XmlWriter xml;
  xml.open("StorageServiceStats").open("GeoReplication").element("Status", "live");
  xml.element("LastSyncTime", print_http_date(now)).close("GeoReplication").close("StorageServiceStats");
  return std::move(xml).take();
}

base::Result<KeyInfo> parse_key_info(std::string_view xml, base::Timestamp now) {
  pugi::xml_document document;
  ASSIGN_OR_RETURN(const auto root, parse_root(document, xml, kMaxServiceDocumentBytes, "KeyInfo"));
  KeyInfo info{.start = now, .expiry = {}};
  if (!base::trim(root.child_value("DelegatedUserTid")).empty()) {
    return error(ErrorCode::NotImplemented, "A user delegation key for another tenant's user is not implemented.",
                 {{"XmlNodeName", "DelegatedUserTid"}});
  }
  if (!base::trim(root.child_value("Start")).empty()) {
    ASSIGN_OR_RETURN(info.start, read_time(root, "Start"));
  }
  ASSIGN_OR_RETURN(info.expiry, read_time(root, "Expiry"));
  // "The interval must not exceed 7 days", from the request on.
  if (info.expiry <= info.start || info.expiry <= now || info.expiry > now + kMaxDelegationKeyLife) {
    return bad_value("Expiry", root.child_value("Expiry"));
  }
  return info;
}

std::string print_delegation_key(const DelegationKey& key, std::string_view value_base64) {
  XmlWriter xml;
  xml.open("UserDelegationKey").element("SignedOid", key.object_id).element("SignedTid", key.tenant);
  xml.element("SignedStart", key.start).element("SignedExpiry", key.expiry).element("SignedService", key.service);
  xml.element("SignedVersion", key.version).element("Value", value_base64).close("UserDelegationKey");
  return std::move(xml).take();
}

base::Result<void> check_tags(const Tags& tags) {
  if (tags.size() > kMaxTags) return error(ErrorCode::InvalidTag);
  std::set<std::string_view> seen;
  for (const auto& [name, value] : tags) {
    if (name.empty() || name.size() > kMaxTagNameLength || value.size() > kMaxTagValueLength || !is_tag_text(name) ||
        !is_tag_text(value) || !seen.insert(name).second) {
      return error(ErrorCode::InvalidTag);
    }
  }
  return {};
}

base::Result<Tags> parse_tags(std::string_view xml) {
  pugi::xml_document document;
  ASSIGN_OR_RETURN(const auto root, parse_root(document, xml, kMaxServiceDocumentBytes, "Tags"));
  Tags tags;
  for (const auto& node : root.child("TagSet").children()) {
    if (is_blank(node)) continue;
    const auto name = text_of(node.child("Key"));
    const auto value = text_of(node.child("Value"));
    if (std::string_view(node.name()) != "Tag" || !name || !value) return bad_document("TagSet holds no Tag");
    if (tags.size() == kMaxTags) return error(ErrorCode::InvalidTag);
    tags.emplace_back(*name, *value);
  }
  std::ranges::sort(tags);
  return tags;
}

std::string print_tags(const Tags& tags) {
  XmlWriter xml;
  print_tag_set(xml, tags);
  return std::move(xml).take();
}

void print_tag_set(XmlWriter& xml, const Tags& tags) {
  xml.open("Tags").open("TagSet");
  for (const auto& [name, value] : tags) {
    xml.open("Tag").element("Key", name).element("Value", value).close("Tag");
  }
  xml.close("TagSet").close("Tags");
}

}  // namespace wire::blob
