// Refusals, existing files, signals and neighbours: what a run leaves and says when it is not a plain conversion.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <thread>

#include "tests/unit/media/command_line.h"

namespace media_test {
namespace {

using nodeagent::media::Cancellation;

class FfmpegTest : public ::testing::Test {
 protected:
  void SetUp() override {
    make_inputs(directory_.path(), {"wav in.wav 48000 2 2", "ours -i in.wav -c:a aac -vn in.mp4"});
  }
  TemporaryDirectory directory_;
};

TEST_F(FfmpegTest, MissingInputIsNamed) {
  expect_same(directory_.path(), words("-i missing.mp4 o.mp3"));
  EXPECT_EQ(run_ours(directory_.path(), words("-i missing.mp4 o.mp3")).last_line(),
            "missing.mp4: No such file or directory");
}

TEST_F(FfmpegTest, DirectoryAsInputIsNamed) {
  std::filesystem::create_directory(directory_.path() / "adir.mp4");
  expect_same(directory_.path(), words("-i adir.mp4 o.mp3"));
}

TEST_F(FfmpegTest, MissingOutputFolderIsNamed) {
  expect_same(directory_.path(), words("-i in.mp4 nodir/x.mp3"));
}

TEST_F(FfmpegTest, UnknownExtensionIsNamed) {
  expect_same(directory_.path(), words("-i in.mp4 x.foo"));
}

TEST_F(FfmpegTest, NoArgumentsPrintTheUsage) {
  expect_same(directory_.path(), {});
}

TEST_F(FfmpegTest, NoOutputIsAnError) {
  expect_same(directory_.path(), words("-i in.mp4"));
}

TEST_F(FfmpegTest, ExistingOutputIsKeptWithoutAnAnswer) {
  write_file(directory_.path() / "o.mp3", "precious");
  expect_same(directory_.path(), words("-i in.mp4 o.mp3"));
  const auto ours = run_ours(directory_.path(), words("-i in.mp4 o.mp3"));
  EXPECT_EQ(ours.last_line(), "File 'o.mp3' already exists. Overwrite? [y/N] Not overwriting - exiting");
  EXPECT_EQ(ours.files.at("o.mp3"), "precious");
}

TEST_F(FfmpegTest, ExistingOutputIsKeptWithNostdinAndWithN) {
  write_file(directory_.path() / "o.mp3", "precious");
  expect_same(directory_.path(), words("-nostdin -i in.mp4 o.mp3"));
  expect_same(directory_.path(), words("-n -i in.mp4 o.mp3"));
}

TEST_F(FfmpegTest, ExistingOutputIsReplacedWithY) {
  write_file(directory_.path() / "o.mp3", std::string(1'000'000, 'x'));
  expect_same(directory_.path(), words("-y -i in.mp4 o.mp3"));
}

TEST_F(FfmpegTest, InputAsOutputIsRefused) {
  expect_same(directory_.path(), words("-y -i in.mp4 in.mp4"));
}

TEST_F(FfmpegTest, PipeThatNobodyWritesIsRefusedInsteadOfWaitedFor) {
  ASSERT_EQ(::mkfifo((directory_.path() / "never.mp4").c_str(), 0600), 0);
  const auto ours = run_ours(directory_.path(), words("-i never.mp4 o.mp3"));
  EXPECT_EQ(ours.exit_code, 1);
  EXPECT_EQ(ours.last_line(), "never.mp4: only regular files are read");
}

TEST_F(FfmpegTest, VersionNamesTheLoadedLibraries) {
  const auto ours = run_ours(directory_.path(), {"-version"});
  const auto theirs = run_command(directory_.path(), {"-version"});
  EXPECT_EQ(ours.exit_code, 0);
  EXPECT_TRUE(ours.output.starts_with("ffmpeg version ")) << ours.output;
  for (const char* library : {"libavcodec", "libavformat", "libavutil", "libswresample"}) {
    const auto line = [&](const std::string& text) {
      const auto begin = text.find(library);
      return begin == std::string::npos ? std::string("missing") : text.substr(begin, text.find('\n', begin) - begin);
    };
    EXPECT_EQ(line(ours.output), line(theirs.output));
  }
}

TEST_F(FfmpegTest, UnofferedOptionIsOneSentence) {
  const auto ours = run_ours(directory_.path(), words("-i in.mp4 -vf scale=10:10 o.mp4"));
  EXPECT_EQ(ours.exit_code, 1);
  EXPECT_EQ(ours.log, "The option '-vf' is not offered\n");
  EXPECT_FALSE(ours.files.contains("o.mp4"));
}

TEST_F(FfmpegTest, EncodingVideoIsRefusedByName) {
  make_inputs(directory_.path(), {"-f lavfi -i testsrc=d=1:s=64x48 -i in.mp4 -c:v mpeg4 -c:a copy v.mp4"});
  const auto ours = run_ours(directory_.path(), words("-i v.mp4 o.mp4"));
  EXPECT_EQ(ours.exit_code, 1);
  EXPECT_NE(ours.last_line().find("-vn"), std::string::npos) << ours.log;
  EXPECT_FALSE(ours.files.contains("o.mp4"));
}

class FileThatNamesOthers : public FfmpegTest,
                            public ::testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(FileThatNamesOthers, IsNotFollowed) {
  write_file(directory_.path() / "list.mp4", GetParam().second);
  write_file(directory_.path() / GetParam().first, GetParam().second);
  make_inputs(directory_.path(), {"ours -i in.mp4 -c:a copy -vn in.ts"});
  for (const std::string& name : {std::string("list.mp4"), std::string(GetParam().first)}) {
    const auto ours = run_ours(directory_.path(), {"-i", name, "o.mp3"});
    EXPECT_EQ(ours.exit_code, 1) << ours.log;
    EXPECT_FALSE(ours.files.contains("o.mp3"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, FileThatNamesOthers,
    ::testing::Values(std::pair{"list.ffconcat", "ffconcat version 1.0\nfile in.mp4\n"},
                      std::pair{"list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nin.ts\n#EXT-X-ENDLIST\n"},
                      std::pair{"list.sdp",
                                "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
                                "m=audio 5004 RTP/AVP 0\n"}));

/// Sample rate, channels and samples a channel of a WAV file with 16-bit samples.
struct WavShape {
  std::uint32_t rate = 0;
  std::uint16_t channels = 0;
  std::size_t samples = 0;
};

WavShape shape_of(const std::string& wav) {
  WavShape shape;
  std::memcpy(&shape.channels, wav.data() + 22, 2);
  std::memcpy(&shape.rate, wav.data() + 24, 4);
  const auto data = wav.find("data");
  shape.samples = (wav.size() - data - 8) / 2 / shape.channels;
  return shape;
}

TEST_F(FfmpegTest, Mp3DecodesBackToTheSameDurationRateAndChannels) {
  ASSERT_EQ(run_ours(directory_.path(), words("-i in.mp4 o.mp3")).exit_code, 0);
  const auto decoded = run_ours(directory_.path(), words("-i o.mp3 back.wav"));
  ASSERT_EQ(decoded.exit_code, 0) << decoded.log;
  const auto shape = shape_of(decoded.files.at("back.wav"));
  EXPECT_EQ(shape.rate, 48'000U);
  EXPECT_EQ(shape.channels, 2U);
  // AAC has delivered whole frames of 1,024 samples; the MP3's delay and padding are taken off again.
  EXPECT_NEAR(static_cast<double>(shape.samples), 2 * 48'000, 1'200);
}

/// Runs ours on a thread, with stderr in a pipe that is read until the first progress line.
class StoppedRun {
 public:
  StoppedRun(const std::filesystem::path& directory, int request) {
    EXPECT_EQ(::pipe2(pipe_, O_CLOEXEC), 0);
    std::thread run([&] {
      nodeagent::media::TranscodeRequest wanted{.arguments = words("-i long.wav o.mp3"),
                                                .working_directory = directory};
      wanted.stderr_fd = pipe_[1];
      const auto code = nodeagent::media::run_ffmpeg(wanted, cancellation_);
      exit_code = code.has_value() ? *code : -1;
      ::close(pipe_[1]);
    });
    read_until("size=");
    cancellation_.signal = request;
    read_to_end();
    run.join();
    ::close(pipe_[0]);
  }
  int exit_code = -1;
  std::string log;

 private:
  bool read_more() {
    char buffer[512];
    const auto count = ::read(pipe_[0], buffer, sizeof buffer);
    if (count > 0) log.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }
  void read_until(const std::string& text) {
    while (log.find(text) == std::string::npos && read_more()) {
    }
  }
  void read_to_end() {
    while (read_more()) {
    }
  }
  int pipe_[2] = {-1, -1};
  Cancellation cancellation_;
};

class LongInputTest : public ::testing::Test {
 protected:
  void SetUp() override { make_inputs(directory_.path(), {"wav long.wav 44100 2 90"}); }
  TemporaryDirectory directory_;
};

TEST_F(LongInputTest, SignalLeavesAFinishedPlayableFile) {
  const StoppedRun stopped(directory_.path(), SIGTERM);
  EXPECT_EQ(stopped.exit_code, 255);
  EXPECT_TRUE(stopped.log.ends_with("Exiting normally, received signal 15.\n")) << stopped.log;
  const auto played = run_command(directory_.path(), words("-v error -i o.mp3 -t 1 back.wav"));
  EXPECT_EQ(played.exit_code, 0);
  EXPECT_EQ(played.log, "");
  EXPECT_EQ(shape_of(played.files.at("back.wav")).rate, 44'100U);
}

TEST_F(LongInputTest, AbandonedRunStopsWithoutATrailer) {
  const StoppedRun stopped(directory_.path(), Cancellation::kAbandon);
  EXPECT_EQ(stopped.exit_code, 255);
  EXPECT_EQ(stopped.log.find("muxing overhead"), std::string::npos) << stopped.log;
}

TEST_F(FfmpegTest, SignalBeforeTheStartLeavesNoOutput) {
  Cancellation cancellation;
  cancellation.signal = SIGINT;
  const auto ours = run_ours(directory_.path(), words("-i in.mp4 o.mp3"), cancellation);
  EXPECT_EQ(ours.exit_code, 255);
  EXPECT_EQ(ours.last_line(), "Exiting normally, received signal 2.");
  EXPECT_FALSE(ours.files.contains("o.mp3"));
}

TEST_F(FfmpegTest, RunsAtTheSameTimeKeepTheirDirectoriesAndLogsApart) {
  TemporaryDirectory other;
  make_inputs(other.path(), {"wav in.wav 22050 1 2", "ours -i in.wav -vn in.mp4"});
  const auto first_alone = run_ours(directory_.path(), words("-y -i in.mp4 o.mp3"));
  const auto second_alone = run_ours(other.path(), words("-y -i in.mp4 o.mp3"));
  Outcome first;
  Outcome second;
  std::thread one([&] { first = run_ours(directory_.path(), words("-y -i in.mp4 o.mp3")); });
  std::thread two([&] { second = run_ours(other.path(), words("-y -i in.mp4 o.mp3")); });
  one.join();
  two.join();
  EXPECT_TRUE(first.files.at("o.mp3") == first_alone.files.at("o.mp3"));
  EXPECT_TRUE(second.files.at("o.mp3") == second_alone.files.at("o.mp3"));
  EXPECT_EQ(first.comparable_log(), first_alone.comparable_log());
  EXPECT_EQ(second.comparable_log(), second_alone.comparable_log());
}

}  // namespace
}  // namespace media_test
