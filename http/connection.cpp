#include "http/connection.h"

#include "base/random.h"
#include "http/chunked.h"
#include "http/cors.h"
#include "http/gate.h"
#include "http/server_tls.h"

#include <algorithm>
#include <array>

namespace http {
namespace {

using base::Async;
using base::Errc;
namespace asio = boost::asio;

constexpr std::size_t kFirstRead = 4 * 1024;
constexpr std::size_t kSourcePiece = 64 * 1024;
/// Unread body that is read and dropped to keep the connection.
constexpr std::uint64_t kMaxDrainBytes = 64 * 1024;
/// After an early refusal the client may still be sending; closing at once would reset the connection and could destroy
/// the answer on its way (RFC 9112 9.6). So much is read, for so long.
constexpr std::size_t kMaxLingerBytes = 1024 * 1024;
constexpr std::chrono::seconds kLinger{2};
/// How long TLS's goodbye may take to leave.
constexpr std::chrono::seconds kGoodbye{1};
/// The first byte of a TLS connection: a record with a handshake message (RFC 8446 5.1). No HTTP method begins so.
constexpr char kTlsHandshake = 0x16;

asio::const_buffer as_buffer(std::string_view text) {
  return {text.data(), text.size()};
}

Response plain(int status, std::string text) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.text = std::move(text);
  return response;
}

}  // namespace

Connection::Connection(TimedSocket::Tcp::socket socket, std::shared_ptr<ConnectionSettings> settings)
    : settings_(std::move(settings)), socket_(std::move(socket)) {
  boost::system::error_code error;
  const auto peer = socket_.socket().remote_endpoint(error);
  if (error) return;
  peer_ = peer.address().to_string();
  peer_port_ = peer.port();
  local_ = socket_.socket().local_endpoint(error).address().to_string();
  peer_is_loopback_ = peer.address().is_loopback();
}

void Connection::finish() {
  finishing_ = true;
  if (idle_) socket_.interrupt();
  if (stop_relay_) stop_relay_();
}

Async<void> Connection::serve() {
  boost::system::error_code ignored;
  // Without Nagle's delay: answers are written in one piece. A failure costs speed only.
  socket_.socket().set_option(TimedSocket::Tcp::no_delay(true), ignored);
  try {
    co_await serve_requests();
  } catch (const boost::system::system_error& error) {
    // Asio ends a cancelled coroutine this way; that is stop() after its grace.
    if (error.code() != asio::error::operation_aborted) ++settings_->exceptions;
  } catch (const std::exception&) {
    ++settings_->exceptions;
  }
  socket_.socket().close(ignored);
}

Async<void> Connection::serve_requests() {
  bool open = co_await choose_transport();
  while (open && !finishing_) {
    const Received received = co_await receive_head();
    if (received.size > 0) {
      open = co_await serve_one(received.size);
      input_.shrink();
      continue;
    }
    open = false;
    if (!received.refused) break;
    auto [method, target] = peek_request_line(input_.bytes());
    linger_ = true;
    auto request = make_request(std::move(method), std::move(target));
    const AnswerTo to{.head = request->method == "HEAD", .keep_alive = false};
    co_await refuse(*received.refused, std::move(request), to);
  }
  co_await close_politely();
}

/// Waits for the first byte, which tells TLS from plain HTTP, and goes over to TLS. False: there is nobody to serve.
Async<bool> Connection::choose_transport() {
  const auto& options = settings_->options;
  // To the proxy itself one speaks plainly; TLS is what goes on inside its tunnels.
  if (!options.tls || (options.proxy && !tunnel_)) co_return true;
  if (input_.empty()) {
    idle_ = true;
    const auto got = co_await socket_.read_some(input_.room(kFirstRead), Steady::now() + options.idle_deadline);
    idle_ = false;
    if (got.has_error() || *got == 0) co_return false;
    input_.filled(*got);
  }
  if (input_.bytes().front() != kTlsHandshake) co_return true;
  const auto until = Steady::now() + options.header_deadline;
  std::string host = tunnel_ ? tunnel_->host : local_;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  auto session = co_await options.tls->accept(std::move(host), tunnel_.has_value());
  if (session.has_error()) co_return false;
  const auto accepted = co_await socket_.accept_tls(std::move(*session), input_.bytes(), until);
  input_.consume(input_.bytes().size());
  linger_ = accepted.has_error();  // an alert may be on its way
  co_return accepted.has_value();
}

/// Reads until the buffer starts with a whole header block.
Async<Connection::Received> Connection::receive_head() {
  const auto& options = settings_->options;
  bool begun = !input_.empty();
  auto until = Steady::now() + (begun ? options.header_deadline : options.idle_deadline);
  std::size_t seen = 0;
  while (true) {
    const auto bytes = input_.bytes();
    const HeadEnd end = find_head_end(bytes, seen);
    seen = bytes.size();
    // Even a complete block may be over its limit when the buffer was larger.
    const std::size_t size = end.state == HeadEnd::State::complete ? end.size : seen;
    if (size > options.max_header_bytes) {
      co_return Received{
          0, Refused{Refusal::header_too_large,
                     "the header block has more than " + std::to_string(options.max_header_bytes) + " bytes"}};
    }
    if (end.state == HeadEnd::State::complete) co_return Received{end.size, {}};
    if (end.state == HeadEnd::State::malformed) {
      co_return Received{0, Refused{Refusal::bad_framing,
                                    "the header block has a control character or a line that does not end with CR LF"}};
    }
    idle_ = !begun;
    const auto got = co_await socket_.read_some(input_.room(kFirstRead), until);
    idle_ = false;
    if (got.has_error()) {
      if (!begun || got.error().code != Errc::deadline_exceeded) co_return Received{};
      co_return Received{0, Refused{Refusal::header_timeout, "the header block did not arrive in time"}};
    }
    if (*got == 0 && begun) {
      co_return Received{0, Refused{Refusal::bad_framing, "the connection ended inside the header block"}};
    }
    if (*got == 0) co_return Received{};
    input_.filled(*got);
    if (!begun) until = Steady::now() + options.header_deadline;
    begun = true;
  }
}

std::shared_ptr<Request> Connection::make_request(std::string method, std::string target) const {
  auto request = std::make_shared<Request>();
  request->method = std::move(method);
  request->target = std::move(target);
  const auto mark = request->target.find('?');
  request->path = request->target.substr(0, mark);
  if (mark != std::string::npos) request->query = request->target.substr(mark + 1);
  request->body = body_from_text({});
  request->peer_address = peer_;
  request->peer_port = peer_port_;
  request->secure = socket_.secure();
  request->session = via_.session;
  request->authority = via_.authority;
  request->request_id = base::random_guid();
  return request;
}

Async<bool> Connection::serve_one(std::size_t head_size) {
  const auto& options = settings_->options;
  const auto raw = input_.bytes().substr(0, head_size);
  const bool proxying = options.proxy && !tunnel_;
  auto head = parse_head(
      raw, {.max_bytes = options.max_header_bytes, .max_fields = options.max_header_fields, .proxy_forms = proxying});
  if (head.has_value()) {
    input_.consume(head_size);
    if (proxying) co_return co_await answer_proxied(std::move(*head));
    co_return co_await answer(std::move(*head));
  }
  const bool large = head.error().code == Errc::too_large;
  Refused refused{large ? Refusal::header_too_large : Refusal::bad_framing, head.error().message};
  auto [method, target] = peek_request_line(raw);
  auto request = make_request(std::move(method), std::move(target));
  linger_ = true;
  const AnswerTo to{.head = request->method == "HEAD", .keep_alive = false};
  co_return co_await refuse(std::move(refused), std::move(request), to);
}

std::string Connection::host_refusal(const Headers& headers) const {
  if (tunnel_) return refused_host_in_tunnel(headers, *tunnel_);
  // The Host of a request with a whole URL is what the proxy was allowed to serve.
  return settings_->options.proxy ? std::string() : refused_host(headers, settings_->options.allowed_hosts);
}

/// Peer, Host, Origin and the announced length, in this order; framing has passed.
/// "" when no page sent the request, or one of an origin that may.
std::string Connection::origin_refusal(const Headers& headers, std::string_view target) const {
  const auto& options = settings_->options;
  auto text = refused_origin(headers, options.allowed_origins);
  if (text.empty() || !options.origin_allowed || headers.count("Origin") != 1) return text;
  return options.origin_allowed(headers, target) ? std::string{} : text;
}

std::optional<Connection::Refused> Connection::gate(const Head& head, std::string_view target) const {
  const auto& options = settings_->options;
  if (!peer_is_loopback_) {
    return Refused{Refusal::forbidden_peer, "the address " + peer_ + " is not of this machine; connect over loopback"};
  }
  if (auto text = host_refusal(head.headers); !text.empty()) {
    return Refused{Refusal::unknown_host, std::move(text)};
  }
  if (auto text = origin_refusal(head.headers, target); !text.empty()) {
    return Refused{Refusal::forbidden_origin, std::move(text)};
  }
  if (head.content_length.value_or(0) > options.max_body_bytes) {
    return Refused{Refusal::body_too_large, "the request body of " + std::to_string(*head.content_length) +
                                                " bytes is larger than the " + std::to_string(options.max_body_bytes) +
                                                " bytes allowed"};
  }
  return std::nullopt;
}

std::optional<Connection::Refused> Connection::body_refusal(const BodyReader& body) const {
  switch (body.failure()) {
    case BodyFailure::framing: return Refused{Refusal::bad_framing, body.explanation()};
    case BodyFailure::too_large: return Refused{Refusal::body_too_large, body.explanation()};
    case BodyFailure::timed_out: return Refused{Refusal::header_timeout, "the request body did not arrive in time"};
    case BodyFailure::none:
    case BodyFailure::connection: break;
  }
  return std::nullopt;
}

/// True: the connection may serve another request.
Async<bool> Connection::answer(Head head) {
  const auto& options = settings_->options;
  AnswerTo to{.head = head.method == "HEAD", .version_minor = head.version_minor, .keep_alive = head.keep_alive};
  const bool has_body = head.chunked || head.content_length.has_value();
  if (options.proxy) remove_proxy_fields(head.headers);
  auto request = make_request(std::move(head.method), std::move(head.target));
  request->content_length = head.content_length;
  request->has_body = has_body;
  const bool unread = head.chunked || head.content_length.value_or(0) > 0;
  if (auto refused = gate(head, request->target)) {
    request->headers = std::move(head.headers);
    linger_ = unread;
    // Only a known host's page from a foreign origin may go on: what else is refused here has no second request to
    // make.
    to.keep_alive = to.keep_alive && !unread && refused->reason == Refusal::forbidden_origin;
    co_return co_await refuse(std::move(*refused), std::move(request), to);
  }
  if (head.expectation == Expectation::unknown) {
    to.keep_alive = to.keep_alive && !unread;
    linger_ = unread;
    ++settings_->requests;
    Response refusal = plain(417, "the only expectation understood here is 100-continue\n");
    co_return co_await write_response(std::move(refusal), to);
  }
  request->headers = std::move(head.headers);
  const BodyReader::Limits limits{.max_bytes = options.max_body_bytes,
                                  .progress_deadline = options.body_progress_deadline};
  const auto body = std::make_shared<BodyReader>(head, input_, socket_, limits,
                                                 unread && head.expectation == Expectation::continue_100);
  request->body = body_from_reader(body);
  Response response = co_await call_handler(request);
  if (auto refused = body_refusal(*body)) {
    linger_ = true;
    to.keep_alive = false;
    co_return co_await refuse(std::move(*refused), std::move(request), to);
  }
  const bool reusable = body->done() || body->rest_is_within(kMaxDrainBytes);
  linger_ = !body->done();
  to.keep_alive = to.keep_alive && reusable && !finishing_;
  ++settings_->requests;
  const bool open = co_await write_response(std::move(response), to);
  if (!open || body->done()) co_return open;
  co_return co_await drain(body);
}

Response Connection::failed(const Request& request, std::string_view what) {
  ++settings_->exceptions;
  Response response = settings_->on_exception ? settings_->on_exception(request, what)
                                              : plain(500, "the server met an unexpected condition\n");
  response.close = true;
  return response;
}

/// Exceptions end here: what a handler throws is a bug, and costs its request only.
Async<Response> Connection::call_handler(std::shared_ptr<Request> request) {
  std::string what;
  const bool from_allowed_page = names_allowed_origin(request->headers, settings_->options.allowed_origins);
  if (from_allowed_page && is_preflight(*request)) co_return preflight_answer(*request);
  try {
    Response response = co_await settings_->handler(*request);
    if (from_allowed_page) open_to_origin(response, *request);
    // 1xx is not an answer, and other numbers have no status line.
    if (response.status >= 200 && response.status <= 999) co_return response;
    what = "the handler answered with status " + std::to_string(response.status);
  } catch (const boost::system::system_error& error) {
    // So Asio ends a coroutine that stop() cancelled: nothing is left to answer.
    if (error.code() == asio::error::operation_aborted) throw;
    what = error.what();
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "something that is not a std::exception";
  }
  co_return failed(*request, what);
}

Async<bool> Connection::refuse(Refused refused, std::shared_ptr<Request> request, AnswerTo to) {
  Response response = settings_->on_refusal(refused.reason, *request, refused.explanation);
  ++settings_->requests;
  co_return co_await write_response(std::move(response), to);
}

/// True: the answer is out and the connection may be used again.
Async<bool> Connection::write_response(Response response, AnswerTo to) {
  const AnswerFraming framing = frame_answer(response, to);
  head_text_.clear();
  append_head(head_text_, response, framing, to, http_date());
  if (framing.body && response.source) co_return co_await write_source(std::move(response), framing);
  std::string chunk;
  std::array<asio::const_buffer, 4> parts = {as_buffer(head_text_)};
  if (framing.body && framing.chunked) {
    chunk = chunk_header(response.text.size());
    head_text_ += chunk;
    parts = {as_buffer(head_text_), as_buffer(response.text), as_buffer("\r\n0\r\n\r\n")};
  } else if (framing.body) {
    parts[1] = as_buffer(response.text);
  }
  const auto written = co_await socket_.write(parts, settings_->options.body_progress_deadline);
  co_return written.has_value() && !framing.close;
}

/// A failing source ends the connection without the end of the body: the client must see that something is missing.
Async<bool> Connection::write_source(Response response, AnswerFraming framing) {
  const auto step = settings_->options.body_progress_deadline;
  std::vector<char> piece(kSourcePiece);
  std::uint64_t left = framing.length.value_or(UINT64_MAX);
  bool ended = framing.length == 0U;
  std::string_view before = head_text_;
  std::string chunk;
  do {
    std::size_t size = 0;
    if (!ended) {
      const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), left));
      const auto got = co_await response.source->read_some(std::span<char>(piece.data(), want));
      if (got.has_error() || (*got == 0 && framing.length)) {
        linger_ = false;
        co_return false;
      }
      size = *got;
    }
    left -= size;
    ended = size == 0 || left == 0;
    std::array<asio::const_buffer, 4> parts = {as_buffer(before), {}, asio::const_buffer(piece.data(), size), {}};
    if (framing.chunked) {
      chunk = size > 0 ? chunk_header(size) : std::string(kLastChunk);
      parts[1] = as_buffer(chunk);
      if (size > 0) parts[3] = as_buffer("\r\n");
    }
    const auto written = co_await socket_.write(parts, step);
    if (written.has_error()) co_return false;
    before = {};
  } while (!ended);
  co_return !framing.close;
}

Async<bool> Connection::drain(std::shared_ptr<BodyReader> body) {
  std::array<char, 4096> dropped;
  while (!body->done()) {
    const auto got = co_await body->read_some(dropped);
    if (got.has_error()) co_return false;
  }
  linger_ = false;
  co_return true;
}

Async<void> Connection::close_politely() {
  const bool standing = co_await socket_.finish_writing(kGoodbye);
  if (!standing || !linger_) co_return;
  const auto until = Steady::now() + kLinger;
  std::array<char, 4096> dropped;
  for (std::size_t seen = 0; seen < kMaxLingerBytes && !finishing_;) {
    const auto got = co_await socket_.receive(dropped, until);
    if (got.has_error() || *got == 0) co_return;
    seen += *got;
  }
}

}  // namespace http
