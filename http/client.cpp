#include "http/client.h"

#include "base/text.h"
#include "http/client_answer.h"
#include "http/client_stream.h"
#include "http/framing.h"
#include "http/tls.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <list>
#include <map>

namespace http {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
namespace asio = boost::asio;

namespace {

constexpr std::size_t kSourcePiece = 64 * 1024;
/// Servers close idle connections after a minute or two; older ones are not worth the risk.
constexpr std::chrono::seconds kMaxIdleAge{50};

bool is_own_field(std::string_view name) {
  return base::equal_ignoring_case(name, "Host") || base::equal_ignoring_case(name, "Content-Length") ||
         base::equal_ignoring_case(name, "Transfer-Encoding") || base::equal_ignoring_case(name, "Connection");
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

/// The request's header block. invalid_argument for what would not arrive as it was meant.
Result<std::string> make_head(const ClientRequest& request, const Url& url) {
  if (!is_token(request.method)) return Error(Errc::invalid_argument, "sending a request: the method is not a token");
  const bool to_proxy = !request.proxy.empty() && url.scheme == "http";
  const auto target = to_proxy ? "http://" + url.host_header() + url.target : url.target;
  std::string head = request.method + " " + target + " HTTP/1.1\r\nHost: " + url.host_header() + "\r\n";
  if (to_proxy && !request.proxy_authorization.empty()) {
    head.append("Proxy-Authorization: ").append(request.proxy_authorization).append("\r\n");
  }
  for (const auto& [name, value] : request.headers.fields()) {
    if (is_own_field(name)) continue;
    if (!is_token(name) || value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Error(Errc::invalid_argument, "sending a request: header '" + printable(name) + "' is malformed");
    }
    head.append(name).append(": ").append(value).append("\r\n");
  }
  std::optional<std::uint64_t> length;
  if (request.source) {
    length = request.content_length;
  } else if (!request.text.empty() || request.send_empty_body) {
    length = request.text.size();
  }
  if (length) head.append("Content-Length: ").append(std::to_string(*length)).append("\r\n");
  return head.append("\r\n");
}

/// Where to connect, as "host:port".
Result<std::pair<std::string, std::uint16_t>> connect_place(const ClientRequest& request, const Url& url) {
  const auto& other = request.proxy.empty() ? request.connect_to : request.proxy;
  if (other.empty()) return std::pair(url.host, url.port);
  auto parsed = Url::parse("http://" + other);
  if (parsed.has_error() || other.find('/') != std::string::npos) {
    return Error(Errc::invalid_argument,
                 "sending a request: connect_to or proxy is not host:port: '" + printable(other) + "'");
  }
  return std::pair(parsed->host, parsed->port);
}

}  // namespace

struct Client::State : std::enable_shared_from_this<Client::State> {
  State(base::Executor on, ClientOptions given) : executor(std::move(on)), options(std::move(given)) {}

  /// A request on its way: what does not change between a first try and the second.
  struct Sending {
    ClientRequest request;
    Url url;
    std::string host;  ///< to connect to
    std::uint16_t port = 0;
    std::string key;  ///< of the connections that can carry it
    std::string head;
    bool source_used = false;
    bool source_failed = false;  ///< the caller's body, not the connection
  };
  struct Idle {
    std::string key;
    std::unique_ptr<ClientStream> stream;
    std::chrono::steady_clock::time_point since;
  };

  /// The certificates of one ca_file, as they were when it was last changed: an authority is renewed while we run.
  struct Trust {
    std::filesystem::file_time_type changed;
    std::shared_ptr<asio::ssl::context> context;
  };

  Result<std::shared_ptr<asio::ssl::context>> trusted(const std::string& ca_file);
  std::unique_ptr<ClientStream> take_idle(const std::string& key);
  void keep_idle(const std::string& key, std::unique_ptr<ClientStream> stream);
  Async<Result<std::unique_ptr<ClientStream>>> open(std::shared_ptr<Sending> sending);
  Async<Result<void>> write_request(ClientStream& stream, std::shared_ptr<Sending> sending);
  Async<ReceivedAnswer> exchange(std::unique_ptr<ClientStream> stream, std::shared_ptr<Sending> sending);
  Async<Result<ClientResponse>> send(std::shared_ptr<Sending> sending);

  base::Executor executor;
  ClientOptions options;
  std::map<std::string, Trust, std::less<>> trust;  ///< by ca_file
  std::list<Idle> idle;                             ///< the longest idle first
};

std::unique_ptr<ClientStream> Client::State::take_idle(const std::string& key) {
  const auto oldest = std::chrono::steady_clock::now() - kMaxIdleAge;
  idle.remove_if([oldest](const Idle& entry) { return entry.since < oldest; });
  // The one used last is the most likely to be alive.
  for (auto entry = idle.end(); entry != idle.begin();) {
    --entry;
    if (entry->key != key) continue;
    auto stream = std::move(entry->stream);
    entry = idle.erase(entry);
    if (stream->still_idle()) return stream;
  }
  return nullptr;
}

void Client::State::keep_idle(const std::string& key, std::unique_ptr<ClientStream> stream) {
  if (options.max_idle_connections == 0) return;
  if (idle.size() >= options.max_idle_connections) idle.pop_front();
  idle.push_back({key, std::move(stream), std::chrono::steady_clock::now()});
}

Result<std::shared_ptr<asio::ssl::context>> Client::State::trusted(const std::string& ca_file) {
  std::error_code ignored;  // a file that cannot be looked at is one that cannot be read, which is told below
  const auto changed =
      ca_file.empty() ? std::filesystem::file_time_type{} : std::filesystem::last_write_time(ca_file, ignored);
  const auto known = trust.find(ca_file);
  if (known != trust.end() && known->second.changed == changed) return known->second.context;
  ASSIGN_OR_RETURN(auto context, make_client_tls(ca_file));
  trust.insert_or_assign(ca_file, Trust{changed, context});
  return context;
}

Async<Result<std::unique_ptr<ClientStream>>> Client::State::open(std::shared_ptr<Sending> sending) {
  const auto until = std::chrono::steady_clock::now() + sending->request.connect_deadline;
  auto stream = std::make_unique<ClientStream>(executor);
  CO_RETURN_IF_ERROR(co_await stream->connect(sending->host, sending->port, until));
  const auto& request = sending->request;
  if (sending->url.scheme != "https") co_return std::move(stream);
  if (!request.proxy.empty()) {
    auto authority = sending->url.host_header();
    if (authority.find_last_of(":]") == std::string::npos || authority.ends_with(']')) authority += ":443";
    CO_RETURN_IF_ERROR(co_await stream->open_tunnel(std::move(authority), request.proxy_authorization, until));
  }
  CO_ASSIGN_OR_RETURN(auto context, trusted(request.ca_file.empty() ? options.ca_file : request.ca_file));
  CO_RETURN_IF_ERROR(co_await stream->start_tls(std::move(context), sending->url.host, until));
  co_return std::move(stream);
}

Async<Result<void>> Client::State::write_request(ClientStream& stream, std::shared_ptr<Sending> sending) {
  auto& request = sending->request;
  const auto step = request.progress_deadline;
  std::array<asio::const_buffer, 2> parts = {asio::buffer(sending->head), asio::buffer(request.text)};
  if (!request.source) co_return co_await stream.write(parts, step);
  parts[1] = {};
  CO_RETURN_IF_ERROR(co_await stream.write(parts, step));
  std::vector<char> piece(static_cast<std::size_t>(std::min<std::uint64_t>(kSourcePiece, *request.content_length)));
  for (std::uint64_t left = *request.content_length; left > 0;) {
    sending->source_used = true;
    const std::span<char> room(piece.data(), static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), left)));
    sending->source_failed = true;
    CO_ASSIGN_OR_RETURN(const std::size_t got, co_await request.source->read_some(room));
    if (got == 0) co_return Error(Errc::invalid_argument, "sending a request: its body is shorter than was said");
    sending->source_failed = false;
    parts = {asio::buffer(piece.data(), got)};
    CO_RETURN_IF_ERROR(co_await stream.write(parts, step));
    left -= got;
  }
  co_return Result<void>();
}

Async<ReceivedAnswer> Client::State::exchange(std::unique_ptr<ClientStream> stream, std::shared_ptr<Sending> sending) {
  auto written = co_await write_request(*stream, sending);
  // A server that refuses a body answers and closes while we still send; its answer is worth more than our error.
  const bool answer_possible = written.has_value() || (written.error().code == Errc::io && !sending->source_failed);
  if (!answer_possible) co_return ReceivedAnswer{std::move(written).error(), false};
  const AnswerLimits limits{.max_header_bytes = options.max_header_bytes,
                            .progress_deadline = sending->request.progress_deadline};
  ReturnStream give_back = [weak = weak_from_this(), key = sending->key,
                            whole = written.has_value()](std::unique_ptr<ClientStream> done) {
    if (const auto state = weak.lock(); state && whole) state->keep_idle(key, std::move(done));
  };
  const bool to_head = sending->request.method == "HEAD";
  auto received = co_await receive_answer(std::move(stream), to_head, limits, std::move(give_back));
  if (received.response.has_error() && written.has_error()) received.response = std::move(written).error();
  co_return received;
}

Async<Result<ClientResponse>> Client::State::send(std::shared_ptr<Sending> sending) {
  const std::string attempted = sending->request.method + " to " + sending->url.host_header();
  auto stream = take_idle(sending->key);
  if (stream) {
    auto received = co_await exchange(std::move(stream), sending);
    const bool stale = received.response.has_error() && received.response.error().code == Errc::io &&
                       !received.any_byte && !sending->source_used;
    if (!stale) co_return std::move(received.response);
  }
  auto fresh = co_await open(sending);
  if (fresh.has_error()) co_return std::move(fresh).error().in(attempted);
  auto received = co_await exchange(std::move(*fresh), sending);
  if (received.response.has_error()) co_return std::move(received.response).error().in(attempted);
  co_return std::move(received.response);
}

Client::Client(base::Executor executor, ClientOptions options)
    : state_(std::make_shared<State>(std::move(executor), std::move(options))) {}

Client::~Client() = default;

Async<Result<ClientResponse>> Client::send(ClientRequest request) {
  const auto state = state_;
  if (request.source && !request.content_length) {
    co_return Error(Errc::invalid_argument, "sending a request: a streamed body needs its content_length");
  }
  auto sending = std::make_shared<State::Sending>();
  CO_ASSIGN_OR_RETURN(sending->url, Url::parse(request.url));
  CO_ASSIGN_OR_RETURN(sending->head, make_head(request, sending->url));
  CO_ASSIGN_OR_RETURN(const auto place, connect_place(request, sending->url));
  sending->host = place.first;
  sending->port = place.second;
  const auto& url = sending->url;
  sending->key = url.scheme + " " + url.host_header() + " " + place.first + " " + std::to_string(place.second) + " " +
                 request.proxy_authorization + " " + request.ca_file;
  sending->request = std::move(request);
  co_return co_await state->send(std::move(sending));
}

}  // namespace http
