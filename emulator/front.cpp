#include "emulator/front.h"

#include "base/text.h"
#include "emulator/logging.h"
#include "emulator/names.h"
#include "emulator/peer_session.h"
#include "emulator/status.h"
#include "emulator/version.h"
#include "http/gate.h"
#include "http/router.h"
#include "wire/batch/errors.h"

#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

/// Of one answer; who wants more asks again.
constexpr std::size_t kMostEventBytes = 4 * 1024 * 1024;
constexpr int kForbidden = 403;
constexpr int kMisdirected = 421;

http::Response text_response(int status, std::string text, std::string type) {
  http::Response response;
  response.status = status;
  response.text = std::move(text);
  response.headers.set("Content-Type", std::move(type));
  return response;
}

/// "acct" and "eastus" of "acct.eastus.batch.azure.com".
std::pair<std::string_view, std::string_view> account_and_region(std::string_view host) {
  host.remove_suffix(kBatchDomain.size());
  const auto dot = host.find('.');
  if (dot == std::string_view::npos) return {host, {}};
  return {host.substr(0, dot), host.substr(dot + 1)};
}

}  // namespace

Front::Service Front::service_of(const http::Request& request, Port port) const {
  const auto authority = request.headers.get("Host");
  const auto host = http::parse_host(authority).value_or(std::string{});
  if (host.ends_with(kBatchDomain)) return Service::batch;
  if (host.ends_with(kBlobDomain)) return Service::blob;
  if (host == kManagementHost) return Service::management;
  if (host == kLoginHost || host == kMetadataHost) return Service::entra;
  if (port == Port::batch) return Service::batch_port;
  if (port == Port::blob) return Service::blob_port;
  // A client that sends everything to its proxy, what is for this machine too.
  if (authority.ends_with(":" + std::to_string(batch_port_))) return Service::batch_port;
  if (authority.ends_with(":" + std::to_string(blob_port_))) return Service::blob_port;
  return Service::none;
}

base::Async<http::Response> Front::handle(http::Request& request, Port port) {
  switch (service_of(request, port)) {
    case Service::batch_port: return serve_batch_port(request);
    case Service::blob_port:
    case Service::blob: return serve_blob(request);
    case Service::batch: return serve_batch(request);
    case Service::management: return serve_management(request);
    case Service::entra: return serve_entra(request);
    case Service::none: break;
  }
  return [](const http::Request& refused) -> base::Async<http::Response> {
    co_return text_response(kMisdirected,
                            "no service of the emulator is named " + std::string{refused.headers.get("Host")} + "\n",
                            "text/plain");
  }(request);
}

http::Response Front::refuse(http::Refusal refusal, const http::Request& request, Port port,
                             std::string_view explanation) const {
  const auto service = service_of(request, port);
  const bool is_blob = service == Service::blob || service == Service::blob_port;
  auto response =
      is_blob ? parts_.blob.refuse(refusal, request, explanation) : parts_.batch.refuse(refusal, request, explanation);
  log_refusal(is_blob ? "blob" : "batch", request, response.status, explanation);
  return response;
}

base::Async<http::Response> Front::serve_batch_port(http::Request& request) {
  const auto begun = parts_.clock.steady_now();
  if (request.path == kHealthPath) co_return text_response(200, "ok\n", "text/plain");
  if (request.path == kStatusPath) co_return co_await serve_status(request);
  if (request.path == kEventsPath) co_return co_await serve_events(request);
  if (management::ManagementApi::owns(request.path)) co_return co_await serve_management(request);
  if (parts_.entra != nullptr && entra::EntraApi::owns(request.path)) co_return co_await serve_entra(request);
  if (const auto account = account_of_agent(request)) {
    auto response = co_await account->nodes->handle(request);
    log_node_request(request, response.status, parts_.clock.steady_now() - begun);
    co_return response;
  }
  if (SessionsApi::owns(request.path)) co_return co_await parts_.sessions.handle(request);
  if (request.path.starts_with(rest::kControlPrefix)) co_return co_await parts_.batch.control(request);
  co_return co_await parts_.batch.handle(request);
}

base::Async<http::Response> Front::serve_batch(http::Request& request) {
  const auto host = http::parse_host(request.headers.get("Host")).value_or(std::string{});
  auto response = co_await parts_.batch.handle(request);
  if (host.size() > kBatchDomain.size() && !request.session.empty()) {
    const auto [account, region] = account_and_region(host);
    parts_.accounts.heard_of_region(account, region);
  }
  co_return response;
}

base::Async<http::Response> Front::serve_blob(http::Request& request) {
  const auto begun = parts_.clock.steady_now();
  if (request.path == kHealthPath && request.session.empty()) co_return text_response(200, "ok\n", "text/plain");
  auto response = co_await parts_.blob.handle(request);
  log_request("blob", request, response.status, parts_.clock.steady_now() - begun);
  co_return response;
}

base::Async<http::Response> Front::serve_management(http::Request& request) {
  const auto begun = parts_.clock.steady_now();
  auto response = co_await parts_.management.handle(request);
  log_request("management", request, response.status, parts_.clock.steady_now() - begun);
  co_return response;
}

base::Async<http::Response> Front::serve_entra(http::Request& request) {
  if (parts_.entra == nullptr) {
    co_return text_response(kMisdirected, "Entra ID is off here; start the emulator with --entra\n", "text/plain");
  }
  // A token opens everything and is given to whoever asks: by URL to nobody but the user whose programs these are.
  if (request.session.empty() && !peer_is_own_user(request.peer_port, batch_port_)) {
    co_return text_response(kForbidden, "tokens are given by URL to programs of the emulator's own user only\n",
                            "text/plain");
  }
  const auto begun = parts_.clock.steady_now();
  auto response = co_await parts_.entra->handle(request);
  log_request("entra", request, response.status, parts_.clock.steady_now() - begun);
  co_return response;
}

std::shared_ptr<BatchAccount> Front::account_of_agent(http::Request& request) const {
  if (nodes::NodeService::owns(request.path)) {
    return parts_.accounts.open_batch_account(parts_.accounts.first_batch());
  }
  if (!request.path.starts_with(kAccountPrefix)) return nullptr;
  const auto rest = std::string_view{request.path}.substr(kAccountPrefix.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos || !nodes::NodeService::owns(rest.substr(slash))) return nullptr;
  auto account = parts_.accounts.open_batch_account(rest.substr(0, slash));
  if (account != nullptr) request.path = std::string{rest.substr(slash)};
  return account;
}

base::Async<http::Response> Front::serve_status(http::Request& request) {
  const auto caller = parts_.batch.authenticate(request);
  if (!caller) co_return parts_.batch.answer_error(caller.error(), request);
  nlohmann::json status;
  status["pid"] = ::getpid();
  status["version"] = kVersion;
  std::tie(status["requests"]["batch"], status["requests"]["blob"]) = parts_.requests();
  for (const auto& account : parts_.accounts.open_accounts()) {
    auto read = co_await account_figures(*account->service);
    if (!read) co_return parts_.batch.answer_error(read.error(), request);
    auto& figures = *read;
    const auto nodes = co_await account->nodes->figures();
    figures["agents"]["alive"] = nodes.agents;
    figures["agents"]["ordersWaiting"] = nodes.orders_waiting;
    figures["agents"]["orders"] = nodes.orders;
    figures["agents"]["reports"] = nodes.reports;
    status["accounts"][account->name] = std::move(figures);
  }
  co_return text_response(200, status.dump(2) + "\n", "application/json");
}

/// The caller's own account's diagnostic events as JSON lines, those above `since` alone when it is given.
base::Async<http::Response> Front::serve_events(http::Request& request) {
  const auto caller = parts_.batch.authenticate(request);
  if (!caller) co_return parts_.batch.answer_error(caller.error(), request);
  const auto query = http::Query::parse(request.query);
  const auto since_text = query ? query->find("since").value_or("0") : std::string{};
  std::uint64_t since = 0;
  const auto [end, failure] = std::from_chars(since_text.data(), since_text.data() + since_text.size(), since);
  if (failure != std::errc{} || end != since_text.data() + since_text.size()) {
    const auto error =
        wire::batch::invalid_query_parameter("since", since_text, "The value must be the number of an event");
    co_return parts_.batch.answer_error(error, request);
  }
  const auto account = parts_.accounts.open_batch_account((*caller)->name);
  auto look = [account, since] { return account->events->read(since, kMostEventBytes); };
  auto lines = co_await base::on_worker(parts_.workers, std::move(look));
  if (!lines) co_return parts_.batch.answer_error(lines.error(), request);
  co_return text_response(200, std::move(*lines), "application/x-ndjson");
}

}  // namespace emulator
