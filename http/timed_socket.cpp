#include "http/timed_socket.h"

#include "http/tls_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <cstring>
#include <vector>

namespace http {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
namespace asio = boost::asio;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
/// What one record may carry, and what is encrypted before it is sent in one system call.
constexpr std::size_t kRecord = 16 * 1024;
constexpr std::size_t kMostUnsent = 4 * kRecord;
constexpr std::size_t kSmallPiece = 2 * 1024;
/// A record with its overhead fits.
constexpr std::size_t kEncryptedPiece = kRecord + 512;

/// Fills `record` from the parts, which shrink by what was taken.
std::size_t gather(std::span<asio::const_buffer>& parts, std::span<char> record) {
  std::size_t filled = 0;
  while (!parts.empty() && filled < record.size()) {
    auto& part = parts.front();
    const std::size_t size = std::min(part.size(), record.size() - filled);
    if (size > 0) std::memcpy(record.data() + filled, part.data(), size);
    filled += size;
    part += size;
    if (part.size() == 0) parts = parts.subspan(1);
  }
  return filled;
}

}  // namespace

TimedSocket::TimedSocket(Tcp::socket socket)
    : socket_(std::move(socket)), deadline_(socket_.get_executor(), [this] { cancel(); }) {}

TimedSocket::~TimedSocket() = default;

/// One operation of TLS is several of the socket's, so that the one which is cancelled may have ended just now.
void TimedSocket::interrupt() {
  interrupted_ = true;
  cancel();
}

void TimedSocket::cancel() {
  boost::system::error_code ignored;  // a socket without operations has nothing to cancel
  socket_.cancel(ignored);
}

Error TimedSocket::failure(std::string_view attempted, const boost::system::error_code& error, bool expired) const {
  if (expired) return {Errc::deadline_exceeded, std::string(attempted) + ": the peer took too long"};
  if (error == asio::error::operation_aborted) return {Errc::cancelled, std::string(attempted) + ": cancelled"};
  return {Errc::io, std::string(attempted) + ": " + error.message()};
}

Async<Result<std::size_t>> TimedSocket::read_some(std::span<char> into, Steady::time_point until) {
  return tls_ ? read_tls(into, until) : receive(into, until);
}

Async<Result<void>> TimedSocket::write(std::span<asio::const_buffer> parts, Steady::duration step) {
  return tls_ ? write_tls(parts, step) : send(parts, step);
}

Async<Result<std::size_t>> TimedSocket::receive(std::span<char> into, Steady::time_point until) {
  if (interrupted_) co_return Error(Errc::cancelled, "reading from a connection: cancelled");
  deadline_.guard(until);
  const auto [error, size] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), kAwait);
  const bool expired = deadline_.release();
  if (error == asio::error::eof) co_return std::size_t{0};
  if (error) co_return failure("reading from a connection", error, expired);
  if (!tls_) interrupted_ = false;
  co_return size;
}

Async<Result<void>> TimedSocket::send(std::span<asio::const_buffer> parts, Steady::duration step) {
  // Four: head, chunk line, data, end of chunk. Asio writes them in one system call.
  std::array<asio::const_buffer, 4> window;
  while (true) {
    while (!parts.empty() && parts.front().size() == 0) parts = parts.subspan(1);
    if (parts.empty()) co_return Result<void>();
    const std::size_t count = std::min(parts.size(), window.size());
    window = {};
    std::copy_n(parts.begin(), count, window.begin());
    deadline_.guard(Steady::now() + step);
    auto [error, written] = co_await socket_.async_write_some(window, kAwait);
    const bool expired = deadline_.release();
    if (error) co_return failure("writing to a connection", error, expired);
    for (auto& part : parts) {
      const std::size_t used = std::min(written, part.size());
      part += used;
      written -= used;
    }
  }
}

/// One piece from the peer to the session. io when the peer has ended the connection.
Async<Result<void>> TimedSocket::feed_tls(Steady::time_point until) {
  std::array<char, kEncryptedPiece> piece;
  CO_ASSIGN_OR_RETURN(const std::size_t got, co_await receive(piece, until));
  if (got == 0) co_return Error(Errc::io, "the connection ended without TLS's goodbye");
  tls_->feed({piece.data(), got});
  co_return Result<void>();
}

Async<Result<void>> TimedSocket::send_tls_output(Steady::duration step) {
  const auto output = tls_->output();
  if (output.empty()) co_return Result<void>();
  std::array parts = {asio::const_buffer(output.data(), output.size())};
  auto sent = co_await send(parts, step);
  tls_->clear_output();
  co_return sent;
}

Async<Result<void>> TimedSocket::accept_tls(std::unique_ptr<TlsSession> session, std::string_view received,
                                            Steady::time_point until) {
  tls_ = std::move(session);
  tls_->feed(received);
  while (true) {
    const auto step = tls_->handshake();
    const auto left = std::max(until - Steady::now(), Steady::duration::zero());
    CO_RETURN_IF_ERROR(co_await send_tls_output(left));
    if (step == TlsSession::Step::done) co_return Result<void>();
    if (step != TlsSession::Step::wants_input) co_return Error(Errc::io, "TLS with a client: " + tls_->reason());
    CO_RETURN_IF_ERROR(co_await feed_tls(until));
  }
}

Async<Result<std::size_t>> TimedSocket::read_tls(std::span<char> into, Steady::time_point until) {
  while (true) {
    std::size_t size = 0;
    const auto step = tls_->read(into, size);
    if (step == TlsSession::Step::done) {
      interrupted_ = false;
      co_return size;
    }
    if (step == TlsSession::Step::closed) co_return std::size_t{0};
    // Answers of the protocol itself, to a key update for example.
    const auto left = std::max(until - Steady::now(), Steady::duration::zero());
    CO_RETURN_IF_ERROR(co_await send_tls_output(left));
    if (step == TlsSession::Step::failed) co_return Error(Errc::io, "reading from a client by TLS: " + tls_->reason());
    // Who asks for little waits for a request; thousands of connections may do so at a time.
    std::vector<char> piece(into.size() < kRecord ? kSmallPiece : kEncryptedPiece);
    CO_ASSIGN_OR_RETURN(const std::size_t got, co_await receive(piece, until));
    // Cut off without a goodbye. Requests are framed by HTTP, so that one which was cut is noticed there.
    if (got == 0) co_return std::size_t{0};
    tls_->feed({piece.data(), got});
  }
}

Async<Result<void>> TimedSocket::write_tls(std::span<asio::const_buffer> parts, Steady::duration step) {
  std::array<char, kRecord> record;
  while (!parts.empty()) {
    while (!parts.empty() && tls_->output().size() < kMostUnsent) {
      const std::size_t size = gather(parts, record);
      if (!tls_->write({record.data(), size})) co_return Error(Errc::io, "writing by TLS: " + tls_->reason());
    }
    CO_RETURN_IF_ERROR(co_await send_tls_output(step));
  }
  co_return Result<void>();
}

Async<bool> TimedSocket::finish_writing(Steady::duration step) {
  if (tls_) {
    tls_->finish();
    const auto sent = co_await send_tls_output(step);
    if (sent.has_error()) co_return false;
  }
  boost::system::error_code error;
  socket_.shutdown(Tcp::socket::shutdown_send, error);
  co_return !error;
}

}  // namespace http
