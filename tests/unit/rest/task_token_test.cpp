// Task authentication tokens: for which requests they are good, and for whom (contract 2.3).
#include "emulator/rest/task_token.h"

#include "emulator/rest/documents.h"
#include "tests/unit/rest/rest_fixture.h"
#include "wire/shared_key.h"

namespace emulator::rest {
namespace {

using nlohmann::json;

const TaskToken kToken{
    .task = {core::JobId{"Job"}, core::TaskId{"Task"}}, .attempt = 7, .job_created = core::Timestamp{core::Ticks{123}}};

TEST(TaskTokenTextTest, ComesBackAsItWasPrinted) {
  const auto text = print_task_token("DevBatch", "key", kToken);
  const auto back = parse_task_token("devbatch", {"other", "key"}, text);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->task, kToken.task);
  EXPECT_EQ(back->attempt, 7U);
  EXPECT_EQ(back->job_created, kToken.job_created);
}

TEST(TaskTokenTextTest, IsTheSameInEveryProcess) {
  EXPECT_EQ(print_task_token("a", "key", kToken), print_task_token("a", "key", kToken));
}

TEST(TaskTokenTextTest, AnotherKeyOrAccountDoesNotAcceptIt) {
  const auto text = print_task_token("a", "key", kToken);
  EXPECT_EQ(parse_task_token("a", {"other"}, text).error().code, wire::SharedKeyErrc::refused);
  EXPECT_EQ(parse_task_token("b", {"key"}, text).error().code, wire::SharedKeyErrc::refused);
}

TEST(TaskTokenTextTest, EveryChangedCharacterIsNoticed) {
  const auto text = print_task_token("a", "key", kToken);
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(parse_task_token("a", {"key"}, changed)) << i;
  }
  for (const auto* text_of_others : {"", ".", "a", "a.b", "eyJhbGciOi.eyJhdWQi.sig"}) {
    EXPECT_FALSE(parse_task_token("a", {"key"}, text_of_others)) << text_of_others;
  }
}

TEST(TaskTokenTextTest, IsAskedForByAccessToTheJob) {
  core::TaskRecord task;
  const auto asks = [&](const json& document) {
    task.document = make_document(document);
    return asks_for_token(task);
  };
  EXPECT_TRUE(asks({{"authenticationTokenSettings", {{"access", {"job"}}}}}));
  EXPECT_FALSE(asks({{"authenticationTokenSettings", {{"access", json::array()}}}}));
  EXPECT_FALSE(asks({{"commandLine", "authenticationTokenSettings"}}));
  EXPECT_FALSE(asks(json::object()));
}

class TaskTokenTest : public RestTest {
 protected:
  void SetUp() override {
    add_pool("p", 1);
    node_ = join_first_node();
    add_job();
    add_job("other");
    auto task = task_body();
    task["authenticationTokenSettings"] = {{"access", {"job"}}};
    ASSERT_EQ(call("POST", "/jobs/j/tasks", task).status, 201);
    settle();
    token_ = token_of(1);
  }
  std::string token_of(core::Attempt attempt) {
    core::Timestamp created{};
    auto look = [](const core::Batch& batch) { return batch.find_job(core::JobId{"j"})->created; };
    created = run(service_->read(look)).value();
    return print_task_token(
        kAccountName, key_,
        {.task = {core::JobId{"j"}, core::TaskId{"t"}}, .attempt = attempt, .job_created = created});
  }
  Reply with_token(const std::string& method, std::string target, const std::string& body = {}) {
    if (target.find('?') == std::string::npos) target += "?" + std::string{kVersionQuery};
    return send(request(method, target, body, {{"Authorization", "Bearer " + token_}}));
  }

  core::NodeKey node_;
  std::string token_;
};

TEST_F(TaskTokenTest, ReachesTheJobOfTheTaskItsTasksAndFiles) {
  EXPECT_EQ(with_token("GET", "/jobs/j").status, 200);
  EXPECT_EQ(with_token("GET", "/jobs/J").status, 200);
  EXPECT_EQ(with_token("PATCH", "/jobs/j", R"({"priority":5})").status, 200);
  EXPECT_EQ(with_token("POST", "/jobs/j/tasks", task_body("more").dump()).status, 201);
  const json collection{{"value", {task_body("a"), task_body("b")}}};
  EXPECT_EQ(with_token("POST", "/jobs/j/addtaskcollection", collection.dump()).status, 200);
  EXPECT_EQ(with_token("GET", "/jobs/j/tasks").json()["value"].size(), 4U);
  EXPECT_EQ(with_token("GET", "/jobs/j/taskcounts").status, 200);
  EXPECT_EQ(with_token("GET", "/jobs/j/tasks/t/files").code(), "TaskFilesUnavailable");
  EXPECT_EQ(with_token("DELETE", "/jobs/j/tasks/more").status, 200);
  EXPECT_EQ(with_token("POST", "/jobs/j/disable", R"({"disableTasks":"wait"})").status, 202);
}

TEST_F(TaskTokenTest, IsRefusedElsewhere) {
  for (const auto* target : {"/jobs/other", "/jobs", "/pools", "/pools/p", "/jobs/other/tasks", "/nodecounts"}) {
    const auto reply = with_token("GET", target);
    EXPECT_EQ(reply.status, 403) << target;
    EXPECT_EQ(reply.code(), "InsufficientAccountPermissions") << target;
  }
  EXPECT_EQ(with_token("POST", "/jobs", job_body("new").dump()).status, 403);
  EXPECT_EQ(with_token("DELETE", "/jobs/other").status, 403);
}

TEST_F(TaskTokenTest, IsGoodWhileTheTaskRuns) {
  finish_task("t");
  const auto reply = with_token("GET", "/jobs/j");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.code(), "AuthenticationFailed");
}

TEST_F(TaskTokenTest, OfAnotherAttemptIsRefused) {
  token_ = token_of(2);
  EXPECT_EQ(with_token("GET", "/jobs/j").code(), "AuthenticationFailed");
}

TEST_F(TaskTokenTest, OfAnEarlierJobOfTheSameNameIsRefused) {
  ASSERT_EQ(call("DELETE", "/jobs/j").status, 202);
  finish_task("t");
  for (int i = 0; i < 100 && call("GET", "/jobs/j").status != 404; ++i) settle();
  add_job();
  add_task();
  settle();
  EXPECT_EQ(call("GET", "/jobs/j/tasks/t").json()["state"], "running");
  EXPECT_EQ(with_token("GET", "/jobs/j").code(), "AuthenticationFailed");
}

TEST_F(TaskTokenTest, AForgedTokenIsRefused) {
  key_ = "another key";
  token_ = token_of(1);
  const auto reply = with_token("GET", "/jobs/j");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.code(), "AuthenticationFailed");
}

TEST_F(TaskTokenTest, ATokenOfAnotherIssuerIsInvalid) {
  token_ = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJiYXRjaCJ9.c2ln";
  const auto reply = with_token("GET", "/jobs/j");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "InvalidAuthenticationInfo");
}

}  // namespace
}  // namespace emulator::rest
