// The options of the command line, each against the installed command on the same input.
#include <gtest/gtest.h>

#include "tests/unit/media/command_line.h"

namespace media_test {
namespace {

struct Case {
  const char* name;
  const char* arguments;
};

constexpr const char* kTwoStreams =
    "-i in.mp4 -f lavfi -i sine=d=2:sample_rate=44100 -f lavfi -i testsrc=d=2:s=64x48 -map 2 -map 0 -map 1 -c:v mpeg4 "
    "-c:a aac two.mp4";

class OptionCase : public ::testing::TestWithParam<Case> {};

TEST_P(OptionCase, LeavesWhatTheCommandLeaves) {
  const std::string arguments = GetParam().arguments;
  const TemporaryDirectory inputs;
  std::vector<std::string> recipe{"wav in.wav 48000 2 2", "ours -i in.wav -vn in.mp4"};
  if (arguments.find("two.mp4") != std::string::npos) recipe.emplace_back(kTwoStreams);
  if (arguments.find("raw.pcm") != std::string::npos) recipe.emplace_back("ours -i in.mp4 -f s16le raw.pcm");
  if (arguments.find("in.mp3") != std::string::npos) recipe.emplace_back("ours -i in.mp4 in.mp3");
  make_inputs(inputs.path(), recipe);
  expect_same(inputs.path(), words(arguments));
}

INSTANTIATE_TEST_SUITE_P(
    Options, OptionCase,
    ::testing::Values(
        Case{"ToWav", "-i in.mp4 o.wav"}, Case{"ToFlac", "-i in.mp4 o.flac"}, Case{"ToM4a", "-i in.mp4 -vn o.m4a"},
        Case{"ToAdts", "-i in.mp4 o.aac"}, Case{"CopyToM4a", "-i in.mp4 -c:a copy o.m4a"},
        Case{"CopyToAdts", "-i in.mp4 -acodec copy o.aac"}, Case{"CopyMp3", "-i in.mp3 -codec:a copy o.mp3"},
        Case{"CopyIntoAContainerThatRefuses", "-i in.mp4 -c:a copy o.mp3"},
        Case{"EncoderThatTheContainerRefuses", "-i in.mp4 -c:a aac o.mp3"},
        Case{"PcmInMatroska", "-i in.mp4 -c:a pcm_s16le -bitexact o.mka"}, Case{"BitRate", "-i in.mp4 -b:a 192k o.mp3"},
        Case{"BitRateTooLow", "-i in.mp4 -ab 100 o.mp3"}, Case{"Quality", "-i in.mp4 -q:a 2 o.mp3"},
        Case{"RateAndChannels", "-i in.mp4 -ar 22050 -ac 1 o.mp3"}, Case{"RateOfWav", "-i in.mp4 -ar 44100 o.wav"},
        Case{"RateThatTheEncoderRefuses", "-i in.mp4 -ar 7000 o.mp3"}, Case{"SixChannels", "-i in.mp4 -ac 6 o.wav"},
        Case{"InputSeek", "-ss 0.7 -i in.mp4 o.mp3"}, Case{"InputRange", "-ss 0.5 -to 1.25 -i in.mp4 o.wav"},
        Case{"OutputRange", "-i in.mp4 -ss 0.5 -to 1.25 o.mp3"}, Case{"InputDuration", "-t 0.6 -i in.mp4 o.mp3"},
        Case{"CopiedRange", "-ss 0.5 -i in.mp4 -t 1 -c:a copy o.m4a"},
        Case{"StartBehindTheEnd", "-i in.mp4 -ss 100 o.mp3"}, Case{"MapSecondAudio", "-i two.mp4 -map 0:a:1 o.mp3"},
        Case{"NegativeMap", "-i two.mp4 -map 0 -map -0:v -map -0:a:1 o.mp3"},
        Case{"MapWithoutMatch", "-i in.mp4 -map 0:v o.mp3"},
        Case{"OptionalMapWithoutMatch", "-i in.mp4 -map 0:v? o.mp3"}, Case{"MapOfNoInput", "-i in.mp4 -map 1 o.mp3"},
        Case{"TwoInputsOneOutput", "-i in.mp4 -i two.mp4 -map 1:a:1 -map 0:a -bitexact -c:a flac o.mka"},
        Case{"SeveralOutputs", "-i two.mp4 -map 0:a:0 a.mp3 -map 0:a:1 -t 1 b.wav -vn -c:a copy c.m4a"},
        Case{"Metadata", "-i in.mp4 -metadata title=T -metadata foo=bar o.mp3"},
        Case{"NoMetadata", "-i in.mp4 -map_metadata -1 o.mp3"},
        Case{"BitexactFormat", "-i in.mp4 -fflags +bitexact o.mp3"}, Case{"Bitexact", "-i in.mp4 -bitexact o.mp3"},
        Case{"RawInput", "-f s16le -ar 48000 -ac 2 -i raw.pcm o.mp3"},
        Case{"ForcedFormats", "-f mp4 -i in.mp4 -f mp3 o.bin"}, Case{"UnknownInputFormat", "-f nosuch -i in.mp4 o.mp3"},
        Case{"UnknownOutputFormat", "-i in.mp4 -f nosuch o.mp3"}, Case{"OnlyErrors", "-v error -i in.mp4 o.mp3"},
        Case{"NoBannerNoProgress", "-hide_banner -nostats -i in.mp4 o.mp3"},
        Case{"NoStdin", "-nostdin -i in.mp4 o.mp3"}, Case{"Threads", "-i in.mp4 -threads 2 o.mp3"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace media_test
