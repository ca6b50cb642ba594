// One port for TLS and plain HTTP.
#include "tests/fakes/fake_clock.h"
#include "tests/unit/http/tls_fixture.h"

namespace http {
namespace {

using base::Async;

std::string closing(const std::string& target, const std::string& host = "localhost") {
  return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
}

class ServerTlsTest : public TlsTest {
 protected:
  void serve_url() {
    serve([](Request& request) { return tell_url(request); });
  }
  static Async<Response> tell_url(Request& request) {
    Response response;
    response.text = request.base_url() + request.target;
    co_return response;
  }
};

TEST_F(ServerTlsTest, SamePortAnswersBoth) {
  serve_url();
  EXPECT_TRUE(talk(closing("/a", "localhost:1")).ends_with("http://localhost:1/a"));
  auto socket = connect();
  TlsStream stream(socket, client_tls());
  ASSERT_FALSE(greet(stream, "localhost"));
  const auto answer = talk_tls(stream, closing("/a", "localhost:1"));
  EXPECT_TRUE(answer.ends_with("https://localhost:1/a")) << answer;
  EXPECT_EQ(end_, boost::asio::error::eof) << "the server says goodbye by TLS";
}

TEST_F(ServerTlsTest, NothingIsMadeBeforeTheFirstHandshake) {
  serve_url();
  talk(closing("/"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "ca"));
}

TEST_F(ServerTlsTest, CertificateIsForTheNameOrElseTheAddress) {
  serve_url();
  for (const auto& [name, expected] : std::vector<std::pair<std::string, std::string>>{
           {"a.batch.test", "a.batch.test"}, {"LocalHost", "localhost"}, {"", "127.0.0.1"}}) {
    auto socket = connect();
    TlsStream stream(socket, client_tls());
    EXPECT_FALSE(greet(stream, name, expected)) << name;
  }
}

TEST_F(ServerTlsTest, UnknownNameIsRefusedInTheHandshake) {
  serve_url();
  auto socket = connect();
  TlsStream stream(socket, client_tls());
  EXPECT_TRUE(greet(stream, "example.com"));
  EXPECT_TRUE(failures_.empty());
}

TEST_F(ServerTlsTest, OldVersionsAreRefused) {
  serve_url();
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto socket = connect();
    TlsStream stream(socket, client_tls());
    SSL_set_security_level(stream.native_handle(), 0);
    SSL_set_min_proto_version(stream.native_handle(), version);
    SSL_set_max_proto_version(stream.native_handle(), version);
    EXPECT_EQ(!greet(stream, "localhost"), version >= TLS1_2_VERSION) << version;
  }
}

TEST_F(ServerTlsTest, ProtocolIsHttp11OrNone) {
  serve_url();
  const auto offer = [this](const std::string& protocols) {
    auto socket = connect();
    TlsStream stream(socket, client_tls());
    SSL_set_alpn_protos(stream.native_handle(), reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
    if (greet(stream, "localhost")) return std::string("refused");
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(stream.native_handle(), &chosen, &size);
    return std::string(reinterpret_cast<const char*>(chosen), size);
  };
  EXPECT_EQ(offer("\x02h2\x08http/1.1"), "http/1.1");
  EXPECT_EQ(offer("\x02h2"), "refused");
}

TEST_F(ServerTlsTest, SecondConnectionResumesTheSession) {
  serve_url();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(nullptr, SSL_SESSION_free);
    for (const bool again : {false, true}) {
      auto socket = connect();
      TlsStream stream(socket, client_tls());
      SSL_set_max_proto_version(stream.native_handle(), version);
      if (session) SSL_set_session(stream.native_handle(), session.get());
      ASSERT_FALSE(greet(stream, "localhost"));
      EXPECT_EQ(SSL_session_reused(stream.native_handle()), again ? 1 : 0) << version;
      EXPECT_TRUE(talk_tls(stream, closing("/")).ends_with("https://localhost/"));
      session.reset(SSL_get1_session(stream.native_handle()));
      SSL_shutdown(stream.native_handle());  // OpenSSL does not use the session of a connection that was cut again
    }
  }
}

/// Sends back all of a body.
Async<Response> echo_all(Request& request) {
  Response response;
  response.text = (co_await read_all(*request.body, 16 * 1024 * 1024)).value();
  co_return response;
}

TEST_F(ServerTlsTest, LargeBodiesGoBothWays) {
  serve([](Request& request) { return echo_all(request); });
  auto socket = connect();
  TlsStream stream(socket, client_tls());
  ASSERT_FALSE(greet(stream, "localhost"));
  std::string body(3 * 1024 * 1024 + 17, 'y');
  for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 23);
  const auto answer = talk_tls(
      stream,
      request_text("POST /", "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n", body));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + body)) << answer.substr(0, 200);
}

TEST_F(ServerTlsTest, SmallAnswerIsOneRecord) {
  serve_url();
  auto socket = connect();
  TlsStream stream(socket, client_tls());
  SSL_set_max_proto_version(stream.native_handle(), TLS1_2_VERSION);
  ASSERT_FALSE(greet(stream, "localhost"));
  int records = 0;
  SSL_set_msg_callback_arg(stream.native_handle(), &records);
  SSL_set_msg_callback(stream.native_handle(),
                       [](int write, int, int type, const void* bytes, std::size_t, SSL*, void* counted) {
                         const bool data = static_cast<const unsigned char*>(bytes)[0] == SSL3_RT_APPLICATION_DATA;
                         if (write == 0 && type == SSL3_RT_HEADER && data) ++*static_cast<int*>(counted);
                       });
  EXPECT_TRUE(talk_tls(stream, closing("/")).ends_with("https://localhost/"));
  EXPECT_EQ(records, 1);
}

TEST_F(ServerTlsTest, ConnectionIsKeptForMoreRequests) {
  serve_url();
  auto socket = connect();
  TlsStream stream(socket, client_tls());
  ASSERT_FALSE(greet(stream, "localhost"));
  for (const auto* target : {"/1", "/2", "/3"}) {
    const auto answer = talk_tls(stream, request_text(std::string("GET ") + target), std::string("localhost") + target);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  }
  EXPECT_EQ(server_->requests(), 3U);
}

TEST_F(ServerTlsTest, GateHoldsByTlsAsWell) {
  serve_url();
  const auto ask = [this](const std::string& bytes) {
    auto socket = connect();
    TlsStream stream(socket, client_tls());
    EXPECT_FALSE(greet(stream, "localhost"));
    return talk_tls(stream, bytes).substr(0, 13);
  };
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), "HTTP/1.1 421 ");
  EXPECT_EQ(ask(request_text("GET /", "Origin: https://evil.example\r\n") + closing("/")), "HTTP/1.1 403 ");
  EXPECT_EQ(ask("GET / HTTP/1.1\nHost: localhost\n\n"), "HTTP/1.1 400 ");
}

TEST_F(ServerTlsTest, GarbageAfterTheFirstByteEndsTheConnection) {
  serve_url();
  for (const std::string& bytes : {std::string(600, '\x16'), std::string("\x16\x03\x01\x00\x05hello", 10),
                                   std::string("\x16GET / HTTP/1.1\r\n\r\n")}) {
    EXPECT_FALSE(talk(bytes).starts_with("HTTP")) << bytes;
  }
  EXPECT_TRUE(talk(closing("/")).ends_with("http://localhost/"));
  EXPECT_EQ(server_->exceptions(), 0U);
}

TEST_F(ServerTlsTest, HandshakeInSmallPiecesSucceeds) {
  serve_url();
  // A client over memory: its hello goes out byte by byte.
  SSL_CTX* context = client_tls().native_handle();
  const std::unique_ptr<SSL, decltype(&SSL_free)> client(SSL_new(context), SSL_free);
  BIO* input = BIO_new(BIO_s_mem());
  BIO* output = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), input, output);
  SSL_set_connect_state(client.get());
  SSL_do_handshake(client.get());
  auto socket = connect();
  socket.set_option(Tcp::no_delay(true));
  char byte = 0;
  while (BIO_read(output, &byte, 1) == 1) {
    boost::asio::write(socket, boost::asio::buffer(&byte, 1));
    context_.restart();
    context_.poll();
  }
  while (SSL_is_init_finished(client.get()) == 0) {
    const auto got = talk(socket, "", "\x16");
    ASSERT_FALSE(got.empty());
    BIO_write(input, got.data(), static_cast<int>(got.size()));
    if (SSL_do_handshake(client.get()) == 1) break;
  }
  EXPECT_EQ(SSL_get_verify_result(client.get()), X509_V_OK);
}

TEST_F(ServerTlsTest, SlowHandshakeMeetsItsDeadline) {
  options_.header_deadline = std::chrono::milliseconds(50);
  serve_url();
  EXPECT_EQ(talk(std::string("\x16\x03\x01", 3)), "");
}

TEST_F(ServerTlsTest, SlowHeaderIsToldByTls) {
  options_.header_deadline = std::chrono::milliseconds(200);
  serve_url();
  auto socket = connect();
  TlsStream stream(socket, client_tls());
  ASSERT_FALSE(greet(stream, "localhost"));
  EXPECT_TRUE(talk_tls(stream, "GET / HTTP/1.1\r\nHost: loc").starts_with("HTTP/1.1 408 "));
}

TEST_F(ServerTlsTest, ConnectionCutWithoutGoodbyeIsTheClientsLossAlone) {
  serve([](Request& request) { return echo_body(request); });
  {
    auto socket = connect();
    TlsStream stream(socket, client_tls());
    ASSERT_FALSE(greet(stream, "localhost"));
    talk_tls(stream, request_text("POST /", "Content-Length: 100\r\nExpect: 100-continue\r\n"), "100 Continue");
  }
  run_until([this] { return server_->connections() == 0; });
  EXPECT_EQ(refusals_, std::vector{Refusal::bad_framing});
  EXPECT_EQ(server_->exceptions(), 0U);
}

TEST_F(ServerTlsTest, AuthorityThatCannotBeMadeIsToldAndPlainHttpGoesOn) {
  std::filesystem::create_directories(directory_);
  std::filesystem::create_symlink("/proc/self/none/ca", directory_ / "ca");
  serve_url();
  EXPECT_EQ(talk(std::string("\x16\x03\x01", 3)), "");
  EXPECT_EQ(failures_.size(), 1U);
  EXPECT_TRUE(talk(closing("/")).ends_with("http://localhost/"));
}

TEST_F(ServerTlsTest, RunningServerFollowsTheFiles) {
  serve_url();
  const auto greeted = [this] {
    auto socket = connect();
    TlsStream stream(socket, client_tls());
    return !greet(stream, "localhost");
  };
  EXPECT_TRUE(greeted());
  std::filesystem::remove_all(directory_ / "ca");
  EXPECT_FALSE(greeted()) << "a new one was made, which this client does not know";
  client_tls_.reset();
  EXPECT_TRUE(greeted());
}

TEST_F(ServerTlsTest, RunningServerRenewsItsAuthorityInTime) {
  fakes::FakeClock clock;
  options_.tls = std::make_shared<ServerTls>(
      ServerTlsOptions{.directory = directory_ / "ca", .names = {"localhost"}, .on_failure = {}}, workers_, clock);
  serve_url();
  const auto issuer = [this] {
    boost::asio::ssl::context trusting(boost::asio::ssl::context::tls_client);
    auto socket = connect();
    TlsStream stream(socket, trusting);
    SSL_set_tlsext_host_name(stream.native_handle(), "localhost");
    EXPECT_FALSE(run(shake_hands(stream)));
    const CertificateHandle shown(SSL_get1_peer_certificate(stream.native_handle()));
    return X509_NAME_hash_ex(X509_get_issuer_name(shown.get()), nullptr, nullptr, nullptr);
  };
  const auto first = issuer();
  clock.advance(std::chrono::days(27));
  EXPECT_EQ(issuer(), first);
  clock.advance(std::chrono::days(2));
  EXPECT_NE(issuer(), first);
  stop();
}

TEST_F(ServerTlsTest, StoppingDoesNotWaitForIdleTls) {
  serve_url();
  auto socket = connect();
  TlsStream stream(socket, client_tls());
  ASSERT_FALSE(greet(stream, "localhost"));
  talk_tls(stream, request_text("GET /1"), "/1");
  const auto begun = std::chrono::steady_clock::now();
  run(server_->stop(std::chrono::seconds(8)));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4));
}

}  // namespace
}  // namespace http
