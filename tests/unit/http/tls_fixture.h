// A server with an authority in a temporary directory, and clients that speak TLS to it and trust only that.
#pragma once

#include "http/server_tls.h"
#include "tests/unit/http/server_fixture.h"

#include <boost/asio/ssl.hpp>
#include <cstdlib>
#include <filesystem>

namespace http {

class TlsTest : public ServerTest {
 protected:
  using TlsStream = boost::asio::ssl::stream<Tcp::socket&>;

  TlsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "http-tls-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    ServerTlsOptions options{.directory = directory_ / "ca",
                             .names = {"batch.test", "localhost", "127.0.0.1"},
                             .on_failure = [this](const base::Error& error) { failures_.push_back(error); }};
    options_.tls = std::make_shared<ServerTls>(std::move(options), workers_, clock_);
  }
  ~TlsTest() override {
    stop();
    std::filesystem::remove_all(directory_);
  }

  /// What a client that trusts our authority does by default: TLS 1.2 or 1.3, the name checked.
  boost::asio::ssl::context& client_tls() {
    if (!client_tls_) {
      // The authority is made when the first client comes; a client that verifies wants its certificate before.
      EXPECT_TRUE(CertificateAuthority::open(directory_ / "ca", {"batch.test", "localhost", "127.0.0.1"}, clock_));
      client_tls_.emplace(boost::asio::ssl::context::tls_client);
      client_tls_->load_verify_file((directory_ / "ca" / "ca.pem").string());
      client_tls_->set_verify_mode(boost::asio::ssl::verify_peer);
    }
    return *client_tls_;
  }

  /// The handshake, with `host` as server name (none when empty) and the certificate checked for `expected`.
  boost::system::error_code greet(TlsStream& stream, const std::string& host, const std::string& expected) {
    if (!host.empty()) {
      SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(host.c_str()));
    }
    stream.set_verify_callback(boost::asio::ssl::host_name_verification(expected));
    return run(shake_hands(stream));
  }
  boost::system::error_code greet(TlsStream& stream, const std::string& host) { return greet(stream, host, host); }

  static base::Async<boost::system::error_code> shake_hands(TlsStream& stream) {
    const auto [error] = co_await stream.async_handshake(boost::asio::ssl::stream_base::client,
                                                         boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return error;
  }

  static base::Async<std::string> exchange_tls(TlsStream& stream, std::string bytes, std::string until,
                                               boost::system::error_code& end) {
    static_cast<void>(co_await boost::asio::async_write(stream, boost::asio::buffer(bytes),
                                                        boost::asio::as_tuple(boost::asio::use_awaitable)));
    std::string got;
    std::string piece(4096, '\0');
    while (until.empty() || got.find(until) == std::string::npos) {
      auto [failed, size] = co_await stream.async_read_some(boost::asio::buffer(piece),
                                                            boost::asio::as_tuple(boost::asio::use_awaitable));
      end = failed;
      if (failed) break;
      got.append(piece, 0, size);
    }
    co_return got;
  }

  /// Sends by TLS and reads until the server says goodbye (or `until` has come).
  std::string talk_tls(TlsStream& stream, std::string bytes, std::string until = {}) {
    return run(exchange_tls(stream, std::move(bytes), std::move(until), end_));
  }

  std::filesystem::path directory_;
  base::Workers workers_{1};
  base::SystemClock clock_;
  std::vector<base::Error> failures_;
  std::optional<boost::asio::ssl::context> client_tls_;
  boost::system::error_code end_;  ///< how the last talk_tls() ended
};

}  // namespace http
