// The Batch API in this process: RestApi over a memory store, called without sockets. Requests are signed as a client
// signs them, unless a test says otherwise. Nodes are played by the test: it sends what agents would report.
#pragma once

#include "base/random.h"
#include "base/text.h"
#include "emulator/rest/operation.h"
#include "emulator/rest/rest_api.h"
#include "emulator/store/state_store.h"
#include "wire/shared_key.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

namespace emulator::rest {

inline constexpr std::string_view kAccountName = "devbatch";
inline constexpr std::string_view kBase = "http://127.0.0.1:10100";
inline constexpr std::string_view kVersionQuery = "api-version=2022-10-01.16.0";

/// An answer whose body has been read.
struct Reply {
  int status = 0;
  std::string reason;
  http::Headers headers;
  std::string text;
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(text, nullptr, false); }
  [[nodiscard]] std::string code() const { return json().is_object() ? json().value("code", "") : ""; }
};

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

class RestTest : public testing::Test {
 protected:
  RestTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "rest-test-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    auto opened = service::BatchService::open(context_.get_executor(), workers_, clock_,
                                              store::make_memory_state_store(), core::BatchOptions{});
    service_ = std::move(opened).value();
    service_->start([this](const core::Notice& notice) { notices_.push_back(notice); });
    std::vector<Account> accounts;
    accounts.push_back(
        {.name = std::string{kAccountName}, .keys = {key_}, .service = service_.get(), .nodes_directory = directory_});
    const Surroundings surroundings{.clock = &clock_, .workers = &workers_};
    api_ = std::make_unique<RestApi>(surroundings, std::move(accounts));
  }
  ~RestTest() override {
    run(service_->stop());
    std::filesystem::remove_all(directory_);
  }

  /// Runs a coroutine to its end.
  template <class T>
  T run(base::Async<T> operation) {
    std::optional<T> result;
    run(keep(std::move(operation), result));
    return std::move(*result);
  }
  void run(base::Async<void> operation) {
    bool done = false;
    std::exception_ptr thrown;
    auto finish = [&](const std::exception_ptr& error) {
      done = true;
      thrown = error;
    };
    boost::asio::co_spawn(context_, std::move(operation), std::move(finish));
    while (!done) {
      if (context_.run_one() == 0) context_.restart();
    }
    if (thrown) std::rethrow_exception(thrown);
  }
  template <class T>
  static base::Async<void> keep(base::Async<T> operation, std::optional<T>& result) {
    result.emplace(co_await std::move(operation));
  }

  static http::Request request(const std::string& method, const std::string& target, const std::string& body = {},
                               const HeaderFields& headers = {}) {
    http::Request made;
    made.method = method;
    made.target = target;
    made.path = target.substr(0, target.find('?'));
    made.query = target.find('?') == std::string::npos ? "" : target.substr(target.find('?') + 1);
    made.headers.add("Host", std::string{kBase.substr(7)});
    if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
      made.has_body = true;
      made.content_length = body.size();
      made.headers.add("Content-Length", std::to_string(body.size()));
      made.headers.add("Content-Type", "application/json; odata=minimalmetadata; charset=utf-8");
    }
    for (const auto& [name, value] : headers) made.headers.set(name, value);
    made.body = http::body_from_text(body);
    made.peer_address = "127.0.0.1";
    made.request_id = base::random_guid();
    return made;
  }

  void sign(http::Request& made) {
    if (!made.headers.find("ocp-date")) made.headers.add("ocp-date", wire::print_http_date(clock_.now()));
    const wire::SignedRequest signed_request{
        .method = made.method, .path = made.path, .query = made.query, .headers = made.headers.fields()};
    made.headers.add("Authorization", wire::sign_batch(signed_request, kAccountName, key_));
  }

  Reply send(http::Request made) {
    auto response = run(api_->handle(made));
    Reply reply{response.status, response.reason, response.headers, response.text};
    if (response.source) reply.text = run(http::read_all(*response.source, 1 << 20)).value();
    if (response.content_length) reply.headers.set("Content-Length", std::to_string(*response.content_length));
    return reply;
  }

  /// Signed; the path gets `?api-version=` unless it has a query.
  Reply call(const std::string& method, std::string target, const std::string& body = {},
             const HeaderFields& headers = {}) {
    if (target.find('?') == std::string::npos) target += "?" + std::string{kVersionQuery};
    auto made = request(method, target, body, headers);
    sign(made);
    return send(std::move(made));
  }
  Reply call(const std::string& method, const std::string& target, const nlohmann::json& body,
             const HeaderFields& headers = {}) {
    return call(method, target, body.dump(), headers);
  }

  static nlohmann::json pool_body(const std::string& id = "p", int dedicated = 0) {
    return {{"id", id},
            {"vmSize", "STANDARD_A1_v2"},
            {"targetDedicatedNodes", dedicated},
            {"virtualMachineConfiguration",
             {{"imageReference", {{"publisher", "Canonical"}, {"offer", "UbuntuServer"}, {"sku", "18.04-LTS"}}},
              {"nodeAgentSKUId", "batch.node.ubuntu 18.04"}}}};
  }
  static nlohmann::json job_body(const std::string& id = "j", const std::string& pool = "p") {
    return {{"id", id}, {"poolInfo", {{"poolId", pool}}}};
  }
  static nlohmann::json task_body(const std::string& id = "t") { return {{"id", id}, {"commandLine", "/bin/true"}}; }

  void add_pool(const std::string& id = "p", int dedicated = 0) {
    ASSERT_EQ(call("POST", "/pools", pool_body(id, dedicated)).status, 201);
  }
  void add_job(const std::string& id = "j") { ASSERT_EQ(call("POST", "/jobs", job_body(id)).status, 201); }
  void add_task(const std::string& id = "t") { ASSERT_EQ(call("POST", "/jobs/j/tasks", task_body(id)).status, 201); }

  /// Lets what is queued on the service happen.
  void settle() {
    for (int i = 0; i < 3; ++i) run(execute(core::Tick{}));
  }
  base::Async<void> execute(core::Command command) {
    const auto ignored = co_await service_->execute(std::move(command));  // what it answers is seen by reading
    (void)ignored;
  }
  /// The first node of the pool, joined as its agent would join.
  core::NodeKey join_first_node(const std::string& pool = "p") {
    settle();
    for (const auto& notice : notices_) {
      const auto* start = std::get_if<core::StartAgent>(&notice);
      if (start == nullptr || start->node.pool != core::PoolId{pool}) continue;
      core::NodeJoined joined{.node = start->node, .incarnation = start->incarnation, .agent_version = "1.0"};
      const auto key = joined.node;
      run(execute(std::move(joined)));
      settle();
      return key;
    }
    ADD_FAILURE() << "no agent was asked for";
    return {};
  }
  /// Every node an agent was asked for, joined.
  void join_all_nodes() {
    settle();
    const auto notices = notices_;
    for (const auto& notice : notices) {
      const auto* start = std::get_if<core::StartAgent>(&notice);
      if (start == nullptr) continue;
      core::NodeJoined joined{.node = start->node, .incarnation = start->incarnation, .agent_version = "1.0"};
      run(execute(std::move(joined)));
    }
    settle();
  }
  /// The attempt of the task that some node was told to run.
  std::optional<core::RunTask> assignment_of(const std::string& task) const {
    std::optional<core::RunTask> found;
    for (const auto& notice : notices_) {
      const auto* order = std::get_if<core::RunTask>(&notice);
      if (order != nullptr && order->task.task == core::TaskId{task}) found = *order;
    }
    return found;
  }
  void finish_task(const std::string& task, int exit_code = 0) {
    const auto assigned = assignment_of(task);
    ASSERT_TRUE(assigned.has_value());
    core::TaskFinished finished{.task = assigned->task,
                                .attempt = assigned->attempt,
                                .end = core::RunEnd::exited,
                                .ended = clock_.now(),
                                .exit_code = exit_code};
    run(execute(std::move(finished)));
    settle();
  }
  [[nodiscard]] std::filesystem::path root_of(const core::NodeKey& node) const {
    return directory_ / base::lower_case(node.pool.text()) / node.node.text() / "root";
  }

  std::filesystem::path directory_;
  base::SystemClock clock_;
  boost::asio::io_context context_{1};
  base::Workers workers_{1};
  std::string key_ = base::random_bytes(64);
  std::unique_ptr<service::BatchService> service_;
  std::vector<core::Notice> notices_;
  std::unique_ptr<RestApi> api_;
};

}  // namespace emulator::rest
