// Reports: kept, batched, repeated, until they are acknowledged.
#include "nodeagent/link.h"

#include "tests/unit/agent/fixture.h"

namespace nodeagent {
namespace {

namespace node = wire::node;

class LinkTest : public testing::Test {
 protected:
  LinkTest() : emulator_(loop_.io.get_executor()), link_(make()) { loop_.spawn(link_.run()); }

  Link make() {
    return Link(loop_.io.get_executor(), loop_.clock, emulator_.post(),
                [this](Verdict verdict) { verdicts_.push_back(verdict); });
  }
  void acknowledge_everything() {
    emulator_.on(node::kReportPath, [](const std::string& body) -> std::optional<base::Result<Answer>> {
      return ok(node::encode(node::Acknowledged{node::decode_reports(body)->reports.back().number}));
    });
  }
  static node::TaskFinished finished(const std::string& task) {
    node::TaskFinished report;
    report.run = {"job", task, 1};
    return report;
  }
  node::Reports sent(std::size_t at) { return node::decode_reports(emulator_.requests.at(at).second).value(); }

  Loop loop_;
  ScriptedEmulator emulator_;
  std::vector<Verdict> verdicts_;
  Link link_;
};

TEST_F(LinkTest, NothingIsSentBeforeRegistration) {
  link_.report(finished("a"));
  loop_.settle();
  EXPECT_TRUE(emulator_.requests.empty());
  EXPECT_EQ(link_.unacknowledged(), 1U);
}

TEST_F(LinkTest, AnAcknowledgedReportIsForgotten) {
  acknowledge_everything();
  link_.registered("s");
  link_.report(finished("a"));
  loop_.until([this] { return link_.unacknowledged() == 0; });
  EXPECT_EQ(sent(0).session, "s");
  EXPECT_EQ(sent(0).reports.at(0).number, 1U);
}

TEST_F(LinkTest, WhatComesWhileAMessageIsOnItsWayGoesIntoTheNextOne) {
  link_.registered("s");
  link_.report(finished("a"));
  loop_.until([this] { return emulator_.requests.size() == 1; });
  link_.report(finished("b"));
  link_.report(finished("c"));
  loop_.settle();
  EXPECT_EQ(emulator_.requests.size(), 1U);
  acknowledge_everything();
  loop_.until([this] { return link_.unacknowledged() == 0; });
  ASSERT_EQ(emulator_.requests.size(), 2U);
  EXPECT_EQ(sent(1).reports.size(), 2U);
  EXPECT_EQ(sent(1).reports.at(0).number, 2U);
}

TEST_F(LinkTest, AMessageHasAtMostSoManyReports) {
  acknowledge_everything();
  for (std::size_t i = 0; i < node::kMostPerMessage + 1; ++i) link_.report(finished(std::to_string(i)));
  link_.registered("s");
  loop_.until([this] { return link_.unacknowledged() == 0; });
  ASSERT_EQ(emulator_.requests.size(), 2U);
  EXPECT_EQ(sent(0).reports.size(), node::kMostPerMessage);
}

TEST_F(LinkTest, AReportIsSentAgainWhenNoAnswerCame) {
  int failures = 2;
  emulator_.on(node::kReportPath, [&failures](const std::string& body) -> std::optional<base::Result<Answer>> {
    if (failures-- > 0) return no_connection();
    return ok(node::encode(node::Acknowledged{node::decode_reports(body)->reports.back().number}));
  });
  link_.registered("s");
  link_.report(finished("a"));
  loop_.until([this] { return link_.unacknowledged() == 0; });
  ASSERT_EQ(emulator_.requests.size(), 3U);
  EXPECT_EQ(sent(2).reports.at(0).number, 1U);
  EXPECT_TRUE(verdicts_.empty());
}

TEST_F(LinkTest, OnlyWhatWasAcknowledgedIsForgotten) {
  link_.report(finished("a"));
  link_.report(finished("b"));
  bool once = true;
  emulator_.on(node::kReportPath, [&once](const std::string&) -> std::optional<base::Result<Answer>> {
    return ok(node::encode(node::Acknowledged{std::exchange(once, false) ? 1U : 2U}));
  });
  link_.registered("s");
  loop_.until([this] { return link_.unacknowledged() == 0; });
  EXPECT_EQ(sent(1).reports.at(0).number, 2U);
}

TEST_F(LinkTest, AfterARestartOfTheEmulatorReportsWaitForTheNewRegistration) {
  emulator_.on(node::kReportPath, [](const std::string& body) -> std::optional<base::Result<Answer>> {
    const auto message = node::decode_reports(body).value();
    if (message.session == "old") return Answer{409, ""};
    return ok(node::encode(node::Acknowledged{message.reports.back().number}));
  });
  link_.registered("old");
  link_.report(finished("a"));
  loop_.until([this] { return verdicts_ == std::vector{Verdict::register_again}; });
  loop_.settle();
  EXPECT_EQ(emulator_.requests.size(), 1U);
  EXPECT_EQ(link_.unacknowledged_runs(), (std::vector<node::TaskRun>{{"job", "a", 1}}));
  link_.registered("new");
  loop_.until([this] { return link_.unacknowledged() == 0; });
  EXPECT_EQ(sent(1).session, "new");
}

TEST_F(LinkTest, ARefusalForGoodIsPassedOn) {
  emulator_.on(node::kReportPath, [](const std::string&) -> std::optional<base::Result<Answer>> {
    return Answer{401, ""};
  });
  link_.registered("s");
  link_.report(finished("a"));
  loop_.until([this] { return verdicts_ == std::vector{Verdict::end}; });
}

TEST_F(LinkTest, AStartTaskThatIsNotAcknowledgedIsKnown) {
  link_.report(node::StartTaskStarted{});
  EXPECT_FALSE(link_.start_task_unacknowledged());
  link_.report(node::StartTaskFinished{});
  EXPECT_TRUE(link_.start_task_unacknowledged());
}

TEST(BackoffTest, WaitsDoubleUpToTheLongestAndBeginAnew) {
  Backoff backoff;
  EXPECT_EQ(backoff.next(), kFirstRetryWait);
  EXPECT_EQ(backoff.next(), kFirstRetryWait * 2);
  for (int i = 0; i < 20; ++i) (void)backoff.next();
  EXPECT_EQ(backoff.next(), kLongestRetryWait);
  backoff.reset();
  EXPECT_EQ(backoff.next(), kFirstRetryWait);
}

}  // namespace
}  // namespace nodeagent
