// What agents say to the node service and what it answers: who may register, which orders wait for them, and what a
// report that was acknowledged has done.
#include "tests/unit/nodes/node_service_fixture.h"

namespace emulator::nodes {
namespace {

TEST_F(NodeServiceTest, OnlyPathsOfTheNodeProtocolAreItsOwn) {
  EXPECT_TRUE(NodeService::owns("/.node/v1/fetch"));
  EXPECT_FALSE(NodeService::owns("/pools"));
  EXPECT_FALSE(NodeService::owns("/.nodes"));
}

TEST_F(NodeServiceTest, ARegisteredAgentMakesItsNodeIdle) {
  add_pool();
  const auto who = secret();
  const auto settings = join(who);
  EXPECT_EQ(settings.account_name, "account");
  EXPECT_EQ(settings.pool_id, "Pool");
  EXPECT_EQ(record().state, wire::batch::NodeState::idle);
  EXPECT_EQ(record().agent_version, "test");
}

TEST_F(NodeServiceTest, StrangersAreRefused) {
  add_pool();
  const auto who = secret();
  EXPECT_EQ(ask(node::kRegisterPath, "wrong", node::encode(registration(who))).status, 401);
  auto older = registration(who);
  older.incarnation = 0;
  EXPECT_EQ(ask(node::kRegisterPath, who.token, node::encode(older)).status, 401);
  auto newer = registration(who);
  newer.protocol = node::kProtocolVersion + 1;
  EXPECT_EQ(ask(node::kRegisterPath, who.token, node::encode(newer)).status, 426);
  EXPECT_EQ(ask(node::kRegisterPath, who.token, R"({"protocol":1,"shape":"of then"})").status, 426);
  EXPECT_EQ(ask(node::kRegisterPath, who.token, "{}").status, 400);
  EXPECT_EQ(ask("/.node/v2/fetch", who.token, "{}").status, 404);
  EXPECT_EQ(record().state, wire::batch::NodeState::starting);
}

TEST_F(NodeServiceTest, OnlyARegisteredAgentOfThisSessionMayFetchAndReport) {
  add_pool();
  const auto who = secret();
  EXPECT_EQ(ask(node::kFetchPath, who.token, node::encode(node::Fetch{"", 0})).status, 409);
  const auto session = join(who).session;
  EXPECT_EQ(ask(node::kFetchPath, who.token, node::encode(node::Fetch{"another", 0})).status, 409);
  EXPECT_EQ(report(who, "another", {{1, node::StartTaskStarted{}}}), 409);
  EXPECT_EQ(ask(node::kFetchPath, who.token, "{").status, 400);
  EXPECT_EQ(ask(node::kReportPath, who.token, "[]").status, 400);
}

TEST_F(NodeServiceTest, ATaskIsFetchedAndItsReportIsDurableWhenAcknowledged) {
  add_pool();
  const auto who = secret();
  const auto session = join(who).session;
  add_task("t");
  const auto orders = fetch(who, session);
  ASSERT_EQ(orders.size(), 1U);
  const auto run = std::get<node::RunTask>(orders[0].body).run;
  EXPECT_EQ(run.task_id, "t");
  EXPECT_EQ(report(who, session, {{1, finished(run)}}), 200);
  EXPECT_EQ(task("t").state, wire::batch::TaskState::completed);
}

TEST_F(NodeServiceTest, LogsAreOrderedFromTheAgentAndItsAnswerIsPassedOn) {
  add_pool();
  const auto who = secret();
  const auto session = join(who).session;
  std::optional<base::Result<NodeService::UploadedLogs>> uploaded;
  node::UploadLogs order;
  order.container_url = "http://127.0.0.1/c?sas";
  boost::asio::co_spawn(io_, keep(nodes_->upload_logs(record().key, std::move(order)), uploaded),
                        [](std::exception_ptr thrown) {
                          if (thrown) std::rethrow_exception(thrown);
                        });
  const auto orders = fetch(who, session);
  ASSERT_EQ(orders.size(), 1U);
  const auto& asked = std::get<node::UploadLogs>(orders[0].body);
  EXPECT_NE(asked.directory.find(record().key.node.text()), std::string::npos);
  node::LogsUploaded answer;
  answer.id = asked.id;
  answer.files = 3;
  EXPECT_EQ(report(who, session, {{1, answer}}), 200);
  until([&] { return uploaded.has_value(); });
  ASSERT_TRUE(uploaded->has_value());
  EXPECT_EQ((*uploaded)->files, 3);
  EXPECT_EQ((*uploaded)->directory, asked.directory);
}

TEST_F(NodeServiceTest, LogsOfANodeThatDoesNotListenAreUnavailable) {
  add_pool();
  secret();
  const auto uploaded = finish(nodes_->upload_logs(record().key, node::UploadLogs{}));
  ASSERT_TRUE(uploaded.has_error());
  EXPECT_EQ(uploaded.error().code, base::Errc::unavailable);
}

TEST_F(NodeServiceTest, AReportThatComesTwiceCountsOnce) {
  add_pool();
  const auto who = secret();
  const auto session = join(who).session;
  add_task("a");
  const auto first = std::get<node::RunTask>(fetch(who, session).at(0).body).run;
  EXPECT_EQ(report(who, session, {{1, finished(first)}}), 200);
  EXPECT_EQ(report(who, session, {{1, finished(first)}}), 200);
  EXPECT_EQ(record().total_tasks_run, 1);
}

TEST_F(NodeServiceTest, TasksPlacedBeforeTheAgentRegistersAreWaitingForIt) {
  add_pool(true);
  const auto who = secret();
  add_task("t");
  const auto session = join(who).session;
  const auto orders = fetch(who, session);
  EXPECT_TRUE(std::holds_alternative<node::RunStartTask>(orders.at(0).body));
}

TEST_F(NodeServiceTest, TheStartTaskIsOrderedOnce) {
  add_pool(true);
  const auto who = secret();
  const auto session = join(who).session;
  // Everything that the registration led to has been carried out when a later command has been.
  apply(core::Tick{});
  (void)finish(nodes_->figures());
  const auto orders = fetch(who, session);
  EXPECT_EQ(orders.size(), 1U);
}

}  // namespace
}  // namespace emulator::nodes
