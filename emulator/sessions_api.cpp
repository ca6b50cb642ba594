#include "emulator/sessions_api.h"

#include "base/text.h"
#include "emulator/authority.h"
#include "emulator/host_patterns.h"
#include "http/certificates.h"
#include "wire/batch/errors.h"
#include "wire/batch/json_reader.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>

namespace emulator {
namespace {

using nlohmann::json;
using wire::batch::ErrorCode;
using wire::batch::make_error;

constexpr std::size_t kLargestBody = 256 * 1024;
constexpr std::size_t kMostAllowedHosts = 1'000;
constexpr std::size_t kMostKeys = 100;
constexpr std::size_t kLongestAccountName = 24;
constexpr std::size_t kMostSessions = 1'000;
constexpr int kCreated = 201;
constexpr int kNoContent = 204;

base::Error wrong(std::string reason) {
  return make_error(ErrorCode::InvalidRequestBody).with("Reason", std::move(reason));
}

/// Looser than is_account_name(): the key of a name that no account can have does no harm.
bool has_letters_of_a_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestAccountName &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

base::Result<std::vector<std::string>> hosts_in(const json& hosts) {
  if (!hosts.is_array() || hosts.size() > kMostAllowedHosts) return wrong("allow is not a list of hosts");
  std::vector<std::string> patterns;
  for (const auto& host : hosts) {
    if (!host.is_string()) return wrong("allow is not a list of hosts");
    auto pattern = parse_host_pattern(host.get<std::string>());
    if (!pattern) return wrong(pattern.error().message);
    patterns.push_back(std::move(*pattern));
  }
  return patterns;
}

base::Result<std::map<std::string, std::string>> keys_in(const json& keys) {
  if (!keys.is_object() || keys.size() > kMostKeys) return wrong("the keys are not an object of accounts");
  std::map<std::string, std::string> by_name;
  for (const auto& [name, key] : keys.items()) {
    if (!has_letters_of_a_name(name)) return wrong("an account name has up to 24 lower-case letters and digits");
    const auto raw = key.is_string() ? base::base64_decode(key.get<std::string>()) : base::Result<std::string>{""};
    if (!raw || raw->empty()) return wrong("the key of account " + name + " is not base64");
    by_name.emplace(name, key.get<std::string>());
  }
  return by_name;
}

bool is_alive(pid_t process) {
  return ::kill(process, 0) == 0 || errno != ESRCH;
}

}  // namespace

base::Result<SessionRequest> session_request_from_json(std::string_view text) {
  ASSIGN_OR_RETURN(const auto document, wire::batch::parse_request_json(text, {.bytes = kLargestBody}));
  SessionRequest request;
  auto& terms = request.terms;
  for (const auto& [name, value] : document.items()) {
    if (name == "allow") {
      ASSIGN_OR_RETURN(terms.allowed_hosts, hosts_in(value));
    } else if (name == "batchKeys") {
      ASSIGN_OR_RETURN(terms.batch_keys, keys_in(value));
    } else if (name == "storageKeys") {
      ASSIGN_OR_RETURN(terms.storage_keys, keys_in(value));
    } else if (name == "makesAccounts" && value.is_boolean()) {
      terms.makes_accounts = value.get<bool>();
    } else if (name == "pid" && value.is_number_unsigned() && std::in_range<pid_t>(value.get<std::uint64_t>())) {
      request.owner = value.get<pid_t>();
    } else {
      return wrong("there is no such member, or it has another type: " + name);
    }
  }
  return request;
}

bool SessionsApi::owns(std::string_view path) {
  return path == kSessionsPath || (path.starts_with(kSessionsPath) && path[kSessionsPath.size()] == '/');
}

base::Async<http::Response> SessionsApi::handle(http::Request& request) {
  auto response = co_await answer(request);
  if (!response) co_return setting_.rest.answer_error(response.error(), request);
  co_return std::move(*response);
}

base::Async<base::Result<http::Response>> SessionsApi::answer(http::Request& request) {
  CO_ASSIGN_OR_RETURN(const auto caller, setting_.rest.authenticate(request));
  if (caller->name != setting_.owner) co_return make_error(ErrorCode::AuthenticationFailed);
  if (!setting_.names) co_return make_error(ErrorCode::ResourceNotFound).with("Reason", "started without --names");
  const std::string_view rest = std::string_view{request.path}.substr(kSessionsPath.size());
  if (rest.empty() && request.method == "POST") co_return co_await open(request);
  if (rest.size() > 1 && request.method == "DELETE") co_return close(rest.substr(1));
  co_return make_error(ErrorCode::UnsupportedHttpVerb);
}

base::Async<base::Result<http::Response>> SessionsApi::open(http::Request& request) {
  CO_ASSIGN_OR_RETURN(const auto body, co_await http::read_all(*request.body, kLargestBody));
  CO_ASSIGN_OR_RETURN(auto asked, session_request_from_json(body));
  // The command will read the authority's files before anything makes them.
  auto open_authority = [this] {
    return http::CertificateAuthority::open(setting_.authority, authority_names(), setting_.clock);
  };
  const auto authority = co_await base::on_worker(setting_.workers, std::move(open_authority));
  if (!authority) co_return authority.error();
  setting_.sessions.close_abandoned(is_alive);
  if (setting_.sessions.size() >= kMostSessions) {
    co_return base::Error{base::Errc::unavailable, "there are too many sessions"};
  }
  const auto credential = setting_.sessions.open(std::move(asked.terms), asked.owner);
  const auto& names = *setting_.names;
  const json answer{
      {"name", credential.name},
      {"secret", credential.secret},
      {"proxyPort", names.proxy_port},
      {"entra", names.entra},
      {"ca", {{"certificate", names.ca_certificate}, {"bundle", names.ca_bundle}, {"javaStore", names.ca_java_store}}}};
  http::Response response;
  response.status = kCreated;
  response.text = answer.dump() + "\n";
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-store");
  co_return response;
}

base::Result<http::Response> SessionsApi::close(std::string_view name) {
  if (!setting_.sessions.close(name)) return make_error(ErrorCode::ResourceNotFound);
  http::Response response;
  response.status = kNoContent;
  return response;
}

}  // namespace emulator
