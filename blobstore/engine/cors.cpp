#include "blobstore/engine/cors.h"

#include "base/text.h"

#include <algorithm>

namespace blobstore::engine {
namespace {

constexpr std::string_view kAny = "*";

/// "x-ms-meta-*" fits all that begins so.
bool header_fits(std::string_view pattern, std::string_view header) {
  if (!pattern.ends_with('*')) return base::equal_ignoring_case(pattern, header);
  pattern.remove_suffix(1);
  return base::starts_with_ignoring_case(header, pattern);
}

bool any_fits(const std::vector<std::string>& patterns, std::string_view header) {
  return std::ranges::any_of(patterns, [header](const auto& pattern) { return header_fits(pattern, header); });
}

bool origin_fits(const wire::blob::CorsRule& rule, std::string_view origin) {
  return is_for_everybody(rule) || std::ranges::find(rule.allowed_origins, origin) != rule.allowed_origins.end();
}

}  // namespace

bool is_for_everybody(const wire::blob::CorsRule& rule) {
  return std::ranges::find(rule.allowed_origins, kAny) != rule.allowed_origins.end();
}

bool origin_allowed(const CorsRules& rules, std::string_view origin) {
  return std::ranges::any_of(rules, [origin](const auto& rule) { return origin_fits(rule, origin); });
}

const wire::blob::CorsRule* find_rule(const CorsRules& rules, std::string_view origin, std::string_view method,
                                      const std::vector<std::string>& headers) {
  const auto found = std::ranges::find_if(rules, [&](const wire::blob::CorsRule& rule) {
    return origin_fits(rule, origin) && std::ranges::find(rule.allowed_methods, method) != rule.allowed_methods.end() &&
           std::ranges::all_of(headers, [&](const auto& header) { return any_fits(rule.allowed_headers, header); });
  });
  return found == rules.end() ? nullptr : &*found;
}

bool exposes(const wire::blob::CorsRule& rule, std::string_view header) {
  return any_fits(rule.exposed_headers, header);
}

}  // namespace blobstore::engine
