// What a node has under way, and the order in which things happen to one task.
#include "nodeagent/runs.h"

#include "tests/unit/agent/fixture.h"

#include <gmock/gmock.h>

namespace nodeagent {
namespace {

namespace node = wire::node;
using testing::ElementsAre;

class RunsTest : public testing::Test {
 protected:
  RunsTest()
      : tasks_(loop_.io.get_executor()),
        runs_(loop_.io.get_executor(), loop_.clock, tasks_.actions(), report_to()),
        start_task_(loop_.io.get_executor(), loop_.clock, tasks_.actions(), report_to()) {}

  ReportTo report_to() {
    return [this](node::ReportBody report) { reports_.push_back(std::move(report)); };
  }
  [[nodiscard]] std::vector<std::string> ends() const {
    std::vector<std::string> texts;
    for (const auto& report : reports_) {
      const auto* finished = std::get_if<node::TaskFinished>(&report);
      if (finished == nullptr) continue;
      texts.push_back(finished->run.task_id + "#" + std::to_string(finished->run.attempt) +
                      (finished->end == node::RunEnd::stopped ? " stopped" : " exited"));
    }
    return texts;
  }
  void stop(const std::string& task, std::uint64_t attempt = 1) {
    runs_.stop({"job", task, attempt}, false);
    tasks_.wake();
  }

  Loop loop_;
  HeldTasks tasks_;
  std::vector<node::ReportBody> reports_;
  Runs runs_;
  StartTask start_task_;
};

TEST_F(RunsTest, DifferentTasksRunSideBySide) {
  runs_.run(order_for("a"));
  runs_.run(order_for("b"));
  loop_.settle();
  EXPECT_THAT(tasks_.happened, ElementsAre("begin a#1", "begin b#1"));
  EXPECT_EQ(runs_.under_way().size(), 2U);
}

TEST_F(RunsTest, AnEndedRunIsReportedWithItsExitCode) {
  runs_.run(order_for("a"));
  tasks_.end("a#1", 3);
  loop_.settle();
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_EQ(std::get<node::TaskFinished>(reports_[0]).exit_code, 3);
  EXPECT_TRUE(runs_.under_way().empty());
}

TEST_F(RunsTest, AnOrderThatComesTwiceRunsOnce) {
  runs_.run(order_for("a"));
  runs_.run(order_for("A"));
  loop_.settle();
  EXPECT_THAT(tasks_.happened, ElementsAre("begin a#1"));
}

TEST_F(RunsTest, TheNextAttemptBeginsWhenTheEarlierOneHasEnded) {
  runs_.run(order_for("a", 1));
  runs_.run(order_for("a", 2));
  loop_.settle();
  EXPECT_THAT(tasks_.happened, ElementsAre("begin a#1"));
  tasks_.end("a#1");
  loop_.settle();
  EXPECT_THAT(tasks_.happened, ElementsAre("begin a#1", "end a#1", "begin a#2"));
}

TEST_F(RunsTest, FilesAreRemovedBetweenTheRunsTheyStandBetween) {
  runs_.run(order_for("a", 1));
  runs_.remove_files("job", "a");
  runs_.run(order_for("a", 2));
  loop_.settle();
  EXPECT_THAT(tasks_.happened, ElementsAre("begin a#1"));
  tasks_.end("a#1");
  loop_.settle();
  EXPECT_THAT(tasks_.happened, ElementsAre("begin a#1", "end a#1", "remove a", "begin a#2"));
}

TEST_F(RunsTest, AStoppedRunIsReportedWhenItHasEnded) {
  runs_.run(order_for("a"));
  loop_.settle();
  stop("a");
  loop_.settle();
  EXPECT_THAT(ends(), ElementsAre("a#1 stopped"));
}

TEST_F(RunsTest, ARunThatIsStoppedInTheQueueNeverBegins) {
  runs_.run(order_for("a", 1));
  runs_.run(order_for("a", 2));
  stop("a", 2);
  tasks_.end("a#1");
  loop_.settle();
  EXPECT_THAT(tasks_.happened, ElementsAre("begin a#1", "end a#1"));
  EXPECT_THAT(ends(), ElementsAre("a#1 exited", "a#2 stopped"));
}

TEST_F(RunsTest, AnUnknownRunIsReportedAsStoppedAtOnce) {
  stop("nobody", 5);
  EXPECT_THAT(ends(), ElementsAre("nobody#5 stopped"));
}

TEST_F(RunsTest, ARunWhoseEndIsAlreadyReportedIsNotReportedAgain) {
  runs_.stop({"job", "a", 1}, true);
  EXPECT_TRUE(reports_.empty());
}

TEST_F(RunsTest, WhenAllEndsRunsThatAreCutOffAreNotReported) {
  runs_.run(order_for("a"));
  runs_.run(order_for("b"));
  tasks_.end("b#1");
  loop_.settle();
  runs_.stop_all();
  tasks_.wake();
  runs_.run(order_for("c"));
  bool joined = false;
  const auto join = [](Runs& runs, bool& done) -> base::Async<void> {
    co_await runs.join();
    done = true;
  };
  loop_.spawn(join(runs_, joined));
  loop_.until([&joined] { return joined; });
  EXPECT_THAT(ends(), ElementsAre("b#1 exited"));
}

TEST_F(RunsTest, AStartTaskThatSucceedsIsReportedTwice) {
  start_task_.run({});
  tasks_.end("start");
  loop_.settle();
  ASSERT_EQ(reports_.size(), 2U);
  EXPECT_EQ(std::get<node::StartTaskStarted>(reports_[0]).retry_count, 0);
  const auto& finished = std::get<node::StartTaskFinished>(reports_[1]);
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.retry_count, 0);
  EXPECT_FALSE(finished.last_retry);
}

TEST_F(RunsTest, AStartTaskIsRetriedAsOftenAsAllowed) {
  node::RunStartTask order;
  order.max_retries = 2;
  for (int i = 0; i < 3; ++i) tasks_.end("start", 7);
  start_task_.run(order);
  loop_.until([this] { return reports_.size() == 4; });
  const auto& finished = std::get<node::StartTaskFinished>(reports_[3]);
  EXPECT_EQ(finished.exit_code, 7);
  EXPECT_EQ(finished.retry_count, 2);
  EXPECT_TRUE(finished.last_retry);
}

TEST_F(RunsTest, AStartTaskWithoutLimitIsRetriedUntilItSucceeds) {
  node::RunStartTask order;
  order.max_retries = -1;
  for (int i = 0; i < 4; ++i) tasks_.end("start", 1);
  tasks_.end("start", 0);
  start_task_.run(order);
  loop_.until([this] { return reports_.size() == 6; });
  EXPECT_EQ(std::get<node::StartTaskFinished>(reports_[5]).retry_count, 4);
}

TEST_F(RunsTest, AStoppedStartTaskIsNotReported) {
  start_task_.run({});
  loop_.settle();
  EXPECT_TRUE(start_task_.running());
  start_task_.stop();
  tasks_.wake();
  loop_.until([this] { return !start_task_.running(); });
  EXPECT_EQ(reports_.size(), 1U);
}

TEST(StartTaskRetryTest, TheFirstRetriesAreQuickAndTheWaitsAreBounded) {
  EXPECT_EQ(start_task_retry_wait(1), std::chrono::milliseconds(0));
  EXPECT_GT(start_task_retry_wait(4), std::chrono::milliseconds(0));
  EXPECT_EQ(start_task_retry_wait(1'000'000), start_task_retry_wait(100));
}

TEST_F(RunsTest, ACoordinationThatHasFinishedIsReported) {
  runs_.run(order_for("a"));
  loop_.settle();
  tasks_.coordinations.at(0)->finished();
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_EQ(std::get<node::CoordinationFinished>(reports_[0]).run, order_for("a").run);
}

TEST_F(RunsTest, ThePrimaryThatIsMeantMayStart) {
  runs_.run(order_for("a"));
  runs_.run(order_for("b"));
  loop_.settle();
  runs_.start_primary(order_for("b").run);
  EXPECT_FALSE(tasks_.coordinations.at(0)->start.stopped());
  EXPECT_TRUE(tasks_.coordinations.at(1)->start.stopped());
}

TEST_F(RunsTest, AStartOfAPrimaryThatHasEndedIsNothing) {
  runs_.start_primary(order_for("a").run);
  loop_.settle();
  EXPECT_TRUE(reports_.empty());
}

}  // namespace
}  // namespace nodeagent
