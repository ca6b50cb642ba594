#include "wire/batch/vocabulary.h"

#include <gtest/gtest.h>

namespace wire::batch {
namespace {

template <class E>
void expect_round_trip() {
  for (std::size_t i = 0; i < kCount<E>; ++i) {
    auto value = static_cast<E>(i);
    EXPECT_EQ(parse<E>(name_of(value)), value) << name_of(value);
    EXPECT_EQ(parse<E>(base::upper_case(name_of(value))), value) << name_of(value);
  }
  EXPECT_EQ(parse<E>("nonsense"), std::nullopt);
  EXPECT_EQ(parse<E>(""), std::nullopt);
}

TEST(VocabularyTest, EverySpellingIsReadBackInAnyCasing) {
  expect_round_trip<PoolState>();
  expect_round_trip<AllocationState>();
  expect_round_trip<NodeState>();
  expect_round_trip<JobState>();
  expect_round_trip<JobScheduleState>();
  expect_round_trip<TaskState>();
  expect_round_trip<FailureCategory>();
  expect_round_trip<DeallocationOption>();
  expect_round_trip<UploadCondition>();
  expect_round_trip<ContainerWorkingDirectory>();
}

TEST(VocabularyTest, CasingIsTheServices) {
  EXPECT_EQ(name_of(NodeFillType::spread), "Spread");
  EXPECT_EQ(name_of(FailureCategory::usererror), "UserError");
  EXPECT_EQ(name_of(TaskAddStatus::clienterror), "ClientError");
  EXPECT_EQ(name_of(UploadCondition::tasksuccess), "TaskSuccess");
  EXPECT_EQ(name_of(NodeState::waitingforstarttask), "waitingforstarttask");
  EXPECT_EQ(name_of(TaskResult::failure), "failure");
}

}  // namespace
}  // namespace wire::batch
