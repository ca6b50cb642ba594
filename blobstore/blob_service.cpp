// Puts the parts together; requests are served in rest/serve.cpp.
#include "blobstore/blob_service.h"

#include "base/check.h"
#include "base/coroutine_group.h"
#include "base/durable_file.h"
#include "blobstore/rest/call.h"
#include "blobstore/rest/responses.h"
#include "blobstore/rest/serve.h"
#include "blobstore/store/file_system.h"
#include "blobstore/store/memory_metadata_store.h"
#include "blobstore/store/sqlite_metadata_store.h"
#include "http/cors.h"
#include "wire/blob/errors.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <exception>
#include <utility>

namespace blobstore {
namespace {

using wire::blob::ErrorCode;

constexpr const char* kDatabase = "blob.db";
constexpr const char* kExtents = "extents";

/// How often staged blocks are looked through for old ones.
constexpr std::chrono::hours kExpiryInterval{1};

/// A coroutine that is cancelled between two waits ends by an exception; anything else is a bug.
void expect_cancellation(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    CHECK(error.code() == boost::asio::error::operation_aborted, error.what());
  }
}

ErrorCode code_of(http::Refusal refusal) {
  switch (refusal) {
    case http::Refusal::bad_framing: return ErrorCode::InvalidInput;
    case http::Refusal::header_too_large: return ErrorCode::InvalidInput;
    case http::Refusal::body_too_large: return ErrorCode::RequestBodyTooLarge;
    case http::Refusal::unknown_host: return ErrorCode::MisdirectedRequest;
    case http::Refusal::forbidden_origin: return ErrorCode::ForbiddenOrigin;
    case http::Refusal::forbidden_peer: return ErrorCode::ForbiddenPeer;
    case http::Refusal::header_timeout: return ErrorCode::HeaderTimeout;
  }
  return ErrorCode::InvalidInput;
}

}  // namespace

struct BlobService::State {
  State(const base::Executor& executor, BlobServiceOptions given, base::Workers& workers, const base::Clock& clock)
      : options(std::move(given)),
        backend{workers, clock, options, nullptr, nullptr, nullptr},
        strand(boost::asio::make_strand(executor)),
        own(strand, 1) {
    own.on_exception(expect_cancellation);
  }

  base::Result<void> open_on_disk();
  void open_in_memory();
  base::Result<void> collect();

  base::Async<void> expire_blocks();
  base::Async<void> stop();

  const BlobServiceOptions options;
  rest::Backend backend;
  base::Executor strand;
  base::CoroutineGroup own;  ///< the service's own coroutine; used on the strand, or before there is anything on it
};

base::Result<void> BlobService::State::open_on_disk() {
  RETURN_IF_ERROR(base::make_directory(options.directory));
  std::error_code unknown;  // what cannot be looked at counts as new
  const bool is_new = !std::filesystem::exists(options.directory / kDatabase, unknown) ||
                      !std::filesystem::exists(options.directory / kExtents, unknown);
  ASSIGN_OR_RETURN(backend.extents,
                   store::open_file_extent_store(store::make_posix_file_system(), options.directory / kExtents));
  ASSIGN_OR_RETURN(backend.metadata,
                   store::SqliteMetadataStore::open(backend.workers, {.file = options.directory / kDatabase,
                                                                      .max_waiting = options.max_waiting_commits,
                                                                      .cache_kib = options.metadata_cache_kib}));
  if (is_new) RETURN_IF_ERROR(base::sync_directory(options.directory));
  return {};
}

void BlobService::State::open_in_memory() {
  backend.extents = store::make_memory_extent_store();
  backend.metadata = std::make_unique<store::MemoryMetadataStore>();
}

base::Result<void> BlobService::State::collect() {
  auto run = [&workers = backend.workers](std::function<void()> work) {
    boost::asio::post(workers.pool(), std::move(work));
  };
  backend.collector = std::make_shared<store::Collector>(backend.extents, std::move(run));
  ASSIGN_OR_RETURN(const auto services, backend.metadata->services());
  for (const auto& service : services) backend.cors->set(service.account, service.cors);
  ASSIGN_OR_RETURN(const auto in_use, backend.metadata->extents_in_use());
  RETURN_IF_ERROR(backend.collector->collect_leftovers(in_use));
  return {};
}

/// Staged blocks that nobody came back for go, at the start and every hour.
base::Async<void> BlobService::State::expire_blocks() {
  while (true) {
    const auto limit = backend.clock.now() - base::Ticks(options.uncommitted_block_lifetime);
    auto change = [limit](engine::Catalog& catalog) { return catalog.drop_staged_before(limit); };
    auto dropped = co_await store::update(*backend.metadata, std::move(change));
    // A store that takes no change any more tells its clients so; there is nothing to expire then.
    if (dropped.has_error()) co_return;
    backend.collector->retire(std::move(*dropped));
    if (const auto waited = co_await base::wait_for(kExpiryInterval); waited.has_error()) co_return;
  }
}

base::Async<void> BlobService::State::stop() {
  own.cancel();
  co_await own.join();
  co_await backend.metadata->stop();
}

BlobService::BlobService(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlobService::~BlobService() = default;

base::Result<std::unique_ptr<BlobService>> BlobService::open(base::Executor executor, base::Workers& workers,
                                                             const base::Clock& clock, BlobServiceOptions options) {
  auto state = std::make_unique<State>(executor, std::move(options), workers, clock);
  if (state->options.in_memory) {
    state->open_in_memory();
  } else {
    if (auto opened = state->open_on_disk(); opened.has_error()) return std::move(opened).error().in("the blob store");
  }
  if (auto collected = state->collect(); collected.has_error())
    return std::move(collected).error().in("the blob store");
  CHECK(state->own.spawn(state->expire_blocks()));
  return std::unique_ptr<BlobService>(new BlobService(std::move(state)));
}

base::Async<http::Response> BlobService::handle(http::Request& request) {
  co_return co_await rest::serve(state_->backend, request);
}

bool BlobService::allows_origin(const http::Headers& headers, std::string_view target) const {
  http::Request request;
  request.headers = headers;
  request.path = std::string(target.substr(0, target.find('?')));
  const auto address = rest::parse_address(request);
  if (address.has_error()) return false;
  return engine::origin_allowed(*state_->backend.cors->find(address->account), headers.get("Origin"));
}

http::Response BlobService::refuse(http::Refusal refusal, const http::Request& request,
                                   std::string_view explanation) const {
  auto code = code_of(refusal);
  // A page that may not come in learns so in the service's own words when its browser asks.
  if (code == ErrorCode::ForbiddenOrigin && http::is_preflight(request)) code = ErrorCode::CorsPreflightFailure;
  std::string message(wire::blob::row_of(code).message);
  if (!explanation.empty()) message += " " + std::string(explanation);
  auto response =
      rest::error_response(wire::blob::error(code, std::move(message)), request, state_->backend.clock.now());
  rest::add_common_headers(response, request, wire::blob::kNewestVersion);
  return response;
}

base::Async<base::Result<void>> BlobService::remove_account(std::string name) {
  constexpr std::size_t kContainersAtOnce = 64;
  auto& backend = state_->backend;
  auto forget = [name, table = backend.cors](engine::Catalog& catalog) -> base::Result<void> {
    RETURN_IF_ERROR(catalog.remove_service(name));
    table->set(name, {});
    return {};
  };
  CO_RETURN_IF_ERROR(co_await store::update(*backend.metadata, std::move(forget)));
  for (bool more = true; more;) {
    auto change = [name](engine::Catalog& catalog) -> base::Result<std::vector<engine::ExtentId>> {
      std::vector<engine::ExtentId> freed;
      ASSIGN_OR_RETURN(const auto containers, catalog.containers_from(name, "", kContainersAtOnce));
      for (const auto& container : containers) {
        ASSIGN_OR_RETURN(const auto extents, catalog.extents_of(container.id));
        freed.insert(freed.end(), extents.begin(), extents.end());
        RETURN_IF_ERROR(catalog.remove_container(container.id));
      }
      return freed;
    };
    CO_ASSIGN_OR_RETURN(auto freed, co_await store::update(*backend.metadata, std::move(change)));
    backend.collector->retire(std::move(freed));
    auto look = [name](const engine::CatalogView& catalog) { return catalog.containers_from(name, "", 1); };
    CO_ASSIGN_OR_RETURN(const auto left, co_await store::read(*backend.metadata, std::move(look)));
    more = !left.empty();
  }
  co_return base::Result<void>();
}

base::Async<void> BlobService::stop() {
  auto stopping = state_->stop();
  co_await boost::asio::co_spawn(state_->strand, std::move(stopping), boost::asio::use_awaitable);
}

}  // namespace blobstore
