// The agent's life against an emulator that plays a script.
#include "nodeagent/agent.h"

#include "tests/unit/agent/fixture.h"

#include <gmock/gmock.h>

namespace nodeagent {
namespace {

namespace node = wire::node;
using testing::ElementsAre;
using Reply = std::optional<base::Result<Answer>>;

class AgentTest : public testing::Test {
 protected:
  AgentTest() : emulator_(loop_.io.get_executor()), tasks_(loop_.io.get_executor()) {
    settings_.session = "one";
    emulator_.on(node::kRegisterPath, [this](const std::string&) -> Reply { return ok(node::encode(settings_)); });
    emulator_.on(node::kFetchPath, [this](const std::string& body) { return fetch(body); });
    emulator_.on(node::kReportPath, [](const std::string& body) -> Reply {
      return ok(node::encode(node::Acknowledged{node::decode_reports(body)->reports.back().number}));
    });
    AgentSurroundings surroundings;
    surroundings.post = emulator_.post();
    surroundings.last_heard = [this] { return last_heard_; };
    surroundings.actions = tasks_.actions();
    surroundings.settle = [this](const node::NodeSettings& settings) -> base::Result<void> {
      settled_.push_back(settings.session);
      return {};
    };
    node::Handover identity;
    identity.pool_id = "pool";
    identity.node_id = "node";
    identity.incarnation = 3;
    agent_.emplace(loop_.io.get_executor(), loop_.clock, std::move(identity), std::move(surroundings));
    loop_.spawn(live(*agent_, ended_));
  }
  ~AgentTest() override {
    agent_->drain("the test is over");
    tasks_.wake();
    loop_.until([this] { return ended_; });
  }

  static base::Async<void> live(Agent& agent, bool& ended) {
    co_await agent.run();
    ended = true;
  }
  Reply fetch(const std::string& body) {
    const auto asked = node::decode_fetch(body).value();
    if (asked.session != settings_.session) return Answer{409, ""};
    node::Orders message;
    for (const auto& order : orders_) {
      if (order.number > asked.last_order) message.orders.push_back(order);
    }
    if (message.orders.empty()) return std::nullopt;
    return ok(node::encode(message));
  }
  void order(node::OrderBody body) {
    orders_.push_back({++last_number_, std::move(body)});
    emulator_.again();
  }
  [[nodiscard]] node::Registration registration() const {
    return node::decode_registration(emulator_.last(node::kRegisterPath)).value();
  }

  Loop loop_;
  ScriptedEmulator emulator_;
  HeldTasks tasks_;
  node::NodeSettings settings_;
  std::vector<node::Order> orders_;
  std::uint64_t last_number_ = 0;
  std::vector<std::string> settled_;
  base::SteadyTime last_heard_ = base::SystemClock().steady_now();
  std::optional<Agent> agent_;
  bool ended_ = false;
};

TEST_F(AgentTest, ItRegistersAsWhoItIs) {
  loop_.until([this] { return emulator_.count(node::kFetchPath) == 1; });
  EXPECT_EQ(registration().pool_id, "pool");
  EXPECT_EQ(registration().incarnation, 3U);
  EXPECT_FALSE(registration().known_before);
  EXPECT_THAT(settled_, ElementsAre("one"));
}

TEST_F(AgentTest, ATaskIsFetchedRunAndReported) {
  order(order_for("a"));
  tasks_.end("a#1", 0);
  loop_.until([this] { return emulator_.count(node::kReportPath) == 1; });
  const auto reports = node::decode_reports(emulator_.last(node::kReportPath)).value();
  EXPECT_EQ(reports.session, "one");
  EXPECT_EQ(std::get<node::TaskFinished>(reports.reports.at(0).body).run, (node::TaskRun{"job", "a", 1}));
}

TEST_F(AgentTest, ThePreparationOfTheNodeIsReported) {
  tasks_.preparation_failure = node::Failure{.code = "ApplicationPackageError", .message = "m", .details = {}};
  node::PrepareNode preparation;
  preparation.packages.emplace_back();
  order(preparation);
  loop_.until([this] { return emulator_.count(node::kReportPath) == 1; });
  EXPECT_THAT(tasks_.happened, ElementsAre("prepare 1"));
  const auto reports = node::decode_reports(emulator_.last(node::kReportPath)).value();
  EXPECT_EQ(std::get<node::NodePrepared>(reports.reports.at(0).body).failure->code, "ApplicationPackageError");
}

TEST_F(AgentTest, TheNextFetchAcknowledgesTheOrdersOfTheLast) {
  order(order_for("a"));
  order(order_for("b"));
  loop_.until([this] {
    const auto last = emulator_.last(node::kFetchPath);
    return !last.empty() && node::decode_fetch(last)->last_order == 2;
  });
}

TEST_F(AgentTest, ItTriesAgainUntilTheEmulatorAnswers) {
  int failures = 3;
  emulator_.on(node::kRegisterPath, [this, &failures](const std::string&) -> Reply {
    if (failures-- > 0) return no_connection();
    return ok(node::encode(settings_));
  });
  loop_.until([this] { return emulator_.count(node::kFetchPath) == 1; });
  EXPECT_EQ(emulator_.count(node::kRegisterPath), 4U);
}

TEST_F(AgentTest, ARestartedEmulatorHearsWhatIsRunning) {
  order(order_for("a"));
  loop_.until([this] { return !tasks_.happened.empty(); });
  settings_.session = "two";
  emulator_.again();
  loop_.until([this] { return settled_.size() == 2; });
  EXPECT_TRUE(registration().known_before);
  EXPECT_EQ(registration().last_order, 1U);
  EXPECT_THAT(registration().running, ElementsAre(node::TaskRun{"job", "a", 1}));
  tasks_.end("a#1", 0);
  loop_.until([this] { return emulator_.count(node::kReportPath) == 1; });
  EXPECT_EQ(node::decode_reports(emulator_.last(node::kReportPath))->session, "two");
}

TEST_F(AgentTest, ARunWhoseReportWasNotAcknowledgedCountsAsRunning) {
  emulator_.on(node::kReportPath, [](const std::string&) -> Reply { return no_connection(); });
  order(order_for("a"));
  tasks_.end("a#1", 0);
  loop_.until([this] { return emulator_.count(node::kReportPath) > 0; });
  settings_.session = "two";
  emulator_.again();
  loop_.until([this] { return settled_.size() == 2; });
  EXPECT_THAT(registration().running, ElementsAre(node::TaskRun{"job", "a", 1}));
}

TEST_F(AgentTest, OrdersThatComeTwiceAreCarriedOutOnce) {
  order(order_for("a"));
  loop_.until([this] { return tasks_.happened.size() == 1; });
  orders_.push_back({1, order_for("b")});
  order(order_for("c"));
  loop_.until([this] { return tasks_.happened.size() == 2; });
  EXPECT_THAT(tasks_.happened, ElementsAre("begin a#1", "begin c#1"));
}

TEST_F(AgentTest, AnUnknownTokenEndsIt) {
  order(order_for("a"));
  loop_.until([this] { return !tasks_.happened.empty(); });
  emulator_.on(node::kFetchPath, [](const std::string&) -> Reply { return Answer{401, ""}; });
  loop_.until([this] {
    tasks_.wake();
    return ended_;
  });
  EXPECT_EQ(emulator_.count(node::kReportPath), 0U);
}

TEST_F(AgentTest, AnotherProtocolVersionEndsIt) {
  settings_.session = "two";
  emulator_.on(node::kRegisterPath, [](const std::string&) -> Reply { return Answer{426, ""}; });
  loop_.until([this] { return ended_; });
}

TEST_F(AgentTest, TheOrderToShutDownEndsItAfterTheLastReports) {
  order(order_for("a"));
  tasks_.end("a#1", 0);
  order(node::ShutDown{});
  loop_.until([this] { return ended_; });
  EXPECT_EQ(emulator_.count(node::kReportPath), 1U);
}

TEST_F(AgentTest, WithoutTheEmulatorForTooLongItEndsItsTasksAndItself) {
  order(order_for("a"));
  loop_.until([this] { return !tasks_.happened.empty(); });
  emulator_.on(node::kFetchPath, [](const std::string&) -> Reply { return no_connection(); });
  last_heard_ -= settings_.emulator_away_limit;
  loop_.until([this] {
    tasks_.wake();
    return ended_;
  });
  EXPECT_THAT(tasks_.happened, ElementsAre("begin a#1", "end a#1"));
}

TEST_F(AgentTest, AnEmulatorThatIsAwayBrieflyIsWaitedFor) {
  order(order_for("a"));
  loop_.until([this] { return !tasks_.happened.empty(); });
  emulator_.on(node::kFetchPath, [](const std::string&) -> Reply { return no_connection(); });
  loop_.until([this] { return emulator_.count(node::kFetchPath) >= 4; });
  EXPECT_FALSE(ended_);
  EXPECT_THAT(tasks_.happened, ElementsAre("begin a#1"));
}

}  // namespace
}  // namespace nodeagent
