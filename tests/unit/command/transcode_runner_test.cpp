// Which commands the agent carries out itself, and which it leaves to a process.
#include "nodeagent/command/transcode_runner.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>

namespace nodeagent::command {
namespace {

using Words = std::vector<std::string>;

TEST(InProcessFfmpegTest, PlainCommandIsOurs) {
  EXPECT_EQ(in_process_ffmpeg({"ffmpeg", "-i", "a b.mp4", "$x.mp3"}), (Words{"-i", "a b.mp4", "$x.mp3"}));
  EXPECT_EQ(in_process_ffmpeg({"ffmpeg"}), Words{});
}
TEST(InProcessFfmpegTest, ShellWithOnePlainCommandIsOurs) {
  for (const auto* shell : {"sh", "/bin/sh", "/usr/bin/sh", "bash", "/bin/bash", "/usr/bin/bash"}) {
    EXPECT_EQ(in_process_ffmpeg({shell, "-c", "ffmpeg -i LowPriVMs-4.mp4 'out put.mp3'"}),
              (Words{"-i", "LowPriVMs-4.mp4", "out put.mp3"}));
  }
}
TEST(InProcessFfmpegTest, OtherProgramsAreNotOurs) {
  EXPECT_EQ(in_process_ffmpeg({}), std::nullopt);
  EXPECT_EQ(in_process_ffmpeg({"/usr/bin/ffmpeg", "-i", "a"}), std::nullopt);
  EXPECT_EQ(in_process_ffmpeg({"./ffmpeg"}), std::nullopt);
  EXPECT_EQ(in_process_ffmpeg({"ffprobe", "a"}), std::nullopt);
  EXPECT_EQ(in_process_ffmpeg({"sh", "-c", "ffprobe a"}), std::nullopt);
  EXPECT_EQ(in_process_ffmpeg({"zsh", "-c", "ffmpeg -i a b"}), std::nullopt);
}
TEST(InProcessFfmpegTest, ShellWithOtherOptionsIsNotOurs) {
  EXPECT_EQ(in_process_ffmpeg({"sh"}), std::nullopt);
  EXPECT_EQ(in_process_ffmpeg({"sh", "ffmpeg"}), std::nullopt);
  EXPECT_EQ(in_process_ffmpeg({"bash", "-lc", "ffmpeg -i a b"}), std::nullopt);
  EXPECT_EQ(in_process_ffmpeg({"bash", "-x", "ffmpeg -i a b"}), std::nullopt);
  EXPECT_EQ(in_process_ffmpeg({"bash", "-c", "ffmpeg -i a b", "name"}), std::nullopt);
}
TEST(InProcessFfmpegTest, WhatOnlyAShellUnderstandsIsNotOurs) {
  for (const auto* text : {"ffmpeg -i a b; ls",    "ffmpeg -i a b && ls", "ffmpeg -i a b | cat",
                           "ffmpeg -i a b > log",  "ffmpeg -i a b 2>&1",  "ffmpeg -i *.mp4 b",
                           "ffmpeg -i $IN b",      "ffmpeg -i \"$IN\" b", "ffmpeg -i `x` b",
                           "ffmpeg -i $(x) b",     "ffmpeg -i {a,b} c",   "ffmpeg -i ~/a b",
                           "ffmpeg -i a b # text", "ffmpeg -i a b &",     "(ffmpeg -i a b)",
                           "A=b ffmpeg -i a b",    "! ffmpeg -i a b",     "exec ffmpeg -i a b",
                           "time ffmpeg -i a b",   "ffmpeg -i a\nb",      "",
                           "ffmpeg -i 'a"}) {
    EXPECT_EQ(in_process_ffmpeg({"/bin/bash", "-c", text}), std::nullopt) << text;
  }
}

/// Plays the runner for everything else.
class RecordingRunner final : public CommandRunner {
 public:
  base::Async<base::Result<std::int32_t>> run(Command command, std::shared_ptr<StopSignal>) override {
    seen.push_back(command.arguments);
    co_return 42;
  }
  base::Async<void> end_background(Background) override { co_return; }
  std::vector<Words> seen;
};

class TranscodeRunnerTest : public ::testing::Test {
 protected:
  TranscodeRunnerTest() {
    char name[] = "/tmp/transcode-runner-XXXXXX";
    directory_ = ::mkdtemp(name);
    std::ofstream(directory_ / "ffmpeg") << "stand-in";
  }
  ~TranscodeRunnerTest() override { std::filesystem::remove_all(directory_); }

  Command command(Words arguments) const {
    return {.arguments = std::move(arguments),
            .environment = {{"PATH", directory_.string() + ":/usr/bin"}},
            .working_directory = directory_,
            .stdout_file = directory_ / "stdout.txt",
            .stderr_file = directory_ / "stderr.txt"};
  }
  /// Whether the command went to the other runner.
  bool left_to_others(Command what) {
    boost::asio::io_context context;
    RecordingRunner others;
    TranscodeRunner runner(others, directory_);
    auto run = [](TranscodeRunner& with, Command it) -> base::Async<void> {
      auto ended = co_await with.run(std::move(it), std::make_shared<StopSignal>());
      (void)ended;
    };
    boost::asio::co_spawn(context, run(runner, std::move(what)), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
    context.run();
    return !others.seen.empty();
  }
  std::filesystem::path directory_;
};

TEST_F(TranscodeRunnerTest, OtherCommandsAreLeftToOthers) {
  EXPECT_TRUE(left_to_others(command({"ls"})));
}
TEST_F(TranscodeRunnerTest, VersionOfFfmpegIsPrintedWithoutAProcess) {
  EXPECT_FALSE(left_to_others(command({"ffmpeg", "-version"})));
  EXPECT_GT(std::filesystem::file_size(directory_ / "stdout.txt"), 0u);
}
TEST_F(TranscodeRunnerTest, IsolatedCommandIsLeftToAProcess) {
  auto what = command({"ffmpeg", "-version"});
  what.isolate = true;
  EXPECT_TRUE(left_to_others(std::move(what)));
}
TEST_F(TranscodeRunnerTest, AnotherPathIsLeftToAProcess) {
  auto what = command({"ffmpeg", "-version"});
  what.environment = {{"PATH", "/usr/bin:" + directory_.string()}};
  EXPECT_TRUE(left_to_others(std::move(what)));
}
TEST_F(TranscodeRunnerTest, WithoutStandInTheHostsFfmpegRuns) {
  std::filesystem::remove(directory_ / "ffmpeg");
  EXPECT_TRUE(left_to_others(command({"ffmpeg", "-version"})));
}
TEST_F(TranscodeRunnerTest, PipeOrDeviceIsLeftToAProcess) {
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  for (const auto* name : {"pipe", "file:pipe", "./pipe", "/dev/null", "-", "pipe:0"}) {
    EXPECT_TRUE(left_to_others(command({"ffmpeg", "-version", "-i", name}))) << name;
  }
}
TEST_F(TranscodeRunnerTest, VariableThatChangesTheShellIsLeftToAProcess) {
  auto what = command({"bash", "-c", "ffmpeg -version"});
  what.environment.emplace_back("BASH_ENV", "/etc/profile");
  EXPECT_TRUE(left_to_others(std::move(what)));
}

}  // namespace
}  // namespace nodeagent::command
