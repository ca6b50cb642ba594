// The node service with the real batch service, a store in memory, and agents that are shell scripts: they put their
// secret where the test finds it and wait. The test then speaks the node protocol in their name.
#pragma once

#include "base/durable_file.h"
#include "base/random.h"
#include "emulator/nodes/node_directory.h"
#include "emulator/nodes/node_service.h"
#include "emulator/nodes/process_table.h"
#include "emulator/store/state_store.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

namespace emulator::nodes {

namespace fs = std::filesystem;
namespace node = wire::node;

inline constexpr std::chrono::seconds kTestLimit{20};
inline constexpr std::size_t kSmallFile = 4096;

/// What the "agent" does: hands its secret on and waits, a task's process beside it.
inline constexpr const char* kAgentScript =
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

}  // namespace emulator::nodes
