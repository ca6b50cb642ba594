// A TCP socket whose every wait has a deadline; on a server it may go over to TLS.
#pragma once

#include "base/async.h"
#include "http/deadline.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace http {

class TlsSession;

/// Used from one strand, one operation at a time.
class TimedSocket {
 public:
  using Tcp = boost::asio::ip::tcp;
  using Steady = std::chrono::steady_clock;

  explicit TimedSocket(Tcp::socket socket);
  ~TimedSocket();

  /// The handshake of a client that has sent `received` already. Afterwards everything goes through `session`.
  /// deadline_exceeded; cancelled; io, also when the client and we have no TLS in common.
  base::Async<base::Result<void>> accept_tls(std::unique_ptr<TlsSession> session, std::string_view received,
                                             Steady::time_point until);
  [[nodiscard]] bool secure() const noexcept { return tls_ != nullptr; }

  /// Some bytes, or 0 when the peer has finished. deadline_exceeded; cancelled (by interrupt()); io.
  base::Async<base::Result<std::size_t>> read_some(std::span<char> into, Steady::time_point until);
  /// Writes everything; each step forward may take `step`. `parts` is used up as it goes and must outlive the call.
  base::Async<base::Result<void>> write(std::span<boost::asio::const_buffer> parts, Steady::duration step);
  /// Says that nothing more will be written: TLS's goodbye, then TCP's. False when the connection is broken.
  base::Async<bool> finish_writing(Steady::duration step);
  /// Ends the operation under way with `cancelled`, unless it has succeeded already.
  void interrupt();
  [[nodiscard]] Tcp::socket& socket() noexcept { return socket_; }
  /// Bytes as they come from the network, also with TLS: to be dropped while the peer learns that we are done.
  base::Async<base::Result<std::size_t>> receive(std::span<char> into, Steady::time_point until);

 private:
  base::Async<base::Result<void>> send(std::span<boost::asio::const_buffer> parts, Steady::duration step);
  base::Async<base::Result<void>> feed_tls(Steady::time_point until);
  base::Async<base::Result<void>> send_tls_output(Steady::duration step);
  base::Async<base::Result<std::size_t>> read_tls(std::span<char> into, Steady::time_point until);
  base::Async<base::Result<void>> write_tls(std::span<boost::asio::const_buffer> parts, Steady::duration step);
  void cancel();
  base::Error failure(std::string_view attempted, const boost::system::error_code& error, bool expired) const;

  Tcp::socket socket_;
  Deadline deadline_;
  std::unique_ptr<TlsSession> tls_;
  bool interrupted_ = false;
};

}  // namespace http
