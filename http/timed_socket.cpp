#include "http/timed_socket.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>

namespace http {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

TimedSocket::TimedSocket(Tcp::socket socket)
    : socket_(std::move(socket)), deadline_(socket_.get_executor(), [this] { interrupt(); }) {}

void TimedSocket::interrupt() {
  boost::system::error_code ignored;  // a socket without operations has nothing to cancel
  socket_.cancel(ignored);
}

base::Error TimedSocket::failure(std::string_view attempted, const boost::system::error_code& error,
                                 bool expired) const {
  if (expired) return {base::Errc::deadline_exceeded, std::string(attempted) + ": the peer took too long"};
  if (error == asio::error::operation_aborted) return {base::Errc::cancelled, std::string(attempted) + ": cancelled"};
  return {base::Errc::io, std::string(attempted) + ": " + error.message()};
}

base::Async<base::Result<std::size_t>> TimedSocket::read_some(std::span<char> into, Steady::time_point until) {
  deadline_.guard(until);
  const auto [error, size] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), kAwait);
  const bool expired = deadline_.release();
  if (error == asio::error::eof) co_return std::size_t{0};
  if (error) co_return failure("reading from a connection", error, expired);
  co_return size;
}

base::Async<base::Result<void>> TimedSocket::write(std::span<asio::const_buffer> parts, Steady::duration step) {
  // Four: head, chunk line, data, end of chunk. Asio writes them in one system call.
  std::array<asio::const_buffer, 4> window;
  while (true) {
    while (!parts.empty() && parts.front().size() == 0) parts = parts.subspan(1);
    if (parts.empty()) co_return base::Result<void>();
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

}  // namespace http
