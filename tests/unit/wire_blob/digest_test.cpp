#include "wire/blob/digest.h"

#include "base/text.h"

#include <gtest/gtest.h>

namespace wire::blob {
namespace {

TEST(Crc64Test, MatchesThePublishedCheckValue) {
  Crc64 crc;
  crc.add("123456789");
  EXPECT_EQ(crc.value(), 0xAE8B14860A799888u);
}

TEST(Crc64Test, NothingIsZero) {
  EXPECT_EQ(base::base64_encode(Crc64().bytes()), "AAAAAAAAAAA=");
}

TEST(Crc64Test, PiecesMakeTheSameAsTheWhole) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  Crc64 whole;
  whole.add(text);
  for (std::size_t cut = 0; cut < 20; ++cut) {
    Crc64 pieces;
    pieces.add(std::string_view(text).substr(0, cut));
    pieces.add(std::string_view(text).substr(cut));
    EXPECT_EQ(pieces.value(), whole.value()) << cut;
  }
}

TEST(Md5Test, PiecesMakeTheSameAsTheWhole) {
  Md5 md5;
  md5.add("mess");
  md5.add("age digest");
  EXPECT_EQ(md5.finish(), base::md5("message digest"));
}

}  // namespace
}  // namespace wire::blob
