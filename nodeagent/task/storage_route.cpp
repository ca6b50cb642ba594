#include "nodeagent/task/storage_route.h"

#include "http/client.h"

#include <algorithm>

namespace nodeagent::task {
namespace {

constexpr std::string_view kPublicHost = ".blob.core.windows.net";

}  // namespace

client::api::Route storage_route(const wire::node::NodeSettings& settings, std::string url) {
  const auto parsed = http::Url::parse(url);
  if (parsed.has_error() || !parsed->host.ends_with(kPublicHost)) return client::api::direct_route(std::move(url));
  const auto account = parsed->host.substr(0, parsed->host.size() - kPublicHost.size());
  const auto& known = settings.storage_accounts;
  if (std::find(known.begin(), known.end(), account) == known.end()) {
    return client::api::direct_route(std::move(url));
  }
  // The name stays, so that the store knows that the URL was written for https (a SAS may ask for it).
  return {.url = "http://" + parsed->host + parsed->target, .connect_to = settings.blob_endpoint};
}

}  // namespace nodeagent::task
