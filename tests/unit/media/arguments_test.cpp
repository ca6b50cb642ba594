#include "nodeagent/media/arguments.h"

#include <gtest/gtest.h>

#include "tests/unit/media/command_line.h"

namespace nodeagent::media {
namespace {

using base::Errc;
using media_test::words;

Arguments parsed(const std::string& line) {
  auto result = parse_arguments(words(line));
  EXPECT_TRUE(result.has_value()) << line << ": " << result.error().message;
  return result.has_value() ? std::move(result).value() : Arguments{};
}

base::Error refused(const std::string& line) {
  auto result = parse_arguments(words(line));
  EXPECT_TRUE(result.has_error()) << line;
  return result.has_error() ? result.error() : base::Error(Errc::internal, "accepted");
}

TEST(ArgumentsTest, NothingIsNoFiles) {
  const auto all = parsed("");
  EXPECT_TRUE(all.inputs.empty());
  EXPECT_TRUE(all.outputs.empty());
}

TEST(ArgumentsTest, PlainConversionNamesOneInputAndOneOutput) {
  const auto all = parsed("-i in.mp4 out.mp3");
  ASSERT_EQ(all.inputs.size(), 1U);
  ASSERT_EQ(all.outputs.size(), 1U);
  EXPECT_EQ(all.inputs[0].name, "in.mp4");
  EXPECT_EQ(all.outputs[0].name, "out.mp3");
  EXPECT_FALSE(all.overwrite);
  EXPECT_TRUE(all.interaction);
  EXPECT_EQ(all.level, LogLevel::info);
}

TEST(ArgumentsTest, OptionsBelongToTheNextFile) {
  const auto all = parsed("-ss 1 -i a.mp4 -t 2 -i b.mp4 -ac 1 x.mp3 -ar 8000 y.wav");
  ASSERT_EQ(all.inputs.size(), 2U);
  ASSERT_EQ(all.outputs.size(), 2U);
  EXPECT_EQ(all.inputs[0].range.start, 1'000'000);
  EXPECT_FALSE(all.inputs[0].range.duration);
  EXPECT_FALSE(all.inputs[1].range.start);
  EXPECT_EQ(all.inputs[1].range.duration, 2'000'000);
  EXPECT_EQ(all.outputs[0].channels, 1);
  EXPECT_EQ(all.outputs[0].sample_rate, 0);
  EXPECT_EQ(all.outputs[1].channels, 0);
  EXPECT_EQ(all.outputs[1].sample_rate, 8000);
}

TEST(ArgumentsTest, GlobalFlagsMayStandAnywhere) {
  const auto all = parsed("-i a.mp4 o.mp3 -y -nostdin -hide_banner -nostats -loglevel error");
  EXPECT_TRUE(all.overwrite);
  EXPECT_FALSE(all.interaction);
  EXPECT_TRUE(all.hide_banner);
  EXPECT_FALSE(all.statistics);
  EXPECT_EQ(all.level, LogLevel::error);
  EXPECT_FALSE(all.trailing_options);
}

TEST(ArgumentsTest, FileOptionsAfterTheLastFileAreTold) {
  EXPECT_TRUE(parsed("-i a.mp4 o.mp3 -ar 8000").trailing_options);
}

class CodecSpelling : public ::testing::TestWithParam<const char*> {};
TEST_P(CodecSpelling, SetsTheAudioCodec) {
  EXPECT_EQ(parsed(std::string("-i a.mp4 ") + GetParam() + " libmp3lame o.mp3").outputs[0].codec, "libmp3lame");
}
INSTANTIATE_TEST_SUITE_P(Spellings, CodecSpelling, ::testing::Values("-c:a", "-acodec", "-codec:a"));

class OfferedCodec : public ::testing::TestWithParam<const char*> {};
TEST_P(OfferedCodec, IsAccepted) {
  EXPECT_EQ(parsed(std::string("-i a.mp4 -c:a ") + GetParam() + " o.mka").outputs[0].codec, GetParam());
}
INSTANTIATE_TEST_SUITE_P(Codecs, OfferedCodec, ::testing::Values("libmp3lame", "copy", "aac", "pcm_s16le", "flac"));

TEST(ArgumentsTest, OtherCodecIsRefusedByName) {
  const auto error = refused("-i a.mp4 -c:a libopus o.opus");
  EXPECT_EQ(error.code, Errc::unsupported);
  EXPECT_NE(error.message.find("libopus"), std::string::npos);
}

TEST(ArgumentsTest, QualityAndBitRateHaveTwoSpellings) {
  EXPECT_EQ(parsed("-i a -b:a 192k o.mp3").outputs[0].bit_rate, 192'000);
  EXPECT_EQ(parsed("-i a -ab 1M o.mp3").outputs[0].bit_rate, 1'000'000);
  EXPECT_FLOAT_EQ(*parsed("-i a -q:a 2 o.mp3").outputs[0].quality, 2);
  EXPECT_FLOAT_EQ(*parsed("-i a -aq 0.5 o.mp3").outputs[0].quality, 0.5F);
}

TEST(ArgumentsTest, ToIsMeasuredFromTheStart) {
  const auto all = parsed("-ss 1 -to 3 -i a.mp4 -to 0.5 o.mp3");
  EXPECT_EQ(all.inputs[0].range.duration, 2'000'000);
  EXPECT_EQ(all.outputs[0].range.duration, 500'000);
}

TEST(ArgumentsTest, DurationWinsOverTo) {
  const auto all = parsed("-i a.mp4 -to 1 -t 2 o.mp3");
  EXPECT_EQ(all.outputs[0].range.duration, 2'000'000);
  ASSERT_EQ(all.warnings.size(), 1U);
}

TEST(ArgumentsTest, ToBeforeTheStartIsAnError) {
  EXPECT_EQ(refused("-i a -ss 2 -to 1 o.mp3").code, Errc::invalid_argument);
}

TEST(ArgumentsTest, MapsKeepOrderSignAndSpecifier) {
  const auto all = parsed("-i a -map 0 -map -0:v -map 1:a:0? o.mp3");
  ASSERT_EQ(all.outputs[0].maps.size(), 3U);
  EXPECT_EQ(all.outputs[0].maps[0].specifier, "");
  EXPECT_TRUE(all.outputs[0].maps[1].negative);
  EXPECT_EQ(all.outputs[0].maps[1].specifier, "v");
  EXPECT_EQ(all.outputs[0].maps[2].input, 1);
  EXPECT_EQ(all.outputs[0].maps[2].specifier, "a:0");
  EXPECT_TRUE(all.outputs[0].maps[2].optional);
}

TEST(ArgumentsTest, FilterGraphLabelsAreRefused) {
  EXPECT_EQ(refused("-i a -map [out] o.mp3").code, Errc::unsupported);
}

TEST(ArgumentsTest, MetadataMayBeEmptyAndMayContainEquals) {
  const auto all = parsed("-i a -metadata title= -metadata x=a=b o.mp3");
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(all.outputs[0].metadata, (std::vector<Pair>{{"title", ""}, {"x", "a=b"}}));
}

TEST(ArgumentsTest, MetadataWithoutEqualsIsAnError) {
  EXPECT_EQ(refused("-i a -metadata title o.mp3").code, Errc::invalid_argument);
}

TEST(ArgumentsTest, MetadataMapTakesAnInputOrNone) {
  EXPECT_EQ(parsed("-i a -map_metadata -1 o.mp3").outputs[0].metadata_maps, std::vector<int>{-1});
  EXPECT_EQ(parsed("-i a -map_metadata 0:g o.mp3").outputs[0].metadata_maps, std::vector<int>{0});
  EXPECT_EQ(refused("-i a -map_metadata 0:s:0 o.mp3").code, Errc::unsupported);
}

TEST(ArgumentsTest, BitexactFlagsSetFormatAndCodec) {
  const auto flags = parsed("-i a -fflags +bitexact o.mp3").outputs[0];
  EXPECT_TRUE(flags.format_bitexact);
  EXPECT_FALSE(flags.codec_bitexact);
  const auto option = parsed("-i a -bitexact o.mp3").outputs[0];
  EXPECT_TRUE(option.format_bitexact);
  EXPECT_TRUE(option.codec_bitexact);
}

TEST(ArgumentsTest, OtherFormatFlagsAreRefused) {
  EXPECT_EQ(refused("-fflags +genpts -i a o.mp3").code, Errc::unsupported);
}

class UnknownOption : public ::testing::TestWithParam<const char*> {};
TEST_P(UnknownOption, IsRefusedByName) {
  const auto error = refused(std::string("-i a.mp4 ") + GetParam() + " x o.mp3");
  EXPECT_EQ(error.code, Errc::unsupported);
  EXPECT_NE(error.message.find(std::string("'") + GetParam() + "'"), std::string::npos) << error.message;
}
INSTANTIATE_TEST_SUITE_P(Options, UnknownOption,
                         ::testing::Values("-vf", "-af", "-filter_complex", "-c:v", "-c", "-an", "-shortest",
                                           "-protocol_whitelist", "-attach", "-i2", "--help", "-filter_script",
                                           "-progress", "-report", "-dump_attachment:t"));

TEST(ArgumentsTest, OutputOptionBeforeAnInputIsAnError) {
  EXPECT_EQ(refused("-map 0:a -i a.mp4 o.mp3").code, Errc::invalid_argument);
}

TEST(ArgumentsTest, OptionWithoutItsValueIsAnError) {
  EXPECT_EQ(refused("-i a.mp4 -ar").code, Errc::invalid_argument);
}

class RemoteName : public ::testing::TestWithParam<const char*> {};
TEST_P(RemoteName, IsRefusedAsInputAndOutput) {
  EXPECT_EQ(refused(std::string("-i ") + GetParam() + " o.mp3").code, Errc::unsupported);
  EXPECT_EQ(refused(std::string("-i a.mp4 ") + GetParam()).code, Errc::unsupported);
}
INSTANTIATE_TEST_SUITE_P(Names, RemoteName,
                         ::testing::Values("http://host/x.mp4", "https://host/x", "tcp://127.0.0.1:1", "concat:a|b",
                                           "pipe:1", "subfile,,start,0,end,9,,:a", "data:text/plain,x", "crypto:a",
                                           "cache:a", "async:a", "tee:a"));

TEST(ArgumentsTest, StandardOutputIsRefused) {
  EXPECT_EQ(refused("-i a.mp4 -").code, Errc::unsupported);
}

TEST(ArgumentsTest, FilePrefixIsStripped) {
  EXPECT_EQ(*local_path("file:a:b.mp4"), "a:b.mp4");
}

TEST(ArgumentsTest, ColonAfterASlashIsPartOfTheName) {
  EXPECT_EQ(*local_path("./a:b.mp4"), "./a:b.mp4");
}

TEST(ArgumentsTest, TooManyWordsAreRefused) {
  const std::vector<std::string> many(kMaxArguments + 1, "-y");
  EXPECT_EQ(parse_arguments(many).error().code, Errc::invalid_argument);
}

struct DurationRow {
  const char* text;
  std::int64_t micros;
};
class Duration : public ::testing::TestWithParam<DurationRow> {};
TEST_P(Duration, IsRead) {
  EXPECT_EQ(parse_duration(GetParam().text), GetParam().micros) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(Texts, Duration,
                         ::testing::Values(DurationRow{"0", 0}, DurationRow{"5", 5'000'000},
                                           DurationRow{"1.5", 1'500'000}, DurationRow{".25", 250'000},
                                           DurationRow{"59:30.5", 3'570'500'000},
                                           DurationRow{"01:02:03", 3'723'000'000}, DurationRow{"200ms", 200'000},
                                           DurationRow{"7us", 7}, DurationRow{"3s", 3'000'000},
                                           DurationRow{"-2", -2'000'000}, DurationRow{"0.1234567", 123'456}));

class MalformedDuration : public ::testing::TestWithParam<const char*> {};
TEST_P(MalformedDuration, IsRefused) {
  EXPECT_FALSE(parse_duration(GetParam())) << GetParam();
}
INSTANTIATE_TEST_SUITE_P(Texts, MalformedDuration,
                         ::testing::Values("", "-", "abc", "1:75", "90:30", "1:2:75", "1:2:3:4", "1x", "5 ",
                                           "99999999999999999", "--5", "1:", "now"));

struct NumberRow {
  const char* text;
  double value;
};
class Number : public ::testing::TestWithParam<NumberRow> {};
TEST_P(Number, IsRead) {
  EXPECT_EQ(parse_number(GetParam().text), GetParam().value) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(Texts, Number,
                         ::testing::Values(NumberRow{"44100", 44100}, NumberRow{"44.1k", 44100},
                                           NumberRow{"128K", 128000}, NumberRow{"1Ki", 1024}, NumberRow{"2M", 2e6},
                                           NumberRow{"16kB", 128000}, NumberRow{"-1", -1}));

class MalformedNumber : public ::testing::TestWithParam<const char*> {};
TEST_P(MalformedNumber, IsRefused) {
  EXPECT_FALSE(parse_number(GetParam())) << GetParam();
}
INSTANTIATE_TEST_SUITE_P(Texts, MalformedNumber,
                         ::testing::Values("", "k", "1x", "1kk", " 1", "nan", "inf", "1e999", "12 "));

}  // namespace
}  // namespace nodeagent::media
