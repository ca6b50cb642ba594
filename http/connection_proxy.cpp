// The part of a connection that is a proxy: asks the application about each request, opens tunnels, turns whole URLs
// back into paths.
#include "base/text.h"
#include "http/chunked.h"
#include "http/connection.h"
#include "http/gate.h"
#include "http/tunnel.h"

#include <algorithm>
#include <array>
#include <vector>

namespace http {
namespace {

using base::Async;
using base::Errc;
namespace asio = boost::asio;

constexpr std::uint16_t kHttpPort = 80;
constexpr std::chrono::seconds kDialDeadline{15};
constexpr std::size_t kForwardPiece = 16 * 1024;
constexpr std::string_view kEstablished = "HTTP/1.1 200 Connection established\r\n\r\n";
constexpr std::string_view kChallenge = "Basic realm=\"Batch Emulator\"";

Response plain(int status, std::string text) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.text = std::move(text) + "\n";
  return response;
}

/// RFC 9110 7.6.1: what is between a client and its proxy alone, and what forward() writes itself.
bool is_passed_on(std::string_view name) {
  constexpr std::array<std::string_view, 7> kOwn = {"Connection", "Keep-Alive", "TE", "Upgrade",
                                                    "Expect",     "Host",       "Via"};
  return std::ranges::none_of(kOwn, [name](std::string_view own) { return base::equal_ignoring_case(name, own); });
}

/// The request as the other server gets it: for this connection alone, so that nothing else of the client's follows it.
std::string head_to_pass_on(const Head& head) {
  std::string text = head.method + " " + head.target + " HTTP/1.1\r\nHost: " + head.authority + "\r\n";
  for (const auto& [name, value] : head.headers.fields()) {
    if (is_passed_on(name)) text.append(name).append(": ").append(value).append("\r\n");
  }
  return text + "Via: 1.1 batch-emulator\r\nConnection: close\r\n\r\n";
}

/// However a coroutine ends, nobody calls into what was its own.
struct Clears {
  std::function<void()>& action;
  ~Clears() { action = nullptr; }
};

int status_of(const base::Error& error) {
  if (error.code == Errc::invalid_argument) return 403;
  return error.code == Errc::deadline_exceeded ? 504 : 502;
}

}  // namespace

/// What is wrong with a request to a proxy before it is known where it wants to go.
std::optional<Connection::Refused> Connection::proxy_refusal(const Head& head) const {
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
  // Some clients announce a body of no bytes.
  if (head.form == Head::Form::authority && (head.chunked || head.content_length.value_or(0) > 0)) {
    return Refused{Refusal::bad_framing, "a CONNECT request has no body"};
  }
  if (auto text = origin_refusal(head.headers, head.target); !text.empty()) {
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
      co_return co_await forward(std::move(*authority), std::move(head), to);
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
  const Clears clears{stop_relay_};
  std::string first(input_.bytes());
  input_.consume(first.size());
  co_await relay.run(std::move(first));
  co_return false;
}

/// Body, as far as the other server takes it. False: it took no more, or the client sent no more.
Async<bool> Connection::pass_body_on(BodyReader& body, bool chunked, TimedSocket& there) {
  const auto step = settings_->options.body_progress_deadline;
  std::vector<char> piece(kForwardPiece);
  while (true) {
    const auto got = co_await body.read_some(piece);
    if (got.has_error()) co_return false;
    const std::string before = chunked && *got > 0 ? chunk_header(*got) : std::string();
    const std::string_view after = !chunked ? "" : *got > 0 ? "\r\n" : kLastChunk;
    std::array parts = {asio::const_buffer(before.data(), before.size()), asio::const_buffer(piece.data(), *got),
                        asio::const_buffer(after.data(), after.size())};
    const auto written = co_await there.write(parts, step);
    if (written.has_error()) co_return false;
    if (*got == 0) co_return true;
  }
}

/// A request with a whole URL to another host: one request, one answer, then both connections end.
Async<bool> Connection::forward(Authority authority, Head head, AnswerTo to) {
  const auto& options = settings_->options;
  ++settings_->requests;
  auto dialled = co_await dial(std::move(authority), Steady::now() + kDialDeadline);
  if (dialled.has_error()) {
    Response response = plain(status_of(dialled.error()), dialled.error().message);
    co_return co_await write_response(std::move(response), to);
  }
  TimedSocket there(std::move(*dialled));
  stop_relay_ = [&there] { there.interrupt(); };
  const Clears clears{stop_relay_};
  remove_proxy_fields(head.headers);
  const std::string text = head_to_pass_on(head);
  std::array parts = {asio::const_buffer(text.data(), text.size())};
  const auto sent = co_await there.write(parts, options.body_progress_deadline);
  const BodyReader::Limits limits{.max_bytes = UINT64_MAX, .progress_deadline = options.body_progress_deadline};
  BodyReader body(head, input_, socket_, limits, head.expectation == Expectation::continue_100);
  bool whole = sent.has_value();
  if (whole && !body.done()) whole = co_await pass_body_on(body, head.chunked, there);
  linger_ = !body.done();
  // A server that did not take all of the body may have said why. A client that did not send it gets no answer.
  std::vector<char> piece(kForwardPiece);
  while (!finishing_ && (whole || body.failure() == BodyFailure::none)) {
    const auto got = co_await there.read_some(piece, Steady::now() + options.idle_deadline);
    if (got.has_error() || *got == 0) break;
    std::array answer = {asio::const_buffer(piece.data(), *got)};
    const auto written = co_await socket_.write(answer, options.body_progress_deadline);
    if (written.has_error()) break;
  }
  co_return false;
}

}  // namespace http
