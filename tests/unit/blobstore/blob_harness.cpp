#include "tests/unit/blobstore/blob_harness.h"

#include "base/random.h"
#include "blobstore/store/memory_metadata_store.h"
#include "wire/blob/sas.h"

#include <gtest/gtest.h>

namespace blobstore {
namespace {

base::Async<Got> exchange(rest::Backend& backend, http::Request& request) {
  auto response = co_await rest::serve(backend, request);
  Got got{.status = response.status, .headers = response.headers, .body = response.text};
  if (response.source) {
    auto body = co_await http::read_all(*response.source, std::size_t{64} * 1024 * 1024);
    got.body = body.has_error() ? "error: " + body.error().message : std::move(*body);
  }
  co_return got;
}

}  // namespace

std::string full_sas(const base::Clock& clock) {
  return wire::blob::sign_account_sas(kAccount, kKey, "sco", "rwdlac", clock.now() + std::chrono::hours(24),
                                      "2020-12-06");
}

BlobHarness::BlobHarness() {
  build(std::make_unique<store::MemoryMetadataStore>(), store::make_memory_extent_store());
}

BlobHarness::BlobHarness(std::unique_ptr<store::MetadataStore> metadata, std::shared_ptr<store::ExtentStore> extents) {
  build(std::move(metadata), std::move(extents));
}

BlobHarness::~BlobHarness() = default;

void BlobHarness::build(std::unique_ptr<store::MetadataStore> metadata, std::shared_ptr<store::ExtentStore> extents) {
  options.accounts = accounts;
  auto now = [](const std::function<void()>& work) { work(); };
  auto collector = std::make_shared<store::Collector>(extents, now);
  backend.reset(
      new rest::Backend{runner.workers(), clock, options, std::move(metadata), std::move(extents), collector});
}

void BlobHarness::collect() {
  const auto in_use = backend->metadata->extents_in_use();
  ASSERT_TRUE(in_use.has_value());
  ASSERT_TRUE(backend->collector->collect_leftovers(*in_use).has_value());
}

Got BlobHarness::send(Sent sent) {
  http::Request request;
  request.method = sent.method;
  request.target = "/" + sent.account + sent.path;
  if (sent.with_sas) {
    request.target += (sent.path.find('?') == std::string::npos ? "?" : "&") + full_sas(clock);
  }
  const auto question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string::npos) request.query = request.target.substr(question + 1);
  request.headers = sent.headers;
  if (!request.headers.find("Host")) request.headers.add("Host", "127.0.0.1:10000");
  if (!request.headers.find("x-ms-version")) request.headers.add("x-ms-version", "2020-12-06");
  request.has_body = sent.method == "PUT" || sent.method == "POST";
  if (request.has_body) request.content_length = sent.body.size();
  request.body = http::body_from_text(std::move(sent.body));
  request.peer_address = peer;
  request.session = session;
  request.secure = secure;
  request.request_id = base::random_guid();
  return runner.run(exchange(*backend, request));
}

Got BlobHarness::put(const std::string& path, const std::string& body, http::Headers headers) {
  headers.add("x-ms-blob-type", "BlockBlob");
  return send({.method = "PUT", .path = path, .headers = std::move(headers), .body = body});
}

Got BlobHarness::create_container(const std::string& name) {
  return send({.method = "PUT", .path = "/" + name + "?restype=container"});
}

}  // namespace blobstore
