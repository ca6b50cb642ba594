// Fixed parts of these paths compare without case, as everywhere in Azure Resource Manager: they are put in lower case
// before they are routed.
#include "emulator/management/management_api.h"

#include "base/text.h"
#include "emulator/management/call.h"
#include "emulator/management/resources.h"
#include "emulator/rest/authenticate.h"
#include "emulator/rest/paging.h"
#include "http/router.h"
#include "wire/batch/errors.h"
#include "wire/batch/json_reader.h"
#include "wire/batch/limits.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace emulator::management {
namespace {

using wire::management::ErrorCode;
using wire::management::make_error;

constexpr std::string_view kPrefix = "/subscriptions/";
constexpr std::size_t kLargestBody = 256 * 1024;
constexpr std::int32_t kMaxPageSize = wire::batch::kMaxPageSize;

/// From the first version with today's shape of these resources on.
constexpr auto kVersions = std::to_array<std::string_view>(
    {"2018-12-01", "2019-04-01", "2019-08-01", "2020-03-01", "2020-05-01", "2020-09-01", "2021-01-01", "2021-06-01",
     "2022-01-01", "2022-06-01", "2022-10-01", "2023-05-01", "2023-11-01", "2024-02-01", "2024-07-01"});

struct Operation {
  std::string_view name;
  std::string_view method;
  std::string_view below_account;
  Handler handler;
};

constexpr auto kOperations = std::to_array<Operation>({
    {"Application_List", "GET", "/applications", &list_applications},
    {"Application_Create", "PUT", "/applications/{applicationName}", &create_application},
    {"Application_Get", "GET", "/applications/{applicationName}", &get_application},
    {"Application_Update", "PATCH", "/applications/{applicationName}", &update_application},
    {"Application_Delete", "DELETE", "/applications/{applicationName}", &delete_application},
    {"ApplicationPackage_List", "GET", "/applications/{applicationName}/versions", &list_packages},
    {"ApplicationPackage_Create", "PUT", "/applications/{applicationName}/versions/{versionName}", &create_package},
    {"ApplicationPackage_Get", "GET", "/applications/{applicationName}/versions/{versionName}", &get_package},
    {"ApplicationPackage_Delete", "DELETE", "/applications/{applicationName}/versions/{versionName}", &delete_package},
    {"ApplicationPackage_Activate", "POST", "/applications/{applicationName}/versions/{versionName}/activate",
     &activate_package},
});

/// Every other part of these paths is fixed; "providers/Microsoft.Batch" are two of them in a row.
std::string in_lower_case_but_names(std::string_view path) {
  std::string result;
  std::size_t number = 0;
  for (std::size_t at = 0; at < path.size(); ++number) {
    const auto end = std::min(path.find('/', at + 1), path.size());
    const auto part = path.substr(at, end - at);
    const bool is_name = number == 1 || number == 3 || number == 7 || number == 9 || number == 11;
    result += is_name ? std::string(part) : base::lower_case(part);
    at = end;
  }
  return result;
}

bool is_name(std::string_view text, std::string_view odd_characters) {
  constexpr std::size_t kLongest = 64;
  if (text.empty() || text.size() > kLongest || text.front() == '.') return false;
  return std::ranges::all_of(text, [&](unsigned char c) {
    return std::isalnum(c) != 0 || odd_characters.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

base::Result<void> check_names(const Call& call) {
  const auto& application = call.path.get("applicationName");
  if (!application.empty() && !is_name(application, "_-")) {
    return make_error(ErrorCode::InvalidResourceName, {{"Target", "applicationName"}});
  }
  const auto& version = call.path.get("versionName");
  if (!version.empty() && !is_name(version, "_.-")) {
    return make_error(ErrorCode::InvalidResourceName, {{"Target", "versionName"}});
  }
  return {};
}

base::Result<rest::Parameters> read_parameters(const http::Query& query) {
  const auto version = query.find("api-version");
  if (!version) return make_error(ErrorCode::MissingApiVersionParameter);
  if (std::ranges::find(kVersions, std::string_view(*version)) == kVersions.end()) {
    return make_error(ErrorCode::InvalidApiVersionParameter);
  }
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
  if (const auto token = query.find("$skiptoken")) parameters.skip_token = std::string(*token);
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

base::Error routing_error(const base::Error& error) {
  return make_error(error.code == base::Errc::unsupported ? ErrorCode::MethodNotAllowed : ErrorCode::ResourceNotFound);
}

}  // namespace

ManagementApi::ManagementApi(rest::Surroundings surroundings, std::vector<rest::Account> accounts,
                             StorageAccess storage)
    : surroundings_(surroundings),
      accounts_(std::make_shared<rest::FixedAccounts>(std::move(accounts))),
      storage_(std::move(storage), *surroundings.clock) {
  constexpr std::string_view kAccountPath =
      "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}/providers/microsoft.batch/batchaccounts/"
      "{accountName}";
  for (std::size_t row = 0; row < kOperations.size(); ++row) {
    router_.add(kOperations.at(row).method, std::string(kAccountPath) + std::string(kOperations.at(row).below_account),
                row);
  }
}

bool ManagementApi::owns(std::string_view path) {
  return path.size() > kPrefix.size() && base::equal_ignoring_case(path.substr(0, kPrefix.size()), kPrefix);
}

base::Async<base::Result<http::Response>> ManagementApi::answer(http::Request& request) {
  Call call{.surroundings = &surroundings_, .storage = &storage_, .request = &request};
  CO_ASSIGN_OR_RETURN(call.account, rest::authenticate(*accounts_, request, call.now()));
  auto match = router_.match(request.method, in_lower_case_but_names(request.path));
  if (!match) co_return routing_error(match.error());
  call.path = std::move(match->parameters);
  if (!base::equal_ignoring_case(call.path.get("accountName"), call.account->name)) {
    co_return make_error(ErrorCode::AuthorizationFailed);
  }
  const auto query = http::Query::parse(request.query);
  if (!query) co_return make_error(ErrorCode::InvalidQueryParameterValue);
  CO_ASSIGN_OR_RETURN(call.parameters, read_parameters(*query));
  CO_RETURN_IF_ERROR(check_names(call));
  CO_ASSIGN_OR_RETURN(call.body, co_await read_body(request));
  co_return co_await kOperations.at(match->row).handler(call);
}

base::Async<http::Response> ManagementApi::handle(http::Request& request) {
  auto result = co_await answer(request);
  auto response = result ? std::move(*result) : error_response(result.error(), request, surroundings_.clock->now());
  response.headers.set("x-ms-request-id", request.request_id);
  response.headers.set("Cache-Control", "no-cache");
  response.headers.set("X-Content-Type-Options", "nosniff");
  co_return response;
}

}  // namespace emulator::management
