// TLS of the client: against a server with a certificate made here, trusted or not.
#include "http/client.h"
#include "tests/unit/http/server_fixture.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <boost/asio/ssl.hpp>
#include <filesystem>
#include <fstream>

namespace http {
namespace {

namespace ssl = boost::asio::ssl;
using base::Async;
using base::Errc;
using base::Result;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

/// A key and a certificate that it signed itself, for one name, good for an hour, as PEM.
struct Identity {
  std::string key;
  std::string certificate;
};

Identity make_identity(const std::string& alternative_name) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* common = reinterpret_cast<const unsigned char*>("test");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_name.c_str());
  X509_add_ext(certificate.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const Bio key_text(BIO_new(BIO_s_mem()));
  const Bio certificate_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_X509(certificate_text.get(), certificate.get());
  return {text_of(key_text.get()), text_of(certificate_text.get())};
}

/// Accepts one connection, answers one request; what fails ends it, the client tells why.
Async<void> serve_once(boost::asio::ip::tcp::acceptor& acceptor, ssl::context& context) {
  auto socket = co_await acceptor.async_accept(boost::asio::use_awaitable);
  ssl::stream<boost::asio::ip::tcp::socket> stream(std::move(socket), context);
  co_await stream.async_handshake(ssl::stream_base::server, boost::asio::use_awaitable);
  std::string seen;
  std::string piece(4096, '\0');
  while (seen.find("\r\n\r\n") == std::string::npos) {
    seen.append(piece, 0, co_await stream.async_read_some(boost::asio::buffer(piece), boost::asio::use_awaitable));
  }
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
  co_await boost::asio::async_write(stream, boost::asio::buffer(answer), boost::asio::use_awaitable);
}

class ClientTlsTest : public ServerTest {
 protected:
  ClientTlsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "http-tls-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~ClientTlsTest() override { std::filesystem::remove_all(directory_); }

  /// Asks a server with `identity` for https://localhost, trusting what `trusted` holds.
  Result<ClientResponse> ask(const Identity& identity, const std::string& trusted,
                             ssl::context::method method = ssl::context::tls_server) {
    ClientOptions options;
    if (!trusted.empty()) {
      options.ca_file = directory_ / "ca.pem";
      std::ofstream(options.ca_file) << trusted;
    }
    Client client(context_.get_executor(), options);
    return ask(client, identity, method);
  }

  Result<ClientResponse> ask(Client& client, const Identity& identity,
                             ssl::context::method method = ssl::context::tls_server) {
    ssl::context context(method);
    context.use_certificate_chain(boost::asio::buffer(identity.certificate));
    context.use_private_key(boost::asio::buffer(identity.key), ssl::context::pem);
    Tcp::acceptor acceptor(context_, {boost::asio::ip::make_address("127.0.0.1"), 0});
    auto serving = serve_once(acceptor, context);
    boost::asio::co_spawn(context_, std::move(serving), [](std::exception_ptr) {});
    ClientRequest request;
    request.url = "https://localhost:" + std::to_string(acceptor.local_endpoint().port()) + "/";
    request.connect_deadline = request.progress_deadline = std::chrono::seconds(5);
    auto response = run(client.send(std::move(request)));
    if (response.has_value()) body_ = run(read_all(*response->body, 100)).value();
    acceptor.close();
    context_.restart();
    context_.poll();
    return response;
  }

  std::filesystem::path directory_;
  std::string body_;
};

TEST_F(ClientTlsTest, TrustedServerIsHeard) {
  const auto identity = make_identity("DNS:localhost");
  const auto response = ask(identity, identity.certificate);
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(body_, "secret");
}

TEST_F(ClientTlsTest, UnknownAuthorityIsRefused) {
  EXPECT_EQ(ask(make_identity("DNS:localhost"), "").error().code, Errc::unavailable);
}

TEST_F(ClientTlsTest, CertificateForAnotherNameIsRefused) {
  const auto identity = make_identity("DNS:other.example");
  EXPECT_EQ(ask(identity, identity.certificate).error().code, Errc::unavailable);
}

TEST_F(ClientTlsTest, OldTlsIsRefused) {
  const auto identity = make_identity("DNS:localhost");
  EXPECT_EQ(ask(identity, identity.certificate, ssl::context::tlsv11_server).error().code, Errc::unavailable);
}

TEST_F(ClientTlsTest, FileOfCertificatesThatHasChangedIsReadAgain) {
  const auto file = directory_ / "ca.pem";
  const auto before = make_identity("DNS:localhost");
  const auto after = make_identity("DNS:localhost");
  std::ofstream(file) << before.certificate;
  Client client(context_.get_executor(), {.ca_file = file});
  EXPECT_TRUE(ask(client, before).has_value());
  EXPECT_EQ(ask(client, after).error().code, Errc::unavailable);
  std::ofstream(file) << after.certificate;
  std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + std::chrono::seconds(1));
  EXPECT_TRUE(ask(client, after).has_value());
}

TEST_F(ClientTlsTest, MissingFileOfCertificatesIsAnError) {
  Client client(context_.get_executor(), {.ca_file = directory_ / "none.pem"});
  Tcp::acceptor acceptor(context_, {boost::asio::ip::make_address("127.0.0.1"), 0});
  ClientRequest request;
  request.url = "https://localhost:" + std::to_string(acceptor.local_endpoint().port()) + "/";
  EXPECT_EQ(run(client.send(std::move(request))).error().code, Errc::io);
}

}  // namespace
}  // namespace http
