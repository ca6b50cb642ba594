// The source's URL becomes a request of its own that walks the same line as every other: address, operation,
// authorization.
#include "blobstore/rest/copy_source.h"

#include "blobstore/engine/catalog.h"
#include "blobstore/engine/conditions.h"
#include "blobstore/rest/authorize.h"
#include "blobstore/rest/request_fields.h"
#include "blobstore/rest/routes.h"
#include "http/client.h"
#include "wire/blob/errors.h"

#include <array>

namespace blobstore::rest {
namespace {

namespace header = wire::blob::header;
using wire::blob::ErrorCode;

constexpr std::string_view kReadOperation = "Blob_Download";
constexpr auto kOwnHosts = std::to_array<std::string_view>({"localhost", "127.0.0.1", "::1"});

bool is_own_host(const http::Url& url, const http::Request& request) {
  if (url.host.ends_with(".blob.core.windows.net") || url.host.ends_with(".blob.localhost")) return true;
  if (url.host_header() == request.headers.get("Host")) return true;
  // Another name of this machine, on the port that we were asked on.
  const auto port = ":" + std::to_string(url.port);
  return std::ranges::find(kOwnHosts, url.host) != kOwnHosts.end() && request.headers.get("Host").ends_with(port);
}

/// The request that reads the source, as if its URL had been sent to us.
base::Result<http::Request> reading_request(const Call& call) {
  const auto text = call.header(header::kCopySource);
  const auto url = http::Url::parse(text);
  if (url.has_error()) return wire::blob::invalid_header(header::kCopySource, "");  // it may hold a signature
  if (!is_own_host(*url, call.request)) {
    return wire::blob::error(ErrorCode::CannotVerifyCopySource,
                             "Could not verify the copy source: the emulator has no account at " + url->host +
                                 ", and it copies between its own accounts only.");
  }
  http::Request request;
  request.method = "GET";
  request.target = url->target;
  const auto question = url->target.find('?');
  request.path = url->target.substr(0, question);
  if (question != std::string::npos) request.query = url->target.substr(question + 1);
  request.headers.add("Host", url->host_header());
  request.headers.add(std::string(header::kVersion), call.version);
  if (const auto authorization = call.request.headers.find(header::kCopySourceAuthorization)) {
    request.headers.add("Authorization", std::string(*authorization));
  }
  request.body = http::body_from_text({});
  request.peer_address = call.request.peer_address;
  request.request_id = call.request.request_id;
  request.secure = url->scheme == "https";
  request.session = call.request.session;
  return request;
}

/// The source's refusal as the copy's.
base::Error cannot_verify(const base::Error& why) {
  constexpr int kUnauthorized = 401;
  constexpr int kNotFound = 404;
  constexpr int kServerError = 500;
  if (why.code.category() != wire::blob::error_category()) return why;
  const auto& row = wire::blob::row_of(static_cast<ErrorCode>(why.code.value()));
  if (row.status >= kServerError) return why;
  auto code = ErrorCode::CannotVerifyCopySourceRefused;
  if (row.status == kUnauthorized) code = ErrorCode::CannotVerifyCopySourceNotKnown;
  if (row.status == kNotFound) code = ErrorCode::CannotVerifyCopySource;
  return wire::blob::error(code, why.message,
                           {{"CopySourceStatusCode", std::to_string(row.status)},
                            {"CopySourceErrorCode", std::string(row.name)},
                            {"CopySourceErrorMessage", why.message}});
}

/// Fills in what is known of a request before its handler runs.
base::Async<base::Result<void>> authorize_reading(Backend& backend, const Call& call, Call& reading,
                                                  bool own_account_suffices) {
  const bool owns = own_account_suffices && (call.grant.with_key || call.grant.identity) &&
                    call.address.account == reading.address.account;
  if (owns && !reading.request.headers.find("Authorization") && !wire::blob::carries_sas(reading.query.fields())) {
    co_return base::Result<void>();
  }
  CO_ASSIGN_OR_RETURN(reading.grant, co_await authorize(backend, reading));
  co_return base::Result<void>();
}

struct Wanted {
  engine::BlobTarget target;
  engine::Conditions conditions;
  std::optional<engine::RangeRequest> range;
};

base::Result<CopySource> look_for(const engine::CatalogView& catalog, const Wanted& wanted) {
  CopySource source;
  auto blob = engine::find_blob(catalog, wanted.target);
  if (blob.has_error()) return cannot_verify(blob.error());
  source.blob = std::move(*blob);
  if (engine::check_write(wanted.conditions, source.blob.modified).has_error()) {
    return wire::blob::error(ErrorCode::SourceConditionNotMet);
  }
  source.part.range = {0, source.blob.size};
  if (wanted.range) {
    ASSIGN_OR_RETURN(source.part.range, engine::resolve_range(*wanted.range, source.blob.size));
  }
  ASSIGN_OR_RETURN(source.part.blocks, catalog.blocks(source.blob.id, source.part.range.begin, source.part.range.end));
  return source;
}

}  // namespace

base::Async<base::Result<CopySource>> open_copy_source(Backend& backend, Call& call, bool own_account_suffices) {
  CO_ASSIGN_OR_RETURN(auto request, reading_request(call));
  Call reading{.request = request, .now = call.now};
  reading.version = call.version;
  CO_ASSIGN_OR_RETURN(reading.address, parse_address(request));
  auto query = http::Query::parse(request.query);
  if (query.has_error()) co_return wire::blob::invalid_header(header::kCopySource, "");
  reading.query = std::move(*query);
  const auto operation = find_operation(reading);
  if (operation.has_error() || (*operation)->name != kReadOperation) {
    co_return wire::blob::invalid_header(header::kCopySource, "");
  }
  reading.operation = *operation;
  auto authorized = co_await authorize_reading(backend, call, reading, own_account_suffices);
  if (authorized.has_error()) co_return cannot_verify(authorized.error());
  if (reading.query.find("snapshot") || reading.query.find("versionid")) {
    co_return cannot_verify(wire::blob::error(ErrorCode::BlobNotFound));
  }

  Wanted wanted{.target = reading.blob_target()};
  CO_ASSIGN_OR_RETURN(wanted.conditions, read_source_conditions(call));
  CO_ASSIGN_OR_RETURN(wanted.range, read_range_of(call, "x-ms-source-range"));
  // Announced before the rows are read, so that the extents they name stay.
  auto announced = backend.collector->begin_reading();
  auto look = [wanted = std::move(wanted)](const engine::CatalogView& catalog) { return look_for(catalog, wanted); };
  CO_ASSIGN_OR_RETURN(auto found, co_await store::read(*backend.metadata, std::move(look)));
  co_return CopySource{.blob = std::move(found.blob),
                       .part = std::move(found.part),
                       .reading = std::move(announced),
                       .url = request.base_url() + request.path};
}

}  // namespace blobstore::rest
