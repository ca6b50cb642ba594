#include "nodeagent/task/storage_route.h"

#include "base/text.h"
#include "http/client.h"

#include <algorithm>

namespace nodeagent::task {
namespace {

constexpr std::string_view kPublicHost = ".blob.core.windows.net";

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1" || host == "::1";
}

client::api::Route route_through(const wire::ProxySettings& proxy, std::string url) {
  return {.url = std::move(url),
          .connect_to = {},
          .proxy = "127.0.0.1:" + std::to_string(proxy.port),
          .proxy_authorization = "Basic " + base::base64_encode(proxy.session + ":" + proxy.secret),
          .ca_file = proxy.ca_certificate};
}

}  // namespace

client::api::Route storage_route(const wire::node::NodeSettings& settings, std::string url) {
  const auto parsed = http::Url::parse(url);
  if (settings.proxy && parsed && !is_this_machine(parsed->host)) return route_through(*settings.proxy, std::move(url));
  if (parsed.has_error() || !parsed->host.ends_with(kPublicHost)) return client::api::direct_route(std::move(url));
  const auto account = parsed->host.substr(0, parsed->host.size() - kPublicHost.size());
  const auto& known = settings.storage_accounts;
  if (std::find(known.begin(), known.end(), account) == known.end()) {
    return client::api::direct_route(std::move(url));
  }
  // The name stays, so that the store knows that the URL was written for https (a SAS may ask for it).
  return {.url = "http://" + parsed->host + parsed->target,
          .connect_to = settings.blob_endpoint,
          .proxy = {},
          .proxy_authorization = {},
          .ca_file = {}};
}

}  // namespace nodeagent::task
