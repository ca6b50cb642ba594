// The endpoint file is read again after every failure: a restarted emulator may listen on another port.
#include "nodeagent/emulator_client.h"

#include "base/durable_file.h"
#include "wire/node/protocol.h"

namespace nodeagent {
namespace {

constexpr std::size_t kLargestEndpointFile = 4096;
constexpr std::chrono::milliseconds kConnectDeadline{5'000};
/// A fetch answers within its longest wait; the rest is for a busy machine.
constexpr std::chrono::milliseconds kAnswerDeadline = wire::node::kLongestFetch + std::chrono::seconds(10);
/// One connection for the fetch that waits, one for reports.
constexpr std::size_t kConnections = 2;

}  // namespace

EmulatorClient::EmulatorClient(base::Executor executor, const base::Clock& clock, std::filesystem::path endpoint_file,
                               std::string token)
    : client_(std::move(executor), http::ClientOptions{.max_idle_connections = kConnections}),
      clock_(clock),
      endpoint_file_(std::move(endpoint_file)),
      token_(std::move(token)),
      last_heard_(clock.steady_now()) {}

base::Result<void> EmulatorClient::find_emulator() {
  ASSIGN_OR_RETURN(const auto text, base::read_file(endpoint_file_, kLargestEndpointFile));
  ASSIGN_OR_RETURN(auto endpoint, wire::node::decode_endpoint(text));
  url_ = std::move(endpoint.batch_url);
  while (url_.ends_with('/')) url_.pop_back();
  return {};
}

base::Async<base::Result<Answer>> EmulatorClient::post(std::string path, std::string body) {
  if (url_.empty()) CO_RETURN_IF_ERROR(find_emulator());
  http::ClientRequest request;
  request.method = "POST";
  request.url = url_ + path;
  request.headers.add("Authorization", std::string(wire::node::kAuthorizationScheme) + token_);
  request.headers.add("Content-Type", "application/json");
  request.text = std::move(body);
  request.connect_deadline = kConnectDeadline;
  request.progress_deadline = kAnswerDeadline;
  auto response = co_await client_.send(std::move(request));
  if (response.has_error()) {
    url_.clear();
    co_return std::move(response).error();
  }
  auto text = co_await http::read_all(*response->body, wire::node::kLargestMessage);
  if (text.has_error()) {
    url_.clear();
    co_return std::move(text).error();
  }
  last_heard_ = clock_.steady_now();
  co_return Answer{response->status, std::move(text).value()};
}

}  // namespace nodeagent
