// Every (state, event) pair of every machine: it leads where the table says, or it is refused. And docs/states.md,
// which is printed from the same tables.
#include "emulator/core/allocation_states.h"
#include "emulator/core/certificate_states.h"
#include "emulator/core/job_schedule_states.h"
#include "emulator/core/job_states.h"
#include "emulator/core/node_states.h"
#include "emulator/core/pool_states.h"
#include "emulator/core/task_states.h"
#include "tests/unit/core/states_document.h"

#include <gtest/gtest.h>
#include <fstream>
#include <sstream>

namespace emulator::core {
namespace {

using wire::batch::AllocationState;
using wire::batch::CertificateState;
using wire::batch::JobScheduleState;
using wire::batch::JobState;
using wire::batch::name_of;
using wire::batch::NodeState;
using wire::batch::PoolState;
using wire::batch::TaskState;

/// Applies every event in every state. `make` gives a record in a state, `state_in` reads it back.
template <class Record, class State, class Event, std::size_t N>
void walk(const std::array<Transition<State, Event>, N>& table, State Record::*state, Timestamp Record::*since) {
  const Timestamp before{Ticks{1}};
  const Timestamp now{Ticks{2}};
  std::size_t legal = 0;
  for (std::size_t s = 0; s < wire::batch::kCount<State>; ++s) {
    for (std::size_t e = 0; e < wire::batch::kCount<Event>; ++e) {
      const auto from = static_cast<State>(s);
      const auto event = static_cast<Event>(e);
      Record record;
      record.*state = from;
      record.*since = before;
      const auto to = next_state(table, from, event);
      if (!to) {
        EXPECT_DEATH(transition(record, event, now), "in state") << name_of(from) << " " << name_of(event);
        continue;
      }
      ++legal;
      transition(record, event, now);
      EXPECT_EQ(record.*state, *to) << name_of(from) << " " << name_of(event);
      EXPECT_EQ(record.*since, now);
      if constexpr (requires { record.previous_state; }) {
        EXPECT_EQ(record.previous_state, from);
        EXPECT_EQ(record.previous_state_since, before);
      }
    }
  }
  EXPECT_EQ(legal, N);
}

class StatesDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "fast"); }
};

TEST_F(StatesDeathTest, EveryPairOfPoolStateAndEvent) {
  walk(kPoolTransitions, &PoolRecord::state, &PoolRecord::state_since);
}
TEST_F(StatesDeathTest, EveryPairOfAllocationStateAndEvent) {
  walk(kAllocationTransitions, &PoolRecord::allocation_state, &PoolRecord::allocation_state_since);
}
TEST_F(StatesDeathTest, EveryPairOfNodeStateAndEvent) {
  walk(kNodeTransitions, &NodeRecord::state, &NodeRecord::state_since);
}
TEST_F(StatesDeathTest, EveryPairOfJobStateAndEvent) {
  walk(kJobTransitions, &JobRecord::state, &JobRecord::state_since);
}
TEST_F(StatesDeathTest, EveryPairOfJobScheduleStateAndEvent) {
  walk(kJobScheduleTransitions, &JobScheduleRecord::state, &JobScheduleRecord::state_since);
}
TEST_F(StatesDeathTest, EveryPairOfCertificateStateAndEvent) {
  walk(kCertificateTransitions, &CertificateRecord::state, &CertificateRecord::state_since);
}
TEST_F(StatesDeathTest, EveryPairOfTaskStateAndEvent) {
  walk(kTaskTransitions, &TaskRecord::state, &TaskRecord::state_since);
}

TEST(StatesTest, ThingsBeginInTheirFirstStateWithoutAPreviousOne) {
  const Timestamp now{Ticks{5}};
  PoolRecord pool;
  begin(pool, now);
  begin_allocation(pool, now);
  EXPECT_EQ(pool.state, PoolState::active);
  EXPECT_EQ(pool.allocation_state, AllocationState::resizing);
  NodeRecord node;
  begin(node, now);
  EXPECT_EQ(node.state, NodeState::creating);
  JobRecord job;
  begin(job, now);
  EXPECT_EQ(job.state, JobState::active);
  EXPECT_FALSE(job.previous_state);
  JobScheduleRecord schedule;
  begin(schedule, now);
  EXPECT_EQ(schedule.state, JobScheduleState::active);
  EXPECT_FALSE(schedule.previous_state);
  CertificateRecord certificate;
  begin(certificate, now);
  EXPECT_EQ(certificate.state, CertificateState::active);
  EXPECT_FALSE(certificate.previous_state);
  TaskRecord task;
  begin(task, now);
  EXPECT_EQ(task.state, TaskState::active);
  EXPECT_FALSE(task.previous_state);
}

TEST(StatesTest, TablesThatNameAPairTwiceAreNoticed) {
  using Twice = Transition<PoolState, PoolEvent>;
  constexpr auto kTwice = std::to_array<Twice>({{PoolState::active, PoolEvent::delete_asked, PoolState::deleting},
                                                {PoolState::active, PoolEvent::delete_asked, PoolState::active}});
  EXPECT_FALSE(unambiguous(kTwice));
}

TEST(StatesTest, TheDocumentShowsTheTables) {
  std::ifstream file(std::string(SOURCE_DIRECTORY) + "/docs/states.md");
  ASSERT_TRUE(file.is_open());
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), states_document()) << "run: print-states > docs/states.md";
}

}  // namespace
}  // namespace emulator::core
