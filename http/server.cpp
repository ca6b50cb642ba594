// Accepts connections, bounds their number, and ends them. What happens on one is connection.cpp's.
#include "http/server.h"

#include "base/check.h"
#include "http/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <list>

namespace http {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
/// Pause when the system has no descriptor or memory for another connection.
constexpr std::chrono::milliseconds kAcceptPause{50};
}  // namespace

/// Everything but the counters is used on `strand` only.
struct Server::State : std::enable_shared_from_this<Server::State> {
  State(const base::Executor& on, ServerOptions given)
      : executor(on),
        strand(asio::make_strand(on)),
        acceptor(strand),
        changed(strand, asio::steady_timer::time_point::max()),
        settings(std::make_shared<ConnectionSettings>()),
        accepting(strand, 1),
        // A child leaves its group a moment after it has left `live`.
        serving(strand, 2 * given.max_connections) {
    settings->options = std::move(given);
  }

  Async<void> accept_loop();
  Async<void> serve(std::shared_ptr<State> self, std::shared_ptr<Connection> connection, base::Executor own);
  Async<void> stop(std::chrono::milliseconds grace);
  void ended(std::list<std::pair<base::Executor, std::weak_ptr<Connection>>>::iterator place);

  base::Executor executor;
  base::Executor strand;
  tcp::acceptor acceptor;
  asio::steady_timer changed;  ///< cancelled whenever a connection ends
  std::shared_ptr<ConnectionSettings> settings;
  std::list<std::pair<base::Executor, std::weak_ptr<Connection>>> live;
  std::atomic<std::size_t> connections{0};
  base::CoroutineGroup accepting;
  base::CoroutineGroup serving;
  std::uint16_t port = 0;
  bool stopping = false;
};

void Server::State::ended(std::list<std::pair<base::Executor, std::weak_ptr<Connection>>>::iterator place) {
  live.erase(place);
  connections = live.size();
  changed.cancel();
}

/// A child of the group on the server's strand that waits for the connection, which runs on its own strand.
Async<void> Server::State::serve(std::shared_ptr<State> self, std::shared_ptr<Connection> connection,
                                 base::Executor own) {
  const auto place = live.emplace(live.end(), own, connection);
  connections = live.size();
  try {
    auto served = connection->serve();
    co_await asio::co_spawn(own, std::move(served), asio::use_awaitable);
  } catch (const boost::system::system_error&) {
    // Cancelled before it began; serve() itself does not throw.
  }
  self->ended(place);
}

Async<void> Server::State::accept_loop() {
  const auto self = shared_from_this();
  while (!stopping) {
    if (live.size() >= settings->options.max_connections) {
      changed.expires_at(asio::steady_timer::time_point::max());
      co_await changed.async_wait(kAwait);
      continue;
    }
    const base::Executor own = asio::make_strand(executor);
    auto [error, socket] = co_await acceptor.async_accept(own, kAwait);
    if (stopping) co_return;
    if (error) {
      // No descriptors, or a client that was gone at once: the next one may have more luck.
      static_cast<void>(co_await base::wait_for(kAcceptPause));  // cancelled: the loop's condition tells
      continue;
    }
    auto connection = std::make_shared<Connection>(std::move(socket), settings);
    auto child = serve(self, std::move(connection), own);
    // Refused only when cancelled; the socket closes with the coroutine.
    if (!serving.spawn(std::move(child))) co_return;
    // The child starts by a post; wait for its turn, so that `live` counts it.
    co_await asio::post(strand, kAwait);
  }
}

Async<void> Server::State::stop(std::chrono::milliseconds grace) {
  const auto self = shared_from_this();
  if (!stopping) {
    stopping = true;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    changed.cancel();
  }
  for (const auto& [own, weak] : live) {
    if (auto connection = weak.lock()) asio::post(own, [connection] { connection->finish(); });
  }
  const auto until = std::chrono::steady_clock::now() + grace;
  while (!live.empty() && std::chrono::steady_clock::now() < until) {
    changed.expires_at(until);
    co_await changed.async_wait(kAwait);
  }
  accepting.cancel();
  serving.cancel();
  co_await accepting.join();
  co_await serving.join();
}

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  // Normally stop() has been awaited and this finds nothing. Otherwise connections end as soon as the executor runs.
  asio::post(state_->strand, [state = state_] {
    state->stopping = true;
    boost::system::error_code ignored;
    state->acceptor.close(ignored);
    state->accepting.cancel();
    state->serving.cancel();
  });
}

Result<std::unique_ptr<Server>> Server::listen(base::Executor executor, ServerOptions options) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return Error(Errc::invalid_argument, "listening: '" + options.address + "' is not an IP address");
  if (!address.is_loopback()) {
    return Error(Errc::invalid_argument, "listening on " + options.address + ": only loopback addresses are served");
  }
  const tcp::endpoint endpoint(address, options.port);
  auto state = std::make_shared<State>(executor, std::move(options));
  auto& acceptor = state->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    const bool taken = error == asio::error::address_in_use;
    return Error(taken ? Errc::already_exists : Errc::io, "listening on " + address.to_string() + ":" +
                                                              std::to_string(endpoint.port()) + ": " + error.message());
  }
  state->port = acceptor.local_endpoint().port();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const noexcept {
  return state_->port;
}

void Server::start(Handler handler, RefusalHandler on_refusal, ExceptionHandler on_exception) {
  CHECK(handler != nullptr && on_refusal != nullptr);
  state_->settings->handler = std::move(handler);
  state_->settings->on_refusal = std::move(on_refusal);
  state_->settings->on_exception = std::move(on_exception);
  asio::post(state_->strand, [state = state_] { state->accepting.spawn(state->accept_loop()); });
}

Async<void> Server::stop(std::chrono::milliseconds grace) {
  auto stopping = state_->stop(grace);
  co_await asio::co_spawn(state_->strand, std::move(stopping), asio::use_awaitable);
}

std::uint64_t Server::requests() const noexcept {
  return state_->settings->requests;
}

std::uint64_t Server::exceptions() const noexcept {
  return state_->settings->exceptions;
}

std::size_t Server::connections() const noexcept {
  return state_->connections;
}

}  // namespace http
