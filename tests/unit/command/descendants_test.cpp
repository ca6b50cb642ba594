// /proc/PID/stat taken apart, however the process is called.
#include "nodeagent/command/descendants.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <csignal>

namespace nodeagent::command {
namespace {

constexpr const char* kRest = ") S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 999 8 184467";

TEST(ProcessStatusTest, FieldsAreTakenFromBehindTheName) {
  auto status = parse_process_status(std::string("42 (sh") + kRest);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->pid, 42);
  EXPECT_EQ(status->state, 'S');
  EXPECT_EQ(status->parent, 7);
  EXPECT_EQ(status->group, 8);
  EXPECT_EQ(status->session, 9);
  EXPECT_EQ(status->start_time, 12345u);
}
TEST(ProcessStatusTest, NameMayHoldParenthesesAndSpaces) {
  auto status = parse_process_status(std::string("42 (a) R 1 2 (b c)") + kRest);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->parent, 7);
}
TEST(ProcessStatusTest, TextThatIsNoStatusIsRefused) {
  for (const auto* text :
       {"", "42", "42 (sh", "42 (sh) S 1 2", "x (sh) S 7 8 9 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 12345 9", ")("}) {
    EXPECT_TRUE(parse_process_status(text).has_error()) << text;
  }
}
TEST(DescendantsTest, ProcessWithoutChildrenHasNone) {
  EXPECT_TRUE(find_descendants({.marker = "A=b", .unmarked_too = true}).empty());
}
TEST(DescendantsTest, SignalIsNotSentToAnotherProcessOfThatPid) {
  EXPECT_FALSE(send_signal({.pid = ::getpid(), .start_time = 1}, SIGKILL));
}

}  // namespace
}  // namespace nodeagent::command
