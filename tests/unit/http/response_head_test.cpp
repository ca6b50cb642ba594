// How answers are framed.
#include "http/response_head.h"

#include <gtest/gtest.h>

namespace http {
namespace {

Response with_text(std::string text, int status = 200) {
  Response response;
  response.status = status;
  response.text = std::move(text);
  return response;
}

Response with_source(std::optional<std::uint64_t> length) {
  Response response;
  response.source = body_from_text("abc");
  response.content_length = length;
  return response;
}

constexpr AnswerTo kGet{};
constexpr AnswerTo kHead{.head = true};
constexpr AnswerTo kOldGet{.version_minor = 0, .keep_alive = true};

std::string head_of(const Response& response, const AnswerTo& to) {
  std::string out;
  append_head(out, response, frame_answer(response, to), to, "DATE");
  return out;
}

TEST(ResponseHeadTest, TextHasALength) {
  EXPECT_EQ(head_of(with_text("abc"), kGet), "HTTP/1.1 200 OK\r\nDate: DATE\r\nContent-Length: 3\r\n\r\n");
}

TEST(ResponseHeadTest, EmptyAnswerHasLengthZero) {
  EXPECT_EQ(head_of(with_text("", 201), kGet), "HTTP/1.1 201 Created\r\nDate: DATE\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHeadTest, NoContentHasNoLengthAndNoBody) {
  for (const int status : {204, 304}) {
    const auto framing = frame_answer(with_text("abc", status), kGet);
    EXPECT_FALSE(framing.body);
    EXPECT_FALSE(framing.chunked);
    EXPECT_EQ(framing.length, std::nullopt);
  }
}

TEST(ResponseHeadTest, HeadAnswerHasTheLengthOfTheBodyItDoesNotSend) {
  EXPECT_EQ(frame_answer(with_text("abc"), kHead).length, 3U);
  EXPECT_FALSE(frame_answer(with_text("abc"), kHead).body);
  Response announced;
  announced.content_length = 77;
  EXPECT_EQ(frame_answer(announced, kHead).length, 77U);
  EXPECT_FALSE(frame_answer(with_source(5), kHead).body);
  EXPECT_EQ(frame_answer(with_source(5), kHead).length, 5U);
}

TEST(ResponseHeadTest, AnnouncedLengthWithoutABodyIsForHeadOnly) {
  Response announced;
  announced.content_length = 77;
  EXPECT_EQ(frame_answer(announced, kGet).length, 0U);
}

TEST(ResponseHeadTest, SourceWithoutLengthIsChunked) {
  const auto framing = frame_answer(with_source({}), kGet);
  EXPECT_TRUE(framing.chunked);
  EXPECT_TRUE(framing.body);
  EXPECT_FALSE(framing.close);
}

TEST(ResponseHeadTest, OldClientGetsNoChunksButTheEndOfTheConnection) {
  const auto framing = frame_answer(with_source({}), kOldGet);
  EXPECT_FALSE(framing.chunked);
  EXPECT_TRUE(framing.close);
  EXPECT_EQ(framing.length, std::nullopt);
}

TEST(ResponseHeadTest, TextIsChunkedOnRequest) {
  auto response = with_text("abc");
  response.chunked = true;
  EXPECT_TRUE(frame_answer(response, kGet).chunked);
  EXPECT_EQ(frame_answer(response, kGet).length, std::nullopt);
  response.text.clear();
  EXPECT_EQ(frame_answer(response, kGet).length, 0U);
}

TEST(ResponseHeadTest, ConnectionIsNamedWhenItDiffersFromTheVersion) {
  auto response = with_text("a");
  EXPECT_NE(head_of(response, kOldGet).find("Connection: keep-alive\r\n"), std::string::npos);
  EXPECT_EQ(head_of(response, kGet).find("Connection"), std::string::npos);
  response.headers.add("Connection", "Close");
  EXPECT_NE(head_of(response, kGet).find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(frame_answer(response, kGet).close);
}

TEST(ResponseHeadTest, HandlersFramingFieldsAreOurs) {
  auto response = with_text("abc");
  response.headers = {{"content-length", "9"}, {"Transfer-Encoding", "chunked"}, {"ETag", "\"1\""}};
  EXPECT_EQ(head_of(response, kGet), "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nDate: DATE\r\nContent-Length: 3\r\n\r\n");
}

TEST(ResponseHeadTest, HandlersDateWins) {
  auto response = with_text("");
  response.headers.add("date", "mine");
  EXPECT_EQ(head_of(response, kGet).find("DATE"), std::string::npos);
}

TEST(ResponseHeadTest, ValuesCannotAddFields) {
  auto response = with_text("");
  response.reason = "Fine\r\nX: y";
  response.headers.add("A\r\nB", std::string("c\r\n\r\nd\0e", 8));
  const auto head = head_of(response, kGet);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 Fine  X: y\r\nA  B: c    d e\r\n")) << head;
}

TEST(ResponseHeadTest, DateHasTheFixedForm) {
  const auto date = http_date();
  ASSERT_EQ(date.size(), std::string_view("Sun, 06 Nov 1994 08:49:37 GMT").size());
  EXPECT_TRUE(date.ends_with(" GMT"));
}

}  // namespace
}  // namespace http
