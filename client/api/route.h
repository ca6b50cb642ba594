// Route: by which way a URL is reached.
#pragma once

#include <functional>
#include <string>

namespace client::api {

/// A URL as it is asked for, and the host:port to connect to when that is not what the URL says.
struct Route {
  std::string url;
  std::string connect_to;  ///< empty: the URL's own host
  /// A proxy instead, its credential, and what to trust behind it: as in http::ClientRequest.
  std::string proxy;
  std::string proxy_authorization;
  std::string ca_file;
};
using FindRoute = std::function<Route(std::string url)>;

/// The URL itself. Names below .localhost are this machine whatever its resolver knows (RFC 6761), so they are reached
/// at 127.0.0.1.
Route direct_route(std::string url);

}  // namespace client::api
