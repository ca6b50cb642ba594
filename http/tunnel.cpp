#include "http/tunnel.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/write.hpp>
#include <vector>

namespace http {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
namespace asio = boost::asio;
namespace ip = asio::ip;
using ip::tcp;
using Steady = std::chrono::steady_clock;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPiece = 16 * 1024;

struct Block {
  std::uint32_t address;
  int bits;
};

/// RFC 6890 and its successors: what is not globally reachable, multicast and reserved space included.
constexpr auto kPrivateBlocks = std::to_array<Block>({
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // carriers' shared space
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks
    {0xE0000000, 3},   // multicast and reserved
});

bool is_public_v4(ip::address_v4 address) {
  return std::ranges::none_of(kPrivateBlocks, [value = address.to_uint()](const Block& block) {
    return ((value ^ block.address) >> (32 - block.bits)) == 0;
  });
}

bool is_public_v6(const ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  constexpr std::array<unsigned char, 12> kNat64 = {0x00, 0x64, 0xFF, 0x9B};
  if (std::equal(kNat64.begin(), kNat64.end(), bytes.begin())) {
    return is_public_v4(ip::address_v4({bytes[12], bytes[13], bytes[14], bytes[15]}));
  }
  const bool sixto4 = bytes[0] == 0x20 && bytes[1] == 0x02;  // hides an IPv4 address
  const bool teredo = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x00 && bytes[3] == 0x00;  // as well
  return (bytes[0] & 0xE0) == 0x20 && !sixto4 && !teredo;                                            // 2000::/3
}

/// The address that the host is written as, if it is one.
std::optional<ip::address> literal(const std::string& host) {
  boost::system::error_code error;
  const auto bare = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
  const auto address = ip::make_address(bare, error);
  return error ? std::nullopt : std::optional(address);
}

Error dial_error(const Authority& to, const boost::system::error_code& error, bool expired) {
  const auto attempted = "connecting to " + to.text() + ": ";
  if (expired) return {Errc::deadline_exceeded, attempted + "it took too long"};
  if (error == asio::error::operation_aborted) return {Errc::cancelled, attempted + "cancelled"};
  return {Errc::unavailable, attempted + error.message()};
}

Async<Result<std::vector<tcp::endpoint>>> endpoints_of(Authority to, Steady::time_point until) {
  std::vector<tcp::endpoint> endpoints;
  if (const auto address = literal(to.host)) {
    endpoints.emplace_back(*address, to.port);
    co_return endpoints;
  }
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  Deadline deadline(executor, [&resolver] { resolver.cancel(); });
  deadline.guard(until);
  const auto service = std::to_string(to.port);
  const auto [error, results] = co_await resolver.async_resolve(to.host, service, kAwait);
  const bool expired = deadline.release();
  if (error) co_return dial_error(to, error, expired);
  for (const auto& entry : results) {
    if (is_public(entry.endpoint().address())) endpoints.push_back(entry.endpoint());
  }
  if (!endpoints.empty()) co_return endpoints;
  co_return Error(Errc::invalid_argument, "connecting to " + to.text() +
                                              ": the name leads to this machine or a private network; only an address "
                                              "that was allowed as such is connected to there");
}

}  // namespace

bool is_public(const ip::address& address) {
  if (address.is_v4()) return is_public_v4(address.to_v4());
  const auto v6 = address.to_v6();
  return v6.is_v4_mapped() ? is_public_v4(ip::make_address_v4(ip::v4_mapped, v6)) : is_public_v6(v6);
}

Async<Result<tcp::socket>> dial(Authority to, Steady::time_point until) {
  CO_ASSIGN_OR_RETURN(const auto endpoints, co_await endpoints_of(to, until));
  tcp::socket socket(co_await asio::this_coro::executor);
  Deadline deadline(socket.get_executor(), [&socket] {
    boost::system::error_code ignored;  // closing ends the attempt whatever it reports
    socket.close(ignored);
  });
  Error last(Errc::unavailable, "connecting to " + to.text() + ": the name has no address");
  for (const auto& endpoint : endpoints) {
    boost::system::error_code ignored;  // of the attempt before
    socket.close(ignored);
    deadline.guard(until);
    const auto [error] = co_await socket.async_connect(endpoint, kAwait);
    const bool expired = deadline.release();
    if (!error && !expired) {
      socket.set_option(tcp::no_delay(true), ignored);
      co_return std::move(socket);
    }
    last = dial_error(to, error, expired);
    if (expired || error == asio::error::operation_aborted) break;
  }
  co_return last;
}

Relay::Relay(Tcp::socket& client, Tcp::socket& server, Steady::duration idle)
    : client_(client), server_(server), idle_(idle), deadline_(client.get_executor(), [this] { stop(); }) {}

void Relay::stop() {
  boost::system::error_code ignored;  // what is closed already needs no closing
  client_.close(ignored);
  server_.close(ignored);
}

Async<void> Relay::run(std::string first) {
  using namespace asio::experimental::awaitable_operators;
  auto up = pump(client_, server_, std::move(first));
  auto down = pump(server_, client_, {});
  co_await (std::move(up) && std::move(down));
  deadline_.release();
}

Async<void> Relay::pump(Tcp::socket& from, Tcp::socket& to, std::string first) {
  std::vector<char> piece(std::max(kPiece, first.size()));
  std::size_t size = first.copy(piece.data(), first.size());
  boost::system::error_code error;
  while (true) {
    deadline_.guard(Steady::now() + idle_);
    if (size > 0) {
      std::tie(error, std::ignore) = co_await asio::async_write(to, asio::buffer(piece.data(), size), kAwait);
      if (error) co_return stop();
      deadline_.guard(Steady::now() + idle_);
    }
    std::tie(error, size) = co_await from.async_read_some(asio::buffer(piece), kAwait);
    if (error == asio::error::eof) break;
    if (error) co_return stop();
  }
  // The other direction may go on.
  to.shutdown(tcp::socket::shutdown_send, error);
}

}  // namespace http
