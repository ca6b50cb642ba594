// The matrix: every row of the route table meets authentication, and either has a handler or is refused by name; over
// a real server, every row meets the gate.
#include "http/server.h"
#include "tests/unit/rest/rest_fixture.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <set>

namespace emulator::rest {
namespace {

/// A path that the row's template matches.
std::string example_path(const Operation& operation) {
  std::string path{operation.path};
  for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
    const auto close = path.find('}', open);
    const bool is_certificate = path.compare(open, close - open, "{certificate") == 0;
    path.replace(open, close - open + 1, is_certificate ? "(thumbprintAlgorithm=sha1,thumbprint=0)" : "x");
  }
  const auto certificate = path.find("/certificates/(");
  if (certificate == 0) path.erase(std::string{"/certificates"}.size(), 1);
  return path;
}

std::string version_of(const Operation& operation) {
  return "api-version=" + std::string{wire::batch::name_of(operation.last)};
}

class RoutesTest : public RestTest {};

TEST_F(RoutesTest, NamesAndAddressesAreUnique) {
  std::set<std::string> names;
  std::set<std::string> addresses;
  for (const auto& operation : operations()) {
    EXPECT_TRUE(names.insert(std::string{operation.name}).second) << operation.name;
    EXPECT_TRUE(addresses.insert(std::string{operation.method} + " " + std::string{operation.path}).second)
        << operation.path;
  }
  EXPECT_EQ(names.size(), 82U);
}

TEST_F(RoutesTest, EveryRowNeedsASignature) {
  for (const auto& operation : operations()) {
    const auto reply =
        send(request(std::string{operation.method}, example_path(operation) + "?" + version_of(operation)));
    EXPECT_EQ(reply.status, 400) << operation.name;
    if (operation.method == "HEAD") continue;
    EXPECT_EQ(reply.code(), "InvalidAuthenticationInfo") << operation.name;
  }
}

TEST_F(RoutesTest, RowsWithoutAHandlerAreRefusedWith501AndTheirName) {
  for (const auto& operation : operations()) {
    if (operation.handler != nullptr) continue;
    const auto reply = call(std::string{operation.method}, example_path(operation) + "?" + version_of(operation));
    EXPECT_EQ(reply.status, 501) << operation.name;
    if (operation.method == "HEAD") continue;
    EXPECT_EQ(reply.code(), "NotImplemented") << operation.name;
    EXPECT_NE(reply.text.find(operation.name), std::string::npos) << operation.name;
  }
}

TEST_F(RoutesTest, RowsWithAHandlerAnswerSomethingOfTheServicesOwn) {
  for (const auto& operation : operations()) {
    if (operation.handler == nullptr) continue;
    const auto reply =
        call(std::string{operation.method}, example_path(operation) + "?" + version_of(operation), std::string{"{}"});
    EXPECT_LT(reply.status, 500) << operation.name << " " << reply.text;
    EXPECT_NE(reply.headers.get("request-id"), "") << operation.name;
    if (reply.status < 400 || operation.method == "HEAD") continue;
    EXPECT_NE(reply.code(), "") << operation.name;
  }
}

/// The server in front of the API, and a client that writes raw requests.
class GateTest : public RestTest {
 protected:
  GateTest() {
    http::ServerOptions options;
    options.allowed_hosts = {"localhost", "127.0.0.1", "*.batch.localhost"};
    server_ = http::Server::listen(context_.get_executor(), options).value();
    server_->start([this](http::Request& made) { return api_->handle(made); },
                   [this](http::Refusal refusal, const http::Request& made, std::string_view explanation) {
                     return api_->refuse(refusal, made, explanation);
                   });
  }
  ~GateTest() override { run(server_->stop(std::chrono::milliseconds{10})); }

  /// The status line and everything after it.
  std::string exchange(const std::string& text) {
    std::string answer;
    run(talk(text, answer));
    return answer;
  }
  base::Async<void> talk(std::string text, std::string& answer) {
    boost::asio::ip::tcp::socket socket{context_};
    const boost::asio::ip::tcp::endpoint endpoint{boost::asio::ip::address_v4::loopback(), server_->port()};
    co_await socket.async_connect(endpoint, boost::asio::use_awaitable);
    co_await boost::asio::async_write(socket, boost::asio::buffer(text), boost::asio::use_awaitable);
    co_await boost::asio::async_read(socket, boost::asio::dynamic_buffer(answer),
                                     boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  static std::string raw(const Operation& operation, const std::string& headers) {
    return std::string{operation.method} + " " + example_path(operation) + "?" + version_of(operation) +
           " HTTP/1.1\r\n" + headers + "Connection: close\r\nContent-Length: 0\r\n\r\n";
  }

  std::unique_ptr<http::Server> server_;
};

TEST_F(GateTest, ForeignHostsAreMisdirectedOnEveryRow) {
  for (const auto& operation : operations()) {
    EXPECT_TRUE(exchange(raw(operation, "Host: evil.example\r\n")).starts_with("HTTP/1.1 421 ")) << operation.name;
  }
}

TEST_F(GateTest, MissingHostIsRefusedOnEveryRow) {
  for (const auto& operation : operations()) {
    const auto answer = exchange(raw(operation, ""));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 421 ") || answer.starts_with("HTTP/1.1 400 ")) << answer;
  }
}

TEST_F(GateTest, OriginsAreForbiddenOnEveryRow) {
  for (const auto& operation : operations()) {
    const auto answer = exchange(raw(operation, "Host: localhost\r\nOrigin: http://evil.example\r\n"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << operation.name << answer;
  }
}

TEST_F(GateTest, AllowedHostReachesTheApiAndIsRepeatedInItsUrls) {
  const auto answer = exchange(raw(operations()[7], "Host: devbatch.local.batch.localhost\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_NE(answer.find("InvalidAuthenticationInfo"), std::string::npos);
  EXPECT_NE(answer.find("http://devbatch.local.batch.localhost/$metadata#"), std::string::npos) << answer;
}

TEST_F(GateTest, RefusalsHaveTheServicesErrorForm) {
  const auto answer = exchange(raw(operations()[7], "Host: evil.example\r\n"));
  EXPECT_NE(answer.find("\"code\":\"HostInformationNotPresent\""), std::string::npos) << answer;
  EXPECT_NE(answer.find("request-id: "), std::string::npos);
}

TEST_F(GateTest, JsonArrivesChunkedWithAllHeaders) {
  auto made = request("GET", "/pools?" + std::string{kVersionQuery}, {}, {{"Host", "localhost"}});
  sign(made);
  std::string headers;
  for (const auto& [name, value] : made.headers.fields()) headers += name + ": " + value + "\r\n";
  const auto answer = exchange("GET " + made.target + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Content-Type: application/json;odata=minimalmetadata\r\n"), std::string::npos);
  EXPECT_NE(answer.find("DataServiceVersion: 3.0\r\n"), std::string::npos);
  EXPECT_NE(answer.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Strict-Transport-Security: "), std::string::npos);
}

}  // namespace
}  // namespace emulator::rest
