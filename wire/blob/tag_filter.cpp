#include "wire/blob/tag_filter.h"

#include "base/text.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"
#include "wire/blob/xml_writer.h"

#include <algorithm>
#include <optional>

namespace wire::blob {
namespace {

constexpr std::size_t kMaxFilterBytes = 4096;
constexpr std::string_view kContainer = "@container";

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@';
}

/// Walks over the expression; every take_ function skips the spaces in front.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_spaces();
    return text_.empty();
  }
  /// A name: in double quotes, or a word.
  std::optional<std::string> take_name() {
    skip_spaces();
    if (text_.starts_with('"')) return take_quoted('"');
    const auto end = std::ranges::find_if_not(text_, is_word_character);
    const std::string name(text_.begin(), end);
    text_.remove_prefix(name.size());
    return name.empty() ? std::optional<std::string>() : name;
  }
  std::optional<std::string> take_value() {
    skip_spaces();
    return text_.starts_with('\'') ? take_quoted('\'') : std::nullopt;
  }
  std::optional<TagOperator> take_operator() {
    skip_spaces();
    for (const auto& [sign, comparison] :
         {std::pair<std::string_view, TagOperator>{">=", TagOperator::greater_or_equal},
          {"<=", TagOperator::less_or_equal},
          {"=", TagOperator::equal},
          {">", TagOperator::greater},
          {"<", TagOperator::less}}) {
      if (!text_.starts_with(sign)) continue;
      text_.remove_prefix(sign.size());
      return comparison;
    }
    return std::nullopt;
  }
  bool take_and() {
    constexpr std::string_view kAnd = "and";
    skip_spaces();
    if (!base::starts_with_ignoring_case(text_, kAnd)) return false;
    text_.remove_prefix(kAnd.size());
    return true;
  }

 private:
  void skip_spaces() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t"), text_.size())); }
  std::optional<std::string> take_quoted(char quote) {
    const auto end = text_.find(quote, 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string inner(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return inner;
  }
  std::string_view text_;
};

bool holds(const TagCondition& condition, std::string_view value) {
  switch (condition.comparison) {
    case TagOperator::equal: return value == condition.value;
    case TagOperator::greater: return value > condition.value;
    case TagOperator::greater_or_equal: return value >= condition.value;
    case TagOperator::less: return value < condition.value;
    case TagOperator::less_or_equal: return value <= condition.value;
  }
  return false;
}

}  // namespace

base::Result<TagFilter> parse_tag_filter(std::string_view where) {
  const auto wrong = [where](std::string_view reason) {
    return invalid_query_parameter("where", where.substr(0, kMaxFilterBytes), reason);
  };
  if (where.size() > kMaxFilterBytes) return wrong("the expression is too long");
  Reader reader(where);
  TagFilter filter;
  do {
    const auto name = reader.take_name();
    const auto comparison = reader.take_operator();
    const auto value = reader.take_value();
    if (!name || name->empty() || !comparison || !value) return wrong("expected: \"tag\" operator 'value'");
    if (*name == kContainer) {
      if (*comparison != TagOperator::equal || value->empty() || !filter.container.empty()) {
        return wrong("@container can be compared once, with =");
      }
      filter.container = *value;
    } else {
      if (filter.conditions.size() == kMaxTags) return wrong("an expression has at most ten conditions");
      filter.conditions.push_back({*name, *comparison, *value});
    }
  } while (reader.take_and());
  if (!reader.at_end()) return wrong("conditions can be joined with AND only");
  if (filter.conditions.empty()) return wrong("the expression has no condition on a tag");
  return filter;
}

Tags matching_tags(const TagFilter& filter, const Tags& tags) {
  Tags matching;
  for (const auto& condition : filter.conditions) {
    const auto found = std::ranges::find(tags, condition.name, &Tags::value_type::first);
    if (found == tags.end() || !holds(condition, found->second)) return {};
    if (std::ranges::find(matching, *found) == matching.end()) matching.push_back(*found);
  }
  return matching;
}

std::string print_tagged_blobs(std::string_view service_endpoint, std::string_view where,
                               const std::vector<TaggedBlob>& blobs, std::string_view next_marker) {
  XmlWriter xml;
  xml.open("EnumerationResults", " ServiceEndpoint=\"" + xml_escape(service_endpoint) + "\"");
  xml.element("Where", where);
  if (blobs.empty()) xml.element("Blobs", "");
  if (!blobs.empty()) xml.open("Blobs");
  for (const auto& blob : blobs) {
    xml.open("Blob").name_element("Name", blob.name).element("ContainerName", blob.container);
    print_tag_set(xml, blob.tags);
    xml.close("Blob");
  }
  if (!blobs.empty()) xml.close("Blobs");
  xml.element("NextMarker", next_marker).close("EnumerationResults");
  return std::move(xml).take();
}

}  // namespace wire::blob
