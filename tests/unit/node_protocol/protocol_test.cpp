// The node protocol's texts: what is written is read back, and what is malformed is refused by name.
#include "wire/node/protocol.h"

#include <gtest/gtest.h>

namespace wire::node {
namespace {

template <class Decoded>
std::error_code code_of(const base::Result<Decoded>& decoded) {
  return decoded.has_error() ? decoded.error().code : std::error_code{};
}

RunTask full_task() {
  RunTask task;
  task.run = {"job", "task", 7};
  task.command_line = "/bin/sh -c \"echo \xc3\xa4\"";
  task.environment = {{"A", "1"}, {"B", ""}};
  task.resource_files = {{.http_url = "http://h/c/b", .file_path = "in", .file_mode = "0644"}};
  task.output_files = {{.file_pattern = "**/*.mp3",
                        .container_url = "http://h/out",
                        .path = "p",
                        .upload_headers = {{"x-ms-blob-content-type", "audio/mpeg"}},
                        .condition = UploadCondition::task_success}};
  task.max_wall_clock = std::chrono::milliseconds(1500);
  task.isolate = true;
  task.preparation_task = "prep";
  return task;
}

TEST(NodeProtocolTest, ARegistrationIsReadBack) {
  Registration sent;
  sent.pool_id = "p";
  sent.node_id = "n";
  sent.incarnation = std::numeric_limits<std::uint64_t>::max();
  sent.pid = 4711;
  sent.agent_version = "0.1.0";
  sent.running = {{"j", "t", 3}};
  sent.start_task_running = true;
  sent.known_before = true;
  sent.last_order = 12;
  const auto read = decode_registration(encode(sent)).value();
  EXPECT_EQ(read.incarnation, sent.incarnation);
  EXPECT_EQ(read.pid, 4711);
  EXPECT_EQ(read.running, sent.running);
  EXPECT_TRUE(read.start_task_running);
  EXPECT_TRUE(read.known_before);
  EXPECT_EQ(read.last_order, 12U);
}

TEST(NodeProtocolTest, SettingsAreReadBack) {
  NodeSettings sent;
  sent.account_name = "devbatch";
  sent.session = "s";
  sent.dedicated = false;
  sent.storage_accounts = {"a", "b"};
  sent.blob_endpoint = "127.0.0.1:10000";
  sent.task_kill_grace = std::chrono::milliseconds(250);
  sent.task_slots = 4;
  sent.proxy = wire::ProxySettings{.port = 4711,
                                   .session = "s1",
                                   .secret = "secret",
                                   .ca_certificate = "/d/ca.pem",
                                   .ca_bundle = "/d/bundle.pem",
                                   .ca_java_store = "/d/ca.p12"};
  const auto read = decode_node_settings(encode(sent)).value();
  ASSERT_TRUE(read.proxy);
  EXPECT_EQ(read.proxy->port, 4711);
  EXPECT_EQ(read.proxy->secret, "secret");
  EXPECT_EQ(read.proxy->ca_java_store, "/d/ca.p12");
  EXPECT_FALSE(decode_node_settings(encode(NodeSettings{}))->proxy);
  EXPECT_EQ(read.account_name, "devbatch");
  EXPECT_FALSE(read.dedicated);
  EXPECT_EQ(read.storage_accounts, sent.storage_accounts);
  EXPECT_EQ(read.task_kill_grace, std::chrono::milliseconds(250));
  EXPECT_EQ(read.task_slots, 4);
}

TEST(NodeProtocolTest, EveryKindOfOrderIsReadBack) {
  Orders sent;
  RunStartTask start;
  start.command_line = "true";
  start.max_retries = -1;
  start.elevated = true;
  sent.orders = {
      {1, start}, {2, full_task()}, {3, StopTask{{"j", "t", 1}}}, {4, RemoveTaskFiles{"j", "t"}}, {5, ShutDown{}}};
  const auto read = decode_orders(encode(sent)).value();
  ASSERT_EQ(read.orders.size(), 5U);
  EXPECT_EQ(std::get<RunStartTask>(read.orders[0].body).max_retries, -1);
  const auto& task = std::get<RunTask>(read.orders[1].body);
  EXPECT_EQ(task.preparation_task, "prep");
  EXPECT_EQ(task.run, full_task().run);
  EXPECT_EQ(task.command_line, full_task().command_line);
  EXPECT_EQ(task.environment, full_task().environment);
  EXPECT_EQ(task.resource_files.at(0).file_mode, "0644");
  EXPECT_EQ(task.output_files.at(0).condition, UploadCondition::task_success);
  EXPECT_EQ(task.output_files.at(0).upload_headers, full_task().output_files[0].upload_headers);
  EXPECT_EQ(task.max_wall_clock, std::chrono::milliseconds(1500));
  EXPECT_TRUE(task.isolate);
  EXPECT_EQ(std::get<StopTask>(read.orders[2].body).run.attempt, 1U);
  EXPECT_EQ(std::get<RemoveTaskFiles>(read.orders[3].body).task_id, "t");
  EXPECT_TRUE(std::holds_alternative<ShutDown>(read.orders[4].body));
  EXPECT_EQ(read.orders[4].number, 5U);
}

TEST(NodeProtocolTest, PackagesAndCertificatesAreReadBack) {
  PrepareNode sent;
  sent.packages = {{.application_id = "App", .version = "1.0", .by_default = true, .edition = "7", .url = "http://x"}};
  sent.certificates = {{.thumbprint = "aa", .pfx = true, .data = "ZA==", .password = "p", .for_tasks = false}};
  auto task = full_task();
  task.packages = sent.packages;
  Orders message;
  message.orders = {{1, sent}, {2, task}};
  const auto read = decode_orders(encode(message)).value();
  const auto& prepare = std::get<PrepareNode>(read.orders.at(0).body);
  EXPECT_EQ(prepare.packages.at(0).application_id, "App");
  EXPECT_EQ(prepare.packages.at(0).version, "1.0");
  EXPECT_TRUE(prepare.packages.at(0).by_default);
  EXPECT_EQ(prepare.packages.at(0).edition, "7");
  EXPECT_EQ(prepare.packages.at(0).url, "http://x");
  const auto& certificate = prepare.certificates.at(0);
  EXPECT_EQ(certificate.thumbprint, "aa");
  EXPECT_TRUE(certificate.pfx);
  EXPECT_EQ(certificate.data, "ZA==");
  EXPECT_EQ(certificate.password, "p");
  EXPECT_TRUE(certificate.for_start_task);
  EXPECT_FALSE(certificate.for_tasks);
  EXPECT_EQ(std::get<RunTask>(read.orders.at(1).body).packages.size(), 1U);

  Reports reports;
  reports.session = "s";
  reports.reports = {{1, NodePrepared{}}, {2, NodePrepared{Failure{false, "ApplicationPackageError", "m", {}}}}};
  const auto said = decode_reports(encode(reports)).value();
  EXPECT_FALSE(std::get<NodePrepared>(said.reports.at(0).body).failure);
  EXPECT_EQ(std::get<NodePrepared>(said.reports.at(1).body).failure->code, "ApplicationPackageError");
}

TEST(NodeProtocolTest, OrdersEncodedApartJoinToTheSameMessage) {
  Orders message;
  message.orders = {{1, full_task()}, {2, ShutDown{}}};
  const std::vector<std::string> apart = {encode(message.orders[0]), encode(message.orders[1])};
  const auto joined = decode_orders(join_orders(apart)).value();
  EXPECT_EQ(encode(joined), encode(message));
  EXPECT_TRUE(decode_orders(join_orders({})).value().orders.empty());
}

TEST(NodeProtocolTest, EveryKindOfReportIsReadBack) {
  const base::Timestamp now{base::Ticks(17'000'000'000'000'001)};
  Reports sent;
  sent.session = "s";
  StartTaskFinished started;
  started.started = now;
  started.failure = Failure{false, "DiskFull", "no space", {{"Message", "x"}}};
  started.last_retry = now;
  TaskFinished finished;
  finished.run = {"j", "t", 2};
  finished.end = RunEnd::wall_clock_expired;
  finished.ended = now;
  finished.exit_code = -9;
  finished.usage = {
      .user_cpu = 1, .kernel_cpu = 2, .read_operations = 3, .write_operations = 4, .read_bytes = 5, .written_bytes = 6};
  sent.reports = {{1, StartTaskStarted{now, 2}}, {2, started}, {3, finished}};
  const auto read = decode_reports(encode(sent)).value();
  ASSERT_EQ(read.reports.size(), 3U);
  EXPECT_EQ(std::get<StartTaskStarted>(read.reports[0].body).at, now);
  const auto& start = std::get<StartTaskFinished>(read.reports[1].body);
  EXPECT_EQ(start.failure, started.failure);
  EXPECT_EQ(start.last_retry, now);
  EXPECT_FALSE(start.exit_code);
  const auto& task = std::get<TaskFinished>(read.reports[2].body);
  EXPECT_EQ(task.end, RunEnd::wall_clock_expired);
  EXPECT_EQ(task.exit_code, -9);
  EXPECT_EQ(task.usage, finished.usage);
  EXPECT_FALSE(task.failure);
}

TEST(NodeProtocolTest, SmallMessagesAreReadBack) {
  EXPECT_EQ(decode_fetch(encode(Fetch{"s", 9, std::chrono::milliseconds(100)})).value().last_order, 9U);
  EXPECT_EQ(decode_acknowledged(encode(Acknowledged{5})).value().last_report, 5U);
  EXPECT_EQ(decode_endpoint(R"({"batch_url":"http://127.0.0.1:1"})").value().batch_url, "http://127.0.0.1:1");
  EXPECT_EQ(decode_handover(encode(Handover{1, "p", "n", 3, "secret"})).value().token, "secret");
}

TEST(NodeProtocolTest, TheVersionIsReadFromMessagesOfOtherVersions) {
  EXPECT_EQ(protocol_of(encode(Registration{})), kProtocolVersion);
  EXPECT_EQ(protocol_of(encode(Handover{})), kProtocolVersion);
  EXPECT_EQ(protocol_of(R"({"protocol":7,"nobody":"knows"})"), 7);
  for (const auto* text : {"", "[]", "{}", R"({"protocol":"2"})", "{\"protocol\":2"}) {
    EXPECT_EQ(protocol_of(text), std::nullopt) << text;
  }
}

TEST(NodeProtocolTest, TextThatIsNotUtf8TravelsWithReplacements) {
  Reports sent;
  TaskFinished finished;
  finished.failure = Failure{true, "c", "file \xff", {}};
  sent.reports = {{1, finished}};
  EXPECT_EQ(std::get<TaskFinished>(decode_reports(encode(sent)).value().reports[0].body).failure->message,
            "file \xef\xbf\xbd");
}

TEST(NodeProtocolTest, WhatIsNotJsonIsRefused) {
  for (const auto* text : {"", "{", "[]", "null", "{\"session\":\"s\"} x", "\xff"}) {
    EXPECT_EQ(code_of(decode_fetch(text)), base::Errc::invalid_argument) << text;
  }
}

TEST(NodeProtocolTest, AMissingMemberIsNamed) {
  const auto read = decode_fetch(R"({"session":"s","waitMs":1})");
  ASSERT_EQ(code_of(read), base::Errc::invalid_argument);
  EXPECT_NE(read.error().message.find("lastOrder"), std::string::npos);
}

TEST(NodeProtocolTest, AnUnknownMemberIsRefused) {
  EXPECT_EQ(code_of(decode_fetch(R"({"session":"s","lastOrder":1,"waitMs":1,"more":1})")),
            base::Errc::invalid_argument);
  EXPECT_EQ(code_of(decode_orders(R"({"orders":[{"number":1,"order":{"kind":"shutDown","now":true}}]})")),
            base::Errc::invalid_argument);
}

TEST(NodeProtocolTest, NumbersOutOfRangeAreRefused) {
  for (const auto* text : {R"({"lastReport":-1})", R"({"lastReport":1.5})", R"({"lastReport":"1"})",
                           R"({"lastReport":18446744073709551616})"}) {
    EXPECT_EQ(code_of(decode_acknowledged(text)), base::Errc::invalid_argument) << text;
  }
  EXPECT_EQ(code_of(decode_fetch(R"({"session":"s","lastOrder":1,"waitMs":-1})")), base::Errc::invalid_argument);
  EXPECT_EQ(code_of(decode_fetch(R"({"session":"s","lastOrder":1,"waitMs":9223372036854775807})")),
            base::Errc::invalid_argument);
}

TEST(NodeProtocolTest, UnknownKindsAndWordsAreRefused) {
  EXPECT_EQ(code_of(decode_orders(R"({"orders":[{"number":1,"order":{"kind":"explode"}}]})")),
            base::Errc::invalid_argument);
  EXPECT_EQ(code_of(decode_orders(R"({"orders":[{"number":1,"order":{}}]})")), base::Errc::invalid_argument);
  auto text = encode(Reports{"s", {{1, TaskFinished{}}}});
  text.replace(text.find("exited"), 6, "exit??");
  EXPECT_EQ(code_of(decode_reports(text)), base::Errc::invalid_argument);
}

TEST(NodeProtocolTest, MoreItemsThanAMessageMayHaveAreRefused) {
  Orders many;
  for (std::uint64_t number = 1; number <= kMostPerMessage + 1; ++number) many.orders.push_back({number, ShutDown{}});
  EXPECT_EQ(code_of(decode_orders(encode(many))), base::Errc::too_large);
  many.orders.pop_back();
  EXPECT_TRUE(decode_orders(encode(many)).has_value());
}

TEST(NodeProtocolTest, AnOverlongMessageIsRefusedUnread) {
  EXPECT_EQ(code_of(decode_fetch(std::string(kLargestMessage + 1, ' '))), base::Errc::too_large);
}

}  // namespace
}  // namespace wire::node
