// The chunk decoder: the same answer however the bytes are cut, and no leniency.
#include "http/chunked.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <array>

namespace http {
namespace {

using base::Errc;

struct Decoded {
  std::string data;
  std::size_t consumed = 0;
  bool done = false;
  bool refused = false;
};

/// Feeds `input` in pieces of `piece` bytes into room for `room` bytes.
Decoded decode(std::string_view input, std::size_t piece, std::size_t room) {
  ChunkDecoder decoder;
  Decoded out;
  std::string into(room, '\0');
  while (out.consumed < input.size() && !decoder.done()) {
    const auto progress = decoder.decode(input.substr(out.consumed, piece), into);
    if (progress.has_error()) {
      EXPECT_EQ(progress.error().code, Errc::invalid_argument);
      out.refused = true;
      return out;
    }
    EXPECT_GT(progress->consumed, 0U);
    if (progress->consumed == 0) return out;
    out.consumed += progress->consumed;
    out.data.append(into, 0, progress->produced);
  }
  out.done = decoder.done();
  return out;
}

TEST(ChunkedTest, BodyIsTheSameHoweverItIsCut) {
  const std::string body = "4\r\nWiki\r\n5\r\npedia\r\nE\r\n in \r\n\r\nchunks\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    for (const std::size_t room : {1, 2, 3, 7, 100}) {
      const auto out = decode(body + "GET", piece, room);
      EXPECT_EQ(out.data, "Wikipedia in \r\n\r\nchunks") << piece << " " << room;
      EXPECT_TRUE(out.done);
      EXPECT_EQ(out.consumed, body.size());
    }
  }
}

TEST(ChunkedTest, EmptyBodyIsOneLastChunk) {
  EXPECT_TRUE(decode("0\r\n\r\n", 100, 10).done);
  EXPECT_TRUE(decode("0000\r\n\r\n", 100, 10).done);
}

TEST(ChunkedTest, SizesAreHexadecimalInBothCases) {
  EXPECT_EQ(decode("a\r\n0123456789\r\n0\r\n\r\n", 100, 100).data, "0123456789");
  EXPECT_EQ(decode("A\r\n0123456789\r\n0\r\n\r\n", 100, 100).data, "0123456789");
}

TEST(ChunkedTest, SixteenDigitsAreTheMost) {
  ChunkDecoder decoder;
  std::array<char, 1> room{};
  ASSERT_TRUE(decoder.decode("FFFFFFFFFFFFFFFF\r\n", room).has_value());
  EXPECT_EQ(decoder.data_left(), UINT64_MAX);
  EXPECT_TRUE(decode("00000000000000001\r\n", 100, 10).refused);
}

class RefusedChunks : public ::testing::TestWithParam<const char*> {};

TEST_P(RefusedChunks, AreRefusedHoweverTheyAreCut) {
  const std::string_view body = GetParam();
  for (std::size_t piece = 1; piece <= body.size(); ++piece) EXPECT_TRUE(decode(body, piece, 50).refused) << piece;
}

INSTANTIATE_TEST_SUITE_P(Forms, RefusedChunks,
                         ::testing::Values("\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1\n",
                                           "1\rX", "1;a=b\r\n", "1;\r\n", "1\ta\r\n", "1\r\nab\r\n", "1\r\na\n",
                                           "1\r\na\rX", "1\r\naX\n", "2\r\na\r\n0\r\n\r\n", "0\r\nA: b\r\n\r\n",
                                           "0\r\n\n", "0\r\n\rX", "0\r\n \r\n", "0;a\r\n\r\n", "1\r\na\r\n\r\n",
                                           "1,1\r\n", "11111111111111111\r\n"));

TEST(ChunkedTest, RefusedDecoderStaysRefused) {
  ChunkDecoder decoder;
  std::array<char, 8> room{};
  ASSERT_TRUE(decoder.decode("x", room).has_error());
  EXPECT_TRUE(decoder.decode("0\r\n\r\n", room).has_error());
  EXPECT_FALSE(decoder.done());
}

TEST(ChunkedTest, SkippedDataCounts) {
  ChunkDecoder decoder;
  std::array<char, 8> room{};
  ASSERT_TRUE(decoder.decode("5\r\n", room).has_value());
  EXPECT_EQ(decoder.data_left(), 5U);
  decoder.skip(5);
  EXPECT_EQ(decoder.data_left(), 0U);
  ASSERT_TRUE(decoder.decode("\r\n0\r\n\r\n", room).has_value());
  EXPECT_TRUE(decoder.done());
}

TEST(ChunkedTest, WrittenHeaderIsReadBack) {
  EXPECT_EQ(chunk_header(0x1a2b), "1a2b\r\n");
  EXPECT_EQ(decode(chunk_header(3) + "abc\r\n" + std::string(kLastChunk), 100, 10).data, "abc");
}

}  // namespace
}  // namespace http
