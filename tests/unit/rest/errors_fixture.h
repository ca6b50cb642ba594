// What the rows about error codes (errors_test.cpp) need: a service in the state in which a request meets the code.
#pragma once

#include "tests/fakes/scripted_state_store.h"
#include "tests/unit/rest/rest_fixture.h"
#include "wire/batch/errors.h"

#include <fstream>
#include <functional>

namespace emulator::rest {

using nlohmann::json;
using wire::batch::ErrorCode;

class ErrorsTest;

/// One code and how to meet it.
struct Row {
  ErrorCode code;
  int status;
  /// Keys of `values` that the answer must carry.
  std::vector<std::string> values;
  std::function<Reply(ErrorsTest&)> provoke;
};

class ErrorsTest : public RestTest, public testing::WithParamInterface<Row> {
 public:
  static std::vector<Row> rows();
  /// The request as such, pools, jobs, tasks and files (error_rows.cpp).
  static std::vector<Row> common_rows();
  /// What other features add (error_rows_of_features.cpp).
  static std::vector<Row> feature_rows();

  Reply get(const std::string& target, const HeaderFields& headers = {}) {
    return call("GET", target, std::string{}, headers);
  }
  Reply post(const std::string& target, const json& body) { return call("POST", target, body); }
  /// POST without a body.
  Reply act(const std::string& target, const HeaderFields& headers = {}) {
    return call("POST", target, std::string{}, headers);
  }
  Reply put(const std::string& target, const json& body) { return call("PUT", target, body); }
  Reply patch(const std::string& target, const json& body) { return call("PATCH", target, body); }
  Reply remove(const std::string& target) { return call("DELETE", target); }

  Reply add_pool_with(const char* member, const json& value) {
    auto body = pool_body();
    body[member] = value;
    return post("/pools", body);
  }
  Reply add_job_with(const char* member, const json& value) {
    auto body = job_body();
    body[member] = value;
    return post("/jobs", body);
  }
  /// To job "j", which must be there.
  Reply add_task_with(const char* member, const json& value) {
    auto body = task_body();
    body[member] = value;
    return post("/jobs/j/tasks", body);
  }
  /// Pool "p" with one idle node.
  core::NodeKey ready_node() { return ready_node(pool_body("p", 1)); }
  core::NodeKey ready_node(const json& pool) {
    EXPECT_EQ(post("/pools", pool).status, 201);
    auto node = join_first_node();
    constexpr int kMostTries = 100;
    for (int i = 0; i < kMostTries && get(segment(node)).json()["state"] != "idle"; ++i) settle();
    return node;
  }
  /// Task "t" of job "j" on a node, ended with this code.
  core::NodeKey ended_task(int exit_code) {
    auto node = ready_node();
    add_job();
    add_task();
    settle();
    finish_task("t", exit_code);
    return node;
  }
  /// A pool that has to wait for its node before it is gone.
  void leaving_pool() {
    ready_node();
    EXPECT_EQ(remove("/pools/p").status, 202);
  }
  /// A job that has to wait for its task before it is over.
  void ending_job(const std::string& method, const std::string& target) {
    ready_node();
    add_job();
    add_task();
    settle();
    EXPECT_EQ(call(method, target).status, 202);
  }
  /// Pool "p" with one node that no agent has joined for; its path.
  std::string node_without_agent() {
    add_pool("p", 1);
    settle();
    return "/pools/p/nodes/" + get("/pools/p/nodes").json()["value"][0]["id"].get<std::string>();
  }
  Reply add_scaling_pool(const std::string& formula) {
    auto body = pool_body();
    body.erase("targetDedicatedNodes");
    body["enableAutoScale"] = true;
    body["autoScaleFormula"] = formula;
    return post("/pools", body);
  }
  Reply add_schedule() {
    return post("/jobschedules", {{"id", "s"},
                                  {"schedule", {{"recurrenceInterval", "PT10M"}}},
                                  {"jobSpecification", {{"poolInfo", {{"poolId", "p"}}}}}});
  }
  /// A schedule that has to wait for the task of its job before it is over.
  void ending_schedule(const std::string& method, const std::string& target) {
    ready_node();
    EXPECT_EQ(add_schedule().status, 201);
    EXPECT_EQ(post("/jobs/s:job-1/tasks", task_body()).status, 201);
    settle();
    EXPECT_EQ(call(method, target).status, 202);
  }
  /// Job "j" that has both; no task of it has run.
  void job_with_special_tasks() {
    auto body = job_body();
    body["jobPreparationTask"] = {{"commandLine", "prepare"}};
    body["jobReleaseTask"] = {{"commandLine", "release"}};
    EXPECT_EQ(post("/jobs", body).status, 201);
  }
  Reply file_of_special_task(const std::string& task) {
    const auto node = ready_node();
    write(root_of(node) / "f", "x");
    job_with_special_tasks();
    return get(segment(node) + "/files/workitems/j/job-1/" + task + "/stdout.txt");
  }
  static std::string segment(const core::NodeKey& node) { return "/pools/p/nodes/" + node.node.text(); }

  Reply add_cloud_pool(const char* version) {
    return post(
        "/pools",
        {{"id", "p"}, {"vmSize", "small"}, {"cloudServiceConfiguration", {{"osFamily", "4"}, {"osVersion", version}}}});
  }
  Reply upgrade_to(const char* version) {
    return post("/pools/p/upgradeos?api-version=2018-08-01.7.0", {{"targetOSVersion", version}});
  }

  /// The same account over a service that the test opened otherwise.
  void reopen(core::BatchOptions options, std::unique_ptr<store::StateStore> store = store::make_memory_state_store(),
              const base::Clock* clock = nullptr) {
    if (clock == nullptr) clock = &clock_;
    run(service_->stop());
    auto opened = service::BatchService::open(context_.get_executor(), workers_, *clock, std::move(store), options);
    api_.reset();
    service_ = std::move(opened).value();
    service_->start([this](const core::Notice& notice) { notices_.push_back(notice); });
    std::vector<Account> accounts;
    accounts.push_back(
        {.name = std::string{kAccountName}, .keys = {key_}, .service = service_.get(), .nodes_directory = directory_});
    api_ = std::make_unique<RestApi>(Surroundings{.clock = &clock_, .workers = &workers_}, std::move(accounts));
  }
  Reply refused(http::Refusal refusal) {
    const auto made = request("GET", "/pools?" + std::string{kVersionQuery});
    const auto response = api_->refuse(refusal, made, "explained");
    return {response.status, response.reason, response.headers, response.text};
  }
  Reply sent_without_length() {
    auto made = request("POST", "/pools?" + std::string{kVersionQuery});
    made.has_body = false;
    made.headers.remove("Content-Length");
    sign(made);
    return send(std::move(made));
  }
  Reply signed_for_another() {
    auto made = request("GET", "/pools?" + std::string{kVersionQuery});
    sign(made);
    made.query += "&maxresults=1";
    return send(std::move(made));
  }
  /// The disk does not answer within the request's timeout of one second.
  Reply waited_for_the_disk() {
    auto script = std::make_shared<fakes::CommitScript>();
    reopen({}, std::make_unique<fakes::ScriptedStateStore>(script));
    script->hold();
    auto reply = post("/pools?api-version=2022-10-01.16.0&timeout=1", pool_body());
    script->release();
    return reply;
  }
  Reply after_the_service_stopped() {
    run(service_->stop());
    return get("/pools");
  }
  void write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << text;
  }
};

}  // namespace emulator::rest
