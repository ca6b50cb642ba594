// A node in a temporary directory, with real processes and a small HTTP server that plays the blob store.
#pragma once

#include "base/durable_file.h"
#include "base/text.h"
#include "http/client.h"
#include "http/server.h"
#include "nodeagent/command/child_watch.h"
#include "nodeagent/command/process_runner.h"
#include "nodeagent/task/task_run.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>

namespace nodeagent::task {

/// What the server saw of one request.
struct SeenRequest {
  std::string method;
  std::string target;
  std::string host;
  http::Headers headers;
  std::string body;
};

class TaskFixture : public ::testing::Test {
 protected:
  static constexpr std::chrono::seconds kPatience{20};

  TaskFixture() {
    char name[] = "/tmp/task-run-XXXXXX";
    directory_ = ::mkdtemp(name);
    context_ = {
        .paths = NodePaths(directory_), .workers = &workers_, .clock = &clock_, .http = &client_, .commands = &runner_};
    context_.retry.first_delay = std::chrono::milliseconds(1);
    context_.settings.account_name = "devbatch";
    context_.settings.account_url = "http://127.0.0.1:10100";
    context_.settings.pool_id = "Pool";
    context_.settings.node_id = "tvm-1";
    context_.settings.storage_accounts = {"devstoreaccount1"};
    EXPECT_TRUE(context_.paths.create().has_value());
    listen();
  }
  ~TaskFixture() override {
    if (server_) run(server_->stop(std::chrono::milliseconds(100)));
    std::filesystem::remove_all(directory_);
  }

  void listen() {
    http::ServerOptions options;
    options.allowed_hosts = {"127.0.0.1", "*.localhost", "*.blob.core.windows.net"};
    auto listening = http::Server::listen(io_.get_executor(), options);
    ASSERT_TRUE(listening.has_value());
    server_ = std::move(listening).value();
    context_.settings.blob_endpoint = "127.0.0.1:" + std::to_string(server_->port());
    server_->start([this](http::Request& request) { return serve(request); },
                   [](http::Refusal, const http::Request&, std::string_view) { return http::Response{.status = 400}; });
  }
  base::Async<http::Response> serve(http::Request& request) {
    SeenRequest seen{.method = request.method,
                     .target = request.target,
                     .host = std::string(request.headers.get("Host")),
                     .headers = request.headers};
    auto body = co_await http::read_all(*request.body, 100 << 20);
    if (body.has_value()) seen.body = *std::move(body);
    seen_.push_back(seen);
    co_return answer_ ? answer_(seen) : answer_from_files(seen);
  }
  /// GET gives what is in files_ (by path), PUT is 201.
  http::Response answer_from_files(const SeenRequest& seen) const {
    if (seen.method == "PUT") return {.status = 201};
    const auto file = files_.find(seen.target.substr(0, seen.target.find('?')));
    if (file == files_.end()) return {.status = 404};
    http::Response response{.text = file->second};
    response.headers.add("Content-MD5", base::base64_encode(base::md5(file->second)));
    return response;
  }

  std::string url(const std::string& path) const { return "http://" + context_.settings.blob_endpoint + path; }

  /// Runs a coroutine to its end.
  void run(base::Async<void> coroutine) {
    bool ended = false;
    boost::asio::co_spawn(io_, std::move(coroutine), [&ended](std::exception_ptr thrown) {
      ended = true;
      if (thrown) std::rethrow_exception(thrown);
    });
    until([&ended] { return ended; });
    ASSERT_TRUE(ended) << "the coroutine did not end";
  }
  void until(const std::function<bool()>& holds) {
    io_.restart();
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!holds() && std::chrono::steady_clock::now() < deadline) io_.run_one_for(std::chrono::milliseconds(5));
  }

  wire::node::RunTask order(const std::string& command_line) const {
    wire::node::RunTask task;
    task.run = {.job_id = "job", .task_id = "task", .attempt = 1};
    task.command_line = command_line;
    return task;
  }
  base::Async<void> keep_ending(wire::node::RunTask order) {
    auto ending = co_await run_task(context_, std::move(order), stop_);
    ending_ = std::move(ending);
  }
  Ending run_to_end(wire::node::RunTask task) {
    ending_.reset();
    run(keep_ending(std::move(task)));
    return ending_.value_or(Ending{});
  }
  std::filesystem::path task_directory() const { return directory_ / "root/workitems/job/job-1/task"; }
  std::string content(const std::filesystem::path& file) const {
    return base::read_file(task_directory() / file, 1 << 20).value_or(std::string("<unreadable>"));
  }
  void write(const std::filesystem::path& file, const std::string& text) const {
    std::filesystem::create_directories((task_directory() / file).parent_path());
    ASSERT_TRUE(base::write_file_durably(task_directory() / file, text).has_value());
  }

  std::filesystem::path directory_;
  boost::asio::io_context io_;
  base::SystemClock clock_;
  base::Workers workers_{2};
  http::Client client_{io_.get_executor()};
  command::ChildWatch children_{io_.get_executor()};
  command::ProcessRunner runner_{children_};
  std::unique_ptr<http::Server> server_;
  NodeContext context_;
  std::map<std::string, std::string> files_;
  std::function<http::Response(const SeenRequest&)> answer_;
  std::vector<SeenRequest> seen_;
  std::shared_ptr<StopSignal> stop_ = std::make_shared<StopSignal>();
  std::optional<Ending> ending_;
};

}  // namespace nodeagent::task
