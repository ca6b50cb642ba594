// Finding processes by what they carry, and ending exactly those.
#include "emulator/nodes/process_table.h"

#include "base/random.h"
#include "emulator/nodes/agent_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace emulator::nodes {
namespace {

constexpr const char* kName = "BATCH_EMULATOR_TEST_MARK";

/// A child that reads from a pipe which nobody writes to; killed and reaped at the end.
class Child {
 public:
  explicit Child(std::string variable) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reading_ = base::FileDescriptor(ends[0]);
    writing_ = base::FileDescriptor(ends[1]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, reading_.get(), 0);
    std::string program = "/bin/cat";
    char* arguments[] = {program.data(), nullptr};
    char* environment[] = {variable.data(), nullptr};
    EXPECT_EQ(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environment), 0);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~Child() {
    if (reaped_) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }
  int reap() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    reaped_ = true;
    return status;
  }

 private:
  base::FileDescriptor reading_;
  base::FileDescriptor writing_;
  pid_t pid_ = 0;
  bool reaped_ = false;
};

TEST(ProcessTableTest, AStartTimeIsReadBehindAnyProcessName) {
  const std::string fields = " S 1 2 2 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 777 1000 1";
  EXPECT_EQ(parse_start_time("12 (a b) c)" + fields), 777U);
  EXPECT_EQ(parse_start_time("12 (cat)" + fields), 777U);
}

TEST(ProcessTableTest, AZombieOrATornLineHasNoStartTime) {
  EXPECT_FALSE(parse_start_time("12 (cat) Z 1 2 2 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 777 1000"));
  EXPECT_FALSE(parse_start_time("12 (cat) S 1 2 2"));
  EXPECT_FALSE(parse_start_time(""));
}

TEST(ProcessTableTest, AnotherProcessWithTheSamePidIsNotOpened) {
  const auto start = start_time_of(::getpid());
  ASSERT_TRUE(start);
  EXPECT_TRUE(open_process(::getpid(), *start).has_value());
  const auto other = open_process(::getpid(), *start + 1);
  ASSERT_TRUE(other.has_error());
  EXPECT_EQ(other.error().code, base::Errc::not_found);
}

TEST(ProcessTableTest, OnlyProcessesWithTheVeryMarkAreFound) {
  const auto mark = base::random_guid();
  const Child ours(std::string(kName) + "=" + mark);
  const Child longer(std::string(kName) + "=" + mark + "0");
  const Child other("X" + std::string(kName) + "=" + mark);
  EXPECT_THAT(find_belonging({.marker_name = kName, .marker = mark}), testing::ElementsAre(ours.pid()));
}

TEST(ProcessTableTest, WhatBelongsIsEndedAndNothingElse) {
  const auto mark = base::random_guid();
  Child ours(std::string(kName) + "=" + mark);
  const Child other(std::string(kName) + "=other");
  ASSERT_TRUE(end_belonging({.marker_name = kName, .marker = mark}, std::chrono::seconds(5)).has_value());
  const int status = ours.reap();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_TRUE(start_time_of(other.pid()));
}

TEST(ProcessTableTest, AChildWithoutAnyMarkIsAnOrphanOnlyWhenAsked) {
  const Child orphan("NOTHING=1");
  const auto mark = base::random_guid();
  EXPECT_TRUE(find_belonging({.marker_name = kName, .marker = mark}).empty());
  EXPECT_THAT(find_belonging({.marker_name = kName, .marker = mark, .orphans_too = true}),
              testing::ElementsAre(orphan.pid()));
}

TEST(ProcessTableTest, AChildWithAnotherNodesMarkIsNoOrphan) {
  const Child agent(std::string(kName) + "=another node");
  EXPECT_TRUE(find_belonging({.marker_name = kName, .marker = base::random_guid(), .orphans_too = true}).empty());
}

TEST(AgentEnvironmentTest, KeysAndSettingsOfTheEmulatorAreNotInherited) {
  const char* environment[] = {"PATH=/bin",
                               "AZURE_BATCH_ACCESS_KEY=secret",
                               "BATCH_EMULATOR_CONFIG=x",
                               "LC_ALL=C.UTF-8",
                               "MY_TOKEN=secret",
                               "PATHOLOGICAL=1",
                               "HOME=/root=a",
                               nullptr};
  EXPECT_THAT(agent_environment(environment, "MARK=1"),
              testing::ElementsAre("PATH=/bin", "LC_ALL=C.UTF-8", "HOME=/root=a", "MARK=1"));
}

TEST(AgentProcessTest, AProgramThatIsNotThereIsAnError) {
  AgentStart start;
  start.program = "/nonexistent/agent";
  start.node_directory = "/tmp";
  const auto pid = start_agent(start);
  ASSERT_TRUE(pid.has_error());
  EXPECT_EQ(pid.error().code, base::Errc::not_found);
}

}  // namespace
}  // namespace emulator::nodes
