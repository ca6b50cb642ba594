#include "http/client_stream.h"

#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

namespace http {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

/// Of its answer to CONNECT, explanation included.
constexpr std::size_t kMostProxyAnswer = 16 * 1024;

bool is_localhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace

ClientStream::ClientStream(const base::Executor& executor)
    : socket_(executor), deadline_(executor, [this] {
        // Closing, not cancelling: a TLS operation is several socket operations, and none of them may still succeed.
        boost::system::error_code ignored;
        socket_.close(ignored);
      }) {}

Error ClientStream::failure(std::string_view attempted, const boost::system::error_code& error, bool expired) const {
  if (expired) return {Errc::deadline_exceeded, std::string(attempted) + ": no progress before the deadline"};
  if (error == asio::error::operation_aborted) return {Errc::cancelled, std::string(attempted) + ": cancelled"};
  return {Errc::io, std::string(attempted) + ": " + error.message()};
}

Async<Result<tcp::resolver::results_type>> ClientStream::resolve(std::string host, std::uint16_t port,
                                                                 Steady::time_point until) {
  using Results = tcp::resolver::results_type;
  const auto service = std::to_string(port);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) co_return Results::create(tcp::endpoint(address, port), host, service);
  if (is_localhost(host)) {
    const std::array<tcp::endpoint, 2> both = {tcp::endpoint(asio::ip::address_v4::loopback(), port),
                                               tcp::endpoint(asio::ip::address_v6::loopback(), port)};
    co_return Results::create(both.begin(), both.end(), host, service);
  }
  tcp::resolver resolver(socket_.get_executor());
  Deadline deadline(socket_.get_executor(), [&resolver] { resolver.cancel(); });
  deadline.guard(until);
  auto [failed, results] = co_await resolver.async_resolve(host, service, kAwait);
  const bool expired = deadline.release();
  if (failed && !expired) co_return Error(Errc::unavailable, "resolving " + host + ": " + failed.message());
  if (failed) co_return failure("resolving " + host, failed, expired);
  co_return std::move(results);
}

Async<Result<void>> ClientStream::connect(std::string host, std::uint16_t port, Steady::time_point until) {
  CO_ASSIGN_OR_RETURN(const auto results, co_await resolve(host, port, until));
  const std::string attempted = "connecting to " + host + ":" + std::to_string(port);
  Error last(Errc::unavailable, attempted + ": the name has no address");
  for (const auto& entry : results) {
    boost::system::error_code ignored;
    socket_.close(ignored);
    deadline_.guard(until);
    const auto [error] = co_await socket_.async_connect(entry.endpoint(), kAwait);
    if (deadline_.release()) co_return failure(attempted, error, true);
    if (!error) {
      socket_.set_option(tcp::no_delay(true), ignored);
      co_return Result<void>();
    }
    last = Error(Errc::unavailable, attempted + ": " + error.message());
  }
  co_return last;
}

Async<Result<void>> ClientStream::open_tunnel(std::string authority, std::string proxy_authorization,
                                              Steady::time_point until) {
  std::string head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (!proxy_authorization.empty()) head += "Proxy-Authorization: " + proxy_authorization + "\r\n";
  head += "\r\n";
  std::array parts = {asio::const_buffer(head.data(), head.size())};
  CO_RETURN_IF_ERROR(co_await write(parts, until - Steady::now()));
  // After a success nothing follows before we speak; after a refusal the text is short and the connection ends.
  std::string answer;
  std::array<char, 1024> piece{};
  while (answer.size() < kMostProxyAnswer) {
    const std::span<char> room(piece);
    CO_ASSIGN_OR_RETURN(const auto got, co_await read_some(room, until - Steady::now()));
    answer.append(piece.data(), got);
    const auto end = answer.find("\r\n\r\n");
    if (end == std::string::npos && got > 0) continue;
    if (answer.starts_with("HTTP/1.1 200 ") && end + 4 == answer.size()) co_return Result<void>();
    if (got > 0) continue;
    auto text = end == std::string::npos ? std::string() : answer.substr(end + 4);
    if (text.empty()) text = answer.substr(0, answer.find('\r'));
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
    co_return Error(Errc::unsupported, "the proxy does not connect to " + authority + ": " + text);
  }
  co_return Error(Errc::io, "connecting to " + authority + ": the proxy's answer is too long");
}

Async<Result<void>> ClientStream::start_tls(std::shared_ptr<asio::ssl::context> tls, std::string host,
                                            Steady::time_point until) {
  context_ = std::move(tls);
  tls_.emplace(socket_, *context_);
  boost::system::error_code error;
  tls_->set_verify_callback(asio::ssl::host_name_verification(host), error);
  boost::system::error_code not_an_address;
  static_cast<void>(asio::ip::make_address(host, not_an_address));
  // RFC 6066 3: no server name for addresses. The OpenSSL macro casts in the old style.
  if (not_an_address &&
      ::SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) != 1) {
    co_return Error(Errc::invalid_argument, "TLS with " + host + ": not a host name");
  }
  deadline_.guard(until);
  const auto [failed] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAwait);
  if (deadline_.release()) co_return failure("TLS with " + host, failed, true);
  if (failed) co_return Error(Errc::unavailable, "TLS with " + host + ": " + failed.message());
  co_return Result<void>();
}

Async<Result<std::size_t>> ClientStream::read_some(std::span<char> into, Steady::duration limit) {
  deadline_.guard(Steady::now() + limit);
  const auto buffer = asio::buffer(into.data(), into.size());
  std::tuple<boost::system::error_code, std::size_t> read;
  if (tls_) {
    read = co_await tls_->async_read_some(buffer, kAwait);
  } else {
    read = co_await socket_.async_read_some(buffer, kAwait);
  }
  const bool expired = deadline_.release();
  const auto [error, size] = read;
  if (error == asio::error::eof) co_return std::size_t{0};
  if (error) co_return failure("reading an answer", error, expired);
  co_return size;
}

Async<Result<void>> ClientStream::write(std::span<asio::const_buffer> parts, Steady::duration step) {
  while (true) {
    while (!parts.empty() && parts.front().size() == 0) parts = parts.subspan(1);
    if (parts.empty()) co_return Result<void>();
    std::array<asio::const_buffer, 2> window;
    std::copy_n(parts.begin(), std::min(parts.size(), window.size()), window.begin());
    deadline_.guard(Steady::now() + step);
    std::tuple<boost::system::error_code, std::size_t> wrote;
    if (tls_) {
      wrote = co_await tls_->async_write_some(window, kAwait);
    } else {
      wrote = co_await socket_.async_write_some(window, kAwait);
    }
    const bool expired = deadline_.release();
    auto [error, written] = wrote;
    if (error) co_return failure("sending a request", error, expired);
    for (auto& part : parts) {
      const std::size_t used = std::min(written, part.size());
      part += used;
      written -= used;
    }
  }
}

bool ClientStream::still_idle() {
  if (!socket_.is_open() || !input_.empty()) return false;
  char byte = 0;
  const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got == -1) return errno == EAGAIN || errno == EWOULDBLOCK;
  // TLS 1.3 sends session tickets whenever it likes; bytes are normal there, their end is not.
  return got > 0 && tls_.has_value();
}

}  // namespace http
