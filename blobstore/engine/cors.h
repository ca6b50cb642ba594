// Which CORS rule decides about a page's request ("Cross-Origin Resource Sharing support for Azure Storage": rules are
// looked through in order, the first that fits decides).
#pragma once

#include "wire/blob/cors.h"

#include <string>
#include <string_view>
#include <vector>

namespace blobstore::engine {

using CorsRules = std::vector<wire::blob::CorsRule>;

/// Whether any rule lets pages of this origin in, whatever they ask.
bool origin_allowed(const CorsRules& rules, std::string_view origin);

/// The rule for a request of this method; `headers` are those that a preflight asks for. Null: none.
const wire::blob::CorsRule* find_rule(const CorsRules& rules, std::string_view origin, std::string_view method,
                                      const std::vector<std::string>& headers);

/// Whether the rule lets every origin in.
bool is_for_everybody(const wire::blob::CorsRule& rule);
/// Whether a page may read this response header.
bool exposes(const wire::blob::CorsRule& rule, std::string_view header);

}  // namespace blobstore::engine
