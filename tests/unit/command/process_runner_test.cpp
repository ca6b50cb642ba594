// Real processes: what they see, how they end, and that nothing of them stays behind.
#include "nodeagent/command/process_runner.h"

#include "base/durable_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <functional>

namespace nodeagent::command {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 20s;

class ProcessRunnerTest : public ::testing::Test {
 protected:
  ProcessRunnerTest() {
    char name[] = "/tmp/process-runner-XXXXXX";
    directory_ = ::mkdtemp(name);
    std::filesystem::create_directory(directory_ / "wd");
  }
  ~ProcessRunnerTest() override { std::filesystem::remove_all(directory_); }

  Command command(std::vector<std::string> arguments) const {
    return {.arguments = std::move(arguments),
            .environment = {{"PATH", "/usr/bin:/bin"}, {kTaskMarker, "job/task/1"}},
            .working_directory = directory_ / "wd",
            .stdout_file = directory_ / "stdout.txt",
            .stderr_file = directory_ / "stderr.txt",
            .kill_grace = 5s};
  }
  Command shell(const std::string& script) const { return command({"/bin/sh", "-c", script}); }

  base::Async<void> keep(Command what, std::shared_ptr<StopSignal> stop) {
    auto ended = co_await runner_.run(std::move(what), stop);
    result_ = std::move(ended);
    context_.stop();
  }
  void start(Command what) {
    boost::asio::co_spawn(context_, keep(std::move(what), stop_), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }
  /// Lets things happen until the run has ended.
  void finish() {
    context_.run_for(kPatience);
    ASSERT_TRUE(result_.has_value()) << "the run did not end";
  }
  /// Lets things happen until the condition holds.
  void until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!holds() && std::chrono::steady_clock::now() < deadline && !result_) context_.run_for(2ms);
  }
  std::int32_t run(Command what) {
    start(std::move(what));
    finish();
    return result_ && result_->has_value() ? **result_ : -1;
  }
  std::string content(const char* name) const {
    return base::read_file(directory_ / name, 1 << 20).value_or(std::string("<unreadable>"));
  }
  bool lives(const std::string& pid_file) const {
    const auto pid = std::stoi("0" + content(pid_file.c_str()));
    return pid > 0 && ::kill(pid, 0) == 0;
  }

  std::filesystem::path directory_;
  boost::asio::io_context context_;
  ChildWatch children_{context_.get_executor()};
  ProcessRunner runner_{children_};
  std::shared_ptr<StopSignal> stop_ = std::make_shared<StopSignal>();
  std::optional<base::Result<std::int32_t>> result_;
};

TEST_F(ProcessRunnerTest, ExitCodeIsTheProcesss) {
  EXPECT_EQ(run(shell("exit 7")), 7);
}
TEST_F(ProcessRunnerTest, WhatTheProcessAndItsChildrenUsedIsTold) {
  auto busy = shell("head -c 300000 /dev/zero | cat > zeros; i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done");
  busy.used = std::make_shared<ResourceUse>();
  const auto used = busy.used;
  EXPECT_EQ(run(std::move(busy)), 0);
  EXPECT_GT(used->user_cpu.count(), 0);
  EXPECT_GE(used->read_bytes, 600'000);
  EXPECT_GE(used->written_bytes, 600'000);
  EXPECT_GT(used->read_operations, 0);
  EXPECT_GT(used->write_operations, 0);
}
TEST_F(ProcessRunnerTest, OutputGoesToTheTwoFiles) {
  EXPECT_EQ(run(shell("echo out; echo err >&2")), 0);
  EXPECT_EQ(content("stdout.txt"), "out\n");
  EXPECT_EQ(content("stderr.txt"), "err\n");
}
TEST_F(ProcessRunnerTest, OutputIsThereWhileTheProcessRuns) {
  start(shell("echo early; exec sleep 100"));
  until([this] { return content("stdout.txt") == "early\n"; });
  EXPECT_EQ(content("stdout.txt"), "early\n");
  EXPECT_FALSE(result_.has_value());
  stop_->stop();
  finish();
}
TEST_F(ProcessRunnerTest, InputIsEmpty) {
  EXPECT_EQ(run(command({"cat"})), 0);
  EXPECT_EQ(content("stdout.txt"), "");
}
TEST_F(ProcessRunnerTest, EnvironmentIsExactlyTheGivenOne) {
  auto what = command({"env"});
  what.environment.emplace_back("A", "b c");
  EXPECT_EQ(run(std::move(what)), 0);
  EXPECT_EQ(content("stdout.txt"), "PATH=/usr/bin:/bin\nBATCH_EMULATOR_TASK=job/task/1\nA=b c\n");
}
TEST_F(ProcessRunnerTest, NoOtherDescriptorsAreInherited) {
  const int leaked = ::dup(STDERR_FILENO);  // without close-on-exec
  EXPECT_EQ(run(shell("ls /proc/self/fd | wc -l")), 0);
  EXPECT_EQ(content("stdout.txt"), "4\n");  // three, and the one that ls reads the directory with
  ::close(leaked);
}
TEST_F(ProcessRunnerTest, ProcessLeadsASessionOfItsOwn) {
  EXPECT_EQ(run(shell("set -- $(cat /proc/$$/stat); test $1 = $6 && test $1 = $5")), 0);
}
TEST_F(ProcessRunnerTest, SignalsHaveTheirDefaultsAgain) {
  // Below 32: the two above belong to the C library and cannot be set.
  auto* before = ::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(run(shell("for set in $(grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2); do "
                      "[ $(( 0x$set & 0x7fffffff )) = 0 ] || exit 1; done")),
            0);
  ::signal(SIGPIPE, before);
}
TEST_F(ProcessRunnerTest, RelativeProgramIsRelativeToTheWorkingDirectory) {
  std::filesystem::copy_file("/bin/echo", directory_ / "wd" / "tool");
  EXPECT_EQ(run(command({"./tool", "here"})), 0);
  EXPECT_EQ(content("stdout.txt"), "here\n");
}
TEST_F(ProcessRunnerTest, MissingProgramIsNotFound) {
  for (const auto* program : {"no-such-program", "./no-such-program", "/no/such/program"}) {
    result_.reset();
    context_.restart();
    run(command({program}));
    ASSERT_TRUE(result_->has_error()) << program;
    EXPECT_EQ(result_->error().code, LaunchErrc::program_not_found);
  }
}
TEST_F(ProcessRunnerTest, FileThatIsNoProgramCannotBeLaunched) {
  ASSERT_TRUE(base::write_file_durably(directory_ / "wd" / "text", "hello", 0600).has_value());
  run(command({"./text"}));
  ASSERT_TRUE(result_->has_error());
  EXPECT_EQ(result_->error().code, LaunchErrc::launch_failed);
}
TEST_F(ProcessRunnerTest, ProcessKilledByASignalHasTheShellsExitCode) {
  EXPECT_EQ(run(shell("kill -9 $$")), 137);
}
TEST_F(ProcessRunnerTest, StopSendsTermFirst) {
  start(shell("trap 'echo asked; exit 3' TERM; echo ready; while :; do sleep 0.01; done"));
  until([this] { return content("stdout.txt") == "ready\n"; });
  stop_->stop();
  finish();
  EXPECT_EQ(**result_, 3);
  EXPECT_EQ(content("stdout.txt"), "ready\nasked\n");
}
TEST_F(ProcessRunnerTest, ProcessThatIgnoresTermIsKilledAfterTheGrace) {
  auto what = shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  what.kill_grace = 50ms;
  start(std::move(what));
  until([this] { return content("stdout.txt") == "ready\n"; });
  stop_->stop();
  finish();
  EXPECT_EQ(**result_, 137);
}
TEST_F(ProcessRunnerTest, StopBeforeTheStartRunsNothing) {
  stop_->stop();
  run(shell("echo ran"));
  ASSERT_TRUE(result_->has_error());
  EXPECT_EQ(result_->error().code, base::Errc::cancelled);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "stdout.txt"));
}
TEST_F(ProcessRunnerTest, BackgroundProcessDoesNotOutliveItsShell) {
  EXPECT_EQ(run(shell("sleep 1000 & echo $! > ../pid")), 0);
  EXPECT_FALSE(lives("pid"));
}
TEST_F(ProcessRunnerTest, DaemonInASessionOfItsOwnIsSwept) {
  EXPECT_EQ(run(shell("setsid sh -c 'echo $$ > ../pid; exec sleep 1000' & while [ ! -s ../pid ]; do sleep 0.01; done")),
            0);
  EXPECT_FALSE(lives("pid"));
}
TEST_F(ProcessRunnerTest, DoubleForkedDaemonWithoutEnvironmentIsSwept) {
  EXPECT_EQ(
      run(shell("( setsid env -i /bin/sh -c 'cd /; echo $$ > " + (directory_ / "pid").string() +
                "; exec sleep 1000' </dev/null >/dev/null 2>&1 & ) ; while [ ! -s ../pid ]; do sleep 0.01; done")),
      0);
  EXPECT_FALSE(lives("pid"));
}
TEST_F(ProcessRunnerTest, StopSweepsDaemonsToo) {
  start(shell("setsid sh -c 'trap \"\" TERM; echo $$ > ../pid; while :; do sleep 0.01; done' & exec sleep 1000"));
  until([this] { return lives("pid"); });
  ASSERT_TRUE(lives("pid"));
  stop_->stop();
  finish();
  EXPECT_EQ(**result_, 128 + SIGTERM);
  EXPECT_FALSE(lives("pid"));
}
TEST_F(ProcessRunnerTest, AnotherRunsProcessesAreLeftAlone) {
  std::optional<base::Result<std::int32_t>> other;
  auto other_stop = std::make_shared<StopSignal>();
  auto what = command({"sh", "-c", "setsid sh -c 'echo $$ > ../other; exec sleep 1000' & exec sleep 1000"});
  what.environment.back().second = "job/other/1";
  what.stdout_file = directory_ / "wd" / "other.out";
  what.stderr_file = directory_ / "wd" / "other.err";
  auto run_other = [](ProcessRunner& runner, Command command, std::shared_ptr<StopSignal> stop,
                      std::optional<base::Result<std::int32_t>>& into) -> base::Async<void> {
    auto ended = co_await runner.run(std::move(command), stop);
    into = std::move(ended);
  };
  boost::asio::co_spawn(context_, run_other(runner_, std::move(what), other_stop, other), [](std::exception_ptr) {});
  until([this] { return lives("other"); });
  ASSERT_TRUE(lives("other"));
  EXPECT_EQ(run(shell("sleep 1000 & echo $! > ../pid")), 0);
  EXPECT_FALSE(lives("pid"));
  EXPECT_TRUE(lives("other"));
  other_stop->stop();
  context_.restart();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!other && std::chrono::steady_clock::now() < deadline) context_.run_for(2ms);
  ASSERT_TRUE(other.has_value());
  EXPECT_FALSE(lives("other"));
}

TEST(FindProgramTest, FirstDirectoryOfThePathWins) {
  auto found = find_program("sh", "/no/such:/bin:/usr/bin", "/");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, "/bin/sh");
}
TEST(FindProgramTest, EmptyPartOfThePathIsTheWorkingDirectory) {
  auto found = find_program("sh", "", "/bin");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->lexically_normal(), "/bin/sh");
}
TEST(FindProgramTest, DirectoryIsNoProgram) {
  auto found = find_program("/bin", "", "/");
  ASSERT_TRUE(found.has_error());
  EXPECT_EQ(found.error().code, LaunchErrc::launch_failed);
}

}  // namespace
}  // namespace nodeagent::command
