#include "nodeagent/media/loader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "tests/unit/media/command_line.h"

namespace nodeagent::media {
namespace {

using media_test::make_inputs;
using media_test::read_file;
using media_test::TemporaryDirectory;
using media_test::words;

TEST(LoaderTest, ModuleIsFoundBesideTheProgram) {
  EXPECT_TRUE(load_transcoder().has_value());
}

TEST(LoaderTest, CommandIsKnownByTheLastPartOfItsName) {
  EXPECT_TRUE(is_ffmpeg_name("ffmpeg"));
  EXPECT_TRUE(is_ffmpeg_name("/some/bin/ffmpeg"));
  EXPECT_FALSE(is_ffmpeg_name("/ffmpeg/batch-nodeagent"));
  EXPECT_FALSE(is_ffmpeg_name(nullptr));
}

class ChildTest : public ::testing::Test {
 protected:
  base::Result<int> run(const std::string& line, const Cancellation& cancellation) {
    TranscodeRequest request{.arguments = words(line), .working_directory = directory_.path()};
    const int log = ::open((directory_.path() / "stderr").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    request.stderr_fd = log;
    auto code = run_ffmpeg_in_child(request, cancellation);
    ::close(log);
    return code;
  }
  TemporaryDirectory directory_;
};

TEST_F(ChildTest, LeavesTheSameFileAsARunInside) {
  make_inputs(directory_.path(), {"wav in.wav 44100 1 1", "ours -i in.wav -vn in.mp4"});
  const Cancellation never;
  EXPECT_EQ(*run("-i in.mp4 child.mp3", never), 0) << read_file(directory_.path() / "stderr");
  media_test::run_ours(directory_.path(), words("-i in.mp4 inside.mp3"));
  EXPECT_TRUE(read_file(directory_.path() / "child.mp3") == read_file(directory_.path() / "inside.mp3"));
}

TEST_F(ChildTest, ExitCodeOfAFailureComesBack) {
  const Cancellation never;
  EXPECT_EQ(*run("-i missing.mp4 o.mp3", never), 1);
  EXPECT_TRUE(read_file(directory_.path() / "stderr").ends_with("missing.mp4: No such file or directory\n"));
}

TEST_F(ChildTest, AbandonKillsTheChild) {
  make_inputs(directory_.path(), {"wav in.wav 44100 2 60"});
  Cancellation cancellation;
  cancellation.signal = Cancellation::kAbandon;
  EXPECT_EQ(*run("-i in.wav o.mp3", cancellation), 128 + SIGKILL);
}

}  // namespace
}  // namespace nodeagent::media
