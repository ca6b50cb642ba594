// A TCP socket whose every wait has a deadline.
#pragma once

#include "base/async.h"
#include "http/deadline.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <span>

namespace http {

/// Used from one strand, one operation at a time.
class TimedSocket {
 public:
  using Tcp = boost::asio::ip::tcp;
  using Steady = std::chrono::steady_clock;

  explicit TimedSocket(Tcp::socket socket);

  /// Some bytes, or 0 when the peer has finished. deadline_exceeded; cancelled (by interrupt()); io.
  base::Async<base::Result<std::size_t>> read_some(std::span<char> into, Steady::time_point until);
  /// Writes everything; each step forward may take `step`. `parts` is used up as it goes and must outlive the call.
  base::Async<base::Result<void>> write(std::span<boost::asio::const_buffer> parts, Steady::duration step);
  /// Ends the operation under way with `cancelled`.
  void interrupt();
  [[nodiscard]] Tcp::socket& socket() noexcept { return socket_; }

 private:
  base::Error failure(std::string_view attempted, const boost::system::error_code& error, bool expired) const;
  Tcp::socket socket_;
  Deadline deadline_;
};

}  // namespace http
