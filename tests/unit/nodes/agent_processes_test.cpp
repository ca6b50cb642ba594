// The processes and directories that the node service keeps: agents are started, replaced and ended with their nodes.
#include "tests/unit/nodes/node_service_fixture.h"

#include <signal.h>

namespace emulator::nodes {
namespace {

TEST_F(NodeServiceTest, AnAgentIsStartedAndItsSecretIsOnlyKeptAsAHash) {
  add_pool();
  const auto who = secret();
  EXPECT_EQ(who.pool_id, "Pool");
  EXPECT_EQ(record().secret_hash, base::hex_encode(base::sha256(who.token)));
  ASSERT_TRUE(process());
  EXPECT_EQ(process()->incarnation, 1U);
}

TEST_F(NodeServiceTest, ARebootEndsTheAgentKeepsTheFilesAndStartsAnotherOne) {
  add_pool();
  const auto who = secret();
  join(who);
  const auto pid = process()->pid;
  std::ofstream(directory() / "root" / "shared" / "mark") << "x";
  apply(core::ActOnNode{.node = record().key, .action = core::NodeAction::reboot});
  EXPECT_EQ(record().state, wire::batch::NodeState::rebooting);
  EXPECT_EQ(ask(node::kRegisterPath, who.token, node::encode(registration(who))).status / 100, 5)
      << "not expected at the moment";
  ::kill(pid, SIGTERM);  // the script knows no orders
  join(secret(2));
  EXPECT_EQ(record().state, wire::batch::NodeState::idle);
  EXPECT_NE(process()->pid, pid);
  EXPECT_TRUE(fs::exists(directory() / "root" / "shared" / "mark"));
}

TEST_F(NodeServiceTest, AReimageWipesTheDirectory) {
  add_pool();
  join(secret());
  std::ofstream(directory() / "root" / "shared" / "mark") << "x";
  const auto pid = process()->pid;
  apply(core::ActOnNode{.node = record().key, .action = core::NodeAction::reimage});
  ::kill(pid, SIGTERM);
  join(secret(2));
  EXPECT_FALSE(fs::exists(directory() / "root" / "shared" / "mark"));
}

TEST_F(NodeServiceTest, AnAgentThatSaysItsDiskIsFullIsEnded) {
  add_pool();
  const auto who = secret();
  const auto session = join(who).session;
  add_task("t");
  node::NodeUnusable unusable;
  unusable.error = {.user_error = false, .code = "DiskFull", .message = "full", .details = {}};
  EXPECT_EQ(report(who, session, {{1, unusable}}), 200);
  EXPECT_EQ(record().state, wire::batch::NodeState::unusable);
  EXPECT_EQ(record().errors.at(0).code, "DiskFull");
  until([this] { return task("t").state == wire::batch::TaskState::active; });
}

TEST_F(NodeServiceTest, ALostAgentIsReplacedAndItsTaskComesBackAsAnotherAttempt) {
  add_pool();
  const auto who = secret(1);
  auto session = join(who).session;
  add_task("t");
  const auto first = std::get<node::RunTask>(fetch(who, session).at(0).body).run;
  ::kill(process()->pid, SIGKILL);
  const auto next = secret(2);
  EXPECT_EQ(ask(node::kFetchPath, who.token, node::encode(node::Fetch{session, 0})).status, 409);
  EXPECT_EQ(ask(node::kRegisterPath, who.token, node::encode(registration(who))).status, 401);
  session = join(next).session;
  const auto second = std::get<node::RunTask>(fetch(next, session).at(0).body).run;
  EXPECT_EQ(second.task_id, "t");
  EXPECT_GT(second.attempt, first.attempt);
  // The late report of the first attempt changes nothing.
  EXPECT_EQ(report(next, session, {{1, finished(first)}}), 200);
  EXPECT_EQ(task("t").state, wire::batch::TaskState::running);
}

TEST_F(NodeServiceTest, ADeletedPoolLeavesNeitherProcessNorDirectory) {
  add_pool();
  const auto who = secret();
  const auto agent = *process();
  const auto place = directory();
  apply(core::DeletePool{core::PoolId("pool"), {}});
  until([&] { return !fs::exists(place.parent_path()); });
  EXPECT_TRUE(open_process(agent.pid, agent.start_time).has_error());
}

TEST_F(NodeServiceTest, AnAgentThatCannotBeStartedMakesItsNodeUnusable) {
  fs::remove(data_dir_ / "agent");
  add_pool();
  until([this] { return record().state == wire::batch::NodeState::unusable; });
  EXPECT_EQ(record().errors.at(0).code, "NodeAgentStartFailed");
}

TEST_F(NodeServiceTest, AfterAStopNoProcessIsLeftAndTheNextEmulatorStartsAgain) {
  add_pool();
  const auto agent = (secret(), *process());
  close();
  EXPECT_TRUE(open_process(agent.pid, agent.start_time).has_error());
  open();
  EXPECT_EQ(secret(2).incarnation, 2U);
}

}  // namespace
}  // namespace emulator::nodes
