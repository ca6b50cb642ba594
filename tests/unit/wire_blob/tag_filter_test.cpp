// The search expression of Find Blobs by Tags.
#include "wire/blob/tag_filter.h"

#include "wire/blob/errors.h"

#include <gtest/gtest.h>

namespace wire::blob {
namespace {

TEST(TagFilterTest, ExpressionsOfTheDocumentationAreRead) {
  const auto filter = parse_tag_filter("@container = 'videos' AND \"Project\"='Contoso'  and Status >= '1'");
  ASSERT_TRUE(filter) << filter.error().message;
  EXPECT_EQ(filter->container, "videos");
  EXPECT_EQ(filter->conditions, (std::vector<TagCondition>{{"Project", TagOperator::equal, "Contoso"},
                                                           {"Status", TagOperator::greater_or_equal, "1"}}));
}

TEST(TagFilterTest, ExpressionsOfAnotherFormAreRefused) {
  for (const auto* where : {"", "a", "a=", "a=b", "'a'='b'", "a='b", "\"a='b'", "a='b' OR c='d'", "a='b' AND", "a!='b'",
                            "@container='c'", "@container>'c' AND a='b'", "a='b' c='d'", "=='b'"}) {
    const auto filter = parse_tag_filter(where);
    ASSERT_TRUE(filter.has_error()) << where;
    EXPECT_EQ(filter.error().code, ErrorCode::InvalidQueryParameterValue) << where;
  }
  std::string many = "a='1'";
  for (int i = 0; i < 10; ++i) many += " AND a='1'";
  EXPECT_TRUE(parse_tag_filter(many).has_error());
  EXPECT_TRUE(parse_tag_filter("a='" + std::string(5000, 'x') + "'").has_error());
}

TEST(TagFilterTest, AllConditionsHaveToHoldAndTheirTagsAreShown) {
  const Tags tags{{"a", "2"}, {"b", "x"}, {"c", "y"}};
  const auto shown = [&](std::string_view where) { return matching_tags(*parse_tag_filter(where), tags); };
  EXPECT_EQ(shown("a='2' AND b<'y'"), (Tags{{"a", "2"}, {"b", "x"}}));
  EXPECT_EQ(shown("a>='2' AND a<='2'"), (Tags{{"a", "2"}}));
  EXPECT_EQ(shown("a>'2'"), Tags{});
  EXPECT_EQ(shown("a='2' AND d='1'"), Tags{});
  EXPECT_EQ(shown("A='2'"), Tags{}) << "names are compared with their case";
}

}  // namespace
}  // namespace wire::blob
