// An HTTP/1.1 client: http and https (certificates verified), keep-alive, streamed bodies both ways, deadlines.
#pragma once

#include "base/async.h"
#include "http/message.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace http {

/// scheme, host, port and target of an http(s) URL.
struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case, IPv6 without brackets
  std::uint16_t port = 0;
  std::string target;  ///< path and query as written, at least "/"
  /// invalid_argument for anything that is not an absolute http or https URL.
  static base::Result<Url> parse(std::string_view text);
  [[nodiscard]] std::string host_header() const;  ///< with port unless it is the scheme's own
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;                     ///< absolute
  Headers headers;                     ///< Host and framing headers are added
  std::string text;                    ///< body in memory (sent when not empty or when `send_empty_body`)
  bool send_empty_body = false;        ///< Content-Length: 0
  std::unique_ptr<BodySource> source;  ///< streamed body of exactly content_length bytes
  std::optional<std::uint64_t> content_length;
  /// Connect to this host:port instead of the URL's (the Host header stays): how *.blob.core.windows.net reaches the
  /// emulator's own store.
  std::string connect_to;
  /// An HTTP proxy, host:port, instead of connect_to: https goes through a tunnel that CONNECT opens, http is sent with
  /// the whole URL. When it refuses, the error is `unsupported` with the proxy's explanation.
  std::string proxy;
  std::string proxy_authorization;  ///< value of Proxy-Authorization, empty: none
  std::string ca_file;              ///< more trusted certificates (PEM) for this request
  std::chrono::milliseconds connect_deadline{10'000};
  std::chrono::milliseconds progress_deadline{60'000};  ///< for each read and write, and for the answer's header
};

struct ClientResponse {
  int status = 0;
  std::string reason;
  Headers headers;
  std::optional<std::uint64_t> content_length;
  std::unique_ptr<BodySource> body;  ///< read to the end, the connection is used again; destroyed early, it is closed
};

struct ClientOptions {
  std::size_t max_idle_connections = 16;  ///< over all hosts
  std::size_t max_header_bytes = 64 * 1024;
  std::string ca_file;  ///< more trusted certificates (PEM); empty: the system's only
};

/// Safe to use from several coroutines of one executor.
class Client {
 public:
  Client(base::Executor executor, ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// Sends and reads the answer's header. unavailable: no connection; deadline_exceeded; io: the connection broke. A
  /// kept-alive connection that the server had closed meanwhile is replaced once, before any byte of an answer came.
  /// Redirects are not followed.
  base::Async<base::Result<ClientResponse>> send(ClientRequest request);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace http
