// When an agent is given up, from times alone.
#include "emulator/nodes/liveness.h"

#include <gtest/gtest.h>

namespace emulator::nodes {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LivenessTest : public testing::Test {
 protected:
  base::SteadyTime begin_{seconds(1000)};
  Liveness liveness_{{.join = seconds(30), .adoption = seconds(5), .silence = seconds(25), .unknown = seconds(60)}};
};

TEST_F(LivenessTest, WithoutAnAgentNothingIsOverdue) {
  EXPECT_FALSE(liveness_.deadline());
  EXPECT_FALSE(liveness_.overdue(begin_ + seconds(1'000'000)));
}

TEST_F(LivenessTest, AStartedAgentMustRegisterInTime) {
  liveness_.started(begin_);
  EXPECT_EQ(liveness_.deadline(), begin_ + seconds(30));
  EXPECT_FALSE(liveness_.overdue(begin_ + milliseconds(29'999)));
  EXPECT_TRUE(liveness_.overdue(begin_ + seconds(30)));
  EXPECT_NE(liveness_.reason().find("register within 30"), std::string::npos);
}

TEST_F(LivenessTest, AFoundAgentMustComeBackInTime) {
  liveness_.found(begin_);
  EXPECT_TRUE(liveness_.overdue(begin_ + seconds(5)));
}

TEST_F(LivenessTest, EveryRequestProlongsTheLifeOfAnAgent) {
  liveness_.joined(begin_);
  EXPECT_TRUE(liveness_.has_joined());
  liveness_.heard(begin_ + seconds(20));
  EXPECT_FALSE(liveness_.overdue(begin_ + seconds(44)));
  EXPECT_TRUE(liveness_.overdue(begin_ + seconds(45)));
}

TEST_F(LivenessTest, AnEmulatorThatWasItselfStoppedGivesItsAgentsTheWholeTimeAgain) {
  liveness_.joined(begin_);
  const auto late = begin_ + seconds(25) + kOwnLateness;
  EXPECT_FALSE(liveness_.overdue(late));
  EXPECT_EQ(liveness_.deadline(), late + seconds(25));
}

TEST_F(LivenessTest, ASilentAgentIsGivenUpOnlyLater) {
  liveness_.joined(begin_);
  EXPECT_FALSE(liveness_.falls_silent(begin_ + seconds(24)));
  EXPECT_TRUE(liveness_.falls_silent(begin_ + seconds(25)));
  EXPECT_TRUE(liveness_.has_joined());
  EXPECT_FALSE(liveness_.falls_silent(begin_ + seconds(26))) << "it is said once";
  EXPECT_FALSE(liveness_.overdue(begin_ + seconds(84)));
  EXPECT_TRUE(liveness_.overdue(begin_ + seconds(85)));
}

TEST_F(LivenessTest, ASilentAgentThatIsHeardIsAsGoodAsBefore) {
  liveness_.joined(begin_);
  EXPECT_TRUE(liveness_.heard(begin_ + seconds(1)));
  EXPECT_TRUE(liveness_.falls_silent(begin_ + seconds(26)));
  EXPECT_FALSE(liveness_.heard(begin_ + seconds(30)));
  EXPECT_EQ(liveness_.deadline(), begin_ + seconds(55));
}

TEST_F(LivenessTest, OnlyAnAgentThatHasJoinedFallsSilent) {
  liveness_.started(begin_);
  EXPECT_FALSE(liveness_.falls_silent(begin_ + seconds(30)));
}

TEST_F(LivenessTest, AnEndedAgentIsNotWaitedFor) {
  liveness_.joined(begin_);
  liveness_.ended();
  EXPECT_FALSE(liveness_.has_joined());
  EXPECT_FALSE(liveness_.deadline());
}

}  // namespace
}  // namespace emulator::nodes
