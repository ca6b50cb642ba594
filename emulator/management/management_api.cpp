#include "emulator/management/management_api.h"

#include "base/text.h"
#include "emulator/management/authorize.h"
#include "emulator/management/operation.h"
#include "emulator/management/places.h"
#include "emulator/management/responses.h"
#include "emulator/rest/paging.h"
#include "wire/batch/json_reader.h"
#include "wire/batch/limits.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace emulator::management {
namespace {

using wire::management::ErrorCode;
using wire::management::make_error;

constexpr auto kRoots =
    std::to_array<std::string_view>({"/subscriptions", "/tenants", "/providers", "/metadata/endpoints"});
constexpr std::size_t kLargestBody = 256 * 1024;
constexpr std::int32_t kMaxPageSize = wire::batch::kMaxPageSize;
constexpr std::size_t kLongestName = 64;

/// What each name in a path may consist of, beside letters and digits; names that are not here are free.
struct NameRule {
  std::string_view parameter;
  std::string_view odd_characters;
};
constexpr auto kNameRules = std::to_array<NameRule>(
    {{"applicationName", "_-"}, {"versionName", "_.-"}, {"poolName", "_-"}, {"certificateName", "_-"}});

bool is_name(std::string_view text, std::string_view odd_characters) {
  if (text.empty() || text.size() > kLongestName || text.front() == '.') return false;
  return std::ranges::all_of(text, [&](unsigned char c) {
    return std::isalnum(c) != 0 || odd_characters.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

base::Result<void> check_names(const Call& call) {
  if (!call.subscription().empty() && !is_guid(call.subscription())) {
    return make_error(ErrorCode::InvalidSubscriptionId,
                      "The provided subscription identifier '" + call.subscription() + "' is malformed or invalid.");
  }
  for (const auto& rule : kNameRules) {
    const auto& name = call.path.get(rule.parameter);
    if (!name.empty() && !is_name(name, rule.odd_characters)) {
      return make_error(ErrorCode::InvalidResourceName, {{"Target", std::string(rule.parameter)}});
    }
  }
  return {};
}

base::Result<rest::Parameters> read_parameters(const http::Query& query) {
  rest::Parameters parameters;
  parameters.max_results = kMaxPageSize;
  if (const auto most = query.find("maxresults")) {
    const std::string text(*most);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parameters.max_results);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || parameters.max_results < 1 || parameters.max_results > kMaxPageSize) {
      return make_error(ErrorCode::InvalidQueryParameterValue, {{"Target", "maxresults"}});
    }
  }
  parameters.filter = query.find("$filter");
  parameters.select = query.find("$select");
  parameters.skip_token = query.find("$skiptoken");
  if (rest::key_after(parameters).has_error()) {
    return make_error(ErrorCode::InvalidQueryParameterValue, {{"Target", "$skiptoken"}});
  }
  return parameters;
}

base::Async<base::Result<nlohmann::json>> read_body(http::Request& request) {
  auto text = co_await http::read_all(*request.body, kLargestBody);
  if (text.has_error()) {
    if (text.error().code == base::Errc::too_large) co_return make_error(ErrorCode::RequestBodyTooLarge);
    co_return std::move(text).error();
  }
  if (base::trim(*text).empty() || *text == "null") co_return nlohmann::json{};
  auto body = wire::batch::parse_request_json(*text);
  if (body.has_error()) co_return make_error(ErrorCode::InvalidRequestBody);
  co_return std::move(body).value();
}

/// A resource of a provider that is not here is refused by that provider's name.
base::Error routing_error(const base::Error& error, std::string_view lower_path) {
  if (error.code == base::Errc::unsupported) return make_error(ErrorCode::MethodNotAllowed);
  constexpr std::string_view kProviders = "/providers/";
  const auto at = lower_path.rfind(kProviders);
  if (at == std::string_view::npos) return make_error(ErrorCode::ResourceNotFound);
  const auto rest = lower_path.substr(at + kProviders.size());
  const auto space = rest.substr(0, rest.find('/'));
  if (space == "microsoft.batch" || space == "microsoft.storage" || space == "microsoft.resources") {
    return make_error(ErrorCode::InvalidResourceType,
                      "The emulator offers no such resource type or operation in the "
                      "namespace '" +
                          std::string(space) + "'.");
  }
  return make_error(ErrorCode::InvalidResourceNamespace,
                    "The resource namespace '" + std::string(space) +
                        "' is not offered by the emulator, which has Microsoft.Batch and Microsoft.Storage.");
}

}  // namespace

ManagementApi::ManagementApi(Services services, std::unique_ptr<ResourceGroups> groups)
    : services_(std::move(services)),
      groups_(groups == nullptr ? std::make_unique<ResourceGroups>() : std::move(groups)) {
  const auto all = operations();
  for (std::size_t row = 0; row < all.size(); ++row) {
    router_.add(all[row].method, std::string(prefix_of(all[row].scope)) + std::string(all[row].below), row);
  }
}

bool ManagementApi::owns(std::string_view path) {
  return std::ranges::any_of(kRoots, [&](const auto root) {
    return base::starts_with_ignoring_case(path, root) && (path.size() == root.size() || path[root.size()] == '/');
  });
}

base::Async<base::Result<http::Response>> ManagementApi::answer(http::Request& request, Call& call) {
  const auto path = in_lower_case_but_names(request.path);
  auto match = router_.match(request.method, path);
  // Who may not know what there is is not told either.
  if (!match || !operations()[match->row].is_open) {
    CO_ASSIGN_OR_RETURN(call.signer, authenticate(services_, request, call.now()));
  }
  if (!match) co_return routing_error(match.error(), path);
  call.operation = &operations()[match->row];
  call.path = std::move(match->parameters);
  CO_RETURN_IF_ERROR(check_signer(call));
  // Clients that encode queries as forms write a space as '+'.
  constexpr bool kPlusIsSpace = true;
  const auto query = http::Query::parse(request.query, kPlusIsSpace);
  if (!query) co_return make_error(ErrorCode::InvalidQueryParameterValue);
  const auto version = query->find("api-version");
  CO_RETURN_IF_ERROR(check_api_version(*call.operation, version));
  call.api_version = *version;
  if (call.operation->handler == nullptr) co_return wire::management::not_implemented(call.operation->name);
  CO_RETURN_IF_ERROR(check_names(call));
  if (call.operation->scope == Scope::batch_account) {
    CO_ASSIGN_OR_RETURN(call.account, account_of_path(call));
  }
  CO_ASSIGN_OR_RETURN(call.parameters, read_parameters(*query));
  CO_ASSIGN_OR_RETURN(call.body, co_await read_body(request));
  co_return co_await call.operation->handler(call);
}

base::Async<http::Response> ManagementApi::handle(http::Request& request) {
  Call call{.services = &services_, .groups = groups_.get(), .request = &request};
  auto result = co_await answer(request, call);
  auto response = result ? std::move(*result) : error_response(result.error(), request, call.now());
  add_common_headers(response, request, call.now());
  co_return response;
}

}  // namespace emulator::management
