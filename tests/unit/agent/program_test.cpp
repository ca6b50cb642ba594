// The real program against a server that plays the emulator: one task from order to report, then the end.
#include "http/server.h"
#include "tests/unit/agent/fixture.h"

#include "base/durable_file.h"
#include "base/random.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

namespace nodeagent {
namespace {

namespace fs = std::filesystem;
namespace node = wire::node;

constexpr int kTokenDescriptor = 3;

class AgentProgramTest : public testing::Test {
 protected:
  AgentProgramTest() {
    fs::create_directories(directory_);
    http::ServerOptions options;
    options.allowed_hosts = {"127.0.0.1"};
    server_ = http::Server::listen(loop_.io.get_executor(), options).value();
    const auto url = "http://127.0.0.1:" + std::to_string(server_->port());
    std::ofstream(directory_ / "endpoint.json") << node::encode(node::Endpoint{url});
    server_->start([this](http::Request& request) { return serve(request); },
                   [](http::Refusal, const http::Request&, std::string_view) { return http::Response{.status = 400}; });
    settings_.session = "s";
    settings_.blob_endpoint = "127.0.0.1:1";
  }
  ~AgentProgramTest() override {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    bool stopped = false;
    loop_.spawn(stop_server(*server_, stopped));
    loop_.until([&stopped] { return stopped; });
    fs::remove_all(directory_);
  }

  static base::Async<void> stop_server(http::Server& server, bool& stopped) {
    co_await server.stop(std::chrono::milliseconds(0));
    stopped = true;
  }
  static http::Response json(std::string text) {
    http::Response response;
    response.text = std::move(text);
    return response;
  }
  base::Async<http::Response> serve(http::Request& request) {
    const auto path = request.path;
    const auto authorization = std::string(request.headers.get("Authorization"));
    const auto body = co_await http::read_all(*request.body, node::kLargestMessage);
    if (authorization != "NodeToken secret") co_return http::Response{.status = 401};
    if (path == node::kRegisterPath) co_return json(node::encode(settings_));
    if (path == node::kReportPath) {
      const auto message = node::decode_reports(body.value()).value();
      for (const auto& report : message.reports) reports_.push_back(report);
      co_return json(node::encode(node::Acknowledged{message.reports.back().number}));
    }
    const auto last = node::decode_fetch(body.value())->last_order;
    node::Orders orders;
    while (orders.orders.empty()) {
      for (const auto& order : orders_) {
        if (order.number > last) orders.orders.push_back(order);
      }
      if (orders.orders.empty()) co_await changed_.wait(std::nullopt);
    }
    co_return json(node::encode(orders));
  }

  void start() {
    start(node::encode(node::Handover{.pool_id = "p", .node_id = "n", .incarnation = 1, .token = "secret"}));
  }
  void start(const std::string& handover) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ASSERT_TRUE(base::write_all(ends[1], handover, "pipe").has_value());
    ::close(ends[1]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[0], kTokenDescriptor);
    std::vector<std::string> texts = {NODE_AGENT_PROGRAM,
                                      "--node-directory",
                                      (directory_ / "node").string(),
                                      "--token-fd",
                                      "3",
                                      "--endpoint-file",
                                      (directory_ / "endpoint.json").string()};
    std::vector<char*> arguments;
    for (auto& text : texts) arguments.push_back(text.data());
    arguments.push_back(nullptr);
    ASSERT_EQ(::posix_spawn(&pid_, NODE_AGENT_PROGRAM, &actions, nullptr, arguments.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[0]);
  }
  void order(node::OrderBody body) {
    orders_.push_back({orders_.size() + 1, std::move(body)});
    changed_.notify();
  }
  bool ended(int& status) {
    if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) pid_ = 0;
    return pid_ == 0;
  }

  Loop loop_;
  fs::path directory_ = fs::temp_directory_path() / ("agent-" + base::random_guid());
  base::Wakeup changed_{loop_.io.get_executor()};
  std::unique_ptr<http::Server> server_;
  node::NodeSettings settings_;
  std::vector<node::Order> orders_;
  std::vector<node::Report> reports_;
  pid_t pid_ = 0;
};

TEST_F(AgentProgramTest, ATaskRunsInItsDirectoryAndTheProgramEndsWhenTold) {
  auto task = order_for("t");
  task.command_line = "/bin/sh -c 'echo out; echo err >&2; exit 5'";
  order(task);
  start();
  ASSERT_TRUE(loop_.until([this] { return reports_.size() == 1; }));
  const auto& finished = std::get<node::TaskFinished>(reports_[0].body);
  EXPECT_EQ(finished.end, node::RunEnd::exited);
  EXPECT_EQ(finished.exit_code, 5);
  const auto in_task = directory_ / "node" / "root" / "workitems" / "job" / "job-1" / "t";
  EXPECT_EQ(base::read_file(in_task / "stdout.txt", 100).value(), "out\n");
  EXPECT_EQ(base::read_file(in_task / "stderr.txt", 100).value(), "err\n");

  order(node::RemoveTaskFiles{"job", "t"});
  order(node::ShutDown{});
  int status = -1;
  ASSERT_TRUE(loop_.until([&] { return ended(status); }));
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(fs::exists(in_task));
}

TEST_F(AgentProgramTest, SigtermEndsTasksAndProgramPolitely) {
  auto task = order_for("t");
  task.command_line = "/bin/sh -c 'echo $$ > pid; exec cat /dev/zero > /dev/null'";
  order(task);
  start();
  const auto pid_file = directory_ / "node" / "root" / "workitems" / "job" / "job-1" / "t" / "wd" / "pid";
  ASSERT_TRUE(loop_.until([&] { return fs::exists(pid_file) && fs::file_size(pid_file) > 1; }));
  const pid_t task_pid = std::stoi(base::read_file(pid_file, 100).value());
  ::kill(pid_, SIGTERM);
  int status = -1;
  ASSERT_TRUE(loop_.until([&] { return ended(status); }));
  EXPECT_EQ(status, 0);
  EXPECT_EQ(::kill(task_pid, 0), -1);
  EXPECT_TRUE(reports_.empty());
}

TEST_F(AgentProgramTest, AnEmulatorOfAnotherVersionEndsItBeforeItAsksAnything) {
  start(R"({"protocol":1,"poolId":"p","nodeId":"n","incarnation":1,"token":"secret"})");
  int status = -1;
  ASSERT_TRUE(loop_.until([&] { return ended(status); }));
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_NE(WEXITSTATUS(status), 0);
  EXPECT_FALSE(fs::exists(directory_ / "node")) << "it has not begun";
}

}  // namespace
}  // namespace nodeagent
