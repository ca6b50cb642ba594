// Certificate addresses have no slash before their key: "/certificates(thumbprintAlgorithm=sha1,thumbprint=...)"
// (contract 1.10). They are routed as "/certificates/(...)". Some clients encode the parentheses.
#include "emulator/rest/rest_api.h"

#include "emulator/rest/authenticate.h"
#include "emulator/rest/operation.h"
#include "emulator/rest/request_body.h"
#include "emulator/rest/request_head.h"
#include "emulator/rest/responses.h"
#include "wire/batch/errors.h"

#include <algorithm>
#include <array>

namespace emulator::rest {
namespace {

using wire::batch::ErrorCode;
using wire::batch::make_error;

constexpr std::string_view kCertificates = "/certificates";
constexpr auto kMethods =
    std::to_array<std::string_view>({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"});

std::string routed_path(const std::string& path) {
  if (!path.starts_with(kCertificates)) return path;
  const auto key = path.substr(kCertificates.size());
  if (!key.starts_with('(') && !key.starts_with("%28")) return path;
  return std::string{kCertificates} + "/" + key;
}

/// "/certificates/abc" is not a certificate's address; only the form with parentheses is.
bool is_certificate_without_key(const http::PathParameters& parameters) {
  const auto& key = parameters.get("certificate");
  return !key.empty() && key.front() != '(';
}

base::Error routing_error(const base::Error& error) {
  if (error.code == base::Errc::unsupported) return make_error(ErrorCode::UnsupportedHttpVerb);
  if (error.code == base::Errc::invalid_argument) return make_error(ErrorCode::RequestUrlFailedToParse);
  return make_error(ErrorCode::InvalidUri);
}

struct RefusalAnswer {
  ErrorCode code;
  int status;  ///< HTTP's own, where the service has none for the case
};

RefusalAnswer answer_of(http::Refusal refusal) {
  switch (refusal) {
    case http::Refusal::bad_framing: return {ErrorCode::InvalidInput, 400};
    case http::Refusal::header_too_large: return {ErrorCode::InvalidHeaderValue, 400};
    case http::Refusal::body_too_large: return {ErrorCode::RequestBodyTooLarge, 413};
    case http::Refusal::unknown_host: return {ErrorCode::HostInformationNotPresent, 421};
    case http::Refusal::forbidden_origin:
    case http::Refusal::forbidden_peer: return {ErrorCode::InsufficientAccountPermissions, 403};
    case http::Refusal::header_timeout: return {ErrorCode::OperationTimedOut, 408};
  }
  return {ErrorCode::InvalidInput, 400};
}

}  // namespace

RestApi::RestApi(Surroundings surroundings, std::vector<Account> accounts, AnswerObserver observer,
                 wire::entra::TokenVerifier verify_token)
    : RestApi(surroundings, std::make_shared<FixedAccounts>(std::move(accounts)), std::move(observer),
              std::move(verify_token)) {}

RestApi::RestApi(Surroundings surroundings, std::shared_ptr<AccountSource> accounts, AnswerObserver observer,
                 wire::entra::TokenVerifier verify_token)
    : surroundings_(surroundings),
      accounts_(std::move(accounts)),
      observer_(std::move(observer)),
      verify_token_(std::move(verify_token)) {
  const auto all = operations();
  for (std::size_t row = 0; row < all.size(); ++row) router_.add(all[row].method, all[row].path, row);
}

base::Result<std::shared_ptr<const Account>> RestApi::authenticate(const http::Request& request) const {
  return rest::authenticate(*accounts_, request, surroundings_.clock->now());
}

base::Result<void> RestApi::find_operation(Call& call, const http::Query& query) const {
  const auto& request = *call.request;
  if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end()) {
    return make_error(ErrorCode::InvalidHttpVerb);
  }
  auto match = router_.match(request.method, routed_path(request.path));
  if (!match) return routing_error(match.error());
  if (is_certificate_without_key(match->parameters)) return make_error(ErrorCode::InvalidUri);
  call.operation = &operations()[match->row];
  call.path = std::move(match->parameters);
  ASSIGN_OR_RETURN(call.version, read_version(query));
  if (call.version < call.operation->first || call.version > call.operation->last) {
    return make_error(ErrorCode::InvalidUri, {{"Reason", "The operation is not part of this api-version"}});
  }
  if (call.operation->handler == nullptr) return wire::batch::not_implemented(call.operation->name);
  return {};
}

base::Async<base::Result<http::Response>> RestApi::answer(http::Request& request, Call& call) {
  std::optional<TaskToken> token;
  if (has_entra_token(request)) {
    CO_ASSIGN_OR_RETURN(call.account, authenticate_entra(*accounts_, request, verify_token_));
  } else if (has_bearer_token(request)) {
    CO_ASSIGN_OR_RETURN(const auto bearer, authenticate_bearer(*accounts_, request));
    CO_RETURN_IF_ERROR(co_await check_token_in_use(*bearer.account->service, bearer.token));
    call.account = bearer.account;
    token = bearer.token;
  } else {
    CO_ASSIGN_OR_RETURN(call.account, authenticate(request));
  }
  // The Go clients write a space as '+', as forms do, and so do all that use their language's encoder for forms.
  constexpr bool kPlusIsSpace = true;
  const auto query = http::Query::parse(request.query, kPlusIsSpace);
  if (!query) co_return make_error(ErrorCode::RequestUrlFailedToParse);
  CO_RETURN_IF_ERROR(find_operation(call, *query));
  if (token) CO_RETURN_IF_ERROR(check_token_scope(call, *token));
  CO_ASSIGN_OR_RETURN(call.parameters, read_parameters(*call.operation, call.version, *query));
  call.deadline = std::chrono::steady_clock::now() + call.parameters.timeout;
  CO_RETURN_IF_ERROR(check_client_request_id(request.headers));
  CO_ASSIGN_OR_RETURN(call.conditions, read_conditions(*call.operation, call.version, request.headers));
  CO_ASSIGN_OR_RETURN(call.body, co_await read_body(*call.operation, call.version, request));
  co_return co_await call.operation->handler(call);
}

base::Async<http::Response> RestApi::handle(http::Request& request) {
  const auto begun = surroundings_.clock->steady_now();
  Call call;
  call.surroundings = &surroundings_;
  call.request = &request;
  call.base_url = request.base_url();
  auto result = co_await answer(request, call);
  http::Response response;
  if (result) {
    response = std::move(*result);
    add_common_headers(response, request);
  } else {
    response = answer_error(result.error(), request);
  }
  if (observer_) {
    const Answered answered{.request = request,
                            .account = call.account == nullptr ? std::string_view{} : call.account->name,
                            .operation = call.operation == nullptr ? std::string_view{} : call.operation->name,
                            .status = response.status,
                            .error = result ? nullptr : &result.error(),
                            .took = surroundings_.clock->steady_now() - begun};
    observer_(answered);
  }
  co_return response;
}

http::Response RestApi::answer_error(const base::Error& error, const http::Request& request) const {
  auto response = error_response(error, request, surroundings_.clock->now());
  add_common_headers(response, request);
  return response;
}

http::Response RestApi::refuse(http::Refusal refusal, const http::Request& request,
                               std::string_view explanation) const {
  const auto [code, status] = answer_of(refusal);
  const auto error = make_error(code, {{"Reason", std::string{explanation}}});
  auto response = error_response(error, status, request, surroundings_.clock->now());
  add_common_headers(response, request);
  response.close = true;
  return response;
}

}  // namespace emulator::rest
