// A server as a proxy: what is served inside, what is dialled, what is refused.
#include "http/client.h"
#include "tests/unit/http/tls_fixture.h"

namespace http {
namespace {

using base::Async;
using Kind = ProxyDecision::Kind;

const std::string kConnected = "HTTP/1.1 200 Connection established\r\n\r\n";

class ProxyServerTest : public TlsTest {
 protected:
  /// A proxy that decides by `decision_` and whose handler tells what it saw.
  void serve_proxy() {
    options_.proxy = [this](const ProxyRequest& request) {
      asked_.push_back(request);
      return decision_;
    };
    serve([this](Request& request) { return tell(request); });
  }

  Async<Response> tell(Request& request) {
    ++handled_;
    headers_ = request.headers;
    Response response;
    response.text = request.method + " " + request.target + " of " + request.base_url() + " for " + request.session +
                    " by " + request.authority;
    co_return response;
  }

  /// Opens a tunnel; what is returned is the connection after the proxy's answer.
  Tcp::socket tunnel(const std::string& target) {
    auto socket = connect();
    EXPECT_EQ(talk(socket, "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n", "\r\n\r\n"), kConnected);
    return socket;
  }

  ProxyDecision decision_{.kind = Kind::serve, .session = "s1"};
  std::vector<ProxyRequest> asked_;
  Headers headers_;
  int handled_ = 0;
};

TEST_F(ProxyServerTest, TunnelServesTlsForItsHost) {
  serve_proxy();
  auto socket = tunnel("a.batch.test:443");
  TlsStream stream(socket, client_tls());
  ASSERT_FALSE(greet(stream, "a.batch.test"));
  const auto answer = talk_tls(stream, "GET /pools HTTP/1.1\r\nHost: a.batch.test\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("GET /pools of https://a.batch.test for s1 by a.batch.test:443")) << answer;
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_TRUE(asked_[0].connect);
  EXPECT_EQ(asked_[0].host, "a.batch.test");
  EXPECT_EQ(asked_[0].port, 443);
}

TEST_F(ProxyServerTest, TunnelServesPlainHttpToo) {
  serve_proxy();
  auto socket = tunnel("A.Batch.Test:8080");
  const auto answer = talk(socket, "GET / HTTP/1.1\r\nHost: a.batch.test:8080\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("GET / of http://a.batch.test:8080 for s1 by a.batch.test:8080")) << answer;
}

TEST_F(ProxyServerTest, ConnectOfHttp10NeedsNoHost) {
  serve_proxy();
  auto socket = connect();
  EXPECT_EQ(talk(socket, "CONNECT a.batch.test:443 HTTP/1.0\r\n\r\n", "\r\n\r\n"), kConnected);
}

TEST_F(ProxyServerTest, ConnectMayAnnounceABodyOfNoBytes) {
  serve_proxy();
  auto socket = connect();
  const std::string head = "CONNECT a.batch.test:443 HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(talk(socket, head, "\r\n\r\n"), kConnected);
}

TEST_F(ProxyServerTest, HandshakeSentBehindConnectIsNotLost) {
  serve_proxy();
  auto socket = connect();
  const auto answer = talk(socket,
                           "CONNECT a.batch.test:80 HTTP/1.1\r\n\r\n"
                           "GET / HTTP/1.1\r\nHost: a.batch.test\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with(kConnected) && answer.ends_with("by a.batch.test:80")) << answer;
}

TEST_F(ProxyServerTest, TunnelShowsTheCertificateOfItsHostWhateverIsNamed) {
  serve_proxy();
  auto socket = tunnel("a.batch.test:443");
  TlsStream stream(socket, client_tls());
  EXPECT_FALSE(greet(stream, "b.batch.test", "a.batch.test"));
}

TEST_F(ProxyServerTest, OtherHostsInsideATunnelAreRefused) {
  serve_proxy();
  for (const std::string host : {"b.batch.test", "a.batch.test:444", "127.0.0.1", "localhost"}) {
    auto socket = tunnel("a.batch.test:443");
    const auto answer = talk(socket, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 421 ")) << host << answer;
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(ProxyServerTest, TunnelInsideATunnelIsRefused) {
  serve_proxy();
  for (const std::string line : {"CONNECT b.batch.test:443", "GET http://b.batch.test/"}) {
    auto socket = tunnel("a.batch.test:443");
    const auto answer = talk(socket, line + " HTTP/1.1\r\nHost: a.batch.test\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  }
  EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(ProxyServerTest, WholeUrlBecomesAPathAndItsHost) {
  serve_proxy();
  const auto answer = talk(
      "GET http://169.254.169.254/metadata?a=b HTTP/1.1\r\nHost: other\r\nProxy-Authorization: Basic dTpw\r\n"
      "Proxy-Connection: keep-alive\r\nMetadata: true\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("GET /metadata?a=b of http://169.254.169.254 for s1 by 169.254.169.254:80")) << answer;
  EXPECT_EQ(asked_.at(0).authorization, "Basic dTpw");
  EXPECT_FALSE(asked_.at(0).connect);
  EXPECT_EQ(headers_.count("Host"), 1U);
  EXPECT_EQ(headers_.get("Metadata"), "true");
  for (const auto& [name, value] : headers_.fields()) EXPECT_FALSE(name.starts_with("Proxy-")) << name;
}

TEST_F(ProxyServerTest, EachRequestWithAWholeUrlIsDecidedAnew) {
  serve_proxy();
  auto socket = connect();
  EXPECT_NE(talk(socket, "GET http://a/ HTTP/1.1\r\n\r\n", "by a:80").find(" 200 "), std::string::npos);
  decision_ = {.kind = Kind::refuse, .explanation = "use --allow b"};
  const auto answer = talk(socket, "GET http://b/ HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
  EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(ProxyServerTest, BodyOfAWholeUrlRequestIsRead) {
  options_.proxy = [this](const ProxyRequest&) { return decision_; };
  serve([](Request& request) { return echo_body(request); });
  const auto answer = talk("POST http://a/ HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
  EXPECT_TRUE(answer.ends_with("\r\n\r\n5:hello")) << answer;
}

TEST_F(ProxyServerTest, CredentialIsAskedForOnAConnectionThatStaysOpen) {
  decision_ = {.kind = Kind::needs_credential};
  serve_proxy();
  auto socket = connect();
  const auto answer = talk(socket, "CONNECT a.batch.test:443 HTTP/1.1\r\n\r\n", "given\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 407 ")) << answer;
  EXPECT_NE(answer.find("\r\nProxy-Authenticate: Basic realm=\"Batch Emulator\"\r\n"), std::string::npos) << answer;
  decision_ = {.kind = Kind::serve, .session = "s2"};
  const auto second =
      talk(socket, "CONNECT a.batch.test:443 HTTP/1.1\r\nProxy-Authorization: Basic dTpw\r\n\r\n", "\r\n\r\n");
  EXPECT_EQ(second, kConnected);
  EXPECT_EQ(asked_.at(1).authorization, "Basic dTpw");
}

TEST_F(ProxyServerTest, RefusalTellsWhyAndCloses) {
  decision_ = {.kind = Kind::refuse, .explanation = "example.com is not emulated; --allow example.com lets it through"};
  serve_proxy();
  const auto answer = talk("CONNECT example.com:443 HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
  EXPECT_NE(answer.find("--allow example.com"), std::string::npos) << answer;
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
}

TEST_F(ProxyServerTest, EverySpellingReachesTheDecisionInOneForm) {
  decision_ = {.kind = Kind::refuse};
  serve_proxy();
  for (const std::string host : {"2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "127.0.0.1."}) {
    EXPECT_TRUE(talk("CONNECT " + host + ":80 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 403 ")) << host;
    EXPECT_TRUE(talk("GET http://" + host + "/ HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 403 ")) << host;
  }
  EXPECT_EQ(asked_.size(), 12U);
  for (const auto& request : asked_) EXPECT_EQ(request.host + ":" + std::to_string(request.port), "127.0.0.1:80");
}

TEST_F(ProxyServerTest, MalformedRequestsAreNotDecided) {
  serve_proxy();
  for (const std::string head :
       {"CONNECT a HTTP/1.1\r\n", "CONNECT a:443/ HTTP/1.1\r\n", "CONNECT u@a:443 HTTP/1.1\r\n",
        "CONNECT http://a:443 HTTP/1.1\r\n", "CONNECT 1.2.3.4.5:443 HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n",
        "GET https://a/ HTTP/1.1\r\n", "GET http:///x HTTP/1.1\r\n", "GET http://u:p@a/ HTTP/1.1\r\n",
        "CONNECT a:443 HTTP/1.1\r\nContent-Length: 1\r\n", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\nHost: a\r\n",
        "CONNECT a:443 HTTP/1.1\r\nProxy-Authorization: a\r\nProxy-Authorization: b\r\n",
        "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n", "connect a:443 HTTP/1.1\r\n"}) {
    const auto answer = talk(head + "\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << head << answer;
  }
  EXPECT_TRUE(talk("GET http://a/ HTTP/1.1\r\nOrigin: http://evil.example\r\n\r\n").starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(handled_, 0);
}

TEST_F(ProxyServerTest, TlsToTheProxyItselfIsRefused) {
  serve_proxy();
  EXPECT_TRUE(talk(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)).starts_with("HTTP/1.1 400 "));
}

/// Another server on this machine, that counts who comes.
class TunnelTest : public ProxyServerTest {
 protected:
  std::string port() const { return std::to_string(target_.local_endpoint().port()); }
  bool called() {
    boost::system::error_code error;
    target_.non_blocking(true);
    Tcp::socket caller(context_);
    target_.accept(caller, error);
    return !error;
  }
  Tcp::acceptor target_{context_, {boost::asio::ip::make_address("127.0.0.1"), 0}};
};

TEST_F(TunnelTest, BytesGoBothWaysUntilBothHaveEnded) {
  decision_ = {.kind = Kind::tunnel};
  serve_proxy();
  auto socket = tunnel("127.0.0.1:" + port());
  auto other = target_.accept();
  boost::asio::write(socket, boost::asio::buffer(std::string("ping")));
  EXPECT_EQ(talk(other, "pong", "ping"), "ping");
  EXPECT_EQ(talk(socket, "", "pong"), "pong");
  // One side is done; the other may still answer.
  socket.shutdown(Tcp::socket::shutdown_send);
  EXPECT_EQ(talk(other, ""), "");
  boost::asio::write(other, boost::asio::buffer(std::string("late")));
  other.close();
  EXPECT_EQ(talk(socket, ""), "late");
  EXPECT_EQ(handled_, 0);
}

TEST_F(TunnelTest, MuchDataToASlowReaderArrivesWhole) {
  decision_ = {.kind = Kind::tunnel};
  serve_proxy();
  auto socket = tunnel("127.0.0.1:" + port());
  auto other = target_.accept();
  const std::string much(8 * 1024 * 1024, 'x');
  bool sent = false;
  boost::asio::async_write(other, boost::asio::buffer(much),
                           [&sent, &other](const boost::system::error_code& error, std::size_t) {
                             sent = !error;
                             other.close();
                           });
  EXPECT_EQ(talk(socket, "").size(), much.size());
  EXPECT_TRUE(sent);
}

TEST_F(TunnelTest, IdleTunnelMeetsItsDeadline) {
  decision_ = {.kind = Kind::tunnel};
  options_.idle_deadline = std::chrono::milliseconds(50);
  serve_proxy();
  auto socket = tunnel("127.0.0.1:" + port());
  auto other = target_.accept();
  EXPECT_EQ(talk(socket, ""), "");
  EXPECT_EQ(talk(other, ""), "");
}

TEST_F(TunnelTest, StoppingServerCutsTunnels) {
  decision_ = {.kind = Kind::tunnel};
  serve_proxy();
  auto socket = tunnel("127.0.0.1:" + port());
  auto other = target_.accept();
  run(server_->stop(std::chrono::seconds(5)));
  EXPECT_EQ(talk(socket, ""), "");
}

TEST_F(TunnelTest, NameThatLeadsToThisMachineIsNotDialled) {
  decision_ = {.kind = Kind::tunnel};
  serve_proxy();
  const auto answer = talk("CONNECT localhost:" + port() + " HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
  EXPECT_FALSE(called());
}

TEST_F(TunnelTest, RefusalsMakeNoConnection) {
  serve_proxy();
  for (const auto kind : {Kind::refuse, Kind::needs_credential, Kind::serve}) {
    decision_ = {.kind = kind};
    for (const std::string host : {"127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost", "127.1"}) {
      auto socket = connect();
      talk(socket, "CONNECT " + host + ":" + port() + " HTTP/1.1\r\n\r\n", "\r\n\r\n");
      socket.shutdown(Tcp::socket::shutdown_send);
      talk(socket, "");
    }
  }
  EXPECT_EQ(asked_.size(), 15U);
  EXPECT_FALSE(called());
}

TEST_F(TunnelTest, HostThatRefusesIsABadGateway) {
  decision_ = {.kind = Kind::tunnel};
  serve_proxy();
  const auto closed = port();
  target_.close();
  const auto answer = talk("CONNECT 127.0.0.1:" + closed + " HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 ")) << answer;
}

TEST_F(TunnelTest, PlainHttpIsPassedOnWithoutWhatIsTheProxys) {
  decision_ = {.kind = Kind::tunnel};
  serve_proxy();
  auto socket = connect();
  boost::asio::write(socket, boost::asio::buffer("GET http://127.0.0.1:" + port() +
                                                 "/a?b HTTP/1.1\r\nHost: other\r\nProxy-Authorization: Basic dTpw\r\n"
                                                 "Connection: keep-alive\r\nX-A: 1\r\n\r\n"));
  run_until([this] { return server_->requests() == 1; });
  auto other = target_.accept();
  EXPECT_EQ(talk(other, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "\r\n\r\n"),
            "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:" + port() +
                "\r\nX-A: 1\r\nVia: 1.1 batch-emulator\r\nConnection: close\r\n\r\n");
  other.close();
  EXPECT_EQ(talk(socket, ""), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
}

TEST_F(TunnelTest, BodiesArePassedOnInTheirFraming) {
  decision_ = {.kind = Kind::tunnel};
  serve_proxy();
  const auto pass = [this](const std::string& fields, const std::string& body, const std::string& end) {
    auto socket = connect();
    boost::asio::write(socket, boost::asio::buffer("POST http://127.0.0.1:" + port() + "/ HTTP/1.1\r\n" + fields +
                                                   "\r\n" + body + "GET http://next/ HTTP/1.1\r\n\r\n"));
    run_until([this, before = server_->requests()] { return server_->requests() > before; });
    auto other = target_.accept();
    const auto got = talk(other, "", end);
    boost::asio::write(other, boost::asio::buffer(std::string("HTTP/1.1 204 No Content\r\n\r\n")));
    other.close();
    EXPECT_EQ(talk(socket, ""), "HTTP/1.1 204 No Content\r\n\r\n");
    return got.substr(got.find("\r\n\r\n") + 4);
  };
  EXPECT_EQ(pass("Content-Length: 5\r\n", "hello", "hello"), "hello");
  EXPECT_EQ(pass("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n", "0\r\n\r\n"), "5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(asked_.size(), 2U) << "what followed on the connection went nowhere";
}

/// Our own client at our own proxy.
class ProxyClientTest : public ProxyServerTest {
 protected:
  ~ProxyClientTest() override { client_.reset(); }

  struct Answer {
    int status = 0;
    std::string body;
  };
  static Async<base::Result<Answer>> ask(Client& client, ClientRequest request) {
    auto response = co_await client.send(std::move(request));
    if (response.has_error()) co_return std::move(response).error();
    auto body = co_await read_all(*response->body, 1024);
    if (body.has_error()) co_return std::move(body).error();
    co_return Answer{response->status, std::move(*body)};
  }
  base::Result<Answer> get(std::string url) {
    ClientRequest request;
    request.url = std::move(url);
    request.proxy = "127.0.0.1:" + std::to_string(server_->port());
    request.proxy_authorization = "Basic czE6c2VjcmV0";
    request.ca_file = (directory_ / "ca" / "ca.pem").string();
    return run(ask(*client_, std::move(request)));
  }
  std::unique_ptr<Client> client_ = std::make_unique<Client>(context_.get_executor());
};

TEST_F(ProxyClientTest, HttpsGoesThroughATunnelAndIsVerified) {
  serve_proxy();
  client_tls();  // makes the authority
  for (int i = 0; i < 2; ++i) {
    const auto answer = get("https://a.batch.test/pools");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "GET /pools of https://a.batch.test for s1 by a.batch.test:443");
  }
  ASSERT_EQ(asked_.size(), 1U) << "the second request uses the first one's tunnel";
  EXPECT_EQ(asked_[0].authorization, "Basic czE6c2VjcmV0");
}

TEST_F(ProxyClientTest, HttpIsSentWithTheWholeUrl) {
  serve_proxy();
  const auto answer = get("http://a.batch.test/pools?x=1");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "GET /pools?x=1 of http://a.batch.test for s1 by a.batch.test:80");
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_FALSE(asked_[0].connect);
  EXPECT_EQ(asked_[0].authorization, "Basic czE6c2VjcmV0");
  EXPECT_FALSE(headers_.find("Proxy-Authorization"));
}

TEST_F(ProxyClientTest, RefusalOfATunnelIsAnErrorWithItsText) {
  decision_ = {.kind = Kind::refuse, .session = {}, .explanation = "add --allow example.org"};
  serve_proxy();
  const auto answer = get("https://example.org/");
  ASSERT_TRUE(answer.has_error());
  EXPECT_EQ(answer.error().code, base::Errc::unsupported);
  EXPECT_NE(answer.error().message.find("add --allow example.org"), std::string::npos) << answer.error().message;
  EXPECT_EQ(answer.error().message.find("czE6"), std::string::npos);
}

}  // namespace
}  // namespace http
