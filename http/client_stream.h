// One connection of the client: TCP, with TLS over it for https. Every wait has a deadline, after which the connection
// is closed for good.
#pragma once

#include "base/async.h"
#include "http/deadline.h"
#include "http/input_buffer.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace http {

class ClientStream {
 public:
  using Tcp = boost::asio::ip::tcp;
  using Steady = std::chrono::steady_clock;

  explicit ClientStream(const base::Executor& executor);
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  /// Tries every address of the host. "localhost" and names below it are loopback without asking a resolver (RFC 6761).
  /// unavailable; deadline_exceeded (a resolver that is asking may hold this up by its own limits).
  base::Async<base::Result<void>> connect(std::string host, std::uint16_t port, Steady::time_point until);
  /// Has the proxy at the other end connect to `authority` (host:port). unsupported when it does not, with what it
  /// says; io, deadline_exceeded.
  base::Async<base::Result<void>> open_tunnel(std::string authority, std::string proxy_authorization,
                                              Steady::time_point until);
  /// TLS over the connection; the certificate must be for `host`. unavailable; deadline_exceeded.
  base::Async<base::Result<void>> start_tls(std::shared_ptr<boost::asio::ssl::context> tls, std::string host,
                                            Steady::time_point until);
  /// Some bytes, or 0 at the end. deadline_exceeded; io.
  base::Async<base::Result<std::size_t>> read_some(std::span<char> into, Steady::duration limit);
  /// Writes everything, `parts` is used up; each step may take `step`. deadline_exceeded; io.
  base::Async<base::Result<void>> write(std::span<boost::asio::const_buffer> parts, Steady::duration step);
  /// False when an idle connection was closed by the other side or has bytes nobody asked for.
  [[nodiscard]] bool still_idle();
  /// What was read past the last answer's end or not used yet.
  [[nodiscard]] InputBuffer& input() noexcept { return input_; }

 private:
  base::Async<base::Result<Tcp::resolver::results_type>> resolve(std::string host, std::uint16_t port,
                                                                 Steady::time_point until);
  base::Error failure(std::string_view attempted, const boost::system::error_code& error, bool expired) const;

  Tcp::socket socket_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::optional<boost::asio::ssl::stream<Tcp::socket&>> tls_;
  Deadline deadline_;
  InputBuffer input_;
};

}  // namespace http
