#include "client/api/route.h"

#include "http/client.h"

namespace client::api {

Route direct_route(std::string url) {
  Route route;
  route.url = std::move(url);
  auto parsed = http::Url::parse(route.url);
  if (parsed.has_value() && parsed->host.ends_with(".localhost")) {
    route.connect_to = "127.0.0.1:" + std::to_string(parsed->port);
  }
  return route;
}

}  // namespace client::api
