// Which failures are repeated, and after how long.
#include "client/api/retry.h"

#include <gtest/gtest.h>

namespace client::api {
namespace {

using namespace std::chrono_literals;

TEST(RetryTest, OnlyStatusesThatAskForPatienceAreRepeated) {
  for (const int status : {408, 429, 500, 502, 503, 504}) EXPECT_TRUE(may_pass(status)) << status;
  for (const int status : {200, 201, 304, 400, 403, 404, 409, 412, 501}) EXPECT_FALSE(may_pass(status)) << status;
}
TEST(RetryTest, TroubleOfTheNetworkIsRepeatedAndOtherTroubleIsNot) {
  EXPECT_TRUE(may_pass(base::Error(base::Errc::unavailable, "x")));
  EXPECT_TRUE(may_pass(base::Error(base::Errc::io, "x")));
  EXPECT_TRUE(may_pass(base::Error(base::Errc::deadline_exceeded, "x")));
  EXPECT_FALSE(may_pass(base::Error(base::Errc::no_space, "x")));
  EXPECT_FALSE(may_pass(base::Error(base::Errc::cancelled, "x")));
  EXPECT_FALSE(may_pass(base::Error(base::Errc::invalid_argument, "x")));
}
TEST(RetryTest, DelaysDoubleUpToTheLongest) {
  const RetryPolicy policy{.most_tries = 99, .first_delay = 100ms, .longest_delay = 1s};
  EXPECT_EQ(delay_before(policy, 2, nullptr), 100ms);
  EXPECT_EQ(delay_before(policy, 3, nullptr), 200ms);
  EXPECT_EQ(delay_before(policy, 5, nullptr), 800ms);
  EXPECT_EQ(delay_before(policy, 6, nullptr), 1s);
  EXPECT_EQ(delay_before(policy, 99, nullptr), 1s);
}
TEST(RetryTest, RetryAfterWinsWithinTheLongestDelay) {
  const RetryPolicy policy{.first_delay = 100ms, .longest_delay = 5s};
  http::Headers answer{{"Retry-After", "2"}};
  EXPECT_EQ(delay_before(policy, 2, &answer), 2s);
  answer.set("Retry-After", "3600");
  EXPECT_EQ(delay_before(policy, 2, &answer), 5s);
  answer.set("Retry-After", "Tue, 29 Jul 2014 21:49:13 GMT");
  EXPECT_EQ(delay_before(policy, 2, &answer), 100ms);
}

}  // namespace
}  // namespace client::api
