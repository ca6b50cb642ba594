// The grammar of $filter, its limits, and its meaning.
#include "wire/odata.h"

#include "wire/time_text.h"

#include <gtest/gtest.h>
#include <map>

namespace wire::odata {
namespace {

constexpr FilterProperty kProperties[] = {{"id", ValueType::text, kOrderingAndPrefix},
                                          {"state", ValueType::text, kEquality},
                                          {"executionInfo/exitCode", ValueType::integer, kOrdering},
                                          {"auto", ValueType::boolean, kEquality},
                                          {"time", ValueType::time, kOrdering}};

class FilterTest : public testing::Test {
 protected:
  bool matches(std::string_view text) const {
    auto filter = Filter::parse(text, kProperties).value();
    return filter.matches([this](std::string_view name) -> std::optional<Value> {
      auto found = entity_.find(std::string(name));
      return found == entity_.end() ? std::nullopt : std::optional(found->second);
    });
  }
  static std::string reason(std::string_view text, FilterLimits limits = {}) {
    auto filter = Filter::parse(text, kProperties, limits);
    return filter.has_error() ? filter.error().message : "accepted";
  }

  std::map<std::string, Value> entity_ = {{"id", std::string("Task7")},
                                          {"state", std::string("running")},
                                          {"executionInfo/exitCode", std::int64_t{3}},
                                          {"auto", true},
                                          {"time", parse_timestamp("2011-05-08T08:49:37Z").value()}};
};

TEST_F(FilterTest, TextsCompareWithoutCase) {
  EXPECT_TRUE(matches("id eq 'task7'"));
  EXPECT_TRUE(matches("state ne 'active'"));
  EXPECT_TRUE(matches("id gt 'TASK6'"));
  EXPECT_FALSE(matches("id lt 'task7'"));
  EXPECT_TRUE(matches("id le 'task7'"));
}

TEST_F(FilterTest, StartswithLooksAtTheBeginning) {
  EXPECT_TRUE(matches("startswith(id, 'TA')"));
  EXPECT_TRUE(matches("startswith( id,'')"));
  EXPECT_FALSE(matches("startswith(id,'ask')"));
}

TEST_F(FilterTest, NumbersBooleansAndTimesCompare) {
  EXPECT_TRUE(matches("executionInfo/exitCode ge 3"));
  EXPECT_TRUE(matches("executionInfo/exitCode gt -1"));
  EXPECT_TRUE(matches("auto eq true"));
  EXPECT_FALSE(matches("auto eq false"));
  EXPECT_TRUE(matches("time eq DateTime'2011-05-08T08:49:37Z'"));
  EXPECT_TRUE(matches("time lt datetime'2011-05-08T08:49:38Z'"));
  EXPECT_TRUE(matches("time eq DateTime'Sun, 08 May 2011 08:49:37 GMT'"));
}

TEST_F(FilterTest, AndBindsTighterThanOr) {
  EXPECT_TRUE(matches("id eq 'Task7' or id eq 'x' and state eq 'x'"));
  EXPECT_FALSE(matches("(id eq 'Task7' or id eq 'x') and state eq 'x'"));
  EXPECT_TRUE(matches("id eq 'x' and state eq 'x' or id eq 'Task7'"));
  EXPECT_TRUE(matches("((id eq 'Task7'))and(state eq 'running')"));
}

TEST_F(FilterTest, QuoteInsideATextIsDoubled) {
  entity_["id"] = std::string("it's");
  EXPECT_TRUE(matches("id eq 'it''s'"));
}

TEST_F(FilterTest, AbsentPropertyMatchesNothing) {
  entity_.erase("executionInfo/exitCode");
  EXPECT_FALSE(matches("executionInfo/exitCode eq 3"));
  EXPECT_FALSE(matches("executionInfo/exitCode ne 3"));
}

TEST_F(FilterTest, UnknownPropertyAndOperatorAreRefusedByName) {
  EXPECT_NE(reason("name eq 'x'").find("'name'"), std::string::npos);
  EXPECT_NE(reason("ID eq 'x'").find("'ID'"), std::string::npos);
  EXPECT_NE(reason("state gt 'x'").find("'gt'"), std::string::npos);
  EXPECT_NE(reason("startswith(state, 'x')").find("'startswith'"), std::string::npos);
}

TEST_F(FilterTest, MalformedFiltersAreRefused) {
  for (auto text : {"",
                    " ",
                    "id",
                    "id eq",
                    "id eq x",
                    "id eq 'x",
                    "id eq 'x' and",
                    "and id eq 'x'",
                    "(id eq 'x'",
                    "id eq 'x')",
                    "()",
                    "id eq 'x' id eq 'y'",
                    "id eq 3",
                    "auto eq 1",
                    "executionInfo/exitCode eq '3'",
                    "executionInfo/exitCode eq 99999999999999999999",
                    "time eq '2011-05-08'",
                    "time eq DateTime'x'",
                    "time eq DateTime",
                    "startswith(id 'x')",
                    "startswith(id,x)",
                    "startswith(id,'x'",
                    "id == 'x'",
                    "not id eq 'x'",
                    "id eq 'x' AND id eq 'y'",
                    "startswith",
                    "id eq 'x' or or id eq 'y'"}) {
    EXPECT_NE(reason(text), "accepted") << text;
  }
}

TEST_F(FilterTest, LengthDepthAndTermsAreLimited) {
  FilterLimits limits{.length = 200, .depth = 3, .terms = 3};
  EXPECT_EQ(reason("(((id eq 'x')))", limits), "accepted");
  EXPECT_NE(reason("((((id eq 'x'))))", limits), "accepted");
  EXPECT_EQ(reason("id eq 'x' or id eq 'x' or id eq 'x'", limits), "accepted");
  EXPECT_NE(reason("id eq 'x' or id eq 'x' or id eq 'x' or id eq 'x'", limits), "accepted");
  EXPECT_NE(reason("id eq '" + std::string(200, 'x') + "'", limits), "accepted");
}

TEST_F(FilterTest, ManyParenthesesNeverRecurse) {
  FilterLimits limits{.length = 1'000'000, .depth = 1'000'000, .terms = 10};
  std::string text = std::string(400'000, '(') + "id eq 'Task7'" + std::string(400'000, ')');
  EXPECT_EQ(reason(text, limits), "accepted");
}

TEST(SelectTest, NamesMayBeSurroundedBySpaces) {
  auto select = parse_select("id, state ", [](std::string_view name) { return name == "id" || name == "state"; });
  ASSERT_TRUE(select);
  EXPECT_TRUE(select->contains("state"));
  EXPECT_FALSE(select->contains("url"));
}

TEST(SelectTest, UnknownAndEmptyNamesAreRefused) {
  auto known = [](std::string_view name) { return name == "id"; };
  for (auto text : {"", "id,", "id,name", "ID", "id/x"}) EXPECT_FALSE(parse_select(text, known).has_value()) << text;
}

}  // namespace
}  // namespace wire::odata
