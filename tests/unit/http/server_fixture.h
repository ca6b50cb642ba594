// A real server on a free port of 127.0.0.1 and raw sockets to it, all on one io_context; every wait is bounded.
#pragma once

#include "http/server.h"

#include <gtest/gtest.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>

namespace http {

inline constexpr std::chrono::seconds kTestPatience{10};

class ServerTest : public ::testing::Test {
 protected:
  using Tcp = boost::asio::ip::tcp;

  ServerTest() { options_.allowed_hosts = {"localhost", "127.0.0.1", "[::1]", "*.blob.localhost"}; }
  ~ServerTest() override { stop(); }

  /// Serves with `handler`; on refusal answers a status with the explanation as text.
  void serve(Handler handler) {
    auto server = Server::listen(context_.get_executor(), options_);
    ASSERT_TRUE(server.has_value());
    server_ = std::move(*server);
    auto refuse = [this](Refusal reason, const Request& request, std::string_view text) {
      refusals_.push_back(reason);
      refused_path_ = request.path;
      Response response;
      response.status = reason == Refusal::unknown_host       ? 421
                        : reason == Refusal::forbidden_origin ? 403
                        : reason == Refusal::header_timeout   ? 408
                        : reason == Refusal::body_too_large   ? 413
                                                              : 400;
      response.text = text;
      return response;
    };
    server_->start(std::move(handler), std::move(refuse));
  }

  void stop() {
    if (!server_) return;
    run(server_->stop(std::chrono::milliseconds(200)));
    server_.reset();
    context_.restart();
    context_.run_for(kTestPatience);
  }

  /// Runs a coroutine to its end.
  template <class T>
  T run(base::Async<T> work) {
    using Kept = std::conditional_t<std::is_void_v<T>, bool, T>;
    std::optional<Kept> kept;
    std::exception_ptr thrown;
    bool done = false;
    auto keeping = keep<T, Kept>(std::move(work), kept);
    boost::asio::co_spawn(context_, std::move(keeping), [&thrown, &done](std::exception_ptr error) {
      thrown = error;
      done = true;
    });
    run_until([&done] { return done; });
    if (thrown) std::rethrow_exception(thrown);
    if constexpr (!std::is_void_v<T>) return std::move(*kept);
  }

  /// Runs what is ready until the condition holds.
  template <class Condition>
  void run_until(Condition condition) {
    context_.restart();
    const auto until = std::chrono::steady_clock::now() + kTestPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until || context_.run_one_for(kTestPatience) == 0) {
        throw std::runtime_error("the test took too long");
      }
    }
  }

  template <class T, class Kept>
  static base::Async<void> keep(base::Async<T> work, std::optional<Kept>& kept) {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(work);
      kept = true;
    } else {
      kept.emplace(co_await std::move(work));
    }
  }

  Tcp::socket connect() {
    Tcp::socket socket(context_);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
    return socket;
  }

  /// Sends and reads until the server closes (or `text` has come, when given).
  static base::Async<std::string> exchange(Tcp::socket& socket, std::string bytes, std::string until) {
    // A server that refuses early may not take all of it.
    static_cast<void>(co_await boost::asio::async_write(socket, boost::asio::buffer(bytes),
                                                        boost::asio::as_tuple(boost::asio::use_awaitable)));
    std::string got;
    std::string piece(4096, '\0');
    while (until.empty() || got.find(until) == std::string::npos) {
      auto [failed, size] = co_await socket.async_read_some(boost::asio::buffer(piece),
                                                            boost::asio::as_tuple(boost::asio::use_awaitable));
      if (failed) break;
      got.append(piece, 0, size);
    }
    co_return got;
  }

  std::string talk(Tcp::socket& socket, std::string bytes, std::string until = {}) {
    return run(exchange(socket, std::move(bytes), std::move(until)));
  }
  /// One new connection, everything that comes back until it is closed.
  std::string talk(std::string bytes) {
    auto socket = connect();
    return talk(socket, std::move(bytes));
  }

  boost::asio::io_context context_{1};
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::vector<Refusal> refusals_;
  std::string refused_path_;
};

/// Handlers the tests use.
inline base::Async<Response> say_hello(Request& request) {
  Response response;
  response.text = "hello " + request.path;
  co_return response;
}

inline base::Async<Response> echo_body(Request& request) {
  Response response;
  auto body = co_await read_all(*request.body, 1024 * 1024);
  if (body.has_error()) {
    response.status = 599;
    co_return response;
  }
  response.text = std::to_string(body->size()) + ":" + body->substr(0, 200);
  co_return response;
}

inline std::string request_text(std::string_view line, std::string_view fields = {}, std::string_view body = {}) {
  return std::string(line) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace http
