// Two questions decide everything: does a "match" side refuse, does a "none-match" side refuse.
#include "blobstore/engine/conditions.h"

#include "base/text.h"
#include "wire/blob/errors.h"
#include "wire/time_text.h"

#include <algorithm>

namespace blobstore::engine {
namespace {

using wire::blob::ErrorCode;

bool names(const std::vector<std::string>& list, const std::string& etag) {
  return std::ranges::any_of(list, [&](const std::string& entry) { return entry == "*" || entry == etag; });
}

std::chrono::sys_seconds in_seconds(base::Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

/// If-Match, or else If-Unmodified-Since.
bool match_side_refuses(const Conditions& conditions, base::Timestamp modified) {
  if (!conditions.if_match.empty()) return !names(conditions.if_match, etag_text(modified));
  return conditions.if_unmodified_since && in_seconds(modified) > in_seconds(*conditions.if_unmodified_since);
}

/// If-None-Match, or else If-Modified-Since.
bool none_match_side_refuses(const Conditions& conditions, base::Timestamp modified) {
  if (!conditions.if_none_match.empty()) return names(conditions.if_none_match, etag_text(modified));
  return conditions.if_modified_since && in_seconds(modified) <= in_seconds(*conditions.if_modified_since);
}

}  // namespace

std::vector<std::string> parse_etag_list(std::string_view text) {
  std::vector<std::string> etags;
  for (const auto& part : base::split(text, ',')) {
    std::string_view etag = base::trim(part);
    if (etag.starts_with("W/")) etag.remove_prefix(2);
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
    if (!etag.empty()) etags.emplace_back(etag);
  }
  return etags;
}

std::string etag_text(base::Timestamp modified) {
  return wire::etag_of(modified);
}

base::Result<void> check_read(const Conditions& conditions, base::Timestamp modified) {
  if (match_side_refuses(conditions, modified)) return wire::blob::error(ErrorCode::ConditionNotMet);
  if (none_match_side_refuses(conditions, modified)) return wire::blob::error(ErrorCode::NotModified);
  return {};
}

base::Result<void> check_write(const Conditions& conditions, std::optional<base::Timestamp> modified) {
  if (!modified) {
    if (!conditions.if_match.empty()) return wire::blob::error(ErrorCode::ConditionNotMet);
    return {};
  }
  if (match_side_refuses(conditions, *modified) || none_match_side_refuses(conditions, *modified)) {
    return wire::blob::error(ErrorCode::ConditionNotMet);
  }
  return {};
}

base::Result<void> check_put(const Conditions& conditions, std::optional<base::Timestamp> modified) {
  if (modified && std::ranges::find(conditions.if_none_match, "*") != conditions.if_none_match.end()) {
    return wire::blob::error(ErrorCode::BlobAlreadyExists);
  }
  return check_write(conditions, modified);
}

}  // namespace blobstore::engine
