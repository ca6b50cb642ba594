// Runs of an instance of a multi-instance task (contract 6.10), with real processes.
#include "task_fixture.h"

#include <gmock/gmock.h>
#include <csignal>

namespace nodeagent::task {
namespace {

using ::testing::HasSubstr;
using wire::node::RunEnd;

class MultiInstanceRunTest : public TaskFixture {
 protected:
  wire::node::RunTask instance(int number, const std::string& coordination, const std::string& command) const {
    auto task = order(command);
    task.multi_instance = wire::node::MultiInstance{
        .instance = number, .coordination_command_line = coordination, .hosts = {"127.1.0.4", "127.1.0.5"}};
    return task;
  }
  void start(wire::node::RunTask task) {
    ending_.reset();
    coordinated_ = 0;
    coordination_ = std::make_shared<Coordination>();
    coordination_->finished = [this] { ++coordinated_; };
    boost::asio::co_spawn(io_, keep(std::move(task)), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }
  base::Async<void> keep(wire::node::RunTask task) {
    auto ending = co_await run_task(context_, std::move(task), stop_, coordination_);
    ending_ = std::move(ending);
  }
  void until_coordinated() {
    until([this] { return coordinated_ > 0; });
    ASSERT_EQ(coordinated_, 1);
  }
  Ending finish() {
    until([this] { return ending_.has_value(); });
    EXPECT_TRUE(ending_.has_value());
    return ending_.value_or(Ending{});
  }
  bool is_alive(const std::filesystem::path& pid_file) const { return ::kill(std::stoi(content(pid_file)), 0) == 0; }

  std::shared_ptr<Coordination> coordination_;
  int coordinated_ = 0;
};

constexpr const char* kLeaveOneRunning = "/bin/sh -c 'sleep 1000 & echo $! > pid; echo coordinated'";

TEST_F(MultiInstanceRunTest, ThePrimaryWaitsAfterItsCoordinationUntilItMayStart) {
  start(instance(0, "/bin/sh -c 'echo coordinated'", "/bin/sh -c 'echo command; exit 4'"));
  until_coordinated();
  EXPECT_FALSE(ending_.has_value());
  EXPECT_EQ(content("stdout.txt"), "coordinated\n");
  coordination_->start.stop();
  const auto ending = finish();
  EXPECT_EQ(ending.end, RunEnd::exited);
  EXPECT_EQ(ending.exit_code, 4);
  EXPECT_EQ(content("stdout.txt"), "coordinated\ncommand\n") << "one file holds what both commands said";
}

TEST_F(MultiInstanceRunTest, WhatTheCoordinationLeftRunningLivesUntilThePrimaryEnds) {
  start(instance(0, kLeaveOneRunning, "/bin/sh -c 'kill -0 $(cat pid)'"));
  until_coordinated();
  EXPECT_TRUE(is_alive("wd/pid"));
  coordination_->start.stop();
  EXPECT_EQ(finish().exit_code, 0) << content("stderr.txt");
  EXPECT_FALSE(is_alive("wd/pid"));
}

TEST_F(MultiInstanceRunTest, ASubtaskStaysWithWhatItLeftRunningUntilItIsStopped) {
  start(instance(1, kLeaveOneRunning, "false"));
  until_coordinated();
  EXPECT_TRUE(is_alive("1/wd/pid"));
  stop_->stop();
  EXPECT_EQ(finish().end, RunEnd::stopped);
  EXPECT_FALSE(is_alive("1/wd/pid"));
}

TEST_F(MultiInstanceRunTest, WhatLivesOnIsNotTakenForLitterOfAnotherRun) {
  start(instance(1, kLeaveOneRunning, "false"));
  until_coordinated();
  auto other = order("true");
  other.run.task_id = "other";
  std::optional<Ending> ended;
  struct Run {
    static base::Async<void> other(NodeContext& context, wire::node::RunTask task, std::optional<Ending>& into) {
      auto ending = co_await run_task(context, std::move(task), std::make_shared<StopSignal>());
      into = std::move(ending);
    }
  };
  run(Run::other(context_, std::move(other), ended));
  EXPECT_EQ(ended->exit_code, 0);
  EXPECT_TRUE(is_alive("1/wd/pid"));
  stop_->stop();
  finish();
}

TEST_F(MultiInstanceRunTest, ACoordinationThatFailsEndsTheRunWithItsExitCode) {
  start(instance(1, "/bin/sh -c 'exit 9'", "true"));
  const auto ending = finish();
  EXPECT_EQ(ending.end, RunEnd::exited);
  EXPECT_EQ(ending.exit_code, 9);
  EXPECT_EQ(coordinated_, 0);
}

TEST_F(MultiInstanceRunTest, ACoordinationCommandThatIsNotFoundIsAPreProcessingError) {
  start(instance(0, "no-such-program", "true"));
  const auto ending = finish();
  EXPECT_EQ(ending.end, RunEnd::pre_processing_error);
  EXPECT_EQ(ending.failure->code, "CommandProgramNotFound");
}

TEST_F(MultiInstanceRunTest, CommonFilesComeIntoTheTasksRootAndOwnFilesIntoTheWorkingDirectory) {
  files_["/common"] = "c";
  files_["/own"] = "o";
  auto task = instance(0, "/bin/sh -c 'cat $AZ_BATCH_TASK_SHARED_DIR/c.txt o.txt'", "true");
  task.multi_instance->common_resource_files = {{.http_url = url("/common"), .file_path = "c.txt"}};
  task.resource_files = {{.http_url = url("/own"), .file_path = "o.txt"}};
  start(std::move(task));
  until_coordinated();
  EXPECT_EQ(content("stdout.txt"), "co");
  coordination_->start.stop();
  finish();
}

TEST_F(MultiInstanceRunTest, AStopDuringTheCoordinationEndsIt) {
  start(instance(0, "/bin/sh -c 'echo $$ > pid; exec sleep 1000'", "true"));
  until([this] { return std::filesystem::exists(task_directory() / "wd/pid") && !content("wd/pid").empty(); });
  stop_->stop();
  EXPECT_EQ(finish().end, RunEnd::stopped);
  EXPECT_EQ(coordinated_, 0);
  EXPECT_FALSE(is_alive("wd/pid"));
}

TEST_F(MultiInstanceRunTest, TheWallClockOfThePrimaryIncludesItsWaiting) {
  auto task = instance(0, "true", "true");
  task.max_wall_clock = std::chrono::milliseconds(50);
  start(std::move(task));
  EXPECT_EQ(finish().end, RunEnd::wall_clock_expired);
}

}  // namespace
}  // namespace nodeagent::task
