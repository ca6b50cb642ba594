// What the gate refuses never reaches a handler, and costs the connection when its framing cannot be trusted.
#include "tests/unit/http/server_fixture.h"

namespace http {
namespace {

class ServerGateTest : public ServerTest {
 protected:
  void serve_counted() {
    serve([this](Request& request) {
      ++handled_;
      return echo_body(request);
    });
  }
  int handled_ = 0;
};

TEST_F(ServerGateTest, SmuggledRequestsAreNeverServed) {
  serve_counted();
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::vector<std::string> attempts = {
      request_text("POST /", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden),
      request_text("POST /", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n" + hidden),
      request_text("POST /", "Content-Length: 0\r\nContent-Length: 44\r\n", hidden),
      request_text("POST /", "Content-Length: 0, 44\r\n", hidden),
      request_text("POST /", "Content-Length: +0\r\n", hidden),
      request_text("POST /", "Transfer-Encoding: xchunked\r\n", hidden),
      request_text("POST /", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + hidden),
      request_text("POST /", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n" + hidden),
      request_text("POST /", "X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden),
      request_text("POST /", "X: y\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden),
      "POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden,
      "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden,
      "GET / HTTP/1.1\nHost: localhost\n\n" + hidden,
      "\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden,
      "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n" + hidden,
  };
  for (const auto& attempt : attempts) {
    const auto answer = talk(attempt);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << attempt << answer;
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("Date: "), answer.rfind("Date: ")) << "a second answer: " << attempt << answer;
  }
  EXPECT_EQ(handled_, 0);
  EXPECT_EQ(refusals_, std::vector(attempts.size(), Refusal::bad_framing));
}

TEST_F(ServerGateTest, MalformedChunksAreRefusedWhateverTheHandlerSays) {
  serve_counted();
  for (const auto* body : {"1;a=b\r\nx\r\n0\r\n\r\n", "x\r\n", "1\r\nab\r\n0\r\n\r\n", "0\r\nTrailer: a\r\n\r\n",
                           "11111111111111111\r\n", "1\nx\n0\n\n"}) {
    const auto answer = talk(request_text("POST /", "Transfer-Encoding: chunked\r\n", body));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << body << answer;
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
  }
  for (const auto refusal : refusals_) EXPECT_EQ(refusal, Refusal::bad_framing);
}

TEST_F(ServerGateTest, BodyThatEndsEarlyIsRefused) {
  serve_counted();
  auto socket = connect();
  boost::asio::write(socket, boost::asio::buffer(request_text("POST /", "Content-Length: 5\r\n", "abc")));
  socket.shutdown(Tcp::socket::shutdown_send);
  EXPECT_TRUE(talk(socket, "").starts_with("HTTP/1.1 400 "));
}

TEST_F(ServerGateTest, HeaderThatEndsEarlyIsRefused) {
  serve_counted();
  auto socket = connect();
  boost::asio::write(socket, boost::asio::buffer(std::string("GET /a HTTP/1.1\r\n")));
  socket.shutdown(Tcp::socket::shutdown_send);
  EXPECT_TRUE(talk(socket, "").starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(refused_path_, "/a");
}

TEST_F(ServerGateTest, UnknownHostsAreRefusedByName) {
  serve_counted();
  for (const auto* host : {"evil.example", "localhost.", "user@localhost", "", "localhost:80:80"}) {
    const auto answer = talk("GET /p HTTP/1.1\r\nHost: " + std::string(host) + "\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 421 ")) << host << answer;
  }
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 421 "));
  EXPECT_TRUE(talk("GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 421 "));
  EXPECT_TRUE(talk(request_text("GET /", "Host: localhost\r\nConnection: close\r\n")).starts_with("HTTP/1.1 421 "));
  EXPECT_EQ(handled_, 0);
  EXPECT_EQ(refusals_, std::vector(8, Refusal::unknown_host));
}

TEST_F(ServerGateTest, UnknownHostCostsTheConnection) {
  serve_counted();
  const auto answer = talk("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n" + request_text("GET /"));
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
  EXPECT_EQ(handled_, 0);
}

TEST_F(ServerGateTest, EveryLoopbackAddressIsAPeer) {
  serve_counted();
  Tcp::socket socket(context_, Tcp::v4());
  socket.bind({boost::asio::ip::make_address("127.1.2.3"), 0});
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
  EXPECT_TRUE(talk(socket, request_text("GET /", "Connection: close\r\n")).starts_with("HTTP/1.1 200 "));
}

TEST_F(ServerGateTest, ForeignOriginsAreRefused) {
  options_.allowed_origins = {"http://localhost:8080"};
  serve_counted();
  EXPECT_TRUE(
      talk(request_text("GET /", "Origin: http://evil.example\r\nConnection: close\r\n")).starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(talk(request_text("GET /", "Origin: null\r\nConnection: close\r\n")).starts_with("HTTP/1.1 403 "));
  EXPECT_EQ(handled_, 0);
  EXPECT_TRUE(talk(request_text("GET /", "Origin: http://localhost:8080\r\nConnection: close\r\n"))
                  .starts_with("HTTP/1.1 200 "));
}

TEST_F(ServerGateTest, HostIsCheckedBeforeOrigin) {
  serve_counted();
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 421 "));
}

TEST_F(ServerGateTest, FramingIsCheckedBeforeHost) {
  serve_counted();
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: x\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_F(ServerGateTest, RefusedRequestWithoutABodyKeepsTheConnection) {
  serve_counted();
  auto socket = connect();
  EXPECT_TRUE(talk(socket, request_text("GET /", "Origin: null\r\n"), "yours").starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(talk(socket, request_text("GET /"), "0:").starts_with("HTTP/1.1 200 "));
}

TEST_F(ServerGateTest, RefusedHeadRequestHasNoBody) {
  serve_counted();
  const auto answer = talk("HEAD / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  const auto malformed = talk("HEAD / HTTP/1.1\r\nHost localhost\r\n\r\n");
  EXPECT_TRUE(malformed.starts_with("HTTP/1.1 400 ")) << malformed;
  EXPECT_TRUE(malformed.ends_with("\r\n\r\n")) << malformed;
}

TEST_F(ServerGateTest, LongHeaderBlockIsRefusedBeforeItsEnd) {
  options_.max_header_bytes = 2048;
  serve_counted();
  EXPECT_TRUE(talk(request_text("GET /", "X: " + std::string(5000, 'x'))).starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(talk(request_text("GET /", "X: " + std::string(5000, 'x') + "\r\n")).starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(refusals_, std::vector(2, Refusal::header_too_large));
}

TEST_F(ServerGateTest, ManyFieldsAreRefused) {
  options_.max_header_fields = 3;
  serve_counted();
  EXPECT_TRUE(talk(request_text("GET /", "A: 1\r\nB: 2\r\nC: 3\r\n")).starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(refusals_, std::vector(1, Refusal::header_too_large));
}

TEST_F(ServerGateTest, AnnouncedBodyBeyondTheLimitIsRefusedUnread) {
  options_.max_body_bytes = 10;
  serve_counted();
  const auto answer = talk(request_text("PUT /", "Content-Length: 11\r\nExpect: 100-continue\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_EQ(handled_, 0);
}

TEST_F(ServerGateTest, ChunkedBodyBeyondTheLimitIsRefused) {
  options_.max_body_bytes = 10;
  serve_counted();
  EXPECT_TRUE(talk(request_text("PUT /", "Transfer-Encoding: chunked\r\n", "b\r\n0123456789a\r\n0\r\n\r\n"))
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(
      talk(request_text("PUT /", "Transfer-Encoding: chunked\r\nConnection: close\r\n", "a\r\n0123456789\r\n0\r\n\r\n"))
          .starts_with("HTTP/1.1 200 "));
}

TEST_F(ServerGateTest, SlowHeaderMeetsItsDeadline) {
  options_.header_deadline = std::chrono::milliseconds(20);
  serve_counted();
  const auto answer = talk("GET / HTTP/1.1\r\nHost: loc");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
}

TEST_F(ServerGateTest, StalledBodyMeetsItsDeadline) {
  options_.body_progress_deadline = std::chrono::milliseconds(20);
  serve_counted();
  const auto answer = talk(request_text("PUT /", "Content-Length: 5\r\n", "abc"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
}

TEST_F(ServerGateTest, TlsClientIsToldAtOnce) {
  serve_counted();
  const auto answer = talk(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
}

}  // namespace
}  // namespace http
