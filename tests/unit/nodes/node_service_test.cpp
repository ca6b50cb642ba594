// The node service with the real batch service, a store in memory, and agents that are shell scripts: they put their
// secret where the test finds it and wait. The test then speaks the node protocol in their name.
#include "emulator/nodes/node_service.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "emulator/nodes/node_directory.h"
#include "emulator/nodes/process_table.h"
#include "emulator/store/state_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

namespace emulator::nodes {
namespace {

namespace fs = std::filesystem;
namespace node = wire::node;

constexpr std::chrono::seconds kTestLimit{20};
constexpr std::size_t kSmallFile = 4096;

/// What the "agent" does: hands its secret on and waits, a task's process beside it.
constexpr const char* kAgentScript =
    "#!/bin/sh\n"
    "cat <&3 > \"$2/secret.new\"; mv \"$2/secret.new\" \"$2/secret\"\n"
    "mkfifo \"$2/never\" 2>/dev/null\n"
    "exec cat \"$2/never\"\n";

class NodeServiceTest : public testing::Test {
 protected:
  NodeServiceTest() {
    fs::create_directories(data_dir_);
    std::ofstream(data_dir_ / "agent") << kAgentScript;
    fs::permissions(data_dir_ / "agent", fs::perms::owner_all);
    open();
  }
  ~NodeServiceTest() override {
    if (nodes_) close();
    fs::remove_all(data_dir_);
  }

  /// A new emulator process on what the store kept.
  void open() {
    store_ = store::open_sqlite_state_store(data_dir_ / "batch.db").value();
    service_ = service::BatchService::open(io_.get_executor(), workers_, clock_, std::move(store_),
                                           core::BatchOptions{.node_boot_time = {}, .node_id_seed = "seed"})
                   .value();
    NodeOptions options;
    options.data_dir = data_dir_;
    options.agent_program = data_dir_ / "agent";
    options.account_name = "account";
    options.task_kill_grace = std::chrono::milliseconds(50);
    options.adoption_limit = adoption_limit_;
    AssignmentSource source;
    source.task = [](const core::TaskRecord& task, const auto&, const auto&,
                     const auto&) -> base::Result<node::RunTask> {
      node::RunTask order;
      order.run = {task.key.job.text(), task.key.task.text(), task.attempt};
      return order;
    };
    source.start_task = [](const auto&, const auto&) -> base::Result<node::RunStartTask> {
      return node::RunStartTask{};
    };
    nodes_ = NodeService::open(io_.get_executor(), workers_, clock_, *service_, options, source).value();
    service_->start([this](const core::Notice& notice) { nodes_->deliver(notice); });
  }
  void close() {
    finish(nodes_->stop(std::chrono::milliseconds(100)));
    finish(service_->stop());
    nodes_.reset();
    service_.reset();
  }

  template <class T>
  static base::Async<void> keep(base::Async<T> coroutine, std::optional<T>& value) {
    value.emplace(co_await std::move(coroutine));
  }
  void finish(base::Async<void> coroutine) {
    bool done = false;
    boost::asio::co_spawn(io_, std::move(coroutine), [&done](std::exception_ptr thrown) {
      done = true;
      if (thrown) std::rethrow_exception(thrown);
    });
    until([&done] { return done; });
  }
  template <class T>
  T finish(base::Async<T> coroutine) {
    std::optional<T> value;
    finish(keep(std::move(coroutine), value));
    return std::move(*value);
  }
  void until(const std::function<bool()>& condition) {
    const auto limit = clock_.steady_now() + kTestLimit;
    while (!condition()) {
      ASSERT_LT(clock_.steady_now(), limit);
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(20));
    }
  }
  void apply(core::Command command) {
    const auto reply = finish(service_->execute(std::move(command)));
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
  }

  void add_pool(bool with_start_task = false) {
    core::PoolRecord pool;
    pool.id = core::PoolId("Pool");
    pool.document = std::make_shared<const std::string>("{}");
    pool.target_dedicated = 1;
    pool.resize.timeout = std::chrono::minutes(15);
    if (with_start_task) pool.start_task = pool.document;
    apply(core::AddPool{pool});
  }
  void add_task(const std::string& id) {
    core::JobRecord job;
    job.id = core::JobId("job");
    job.document = std::make_shared<const std::string>("{}");
    job.pool = core::PoolId("Pool");
    (void)finish(service_->execute(core::AddJob{job}));
    core::NewTask task{.id = core::TaskId(id), .document = job.document, .rules = {}};
    apply(core::AddTask{job.id, task});
  }
  core::NodeRecord record() {
    auto look = [](const core::Batch& batch) {
      core::NodeRecord found;
      batch.visit_nodes(core::PoolId("Pool"), std::nullopt, [&found](const core::NodeRecord& each) {
        found = each;
        return false;
      });
      return found;
    };
    return finish(service_->read(look)).value();
  }
  core::TaskRecord task(const std::string& id) {
    auto look = [id](const core::Batch& batch) { return *batch.find_task({core::JobId("job"), core::TaskId(id)}); };
    return finish(service_->read(look)).value();
  }
  /// Waits for the agent of this incarnation and takes its secret.
  node::Handover secret(core::Incarnation incarnation = 1) {
    std::optional<node::Handover> found;
    until([&] {
      const auto text = base::read_file(directory() / "secret", kSmallFile);
      if (text.has_error()) return false;
      auto handover = node::decode_handover(text.value());
      if (handover.has_value() && handover->incarnation == incarnation) found = std::move(handover).value();
      return found.has_value();
    });
    return found.value_or(node::Handover{});
  }
  fs::path directory() { return node_directory(data_dir_, record().key); }
  std::optional<AgentProcessRecord> process() { return read_agent_record(data_dir_, record().key); }

  http::Response ask(std::string_view path, const std::string& token, std::string body) {
    http::Request request;
    request.method = "POST";
    request.path = path;
    request.headers.add("Authorization", std::string(node::kAuthorizationScheme) + token);
    request.body = http::body_from_text(std::move(body));
    return finish(nodes_->handle(request));
  }
  static node::Registration registration(const node::Handover& who) {
    node::Registration message;
    message.pool_id = who.pool_id;
    message.node_id = who.node_id;
    message.incarnation = who.incarnation;
    message.agent_version = "test";
    return message;
  }
  node::NodeSettings join(const node::Handover& who, const node::Registration& message) {
    const auto answer = ask(node::kRegisterPath, who.token, node::encode(message));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return node::decode_node_settings(answer.text).value_or(node::NodeSettings{});
  }
  node::NodeSettings join(const node::Handover& who) { return join(who, registration(who)); }
  std::vector<node::Order> fetch(const node::Handover& who, const std::string& session, std::uint64_t last = 0) {
    const auto answer = ask(node::kFetchPath, who.token, node::encode(node::Fetch{session, last}));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return node::decode_orders(answer.text).value_or(node::Orders{}).orders;
  }
  int report(const node::Handover& who, const std::string& session, std::vector<node::Report> reports) {
    return ask(node::kReportPath, who.token, node::encode(node::Reports{session, std::move(reports)})).status;
  }
  static node::TaskFinished finished(const node::TaskRun& run) {
    node::TaskFinished report;
    report.run = run;
    report.exit_code = 0;
    report.ended = base::SystemClock().now();
    return report;
  }

  std::chrono::milliseconds adoption_limit_{5'000};
  fs::path data_dir_ = fs::temp_directory_path() / ("node-service-" + base::random_guid());
  boost::asio::io_context io_{1};
  base::SystemClock clock_;
  base::Workers workers_{2};
  std::unique_ptr<store::StateStore> store_;
  std::unique_ptr<service::BatchService> service_;
  std::unique_ptr<NodeService> nodes_;
};

TEST_F(NodeServiceTest, OnlyPathsOfTheNodeProtocolAreItsOwn) {
  EXPECT_TRUE(NodeService::owns("/.node/v1/fetch"));
  EXPECT_FALSE(NodeService::owns("/pools"));
  EXPECT_FALSE(NodeService::owns("/.nodes"));
}

TEST_F(NodeServiceTest, AnAgentIsStartedAndItsSecretIsOnlyKeptAsAHash) {
  add_pool();
  const auto who = secret();
  EXPECT_EQ(who.pool_id, "Pool");
  EXPECT_EQ(record().secret_hash, base::hex_encode(base::sha256(who.token)));
  ASSERT_TRUE(process());
  EXPECT_EQ(process()->incarnation, 1U);
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
