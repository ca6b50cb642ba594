// Lines are split by hand: values may be empty and may hold anything but a line break.
#include "blobstore/store/row_text.h"

#include "base/text.h"

#include <charconv>

namespace blobstore::store {
namespace {

template <class F>
void for_each_line(std::string_view text, F use) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    use(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string decoded(const std::string& field) {
  auto text = base::percent_decode(field);
  return text ? std::move(*text) : std::string();
}

std::string encoded_list(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ",") + base::percent_encode(item);
  return text;
}

std::vector<std::string> decoded_list(const std::string& text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  for (const auto& item : base::split(text, ',')) items.push_back(decoded(item));
  return items;
}

}  // namespace

std::string metadata_text(const wire::blob::MetadataFields& metadata) {
  std::string text;
  for (const auto& [name, value] : metadata) text.append(name).append(":").append(value).append("\n");
  return text;
}

wire::blob::MetadataFields parse_metadata_text(std::string_view text) {
  wire::blob::MetadataFields metadata;
  for_each_line(text, [&](std::string_view line) {
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) metadata.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  });
  return metadata;
}

std::string fields_text(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text.append(base::percent_encode(name)).append(":").append(base::percent_encode(value)).append("\n");
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> parse_fields_text(std::string_view text) {
  auto fields = parse_metadata_text(text);
  for (auto& [name, value] : fields) {
    name = decoded(name);
    value = decoded(value);
  }
  return fields;
}

std::string cors_text(const std::vector<wire::blob::CorsRule>& rules) {
  std::string text;
  for (const auto& rule : rules) {
    for (const auto* list :
         {&rule.allowed_origins, &rule.allowed_methods, &rule.allowed_headers, &rule.exposed_headers}) {
      text += encoded_list(*list) + " ";
    }
    text += std::to_string(rule.max_age_seconds) + "\n";
  }
  return text;
}

std::vector<wire::blob::CorsRule> parse_cors_text(std::string_view text) {
  std::vector<wire::blob::CorsRule> rules;
  for_each_line(text, [&](std::string_view line) {
    const auto fields = base::split(line, ' ');
    if (fields.size() != 5) return;
    wire::blob::CorsRule rule{decoded_list(fields[0]), decoded_list(fields[1]), decoded_list(fields[2]),
                              decoded_list(fields[3]), 0};
    const auto& age = fields[4];
    std::from_chars(age.data(), age.data() + age.size(), rule.max_age_seconds);
    rules.push_back(std::move(rule));
  });
  return rules;
}

std::string policies_text(const std::vector<wire::blob::SignedIdentifier>& policies) {
  std::string text;
  for (const auto& [id, policy] : policies) {
    text += base::percent_encode(id) + " " + base::percent_encode(policy.start) + " " +
            base::percent_encode(policy.expiry) + " " + base::percent_encode(policy.permissions) + "\n";
  }
  return text;
}

std::vector<wire::blob::SignedIdentifier> parse_policies_text(std::string_view text) {
  std::vector<wire::blob::SignedIdentifier> policies;
  for_each_line(text, [&](std::string_view line) {
    const auto fields = base::split(line, ' ');
    if (fields.size() != 4) return;
    policies.push_back({decoded(fields[0]), {decoded(fields[1]), decoded(fields[2]), decoded(fields[3])}});
  });
  return policies;
}

}  // namespace blobstore::store
