// An HTTP/1.1 server on loopback: accepts, reads under limits and deadlines, gates, calls one handler, writes.
//
// Before any handler runs, each request passes the gate (issue: "Request gate before routing"): loopback peer; strict
// framing (one Content-Length or one `Transfer-Encoding: chunked`, never both; no obs-fold, bare CR or LF, trailers, or
// long chunk headers; header block under its limit), else 400 and close; exactly one Host that the allow-list knows,
// else 421; an Origin, if sent, that the allow-list knows, else 403. What the gate refuses never reaches a handler.
#pragma once

#include "base/async.h"
#include "base/coroutine_group.h"
#include "http/message.h"
#include "http/proxy.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace http {

class ServerTls;

/// Why the gate refused; a part renders it in its service's own error form.
enum class Refusal {
  bad_framing,
  header_too_large,
  body_too_large,
  unknown_host,
  forbidden_origin,
  forbidden_peer,
  header_timeout
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 = any free one
  std::size_t max_connections = 1024;
  std::size_t max_header_bytes = 64 * 1024;
  std::size_t max_header_fields = 128;
  std::uint64_t max_body_bytes = std::uint64_t{5000} * 1024 * 1024;  ///< routes set tighter ones when they read
  std::chrono::milliseconds header_deadline{10'000};         ///< from the first byte of a request to its header's end
  std::chrono::milliseconds idle_deadline{120'000};          ///< between requests of a connection
  std::chrono::milliseconds body_progress_deadline{30'000};  ///< for each read of a body and each write of a response
  /// Lower-case host names without port; a leading "*." stands for one or more labels ("*.batch.localhost").
  /// IPv6 literals with brackets ("[::1]").
  std::vector<std::string> allowed_hosts;
  /// Origins that browsers may send ("http://localhost:8080"): preflights of theirs are answered by the server, and
  /// their pages may read every answer (http/cors.h). Empty = every Origin is refused.
  std::vector<std::string> allowed_origins;
  /// Lets other origins in, by what the request is addressed to; their preflights are the handler's to answer. Called
  /// with exactly one Origin and one Host, on the server's executor; must not block. Null: nobody else comes in.
  std::function<bool(const Headers& headers, std::string_view target)> origin_allowed;
  /// With it the first byte of each connection decides: TLS (under header_deadline), then HTTP as usual with
  /// Request::secure; or plain HTTP. May be shared by servers; null: no TLS.
  std::shared_ptr<ServerTls> tls;
  /// With it the server is a proxy and nothing else: every request is CONNECT or has a whole http URL as its target,
  /// and this decides about it. What is served goes to the handler with Request::session and Request::authority; inside
  /// a CONNECT tunnel the first byte decides about TLS (with a certificate for that host), Host must name the tunnel's
  /// host (421), and allowed_hosts does not count. Everything else of the gate holds as ever.
  ProxyDecider proxy;
};

/// Serves one request. Must not throw; what it throws all the same is counted and answered by the ExceptionHandler.
using Handler = std::function<base::Async<Response>(Request&)>;
/// Makes the answer for a request that the gate refused; `request` has what could be read (maybe no headers).
using RefusalHandler = std::function<Response(Refusal, const Request& request, std::string_view explanation)>;

/// Makes the answer when a handler threw; `what` is for the log, not for the client. Without one: a bare 500.
using ExceptionHandler = std::function<Response(const Request& request, std::string_view what)>;

class Server {
 public:
  /// Binds and listens at once, so that a taken port is an error here and `port()` is known.
  static base::Result<std::unique_ptr<Server>> listen(base::Executor executor, ServerOptions options);
  ~Server();
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Starts accepting. Handlers run on the executor given to listen(), each connection on a strand of its own.
  void start(Handler handler, RefusalHandler on_refusal, ExceptionHandler on_exception = {});
  /// Stops accepting, lets requests under way finish for `grace`, then cancels them; returns when all are gone.
  base::Async<void> stop(std::chrono::milliseconds grace);
  /// Requests answered so far, refused ones included.
  [[nodiscard]] std::uint64_t requests() const noexcept;
  /// Handlers that threw so far: bugs.
  [[nodiscard]] std::uint64_t exceptions() const noexcept;
  /// Connections open now.
  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace http
