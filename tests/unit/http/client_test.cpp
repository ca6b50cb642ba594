// The client against our own server and against scripted peers.
#include "http/client.h"

#include "tests/unit/http/server_fixture.h"

#include <boost/asio/write.hpp>

namespace http {
namespace {

using base::Async;
using base::Errc;
using base::Result;

class ClientTest : public ServerTest {
 protected:
  ~ClientTest() override {
    client_.reset();
    stop();
  }

  std::string url(std::string_view target) const {
    return "http://localhost:" + std::to_string(server_->port()) + std::string(target);
  }

  struct Answer {
    ClientResponse response;
    std::string body;
  };
  static Async<Result<Answer>> ask(Client& client, ClientRequest request) {
    auto response = co_await client.send(std::move(request));
    if (response.has_error()) co_return std::move(response).error();
    auto body = co_await read_all(*response->body, 8 * 1024 * 1024);
    if (body.has_error()) co_return std::move(body).error();
    Answer answer{std::move(*response), std::move(*body)};
    co_return std::move(answer);
  }
  Result<Answer> ask(ClientRequest request) { return run(ask(*client_, std::move(request))); }
  Result<Answer> get(std::string_view target) {
    ClientRequest request;
    request.url = url(target);
    return ask(std::move(request));
  }

  /// Accepts `answers.size()` connections, reads until an empty line, writes the answer, closes.
  static Async<void> play(Tcp::acceptor& acceptor, std::vector<std::string> answers) {
    for (const auto& answer : answers) {
      auto socket = co_await acceptor.async_accept(boost::asio::use_awaitable);
      std::string seen;
      std::string piece(4096, '\0');
      while (seen.find("\r\n\r\n") == std::string::npos) {
        seen.append(piece, 0, co_await socket.async_read_some(boost::asio::buffer(piece), boost::asio::use_awaitable));
      }
      co_await boost::asio::async_write(socket, boost::asio::buffer(answer), boost::asio::use_awaitable);
    }
  }
  /// Asks a peer that gives these answers, one connection each.
  Result<Answer> ask_scripted(std::vector<std::string> answers, std::string method = "GET") {
    Tcp::acceptor acceptor(context_, {boost::asio::ip::make_address("127.0.0.1"), 0});
    auto playing = play(acceptor, std::move(answers));
    boost::asio::co_spawn(context_, std::move(playing), [](std::exception_ptr) {});  // ends with the acceptor
    ClientRequest request;
    request.method = std::move(method);
    request.url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/";
    request.progress_deadline = std::chrono::milliseconds(2000);
    auto answer = ask(std::move(request));
    acceptor.close();
    context_.restart();
    context_.poll();
    return answer;
  }

  std::unique_ptr<Client> client_ = std::make_unique<Client>(context_.get_executor());
};

TEST_F(ClientTest, AnswerWithLengthIsReadWhole) {
  serve(say_hello);
  const auto answer = get("/x");
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->response.status, 200);
  EXPECT_EQ(answer->response.content_length, 8U);
  EXPECT_EQ(answer->body, "hello /x");
}

TEST_F(ClientTest, ConnectionIsUsedAgainAfterTheBodyWasRead) {
  std::size_t most = 0;
  serve([this, &most](Request& request) {
    most = std::max(most, server_->connections());
    return say_hello(request);
  });
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(get("/x").has_value());
  EXPECT_EQ(server_->connections(), 1U);
  EXPECT_EQ(most, 1U);
  EXPECT_EQ(server_->requests(), 5U);
}

TEST_F(ClientTest, TextBodyArrives) {
  serve(echo_body);
  ClientRequest request;
  request.method = "POST";
  request.url = url("/");
  request.text = "abc";
  EXPECT_EQ(ask(std::move(request))->body, "3:abc");
}

TEST_F(ClientTest, StreamedBodyArrives) {
  serve(echo_body);
  ClientRequest request;
  request.method = "PUT";
  request.url = url("/");
  request.source = body_from_text(std::string(300'000, 'x'));
  request.content_length = 300'000;
  EXPECT_EQ(ask(std::move(request))->body, "300000:" + std::string(200, 'x'));
}

TEST_F(ClientTest, StreamedBodyThatIsTooShortIsAnErrorOfTheCaller) {
  serve(echo_body);
  ClientRequest request;
  request.method = "PUT";
  request.url = url("/");
  request.source = body_from_text("abc");
  request.content_length = 4;
  EXPECT_EQ(ask(std::move(request)).error().code, Errc::invalid_argument);
}

TEST_F(ClientTest, HeadAnswerHasALengthAndNoBody) {
  serve(say_hello);
  ClientRequest request;
  request.method = "HEAD";
  request.url = url("/abc");
  for (int i = 0; i < 2; ++i) {
    ClientRequest again;
    again.method = "HEAD";
    again.url = url("/abc");
    const auto answer = ask(std::move(again));
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->response.content_length, 10U);
    EXPECT_EQ(answer->body, "");
  }
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(ClientTest, HostHeaderStaysWhenConnectingElsewhere) {
  serve([](Request& request) { return say_hello(request); });
  ClientRequest request;
  request.url = "http://account.blob.localhost/c/b";
  request.connect_to = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_EQ(ask(std::move(request))->body, "hello /c/b");
}

TEST_F(ClientTest, KeptConnectionThatTheServerClosedIsReplaced) {
  options_.idle_deadline = std::chrono::milliseconds(1);
  serve(say_hello);
  ASSERT_TRUE(get("/1").has_value());
  run_until([this] { return server_->connections() == 0; });
  EXPECT_EQ(get("/2")->body, "hello /2");
}

TEST_F(ClientTest, ChunkedAnswerIsDecoded) {
  const auto answer =
      ask_scripted({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, "abcde");
  EXPECT_EQ(answer->response.content_length, std::nullopt);
}

TEST_F(ClientTest, AnswerWithoutLengthEndsWithTheConnection) {
  EXPECT_EQ(ask_scripted({"HTTP/1.0 200 OK\r\n\r\nall of it"})->body, "all of it");
}

TEST_F(ClientTest, InterimAnswersAreSkipped) {
  const auto answer =
      ask_scripted({"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\n"
                    "Content-Length: 2\r\n\r\nok"});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->response.status, 201);
  EXPECT_EQ(answer->body, "ok");
}

TEST_F(ClientTest, TruncatedBodyIsAnError) {
  EXPECT_EQ(ask_scripted({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"}).error().code, Errc::io);
}

TEST_F(ClientTest, TruncatedChunkedBodyIsAnError) {
  EXPECT_EQ(ask_scripted({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"}).error().code, Errc::io);
}

TEST_F(ClientTest, ConnectionClosedWithoutAnAnswerIsAnError) {
  EXPECT_EQ(ask_scripted({""}).error().code, Errc::io);
}

TEST_F(ClientTest, AnswerThatIsNotHttpIsAnError) {
  EXPECT_EQ(ask_scripted({"SSH-2.0-OpenSSH_9.2\r\n\r\n"}).error().code, Errc::io);
}

TEST_F(ClientTest, OversizedAnswerHeaderIsAnError) {
  const auto answer = ask_scripted({"HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n"});
  ASSERT_TRUE(answer.has_error());
}

TEST_F(ClientTest, SilentServerMeetsTheDeadline) {
  Tcp::acceptor silent(context_, {boost::asio::ip::make_address("127.0.0.1"), 0});
  ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/";
  request.progress_deadline = std::chrono::milliseconds(20);
  EXPECT_EQ(ask(std::move(request)).error().code, Errc::deadline_exceeded);
}

TEST_F(ClientTest, RefusedConnectionIsUnavailable) {
  Tcp::acceptor bound(context_, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const auto port = bound.local_endpoint().port();
  bound.close();
  ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(port) + "/";
  EXPECT_EQ(ask(std::move(request)).error().code, Errc::unavailable);
}

TEST_F(ClientTest, HeaderValueWithALineBreakIsRefused) {
  serve(say_hello);
  ClientRequest request;
  request.url = url("/");
  request.headers.add("X-A", "b\r\nX-C: d");
  EXPECT_EQ(ask(std::move(request)).error().code, Errc::invalid_argument);
}

TEST_F(ClientTest, EarlyRefusalOfALargeBodyIsStillRead) {
  options_.max_body_bytes = 1000;
  serve(echo_body);
  ClientRequest request;
  request.method = "PUT";
  request.url = url("/");
  request.source = body_from_text(std::string(700'000, 'x'));
  request.content_length = 700'000;
  const auto answer = ask(std::move(request));
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->response.status, 413);
}

TEST_F(ClientTest, AnswerDroppedEarlyDoesNotSpoilTheNextOne) {
  serve([](Request&) -> Async<Response> {
    Response response;
    response.source = body_from_text(std::string(2'000'000, 'y'));
    response.content_length = 2'000'000;
    co_return response;
  });
  ClientRequest request;
  request.url = url("/");
  { auto dropped = run(client_->send(std::move(request))); }
  EXPECT_EQ(get("/")->body.size(), 2'000'000U);
}

}  // namespace
}  // namespace http
