// The server as its clients see it: raw bytes in, raw bytes out.
#include "tests/unit/http/server_fixture.h"

namespace http {
namespace {

TEST_F(ServerTest, SimpleRequestIsAnsweredWithLengthAndDate) {
  serve(say_hello);
  const auto answer = talk(request_text("GET /a?b", "Connection: close\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_NE(answer.find("\r\nContent-Length: 8\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("\r\nDate: "), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nhello /a")) << answer;
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  serve(say_hello);
  const auto answer =
      talk(request_text("GET /1") + request_text("GET /2") + request_text("GET /3", "Connection: close\r\n"));
  EXPECT_LT(answer.find("hello /1"), answer.find("hello /2")) << answer;
  EXPECT_LT(answer.find("hello /2"), answer.find("hello /3")) << answer;
}

}  // namespace
}  // namespace http
