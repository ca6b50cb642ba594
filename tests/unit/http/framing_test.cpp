// The header block: what is accepted and, at length, what is not.
#include "http/framing.h"

#include <gtest/gtest.h>

namespace http {
namespace {

using base::Errc;

std::string block(std::string_view fields, std::string_view line = "POST /jobs HTTP/1.1") {
  return std::string(line) + "\r\n" + std::string(fields) + "\r\n";
}

TEST(FramingTest, UsualRequestIsTakenApart) {
  const auto head = parse_head(
      "PUT /pools/p1?api-version=1 HTTP/1.1\r\nHost: localhost:1\r\nX-Empty:\r\nx-ms-meta-A: \t a b \t\r\n"
      "content-length: 12\r\n\r\n");
  ASSERT_TRUE(head.has_value()) << head.error().message;
  EXPECT_EQ(head->method, "PUT");
  EXPECT_EQ(head->target, "/pools/p1?api-version=1");
  EXPECT_EQ(head->version_minor, 1);
  EXPECT_EQ(head->content_length, 12U);
  EXPECT_FALSE(head->chunked);
  EXPECT_TRUE(head->keep_alive);
  EXPECT_EQ(head->headers.get("X-MS-Meta-a"), "a b");
  EXPECT_EQ(head->headers.find("x-empty"), "");
  EXPECT_EQ(head->headers.fields()[2].first, "x-ms-meta-A");
}

TEST(FramingTest, ChunkedRequestIsRecognisedInAnyCase) {
  const auto head = parse_head(block("Host: a\r\nTransfer-Encoding: Chunked\r\n"));
  ASSERT_TRUE(head.has_value());
  EXPECT_TRUE(head->chunked);
  EXPECT_EQ(head->content_length, std::nullopt);
}

TEST(FramingTest, ConnectionCloseEndsKeepAliveAmongOtherOptions) {
  EXPECT_FALSE(parse_head(block("Connection: foo , Close\r\n"))->keep_alive);
  EXPECT_TRUE(parse_head(block("Connection: closed\r\n"))->keep_alive);
}

TEST(FramingTest, OldClientKeepsItsConnectionOnlyWhenItAsks) {
  EXPECT_FALSE(parse_head(block("Host: a\r\n", "GET / HTTP/1.0"))->keep_alive);
  EXPECT_TRUE(parse_head(block("Connection: keep-alive\r\n", "GET / HTTP/1.0"))->keep_alive);
  EXPECT_FALSE(parse_head(block("Connection: keep-alive, close\r\n", "GET / HTTP/1.0"))->keep_alive);
}

TEST(FramingTest, ExpectationsAreTold) {
  EXPECT_EQ(parse_head(block(""))->expectation, Expectation::none);
  EXPECT_EQ(parse_head(block("Expect: 100-Continue\r\n"))->expectation, Expectation::continue_100);
  EXPECT_EQ(parse_head(block("Expect: 200-ok\r\n"))->expectation, Expectation::unknown);
  EXPECT_EQ(parse_head(block("Expect: 100-continue\r\nExpect: 100-continue\r\n"))->expectation, Expectation::unknown);
  EXPECT_EQ(parse_head(block("Expect: 100-continue\r\n", "PUT / HTTP/1.0"))->expectation, Expectation::none);
}

TEST(FramingTest, LargestLengthFits) {
  EXPECT_EQ(parse_head(block("Content-Length: 9999999999999999999\r\n"))->content_length, 9999999999999999999U);
}

TEST(FramingTest, BytesAboveAsciiAreKeptInValues) {
  EXPECT_EQ(parse_head(block("X: \xc3\xa9\r\n"))->headers.get("X"), "\xc3\xa9");
}

struct BadBlock {
  const char* name;
  std::string raw;
};

class RefusedBlock : public ::testing::TestWithParam<BadBlock> {};

TEST_P(RefusedBlock, IsRefused) {
  const auto head = parse_head(GetParam().raw);
  ASSERT_TRUE(head.has_error()) << GetParam().raw;
  EXPECT_EQ(head.error().code, Errc::invalid_argument);
  for (const char c : head.error().message) EXPECT_TRUE(c >= ' ' && c <= '~') << head.error().message;
}

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(
    RequestLine, RefusedBlock,
    ::testing::Values(
        BadBlock{"Empty", ""}, BadBlock{"OnlyEmptyLine", "\r\n\r\n"},
        BadBlock{"LeadingEmptyLine", "\r\nGET / HTTP/1.1\r\n\r\n"}, BadBlock{"NoVersion", "GET /\r\n\r\n"},
        BadBlock{"NoTarget", "GET HTTP/1.1\r\n\r\n"}, BadBlock{"TwoSpaces", "GET  / HTTP/1.1\r\n\r\n"},
        BadBlock{"SpaceInTarget", "GET /a b HTTP/1.1\r\n\r\n"}, BadBlock{"TabForSpace", "GET\t/ HTTP/1.1\r\n\r\n"},
        BadBlock{"LeadingSpace", " GET / HTTP/1.1\r\n\r\n"}, BadBlock{"TrailingSpace", "GET / HTTP/1.1 \r\n\r\n"},
        BadBlock{"MethodNotToken", "G(T / HTTP/1.1\r\n\r\n"},
        BadBlock{"LongMethod", std::string(33, 'A') + " / HTTP/1.1\r\n\r\n"},
        BadBlock{"AbsoluteForm", "GET http://localhost/ HTTP/1.1\r\n\r\n"},
        BadBlock{"AuthorityForm", "CONNECT localhost:80 HTTP/1.1\r\n\r\n"},
        BadBlock{"AsteriskForm", "OPTIONS * HTTP/1.1\r\n\r\n"}, BadBlock{"Relative", "GET a HTTP/1.1\r\n\r\n"},
        BadBlock{"Fragment", "GET /a#b HTTP/1.1\r\n\r\n"}, BadBlock{"NonAsciiTarget", "GET /\xc3\xa9 HTTP/1.1\r\n\r\n"},
        BadBlock{"ControlInTarget", "GET /\x01 HTTP/1.1\r\n\r\n"},
        BadBlock{"DelInTarget", "GET /\x7f HTTP/1.1\r\n\r\n"}, BadBlock{"NulInTarget", "GET /\0 HTTP/1.1\r\n\r\n"s},
        BadBlock{"Http2", "GET / HTTP/2.0\r\n\r\n"}, BadBlock{"Http12", "GET / HTTP/1.2\r\n\r\n"},
        BadBlock{"Http11Long", "GET / HTTP/1.10\r\n\r\n"}, BadBlock{"LowerCaseVersion", "GET / http/1.1\r\n\r\n"},
        BadBlock{"Http2Preface", "PRI * HTTP/2.0\r\n\r\n"}),
    [](const auto& param) { return param.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Lines, RefusedBlock,
    ::testing::Values(
        BadBlock{"BareLfEnd", "GET / HTTP/1.1\nHost: a\n\n"}, BadBlock{"BareLfInside", block("A: b\nC: d\r\n")},
        BadBlock{"BareCrInside", block("A: b\rC: d\r\n")}, BadBlock{"BareCrBeforeCrLf", block("A: b\r\r\n")},
        BadBlock{"BareCrInLine", "GET / HTTP/1.1\r\rHost: a\r\n\r\n"},
        BadBlock{"LfCr", "GET / HTTP/1.1\n\rA: b\r\n\r\n"}, BadBlock{"NoEmptyLine", "GET / HTTP/1.1\r\nA: b\r\n"},
        BadBlock{"BytesAfterTheEnd", block("A: b\r\n") + "X"},
        BadBlock{"TwoBlocks", block("A: b\r\n") + block("A: b\r\n")},
        BadBlock{"FoldedWithSpace", block("A: b\r\n c\r\n")}, BadBlock{"FoldedWithTab", block("A: b\r\n\tc\r\n")},
        BadBlock{"FoldedFirst", block(" A: b\r\n")}, BadBlock{"WhiteLine", block("A: b\r\n \r\n")},
        BadBlock{"NoColon", block("Hostlocalhost\r\n")}, BadBlock{"NoName", block(": b\r\n")},
        BadBlock{"SpaceBeforeColon", block("A : b\r\n")}, BadBlock{"TabBeforeColon", block("A\t: b\r\n")},
        BadBlock{"NameNotToken", block("A@: b\r\n")}, BadBlock{"NonAsciiName", block("\xc3\xa9: b\r\n")},
        BadBlock{"NulInValue", block("A: b\0c\r\n"s)}, BadBlock{"NulInName", block("A\0: b\r\n"s)},
        BadBlock{"BellInValue", block("A: \x07\r\n")}, BadBlock{"DelInValue", block("A: \x7f\r\n")},
        BadBlock{"VerticalTab", block("A: b\x0b\r\n")}),
    [](const auto& param) { return param.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Smuggling, RefusedBlock,
    ::testing::Values(BadBlock{"BothLengths", block("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")},
                      BadBlock{"BothLengthsTurned", block("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")},
                      BadBlock{"BothWithZero", block("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")},
                      BadBlock{"TwoLengths", block("Content-Length: 4\r\nContent-Length: 5\r\n")},
                      BadBlock{"TwoEqualLengths", block("Content-Length: 4\r\ncontent-length: 4\r\n")},
                      BadBlock{"LengthList", block("Content-Length: 4, 4\r\n")},
                      BadBlock{"PlusLength", block("Content-Length: +4\r\n")},
                      BadBlock{"MinusLength", block("Content-Length: -4\r\n")},
                      BadBlock{"HexLength", block("Content-Length: 0x4\r\n")},
                      BadBlock{"EmptyLength", block("Content-Length:\r\n")},
                      BadBlock{"SpacedLength", block("Content-Length: 1 2\r\n")},
                      BadBlock{"WordLength", block("Content-Length: four\r\n")},
                      BadBlock{"OverflowingLength", block("Content-Length: 18446744073709551616\r\n")},
                      BadBlock{"PaddedLength", block("Content-Length: 00000000000000000004\r\n")},
                      BadBlock{"FractionLength", block("Content-Length: 4.0\r\n")},
                      BadBlock{"TwoEncodings", block("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
                      BadBlock{"EncodingList", block("Transfer-Encoding: chunked, chunked\r\n")},
                      BadBlock{"GzipChunked", block("Transfer-Encoding: gzip, chunked\r\n")},
                      BadBlock{"ChunkedIdentity", block("Transfer-Encoding: chunked, identity\r\n")},
                      BadBlock{"Identity", block("Transfer-Encoding: identity\r\n")},
                      BadBlock{"IdentityThenChunked",
                               block("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n")},
                      BadBlock{"XChunked", block("Transfer-Encoding: xchunked\r\n")},
                      BadBlock{"QuotedChunked", block("Transfer-Encoding: \"chunked\"\r\n")},
                      BadBlock{"ChunkedParameter", block("Transfer-Encoding: chunked;a=b\r\n")},
                      BadBlock{"EmptyEncoding", block("Transfer-Encoding:\r\n")},
                      BadBlock{"VerticalTabEncoding", block("Transfer-Encoding: \x0b"
                                                            "chunked\r\n")},
                      BadBlock{"SpaceBeforeColonOfEncoding", block("Transfer-Encoding : chunked\r\n")},
                      BadBlock{"FoldedEncoding", block("Transfer-Encoding:\r\n chunked\r\n")},
                      BadBlock{"EncodingInOldVersion", block("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0")},
                      BadBlock{"TwoAuthorizations", block("Authorization: a\r\nauthorization: b\r\n")},
                      BadBlock{"TwoContentTypes", block("Content-Type: a/b\r\nContent-Type: a/b\r\n")}),
    [](const auto& param) { return param.param.name; });

TEST(FramingTest, TooManyBytesAreTooLarge) {
  const auto raw = block("A: " + std::string(100, 'x') + "\r\n");
  EXPECT_EQ(parse_head(raw, {.max_bytes = raw.size() - 1}).error().code, Errc::too_large);
  EXPECT_TRUE(parse_head(raw, {.max_bytes = raw.size()}).has_value());
}

TEST(FramingTest, TooManyFieldsAreTooLarge) {
  const auto raw = block("A: 1\r\nB: 2\r\nC: 3\r\n");
  EXPECT_EQ(parse_head(raw, {.max_fields = 2}).error().code, Errc::too_large);
  EXPECT_TRUE(parse_head(raw, {.max_fields = 3}).has_value());
}

TEST(FramingTest, EndIsFoundWhereverThePiecesAreCut) {
  const auto raw = block("Host: a\r\nB: c\r\n");
  for (std::size_t cut = 0; cut < raw.size(); ++cut) {
    const auto first = find_head_end(std::string_view(raw).substr(0, cut), 0);
    ASSERT_EQ(first.state, HeadEnd::State::incomplete) << cut;
    const auto all = find_head_end(raw + "body\n", cut);
    ASSERT_EQ(all.state, HeadEnd::State::complete) << cut;
    EXPECT_EQ(all.size, raw.size());
  }
}

TEST(FramingTest, ForeignProtocolIsNoticedAtItsFirstBytes) {
  EXPECT_EQ(find_head_end("\x16\x03\x01", 0).state, HeadEnd::State::malformed);
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\n", 0).state, HeadEnd::State::malformed);
  EXPECT_EQ(find_head_end("\r\n", 0).state, HeadEnd::State::malformed);
}

TEST(FramingTest, RequestLineIsPeekedFromMalformedBlocks) {
  using Line = std::pair<std::string, std::string>;
  EXPECT_EQ(peek_request_line("HEAD /a?b HTTP/9\r\n"), Line("HEAD", "/a?b"));
  EXPECT_EQ(peek_request_line("GET http://x/ HTTP/1.1\r\n"), Line("GET", ""));
  EXPECT_EQ(peek_request_line("\x16\x03"), Line("", ""));
  EXPECT_EQ(peek_request_line(""), Line("", ""));
}

TEST(FramingTest, QuotedTextIsCleanedAndShortened) {
  EXPECT_EQ(printable("a\r\n\x80z"), "a???z");
  EXPECT_EQ(printable(std::string(500, 'a')).size(), 103U);
}

}  // namespace
}  // namespace http
