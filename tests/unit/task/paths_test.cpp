// The tree of contract 7.1.
#include "nodeagent/task/paths.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <set>

namespace nodeagent::task {
namespace {

TEST(PathsTest, PlainJobsTasksAreBelowJob1) {
  auto task = NodePaths("/n").task("Job", "task");
  ASSERT_TRUE(task.has_value());
  EXPECT_EQ(task->directory(), "/n/root/workitems/Job/job-1/task");
  EXPECT_EQ(task->working_directory(), "/n/root/workitems/Job/job-1/task/wd");
  EXPECT_EQ(task->stdout_file(), "/n/root/workitems/Job/job-1/task/stdout.txt");
}
TEST(PathsTest, JobOfAScheduleIsTwoDirectories) {
  auto task = NodePaths("/n").task("sched:job-3", "task");
  ASSERT_TRUE(task.has_value());
  EXPECT_EQ(task->directory(), "/n/root/workitems/sched/job-3/task");
}
TEST(PathsTest, StandInsAreOutsideOfTheRoot) {
  EXPECT_EQ(NodePaths("/n/").stand_ins(), "/n/bin");
  EXPECT_EQ(NodePaths("/n/").root(), "/n/root");
}
TEST(PathsTest, IdThatWouldLeaveTheTreeIsRefused) {
  const NodePaths paths("/n");
  for (const auto* id : {"", ".", "..", "a/b", "../x", "/abs"}) {
    EXPECT_TRUE(paths.task(id, "task").has_error()) << id;
    EXPECT_TRUE(paths.task("job", id).has_error()) << id;
    EXPECT_TRUE(paths.task("sched:" + std::string(id), "task").has_error()) << id;
  }
  EXPECT_TRUE(paths.task(std::string(300, 'x'), "task").has_error());
  EXPECT_TRUE(paths.task("job", std::string("a\0b", 3)).has_error());
}
TEST(PathsTest, TreeIsCreatedTwiceWithoutError) {
  char name[] = "/tmp/paths-XXXXXX";
  const std::filesystem::path directory = ::mkdtemp(name);
  const NodePaths paths(directory);
  ASSERT_TRUE(paths.create().has_value());
  ASSERT_TRUE(paths.create().has_value());
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(paths.root())) names.insert(entry.path().filename());
  EXPECT_EQ(names, (std::set<std::string>{"applications", "fsmounts", "shared", "startup", "volatile", "workitems"}));
  EXPECT_TRUE(std::filesystem::is_directory(paths.root() / "startup/wd"));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace nodeagent::task
