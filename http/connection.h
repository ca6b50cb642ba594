// One connection of a server: reads requests one after the other, gates each, calls the handler, writes the answer.
#pragma once

#include "http/framing.h"
#include "http/input_buffer.h"
#include "http/proxy.h"
#include "http/request_body.h"
#include "http/response_head.h"
#include "http/server.h"
#include "http/timed_socket.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace http {

/// What all connections of a server share; outlives them.
struct ConnectionSettings {
  ServerOptions options;
  Handler handler;
  RefusalHandler on_refusal;
  ExceptionHandler on_exception;  ///< may be empty
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> exceptions{0};
};

/// Lives on one strand. serve() ends when the connection is closed; never throws.
class Connection {
 public:
  Connection(TimedSocket::Tcp::socket socket, std::shared_ptr<ConnectionSettings> settings);
  base::Async<void> serve();
  /// The server stops: an idle connection is closed now, a busy one after the request under way.
  void finish();

 private:
  using Steady = TimedSocket::Steady;
  struct Refused {
    Refusal reason;
    std::string explanation;
  };
  /// How a wait for a header block ended: with one (`size` bytes), with a refusal, or with the connection (neither).
  struct Received {
    std::size_t size = 0;
    std::optional<Refused> refused;
  };

  base::Async<void> serve_requests();
  base::Async<bool> choose_transport();
  base::Async<Received> receive_head();
  base::Async<bool> serve_one(std::size_t head_size);
  base::Async<bool> answer(Head head);
  base::Async<Response> call_handler(std::shared_ptr<Request> request);
  base::Async<bool> refuse(Refused refused, std::shared_ptr<Request> request, AnswerTo to);
  std::optional<Refused> gate(const Head& head, std::string_view target) const;
  std::string origin_refusal(const Headers& headers, std::string_view target) const;
  std::string host_refusal(const Headers& headers) const;
  std::optional<Refused> body_refusal(const BodyReader& body) const;
  Response failed(const Request& request, std::string_view what);
  // connection_proxy.cpp
  std::optional<Refused> proxy_refusal(const Head& head) const;
  base::Async<bool> answer_proxied(Head head);
  base::Async<bool> serve_tunnel(Authority to, std::string session);
  base::Async<bool> relay_tunnel(Authority authority, AnswerTo to);
  base::Async<bool> forward(Authority authority, Head head, AnswerTo to);
  base::Async<bool> pass_body_on(BodyReader& body, bool chunked, TimedSocket& there);

  std::shared_ptr<Request> make_request(std::string method, std::string target) const;

  base::Async<bool> write_response(Response response, AnswerTo to);
  base::Async<bool> write_source(Response response, AnswerFraming framing);
  base::Async<bool> drain(std::shared_ptr<BodyReader> body);
  base::Async<void> close_politely();

  std::shared_ptr<ConnectionSettings> settings_;
  TimedSocket socket_;
  InputBuffer input_;
  std::string head_text_;
  std::string peer_;
  std::uint16_t peer_port_ = 0;
  std::string local_;  ///< our address of the connection
  /// How the request under way came through the proxy; in a tunnel that holds for all of them.
  struct Via {
    std::string session;
    std::string authority;
  };
  Via via_;
  std::optional<Authority> tunnel_;   ///< set inside a CONNECT that is served here
  std::function<void()> stop_relay_;  ///< while bytes are copied to another host
  bool peer_is_loopback_ = false;
  bool idle_ = false;       ///< waiting for the first byte of a request
  bool finishing_ = false;  ///< finish() was called
  bool linger_ = false;     ///< the client may still be sending: read a little before closing
};

}  // namespace http
