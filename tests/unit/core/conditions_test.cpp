// The conditional headers against a version: contract 1.6.
#include "emulator/core/batch.h"
#include "wire/batch/errors.h"

#include <gtest/gtest.h>

namespace emulator::core {
namespace {

using namespace std::chrono_literals;

const Timestamp kModified = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} + Ticks{5};
const Version kVersion{kModified};

bool holds(const Conditions& conditions) {
  return check_conditions(conditions, kVersion).has_value();
}
Conditions::Match etag(Timestamp time) {
  return {.any = false, .etags = {time}};
}

TEST(ConditionsTest, NoneHold) {
  EXPECT_TRUE(holds({}));
}

TEST(ConditionsTest, IfMatchWantsTheVersionToTheTick) {
  EXPECT_TRUE(holds({.if_match = etag(kModified)}));
  EXPECT_FALSE(holds({.if_match = etag(kModified + Ticks{1})}));
}

TEST(ConditionsTest, IfMatchTakesAnyOfSeveral) {
  EXPECT_TRUE(holds({.if_match = Conditions::Match{.any = false, .etags = {kModified - 1s, kModified}}}));
}

TEST(ConditionsTest, StarMatchesWhateverIsThere) {
  EXPECT_TRUE(holds({.if_match = Conditions::Match{.any = true, .etags = {}}}));
  EXPECT_FALSE(holds({.if_none_match = Conditions::Match{.any = true, .etags = {}}}));
}

TEST(ConditionsTest, IfNoneMatchWantsAnotherVersion) {
  EXPECT_FALSE(holds({.if_none_match = etag(kModified)}));
  EXPECT_TRUE(holds({.if_none_match = etag(kModified - 1s)}));
}

TEST(ConditionsTest, DatesCompareInWholeSeconds) {
  const auto second = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  EXPECT_TRUE(holds({.if_unmodified_since = second}));
  EXPECT_FALSE(holds({.if_unmodified_since = second - 1s}));
  EXPECT_FALSE(holds({.if_modified_since = second}));
  EXPECT_TRUE(holds({.if_modified_since = second - 1s}));
}

TEST(ConditionsTest, RefusalIsConditionNotMet) {
  const auto result = check_conditions({.if_match = etag(kModified - 1s)}, kVersion);
  EXPECT_EQ(result.error().code, wire::batch::ErrorCode::ConditionNotMet);
}

}  // namespace
}  // namespace emulator::core
