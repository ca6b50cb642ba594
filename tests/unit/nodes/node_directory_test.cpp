// Where nodes live, and what is left when they are gone.
#include "emulator/nodes/node_directory.h"

#include "base/random.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <fstream>

namespace emulator::nodes {
namespace {

namespace fs = std::filesystem;

class NodeDirectoryTest : public testing::Test {
 protected:
  NodeDirectoryTest() { fs::create_directory(data_dir_); }
  ~NodeDirectoryTest() override { fs::remove_all(data_dir_); }
  fs::path data_dir_ = fs::temp_directory_path() / ("nodes-" + base::random_guid());
  core::NodeKey node_{core::PoolId("MyPool"), core::NodeId("tvm_1")};
};

TEST_F(NodeDirectoryTest, PoolsOfAnyCasingShareADirectory) {
  EXPECT_EQ(node_directory("/d", node_), "/d/nodes/mypool/tvm_1");
  EXPECT_EQ(node_root("/d", node_), "/d/nodes/mypool/tvm_1/root");
}

TEST_F(NodeDirectoryTest, TheTreeIsCreatedPrivatelyAndMayExistAlready) {
  ASSERT_TRUE(create_node_tree(data_dir_, node_).has_value());
  ASSERT_TRUE(create_node_tree(data_dir_, node_).has_value());
  for (const auto* name : {"applications", "fsmounts", "shared", "startup", "volatile", "workitems"}) {
    EXPECT_TRUE(fs::is_directory(node_root(data_dir_, node_) / name)) << name;
  }
  struct stat status {};
  ASSERT_EQ(::stat(node_directory(data_dir_, node_).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(NodeDirectoryTest, RemovalTakesTheLastNodesPoolWithIt) {
  const core::NodeKey other{node_.pool, core::NodeId("tvm_2")};
  ASSERT_TRUE(create_node_tree(data_dir_, node_).has_value());
  ASSERT_TRUE(create_node_tree(data_dir_, other).has_value());
  ASSERT_TRUE(remove_node_tree(data_dir_, node_).has_value());
  EXPECT_FALSE(fs::exists(node_directory(data_dir_, node_)));
  EXPECT_TRUE(fs::exists(node_directory(data_dir_, other)));
  ASSERT_TRUE(remove_node_tree(data_dir_, other).has_value());
  EXPECT_FALSE(fs::exists(data_dir_ / "nodes" / "mypool"));
  EXPECT_TRUE(remove_node_tree(data_dir_, other).has_value());
}

TEST_F(NodeDirectoryTest, DirectoriesThatATaskClosedAreRemovedToo) {
  ASSERT_TRUE(create_node_tree(data_dir_, node_).has_value());
  const auto closed = node_root(data_dir_, node_) / "workitems" / "closed";
  fs::create_directory(closed);
  std::ofstream(closed / "file") << "x";
  fs::permissions(closed, fs::perms::none);
  ASSERT_TRUE(remove_node_tree(data_dir_, node_).has_value());
  EXPECT_FALSE(fs::exists(closed));
}

TEST_F(NodeDirectoryTest, TheAgentsRecordIsReadBack) {
  ASSERT_TRUE(create_node_tree(data_dir_, node_).has_value());
  EXPECT_FALSE(read_agent_record(data_dir_, node_));
  ASSERT_TRUE(write_agent_record(data_dir_, node_, {4711, 99, 3}).has_value());
  const auto record = read_agent_record(data_dir_, node_);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->pid, 4711);
  EXPECT_EQ(record->start_time, 99U);
  EXPECT_EQ(record->incarnation, 3U);
}

TEST_F(NodeDirectoryTest, ATornRecordIsNoRecord) {
  ASSERT_TRUE(create_node_tree(data_dir_, node_).has_value());
  for (const auto* text : {"", "{\"pid\":1,\"star", "[]", "{\"pid\":-5,\"startTime\":1,\"incarnation\":1}",
                           "{\"pid\":99999999999,\"startTime\":1,\"incarnation\":1}"}) {
    std::ofstream(node_directory(data_dir_, node_) / "agent.json") << text;
    EXPECT_FALSE(read_agent_record(data_dir_, node_)) << text;
  }
}

TEST_F(NodeDirectoryTest, TheMarkTellsNodesAndDataDirectoriesApart) {
  const auto mark = node_marker(data_dir_, node_);
  EXPECT_TRUE(mark.starts_with("mypool/tvm_1/"));
  EXPECT_EQ(mark, node_marker(data_dir_ / ".", node_));
  EXPECT_NE(mark, node_marker(data_dir_ / "other", node_));
}

}  // namespace
}  // namespace emulator::nodes
