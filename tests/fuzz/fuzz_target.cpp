// Request targets and URLs from strangers: router, query and Url.
#include "base/check.h"
#include "http/client.h"
#include "http/router.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

http::Router make_router() {
  http::Router router;
  router.add("GET", "/pools", 0);
  router.add("GET", "/pools/{poolId}", 1);
  router.add("GET", "/pools/{poolId}/nodes/{nodeId}/files/{filePath*}", 2);
  router.add("GET", "/certificates(thumbprintAlgorithm={algorithm},thumbprint={thumbprint})", 3);
  router.add("GET", "/{container}/{blob*}", 4);
  router.add("PUT", "/{container}", 5);
  return router;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const http::Router router = make_router();
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto mark = text.find('?');
  const auto match = router.match("GET", text.substr(0, mark));
  if (match.has_value()) {
    CHECK(match->row < 5 && text.front() == '/');
    if (match->row == 4) CHECK(!match->parameters.get("container").empty() && !match->parameters.get("blob").empty());
  }
  static_cast<void>(router.methods(text));
  if (mark != std::string_view::npos) {
    const auto query = http::Query::parse(text.substr(mark + 1), size % 2 == 0);
    if (query.has_value() && !query->fields().empty()) CHECK(query->find(query->fields().front().first).has_value());
  }
  const auto url = http::Url::parse(text);
  if (url.has_value()) {
    CHECK(url->port != 0 && !url->host.empty() && url->target.front() == '/');
    const auto again = http::Url::parse(url->scheme + "://" + url->host_header() + url->target);
    CHECK(again.has_value() && again->host == url->host && again->port == url->port && again->target == url->target);
  }
  return 0;
}
