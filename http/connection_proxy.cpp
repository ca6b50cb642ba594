// The part of a connection that is a proxy: asks the application about each request, opens tunnels, turns whole URLs
// back into paths.
#include "http/connection.h"
#include "http/gate.h"
#include "http/tunnel.h"

namespace http {
namespace {

using base::Async;
using base::Errc;
namespace asio = boost::asio;

constexpr std::uint16_t kHttpPort = 80;
constexpr std::chrono::seconds kDialDeadline{15};
constexpr std::string_view kEstablished = "HTTP/1.1 200 Connection established\r\n\r\n";
constexpr std::string_view kChallenge = "Basic realm=\"Batch Emulator\"";

Response plain(int status, std::string text) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.text = std::move(text) + "\n";
  return response;
}

int status_of(const base::Error& error) {
  if (error.code == Errc::invalid_argument) return 403;
  return error.code == Errc::deadline_exceeded ? 504 : 502;
}

}  // namespace

/// What is wrong with a request to a proxy before it is known where it wants to go.
std::optional<Connection::Refused> Connection::proxy_refusal(const Head& head) const {
  const auto& options = settings_->options;
  if (!peer_is_loopback_) {
    return Refused{Refusal::forbidden_peer, "the address " + peer_ + " is not of this machine; connect over loopback"};
  }
  if (head.form == Head::Form::origin) {
    return Refused{Refusal::bad_framing,
                   "this port is a proxy: it takes CONNECT host:port, and whole http URLs as request targets"};
  }
  if (head.headers.count("Host") > 1 || head.headers.count("Proxy-Authorization") > 1) {
    return Refused{Refusal::bad_framing, "Host or Proxy-Authorization was sent more than once"};
  }
  if (head.form == Head::Form::authority && (head.chunked || head.content_length)) {
    return Refused{Refusal::bad_framing, "a CONNECT request has no body"};
  }
  if (auto text = refused_origin(head.headers, options.allowed_origins); !text.empty()) {
    return Refused{Refusal::forbidden_origin, std::move(text)};
  }
  return std::nullopt;
}

/// True: the connection may serve another request.
Async<bool> Connection::answer_proxied(Head head) {
  const bool connect = head.form == Head::Form::authority;
  const bool unread = head.chunked || head.content_length.value_or(0) > 0;
  AnswerTo to{.head = head.method == "HEAD", .version_minor = head.version_minor, .keep_alive = false};
  linger_ = unread;
  via_ = {};
  auto refused = proxy_refusal(head);
  auto authority = parse_authority(head.authority, connect ? 0 : kHttpPort);
  if (!refused && authority.has_error()) refused = Refused{Refusal::bad_framing, authority.error().message};
  if (refused) {
    auto request = make_request(std::move(head.method), std::move(head.target));
    co_return co_await refuse(std::move(*refused), std::move(request), to);
  }

  const ProxyRequest asked{.authorization = std::string(head.headers.get("Proxy-Authorization")),
                           .host = authority->host,
                           .port = authority->port,
                           .connect = connect,
                           .peer_port = peer_port_};
  const ProxyDecision decision = settings_->options.proxy(asked);
  Response response;
  switch (decision.kind) {
    case ProxyDecision::Kind::serve:
      if (connect) co_return co_await serve_tunnel(std::move(*authority), decision.session);
      via_ = {.session = decision.session, .authority = authority->text()};
      head.headers.set("Host", std::move(head.authority));  // RFC 9112 3.2.2
      co_return co_await answer(std::move(head));
    case ProxyDecision::Kind::tunnel:
      if (connect) co_return co_await relay_tunnel(std::move(*authority), to);
      response = plain(403, "plain http to " + authority->text() + " is not passed on, only https is");
      break;
    case ProxyDecision::Kind::needs_credential:
      response = plain(407, "this proxy wants the credential that its user was given");
      response.headers.add("Proxy-Authenticate", std::string(kChallenge));
      to.keep_alive = head.keep_alive && !unread;  // the client asks again
      break;
    case ProxyDecision::Kind::refuse: response = plain(403, decision.explanation); break;
  }
  ++settings_->requests;
  co_return co_await write_response(std::move(response), to);
}

/// From now on the connection is one to `to`: TLS or not, then requests for that host alone.
Async<bool> Connection::serve_tunnel(Authority to, std::string session) {
  ++settings_->requests;
  std::array parts = {asio::const_buffer(kEstablished.data(), kEstablished.size())};
  const auto written = co_await socket_.write(parts, settings_->options.body_progress_deadline);
  if (written.has_error()) co_return false;
  via_ = {.session = std::move(session), .authority = to.text()};
  tunnel_ = std::move(to);
  co_return co_await choose_transport();
}

/// Until the tunnel has ended: then the connection has, too.
Async<bool> Connection::relay_tunnel(Authority authority, AnswerTo to) {
  ++settings_->requests;
  auto dialled = co_await dial(std::move(authority), Steady::now() + kDialDeadline);
  if (dialled.has_error()) {
    Response response = plain(status_of(dialled.error()), dialled.error().message);
    co_return co_await write_response(std::move(response), to);
  }
  std::array parts = {asio::const_buffer(kEstablished.data(), kEstablished.size())};
  const auto written = co_await socket_.write(parts, settings_->options.body_progress_deadline);
  if (written.has_error() || finishing_) co_return false;
  Relay relay(socket_.socket(), *dialled, settings_->options.idle_deadline);
  stop_relay_ = [&relay] { relay.stop(); };
  std::string first(input_.bytes());
  input_.consume(first.size());
  co_await relay.run(std::move(first));
  stop_relay_ = nullptr;
  co_return false;
}

}  // namespace http
