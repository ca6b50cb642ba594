// For every kind of input: the MP3 that the installed command makes of it, byte for byte, with the same exit code and
// the same words on stderr. Inputs are made on the spot.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/media/command_line.h"

namespace media_test {
namespace {

struct Kind {
  const char* name;
  std::string input;
  std::vector<std::string> recipe;  ///< lines for make_inputs()
};

const std::string kPicture = "-f lavfi -i testsrc=s=64x48 -frames:v 1 ";
const std::string kAttach = " -map 0 -map 1 -c copy -disposition:v:0 attached_pic ";

std::vector<Kind> kinds() {
  const std::string wav = "wav in.wav 48000 2 1";
  const std::string aac = "ours -i in.wav -vn in.mp4";
  const std::string mono = "wav mono.wav 44100 1 1";
  const auto from_wav = [&](const std::string& rest) { return std::vector<std::string>{wav, "-i in.wav " + rest}; };
  const auto with_cover = [&](const std::string& options, const std::string& picture) {
    return std::vector<std::string>{mono, "ours -i mono.wav -vn mono.m4a", kPicture + options + picture,
                                    "-i mono.m4a -i " + picture + kAttach + "in.m4a"};
  };
  return {
      {"AacMono44100", "in.mp4", {"wav in.wav 44100 1 1", aac}},
      {"AacMono22050", "in.mp4", {"wav in.wav 22050 1 1", aac}},
      {"AacMono8000", "in.mp4", {"wav in.wav 8000 1 1", aac}},
      {"AacStereo48000", "in.mp4", {wav, aac}},
      {"AacStereo96000", "in.mp4", {"wav in.wav 96000 2 1", aac}},
      {"Aac51", "in.mp4", {"wav in.wav 48000 6 1", aac}},
      {"VideoAndTwoAudioStreams",
       "in.mp4",
       {wav, mono,
        "-f lavfi -i testsrc=d=1:s=160x120 -i mono.wav -i in.wav -map 0 -map 1 -map 2 -c:v mpeg4 -c:a aac in.mp4"}},
      {"CoverPng", "in.m4a", with_cover("", "c.png")},
      {"CoverJpeg420", "in.m4a", with_cover("-pix_fmt yuvj420p ", "c.jpg")},
      {"CoverJpeg444", "in.m4a", with_cover("-pix_fmt yuvj444p ", "c.jpg")},
      {"CoverJpegGray", "in.m4a", with_cover("-vf format=gray ", "c.jpg")},
      {"Alac", "in.m4a", from_wav("-c:a alac in.m4a")},
      {"Alac24", "in.m4a", from_wav("-c:a alac -sample_fmt s32p in.m4a")},
      {"Mp3InMp4", "in.mp4", from_wav("-c:a libmp3lame in.mp4")},
      {"Mp3", "in.mp3", {wav, "ours -i in.wav in.mp3"}},
      {"Ac3InMp4", "in.mp4", from_wav("-c:a ac3 in.mp4")},
      {"OpusInMp4", "in.mp4", from_wav("-c:a libopus in.mp4")},
      {"VorbisInOgg", "in.ogg", from_wav("-c:a libvorbis in.ogg")},
      {"HundredthOfASecond", "in.mp4", {"wav in.wav 44100 1 0.01", aac}},
      {"AudioOffset",
       "in.mp4",
       {wav, "-itsoffset 1.5 -i in.wav -f lavfi -i testsrc=d=1:s=160x120 -c:a aac -c:v mpeg4 in.mp4"}},
      {"EditList", "edit.mp4", {wav, aac, "ours -ss 0.5 -i in.mp4 -vn -c:a copy edit.mp4"}},
      {"Fragmented", "frag.mp4", {wav, aac, "-i in.mp4 -c copy -movflags frag_keyframe+empty_moov frag.mp4"}},
      {"Adts", "in.aac", {wav, "ours -i in.wav in.aac"}},
      {"Matroska", "in.mka", {wav, "ours -i in.wav -c:a aac in.mka"}},
      {"TransportStream", "in.ts", {wav, "ours -i in.wav -vn -c:a aac in.ts"}},
      {"WavS16", "in.wav", {wav}},
      {"WavU8", "u8.wav", from_wav("-c:a pcm_u8 u8.wav")},
      {"WavS24", "s24.wav", from_wav("-c:a pcm_s24le s24.wav")},
      {"WavF64", "f64.wav", from_wav("-c:a pcm_f64le f64.wav")},
      {"WavS16At37800", "in.wav", {"wav in.wav 37800 2 1"}},
      {"Wav71", "in.wav", {"wav in.wav 48000 8 1"}},
      {"WavQuad", "q.wav", from_wav("-af pan=quad|c0=c0|c1=c1|c2=0.5*c0|c3=0.5*c1 q.wav")},
      {"Wav61", "q.wav", from_wav("-af pan=6.1|c0=c0|c1=c1|c2=0.5*c0|c3=0.1*c1|c4=0.3*c0 q.wav")},
      {"Flac21", "in.flac", {"wav in.wav 48000 3 1", "ours -i in.wav in.flac"}},
      {"Flac24At96000", "in.flac", from_wav("-ar 96000 -c:a flac -sample_fmt s32 in.flac")},
      {"VideoOnly", "in.mp4", {"-f lavfi -i testsrc=d=1:s=160x120 -c:v mpeg4 in.mp4"}},
  };
}

class InputKind : public ::testing::TestWithParam<Kind> {};

TEST_P(InputKind, BecomesTheSameMp3AsWithTheCommand) {
  const auto& kind = GetParam();
  const TemporaryDirectory inputs;
  make_inputs(inputs.path(), kind.recipe);
  expect_same(inputs.path(), {"-i", kind.input, "out.mp3"});
}

INSTANTIATE_TEST_SUITE_P(Kinds, InputKind, ::testing::ValuesIn(kinds()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(DamagedInput, TruncatedFileIsConvertedAsFarAsItGoes) {
  const TemporaryDirectory inputs;
  make_inputs(inputs.path(), {"wav in.wav 48000 2 2", "-i in.wav -c:a aac -movflags faststart in.mp4"});
  const auto whole = read_file(inputs.path() / "in.mp4");
  write_file(inputs.path() / "in.mp4", whole.substr(0, whole.size() / 2));
  expect_same(inputs.path(), words("-i in.mp4 out.mp3"));
}

TEST(DamagedInput, CorruptedAudioIsSkipped) {
  const TemporaryDirectory inputs;
  make_inputs(inputs.path(), {"wav in.wav 48000 2 2", "-i in.wav -c:a aac -movflags faststart in.mp4"});
  auto bytes = read_file(inputs.path() / "in.mp4");
  std::minstd_rand random(5);
  const auto first = bytes.find("mdat") + 8;
  for (int i = 0; i < 200; ++i) bytes[first + random() % (bytes.size() - first)] = static_cast<char>(random());
  write_file(inputs.path() / "in.mp4", bytes);
  expect_same(inputs.path(), words("-i in.mp4 out.mp3"));
}

TEST(Tags, ContainerTagsAndChaptersAreCarriedOver) {
  const TemporaryDirectory inputs;
  write_file(inputs.path() / "tags.txt",
             ";FFMETADATA1\ntitle=A Title\nartist=An Ärtist\ndate=2020\n"
             "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=First\n"
             "[CHAPTER]\nTIMEBASE=1/1000\nSTART=500\nEND=1000\ntitle=Second\n");
  make_inputs(inputs.path(), {"wav mono.wav 44100 1 1", "ours -i mono.wav -vn mono.m4a",
                              "-i mono.m4a -i tags.txt -map_metadata 1 -map_chapters 1 -c copy in.mp4"});
  expect_same(inputs.path(), words("-i in.mp4 out.mp3"));
  expect_same(inputs.path(), words("-ss 0.25 -i in.mp4 -t 0.5 -metadata title=Other -metadata date= out.mp3"));
}

TEST(ForeignFiles, EmptyTextAndRandomBytesAreRefusedAlike) {
  const TemporaryDirectory inputs;
  std::string noise(20'000, '\0');
  std::minstd_rand random(7);
  for (auto& c : noise) c = static_cast<char>(random() >> 8);
  write_file(inputs.path() / "zero.mp4", "");
  write_file(inputs.path() / "text.mp4", "hello, this is text\n");
  write_file(inputs.path() / "noise.mp4", noise);
  for (const char* name : {"zero.mp4", "text.mp4", "noise.mp4"}) {
    SCOPED_TRACE(name);
    expect_same(inputs.path(), {"-i", name, "out.mp3"});
  }
}

TEST(ForeignFiles, DamagedMoovIsRefusedAlike) {
  const TemporaryDirectory inputs;
  make_inputs(inputs.path(), {"wav in.wav 44100 1 1", "-i in.wav -c:a aac -movflags faststart in.mp4"});
  auto bytes = read_file(inputs.path() / "in.mp4");
  const auto moov = bytes.find("moov") + 8;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(moov), 400, 'A');
  write_file(inputs.path() / "in.mp4", bytes);
  expect_same(inputs.path(), words("-i in.mp4 out.mp3"));
}

}  // namespace
}  // namespace media_test
