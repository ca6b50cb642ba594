// The server as its clients see it: raw bytes in, raw bytes out.
#include "tests/unit/http/server_fixture.h"

namespace http {
namespace {

using base::Async;

constexpr std::string_view kClose = "Connection: close\r\n";

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_F(ServerTest, SimpleRequestIsAnsweredWithLengthAndDate) {
  serve(say_hello);
  const auto answer = talk(request_text("GET /a?b", kClose));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "\r\nContent-Length: 8\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "\r\nDate: ")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nhello /a")) << answer;
}

TEST_F(ServerTest, RequestHasWhatWasSent) {
  Request seen;
  serve([&seen](Request& request) {
    seen.method = request.method;
    seen.target = request.target;
    seen.path = request.path;
    seen.query = request.query;
    seen.headers = request.headers;
    seen.has_body = request.has_body;
    seen.content_length = request.content_length;
    seen.peer_address = request.peer_address;
    seen.request_id = request.request_id;
    return say_hello(request);
  });
  talk(request_text("PUT /a%20b?c=%20", "X-A: 1\r\nContent-Length: 0\r\nConnection: close\r\n"));
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.target, "/a%20b?c=%20");
  EXPECT_EQ(seen.path, "/a%20b");
  EXPECT_EQ(seen.query, "c=%20");
  EXPECT_EQ(seen.headers.get("x-a"), "1");
  EXPECT_TRUE(seen.has_body);
  EXPECT_EQ(seen.content_length, 0U);
  EXPECT_EQ(seen.peer_address, "127.0.0.1");
  EXPECT_EQ(seen.request_id.size(), 36U);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  serve(say_hello);
  const auto answer = talk(request_text("GET /1") + request_text("GET /2") + request_text("GET /3", kClose));
  EXPECT_LT(answer.find("hello /1"), answer.find("hello /2")) << answer;
  EXPECT_LT(answer.find("hello /2"), answer.find("hello /3")) << answer;
  EXPECT_EQ(server_->requests(), 3U);
}

TEST_F(ServerTest, PipelinedRequestBehindABodyIsServed) {
  serve(echo_body);
  const auto answer = talk(request_text("POST /", "Content-Length: 3\r\n", "abc") +
                           request_text("POST /", "Transfer-Encoding: chunked\r\n", "2\r\nde\r\n0\r\n\r\n") +
                           request_text("POST /", "Content-Length: 1\r\nConnection: close\r\n", "f"));
  EXPECT_TRUE(contains(answer, "\r\n\r\n3:abcHTTP/1.1 200")) << answer;
  EXPECT_TRUE(contains(answer, "\r\n\r\n2:deHTTP/1.1 200")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n1:f")) << answer;
}

TEST_F(ServerTest, HeaderThatArrivesByteByByteIsServed) {
  serve(say_hello);
  auto socket = connect();
  const auto text = request_text("GET /slow", kClose);
  for (const char c : text.substr(0, text.size() - 1)) {
    boost::asio::write(socket, boost::asio::buffer(&c, 1));
    context_.restart();
    context_.poll();
  }
  EXPECT_TRUE(talk(socket, text.substr(text.size() - 1)).ends_with("hello /slow"));
}

TEST_F(ServerTest, BodyThatArrivesInPiecesIsWhole) {
  serve(echo_body);
  auto socket = connect();
  const auto head = request_text("POST /", "Transfer-Encoding: chunked\r\nConnection: close\r\n");
  for (const std::string_view piece :
       {std::string_view(head), std::string_view("8"), std::string_view("\r\nabcd"), std::string_view("efg"),
        std::string_view("h\r"), std::string_view("\n0\r\n\r")}) {
    boost::asio::write(socket, boost::asio::buffer(piece.data(), piece.size()));
    context_.restart();
    context_.poll();
  }
  EXPECT_TRUE(talk(socket, "\n").ends_with("\r\n\r\n8:abcdefgh"));
}

TEST_F(ServerTest, LargeBodiesArriveWhole) {
  serve(echo_body);
  const std::string body(700'000, 'b');
  const auto counted = talk(request_text("POST /", "Content-Length: 700000\r\nConnection: close\r\n", body));
  EXPECT_TRUE(contains(counted, "\r\n\r\n700000:bbb")) << counted;
  const auto chunked = talk(request_text("POST /", "Transfer-Encoding: chunked\r\nConnection: close\r\n",
                                         "aae60\r\n" + body + "\r\n0\r\n\r\n"));
  EXPECT_TRUE(contains(chunked, "\r\n\r\n700000:bbb")) << chunked;
}

TEST_F(ServerTest, HeadHasTheLengthAndNoBody) {
  serve(say_hello);
  const auto answer = talk(request_text("HEAD /abc", kClose));
  EXPECT_TRUE(contains(answer, "\r\nContent-Length: 10\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(ServerTest, OldClientIsClosedUnlessItAsks) {
  serve(say_hello);
  const auto closed = talk("GET /a HTTP/1.0\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(contains(closed, "\r\nConnection: close\r\n")) << closed;
  auto socket = connect();
  const std::string asking = "GET /a HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n";
  EXPECT_TRUE(contains(talk(socket, asking, "hello /a"), "\r\nConnection: keep-alive\r\n"));
  EXPECT_TRUE(contains(talk(socket, asking, "hello /a"), "200 OK"));
}

Async<Response> stream_text(Request& request) {
  Response response;
  response.source = body_from_text(std::string(150'000, 's'));
  if (request.path == "/counted") response.content_length = 150'000;
  if (request.path == "/short") response.content_length = 150'001;
  co_return response;
}

TEST_F(ServerTest, SourceWithLengthIsSentWhole) {
  serve(stream_text);
  const auto answer = talk(request_text("GET /counted", kClose));
  EXPECT_TRUE(contains(answer, "\r\nContent-Length: 150000\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::string(150'000, 's')));
}

TEST_F(ServerTest, SourceWithoutLengthIsChunkedAndEnds) {
  serve(stream_text);
  auto socket = connect();
  const auto answer = talk(socket, request_text("GET /chunked"), "\r\n0\r\n\r\n");
  EXPECT_TRUE(contains(answer, "\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_EQ(occurrences(answer, "s"), 150'000U + occurrences(answer.substr(0, answer.find("\r\n\r\n")), "s"));
  EXPECT_TRUE(contains(talk(socket, request_text("GET /counted", kClose)), "200 OK"));
}

TEST_F(ServerTest, SourceForAnOldClientEndsWithTheConnection) {
  serve(stream_text);
  const auto answer = talk("GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_FALSE(contains(answer, "Transfer-Encoding"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::string(150'000, 's')));
}

TEST_F(ServerTest, SourceThatEndsEarlyClosesTheConnection) {
  serve(stream_text);
  const auto answer = talk(request_text("GET /short") + request_text("GET /counted"));
  EXPECT_EQ(occurrences(answer, "HTTP/1.1"), 1U);
}

TEST_F(ServerTest, TextIsChunkedOnRequest) {
  serve([](Request&) -> Async<Response> {
    Response response;
    response.text = "{}";
    response.chunked = true;
    co_return response;
  });
  const auto answer = talk(request_text("GET /", kClose));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n2\r\n{}\r\n0\r\n\r\n")) << answer;
}

TEST_F(ServerTest, ContinueIsSentWhenTheBodyIsRead) {
  serve(echo_body);
  auto socket = connect();
  const auto head = request_text("POST /", "Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n");
  EXPECT_EQ(talk(socket, head, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(talk(socket, "abc").ends_with("3:abc"));
}

TEST_F(ServerTest, ContinueIsNotSentWhenTheBodyIsThereOrUnwanted) {
  serve([](Request& request) { return request.path == "/echo" ? echo_body(request) : say_hello(request); });
  const auto fields = "Content-Length: 3\r\nExpect: 100-continue\r\n";
  const auto there = talk(request_text("POST /echo", std::string(fields) + "Connection: close\r\n", "abc"));
  EXPECT_TRUE(there.starts_with("HTTP/1.1 200 OK\r\n")) << there;
  const auto unwanted = talk(request_text("POST /hello", fields));
  EXPECT_TRUE(unwanted.starts_with("HTTP/1.1 200 OK\r\n")) << unwanted;
  EXPECT_TRUE(contains(unwanted, "\r\nConnection: close\r\n")) << unwanted;
}

TEST_F(ServerTest, OtherExpectationsAreRefused) {
  serve(echo_body);
  EXPECT_TRUE(talk(request_text("GET /", "Expect: more\r\nConnection: close\r\n")).starts_with("HTTP/1.1 417 "));
}

TEST_F(ServerTest, SmallUnreadBodyIsDroppedAndTheConnectionKept) {
  serve(say_hello);
  const std::string body(60'000, 'x');
  const auto answer = talk(request_text("POST /1", "Content-Length: 60000\r\n", body) + request_text("GET /2", kClose));
  EXPECT_EQ(occurrences(answer, "200 OK"), 2U) << answer;
}

TEST_F(ServerTest, LargeUnreadBodyCostsTheConnection) {
  serve(say_hello);
  const std::string body(70'000, 'x');
  const auto answer = talk(request_text("POST /1", "Content-Length: 70000\r\n", body) + request_text("GET /2"));
  EXPECT_EQ(occurrences(answer, "200 OK"), 1U) << answer;
  EXPECT_TRUE(contains(answer, "\r\nConnection: close\r\n")) << answer;
}

TEST_F(ServerTest, UnreadChunkedBodyCostsTheConnection) {
  serve(say_hello);
  const auto answer =
      talk(request_text("POST /1", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n") + request_text("GET /2"));
  EXPECT_EQ(occurrences(answer, "200 OK"), 1U) << answer;
}

TEST_F(ServerTest, ExceptionOfAHandlerCostsOnlyItsRequest) {
  serve([](Request& request) -> Async<Response> {
    if (request.path == "/bug") throw std::runtime_error("secret detail");
    return say_hello(request);
  });
  const auto answer = talk(request_text("GET /bug"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_FALSE(contains(answer, "secret detail"));
  EXPECT_EQ(server_->exceptions(), 1U);
  EXPECT_TRUE(contains(talk(request_text("GET /fine", kClose)), "200 OK"));
}

TEST_F(ServerTest, BodyKeptBeyondItsRequestFails) {
  std::unique_ptr<BodySource> kept;
  serve([&kept](Request& request) {
    kept = std::move(request.body);
    request.body = body_from_text({});
    return say_hello(request);
  });
  talk(request_text("POST /", "Content-Length: 3\r\nConnection: close\r\n", "abc"));
  ASSERT_NE(kept, nullptr);
  EXPECT_TRUE(run(read_all(*kept, 10)).has_error());
}

TEST_F(ServerTest, ConnectionsBeyondTheLimitWaitTheirTurn) {
  options_.max_connections = 2;
  serve(say_hello);
  auto first = connect();
  auto second = connect();
  talk(first, request_text("GET /1"), "hello /1");
  talk(second, request_text("GET /2"), "hello /2");
  auto third = connect();
  boost::asio::write(third, boost::asio::buffer(request_text("GET /3", kClose)));
  context_.restart();
  context_.poll();
  EXPECT_EQ(server_->connections(), 2U);
  first.close();
  EXPECT_TRUE(contains(talk(third, ""), "hello /3"));
}

TEST_F(ServerTest, IdleConnectionIsClosedAfterItsDeadline) {
  options_.idle_deadline = std::chrono::milliseconds(5);
  serve(say_hello);
  auto socket = connect();
  EXPECT_TRUE(talk(socket, request_text("GET /a")).ends_with("hello /a"));
  EXPECT_EQ(talk(""), "");
}

TEST_F(ServerTest, StopClosesIdleConnectionsAtOnce) {
  serve(say_hello);
  auto socket = connect();
  talk(socket, request_text("GET /a"), "hello /a");
  const auto begin = std::chrono::steady_clock::now();
  run(server_->stop(std::chrono::seconds(5)));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  EXPECT_EQ(server_->connections(), 0U);
}

Async<Response> wait_for_ever(Request&) {
  static_cast<void>(co_await base::wait_for(std::chrono::hours(1)));
  co_return Response{};
}

TEST_F(ServerTest, StopCancelsWhatDoesNotEnd) {
  serve(wait_for_ever);
  auto socket = connect();
  boost::asio::write(socket, boost::asio::buffer(request_text("GET /a")));
  run_until([this] { return server_->connections() == 1; });
  run(server_->stop(std::chrono::milliseconds(20)));
  EXPECT_EQ(server_->connections(), 0U);
  EXPECT_EQ(server_->exceptions(), 0U);
}

TEST_F(ServerTest, StopLetsARequestFinish) {
  serve([](Request& request) -> Async<Response> {
    static_cast<void>(co_await base::wait_for(std::chrono::milliseconds(20)));
    Response response;
    response.text = "finished " + request.path;
    co_return response;
  });
  auto socket = connect();
  boost::asio::write(socket, boost::asio::buffer(request_text("GET /a")));
  run_until([this] { return server_->connections() == 1; });
  context_.poll();
  run(server_->stop(std::chrono::seconds(5)));
  const auto answer = talk(socket, "");
  EXPECT_TRUE(answer.ends_with("finished /a")) << answer;
  EXPECT_TRUE(contains(answer, "Connection: close")) << answer;
}

TEST_F(ServerTest, TakenPortIsAnErrorOfListen) {
  serve(say_hello);
  options_.port = server_->port();
  EXPECT_EQ(Server::listen(context_.get_executor(), options_).error().code, base::Errc::already_exists);
}

TEST_F(ServerTest, OnlyLoopbackAddressesAreServed) {
  options_.address = "0.0.0.0";
  EXPECT_EQ(Server::listen(context_.get_executor(), options_).error().code, base::Errc::invalid_argument);
  options_.address = "localhost";
  EXPECT_EQ(Server::listen(context_.get_executor(), options_).error().code, base::Errc::invalid_argument);
}

}  // namespace
}  // namespace http
