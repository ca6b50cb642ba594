// The search expression of Find Blobs by Tags: "@container = 'c' AND \"tag\" >= 'a'" ("Find Blobs by Tags").
#pragma once

#include "base/result.h"
#include "wire/blob/service_xml.h"

#include <string>
#include <string_view>
#include <vector>

namespace wire::blob {

enum class TagOperator { equal, greater, greater_or_equal, less, less_or_equal };

struct TagCondition {
  std::string name;
  TagOperator comparison = TagOperator::equal;
  std::string value;
  bool operator==(const TagCondition&) const = default;
};

/// Conditions that all have to hold; values compare byte by byte.
struct TagFilter {
  std::string container;  ///< of @container; empty: every container
  std::vector<TagCondition> conditions;
};

/// InvalidQueryParameterValue with what is wrong: an expression of another form, longer than 4 KiB, without a condition
/// on a tag, or with more than ten.
base::Result<TagFilter> parse_tag_filter(std::string_view where);

/// The tags that the conditions speak of, if all conditions hold; nothing otherwise.
Tags matching_tags(const TagFilter& filter, const Tags& tags);

/// What Find Blobs by Tags lists.
struct TaggedBlob {
  std::string container;
  std::string name;
  Tags tags;
};
std::string print_tagged_blobs(std::string_view service_endpoint, std::string_view where,
                               const std::vector<TaggedBlob>& blobs, std::string_view next_marker);

}  // namespace wire::blob
