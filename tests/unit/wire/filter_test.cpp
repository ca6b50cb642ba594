// What each list can be filtered by, and how refusals are told.
#include "wire/batch/filter.h"

#include "wire/batch/errors.h"

#include <gtest/gtest.h>

namespace wire::batch {
namespace {

TEST(BatchFilterTest, ListsOfferTheirOwnProperties) {
  EXPECT_TRUE(parse_filter(ListKind::tasks, "executionInfo/exitCode gt 0 and executionInfo/result eq 'failure'"));
  EXPECT_TRUE(parse_filter(ListKind::pools, "startswith(id,'auto') and enableAutoScale eq true"));
  EXPECT_TRUE(parse_filter(ListKind::jobs, "executionInfo/poolId eq 'p'"));
  EXPECT_TRUE(parse_filter(ListKind::nodes, "startTaskInfo/exitCode ne 0"));
  EXPECT_TRUE(parse_filter(ListKind::files, "startswith(name, 'wd')"));
  EXPECT_TRUE(parse_filter(ListKind::supported_images, "osType eq 'linux'"));
  EXPECT_TRUE(parse_filter(ListKind::job_schedules, "schedule/doNotRunUntil lt DateTime'2030-01-01'"));
  EXPECT_TRUE(parse_filter(ListKind::node_counts, "poolId eq 'p'"));
}

TEST(BatchFilterTest, JobsOfAScheduleHaveNoIdToFilterBy) {
  EXPECT_TRUE(parse_filter(ListKind::jobs_of_schedule, "state eq 'active'"));
  EXPECT_FALSE(parse_filter(ListKind::jobs_of_schedule, "id eq 'x'"));
}

TEST(BatchFilterTest, RefusalNamesParameterValueAndReason) {
  auto filter = parse_filter(ListKind::files, "size gt 3");
  ASSERT_TRUE(filter.has_error());
  EXPECT_EQ(filter.error().code, ErrorCode::InvalidQueryParameterValue);
  ASSERT_EQ(filter.error().details.size(), 3U);
  EXPECT_EQ(filter.error().details[0], (base::ErrorDetail{"QueryParameterName", "$filter"}));
  EXPECT_EQ(filter.error().details[1], (base::ErrorDetail{"QueryParameterValue", "size gt 3"}));
  EXPECT_EQ(filter.error().details[2].key, "Reason");
}

TEST(BatchSelectTest, MembersAreThoseOfTheVersion) {
  EXPECT_TRUE(parse_select(Version::v8_0, EntityType::pool, "id, maxTasksPerNode"));
  EXPECT_FALSE(parse_select(Version::v12_0, EntityType::pool, "id, maxTasksPerNode"));
  EXPECT_EQ(parse_select(Version::v12_0, EntityType::pool, "nothing").error().code,
            ErrorCode::InvalidQueryParameterValue);
}

TEST(BatchExpandTest, OnlyStatsOfFourEntities) {
  EXPECT_TRUE(parse_expand(EntityType::task, "stats").value());
  EXPECT_FALSE(parse_expand(EntityType::task, "jobs").has_value());
  EXPECT_FALSE(parse_expand(EntityType::node, "stats").has_value());
}

}  // namespace
}  // namespace wire::batch
