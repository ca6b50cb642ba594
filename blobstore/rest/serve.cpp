// Each request walks down one line: address, version, operation, authorization, handler; one place turns errors into
// answers.
#include "blobstore/rest/serve.h"

#include "blobstore/rest/authorize.h"
#include "blobstore/rest/request_fields.h"
#include "blobstore/rest/responses.h"
#include "blobstore/rest/routes.h"
#include "wire/blob/errors.h"

#include <array>

namespace blobstore::rest {
namespace {

using wire::blob::ErrorCode;

/// Of the body of a request that failed, this much is read and thrown away, so that clients that send first and listen
/// later learn why instead of finding the connection closed.
constexpr std::uint64_t kMaxDrained = 64 * 1024 * 1024;

base::Async<void> drain(http::Request& request) {
  if (!request.body || request.content_length.value_or(kMaxDrained + 1) > kMaxDrained) co_return;
  std::array<char, 16 * 1024> scrap;
  for (std::uint64_t drained = 0; drained <= kMaxDrained;) {
    const auto got = co_await request.body->read_some(scrap);
    // What ends the body early ends the connection too; there is nobody left to tell.
    if (got.has_error() || *got == 0) co_return;
    drained += *got;
  }
}

base::Error not_offered(const Operation& operation) {
  return wire::blob::error(ErrorCode::NotImplemented,
                           "The operation " + std::string(operation.name) + " is not implemented.",
                           {{"Operation", std::string(operation.name)}});
}

base::Async<base::Result<http::Response>> answer(Backend& backend, Call& call, std::string_view usual_version) {
  CO_ASSIGN_OR_RETURN(call.address, parse_address(call.request));
  // A browser's question before the page's request: it carries no credentials, and only rules decide.
  if (call.request.method == "OPTIONS") {
    const auto account = backend.options.accounts->find(call.address.account, call.request.session);
    if (!account) co_return wire::blob::error(ErrorCode::ResourceNotFound);
    co_return answer_preflight(backend, call);
  }
  auto query = http::Query::parse(call.request.query);
  if (query.has_error()) co_return wire::blob::error(ErrorCode::InvalidUri);
  call.query = std::move(*query);
  CO_ASSIGN_OR_RETURN(call.version, read_version(call.request, call.query, usual_version));
  CO_ASSIGN_OR_RETURN(call.operation, find_operation(call));
  CO_ASSIGN_OR_RETURN(call.grant, co_await authorize(backend, call));
  if (!call.operation->handler) co_return not_offered(*call.operation);
  CO_RETURN_IF_ERROR(refuse_unoffered_headers(call.request));
  co_return co_await call.operation->handler(backend, call);
}

}  // namespace

base::Async<http::Response> serve(Backend& backend, http::Request& request, std::string_view usual_version) {
  Call call{.request = request, .now = backend.clock.now()};
  call.version = wire::blob::kNewestVersion;
  auto result = co_await answer(backend, call, usual_version);
  http::Response response;
  if (result.has_error()) {
    response = error_response(result.error(), request, call.now);
    add_challenge(response, backend.options);
    co_await drain(request);
  } else {
    response = std::move(*result);
  }
  add_common_headers(response, request, call.version);
  if (request.method != "OPTIONS") add_cors_headers(response, backend, call);
  co_return response;
}

}  // namespace blobstore::rest
