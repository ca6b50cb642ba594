// The one place where a server dials out: a connection to a host that was allowed, and bytes copied both ways.
#pragma once

#include "base/async.h"
#include "http/deadline.h"
#include "http/proxy.h"

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>

namespace http {

/// Whether a name of the public DNS may lead here: not this machine, its networks, or an address that stands for one
/// of those (IANA's special-purpose registries).
bool is_public(const boost::asio::ip::address& address);

/// Connects to the authority. A name is resolved once and only its public addresses are tried, so that nobody who
/// controls a name can point a tunnel at this machine; an address is dialled as it is. invalid_argument: the name has
/// no public address; unavailable; deadline_exceeded.
base::Async<base::Result<boost::asio::ip::tcp::socket>> dial(Authority to, std::chrono::steady_clock::time_point until);

/// Copies between two sockets until both have ended, one breaks, or nothing moved for `idle`. Holds one piece of data
/// in each direction: who is slow slows the other. Used from one strand; the sockets outlive it.
class Relay {
 public:
  using Tcp = boost::asio::ip::tcp;
  Relay(Tcp::socket& client, Tcp::socket& server, std::chrono::steady_clock::duration idle);
  /// `first` is what the client has sent already.
  base::Async<void> run(std::string first);
  /// Ends run() by closing both sockets.
  void stop();

 private:
  base::Async<void> pump(Tcp::socket& from, Tcp::socket& to, std::string first);
  Tcp::socket& client_;
  Tcp::socket& server_;
  std::chrono::steady_clock::duration idle_;
  Deadline deadline_;
};

}  // namespace http
