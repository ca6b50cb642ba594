// Lists inside a row as text: metadata and stored access policies, one a line.
#pragma once

#include "wire/blob/access_policy.h"
#include "wire/blob/cors.h"
#include "wire/blob/vocabulary.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace blobstore::store {

/// "name:value\n" each; neither may hold a line break, a name no colon (headers cannot).
std::string metadata_text(const wire::blob::MetadataFields& metadata);
wire::blob::MetadataFields parse_metadata_text(std::string_view text);

/// The same, with every name and value percent-encoded.
std::string fields_text(const std::vector<std::pair<std::string, std::string>>& fields);
std::vector<std::pair<std::string, std::string>> parse_fields_text(std::string_view text);

/// "origins methods headers exposed age\n" each; lists with commas between their percent-encoded items.
std::string cors_text(const std::vector<wire::blob::CorsRule>& rules);
/// Lines of another form are left out.
std::vector<wire::blob::CorsRule> parse_cors_text(std::string_view text);

/// "id start expiry permissions\n" each, every field percent-encoded.
std::string policies_text(const std::vector<wire::blob::SignedIdentifier>& policies);
/// Lines of another form are left out.
std::vector<wire::blob::SignedIdentifier> parse_policies_text(std::string_view text);

}  // namespace blobstore::store
