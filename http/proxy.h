// What a server that is also a proxy asks the application, and how clients name hosts to a proxy.
//
// A proxied request is `CONNECT host:port`, or any other method with a whole http URL as its target. Both name a host
// in one of many spellings; decisions are made on one normal form of it. Pure functions.
#pragma once

#include "base/result.h"
#include "http/message.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace http {

/// Where a client wants to go. The host is a DNS name in lower case without a dot at its end, an IPv4 address in dotted
/// decimal, or an IPv6 address in brackets in its shortest form; an IPv4 address inside an IPv6 one is taken out of it.
struct Authority {
  std::string host;
  std::uint16_t port = 0;
  [[nodiscard]] std::string text() const { return host + ":" + std::to_string(port); }
};

/// Reads host[:port]; without a default port (0) the port must be there. Every spelling that the C library would take
/// for an IPv4 address (2130706433, 0x7f.1, 0177.0.0.1) becomes that address; a name whose last label is a number
/// and that is no address is invalid_argument, like everything else that is not host[:port].
base::Result<Authority> parse_authority(std::string_view text, std::uint16_t default_port);

/// What `Basic` credentials say (RFC 7617). Neither part goes into any message.
struct BasicCredential {
  std::string user;
  std::string password;
};
/// invalid_argument for every other scheme and for what does not decode.
base::Result<BasicCredential> parse_basic(std::string_view authorization);

/// Fields that are between a client and its proxy: their names begin with "Proxy-".
void remove_proxy_fields(Headers& headers);

/// "" when Host names `authority` (its port may be left out); otherwise what is wrong.
std::string refused_host_in_tunnel(const Headers& headers, const Authority& authority);

struct ProxyRequest {
  std::string authorization;  ///< of Proxy-Authorization as sent; "" without
  std::string host;           ///< in Authority's normal form
  std::uint16_t port = 0;
  bool connect = false;         ///< CONNECT; otherwise a request with a whole http URL
  std::uint16_t peer_port = 0;  ///< from which the client has connected
};

struct ProxyDecision {
  enum class Kind {
    serve,             ///< by this server's handler; nothing is dialled
    tunnel,            ///< dial exactly this host and port, and copy bytes
    needs_credential,  ///< 407
    refuse             ///< 403
  };
  Kind kind = Kind::refuse;
  std::string session;      ///< with serve: becomes Request::session
  std::string explanation;  ///< with refuse: the text of the answer, which says what would allow it
};

/// Called for each proxied request, on the connection's strand. Must not throw or block.
using ProxyDecider = std::function<ProxyDecision(const ProxyRequest&)>;

}  // namespace http
