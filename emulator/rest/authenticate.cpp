// An unknown account is answered like a wrong signature, so that names cannot be probed.
#include "emulator/rest/authenticate.h"

#include "base/text.h"
#include "emulator/names.h"
#include "emulator/rest/operation.h"
#include "wire/batch/errors.h"
#include "wire/batch/limits.h"
#include "wire/shared_key.h"

#include <algorithm>
#include <array>

namespace emulator::rest {

namespace {

/// ACCOUNT.REGION in front of one of these is the host name of an account's endpoint.
constexpr auto kAccountDomains = std::to_array<std::string_view>({kBatchDomain, ".batch.localhost"});

/// The signature of a client whose key nobody told us: everything but the signature itself has to be right.
base::Result<void> take_on_trust(const http::Request& request, base::Timestamp now) {
  auto date = wire::find_header(request.headers.fields(), "ocp-date");
  if (!date) date = wire::find_header(request.headers.fields(), "Date");
  return wire::shared_key::check_date(date, now, wire::batch::kMaxClockSkew);
}

/// In the service's words, seen on the live service.
base::Error not_allowed(std::string_view type) {
  return wire::shared_key::refused("The specified type of authentication " + std::string{type} +
                                   " is not allowed for this account.");
}

std::string_view bearer_token(const http::Request& request) {
  return base::trim(request.headers.get("Authorization").substr(kBearerScheme.size()));
}

}  // namespace

std::string_view account_of_host(std::string_view host) {
  const auto name = host.substr(0, host.find(':'));
  for (const auto domain : kAccountDomains) {
    if (name.size() > domain.size() && base::equal_ignoring_case(name.substr(name.size() - domain.size()), domain)) {
      return name.substr(0, name.find('.'));
    }
  }
  return {};
}

base::Result<std::shared_ptr<const Account>> authenticate(AccountSource& accounts, const http::Request& request,
                                                          base::Timestamp now) {
  if (request.headers.count("Authorization") != 1) {
    return wire::shared_key::malformed("The request has to carry exactly one Authorization header");
  }
  ASSIGN_OR_RETURN(const auto header, wire::parse_shared_key_header(request.headers.get("Authorization")));
  const auto addressed = account_of_host(request.headers.get("Host"));
  const bool fits = addressed.empty() || base::equal_ignoring_case(addressed, header.account);
  auto account = fits ? accounts.find(header.account, request.session) : nullptr;
  if (account == nullptr) {
    return wire::shared_key::refused("The account is not one of this endpoint, or the signature is not its own");
  }
  if (!account->takes_shared_key) {
    return not_allowed("SharedKey");
  }
  const wire::SignedRequest signed_request{
      .method = request.method, .path = request.path, .query = request.query, .headers = request.headers.fields()};
  const wire::SharedKeyAccount known{.name = account->name, .keys = account->keys};
  if (auto verified = wire::verify_batch(signed_request, known, now, wire::batch::kMaxClockSkew); !verified) {
    if (!account->keys_on_trust || request.session.empty()) return std::move(verified).error();
    RETURN_IF_ERROR(take_on_trust(request, now));
  }
  return account;
}

bool has_bearer_token(const http::Request& request) {
  return request.headers.count("Authorization") == 1 &&
         base::starts_with_ignoring_case(request.headers.get("Authorization"), kBearerScheme);
}

bool has_entra_token(const http::Request& request) {
  return has_bearer_token(request) && std::ranges::count(bearer_token(request), '.') > 1;
}

base::Result<std::shared_ptr<const Account>> authenticate_entra(AccountSource& accounts, const http::Request& request,
                                                                const wire::entra::TokenVerifier& verify) {
  if (!verify) {
    return wire::shared_key::malformed("Tokens of Entra ID are not accepted here: the emulator runs without --entra");
  }
  RETURN_IF_ERROR(verify(bearer_token(request)));
  const auto name = account_of_host(request.headers.get("Host"));
  std::shared_ptr<const Account> account;
  if (!name.empty()) {
    account = accounts.find(name, request.session);
  } else if (const auto all = accounts.all(); !all.empty()) {
    account = all.front();
  }
  if (account == nullptr) return wire::shared_key::refused("The account is not one of this endpoint");
  if (!account->takes_entra_tokens) return not_allowed("AAD");
  return account;
}

base::Result<Bearer> authenticate_bearer(const AccountSource& accounts, const http::Request& request) {
  const auto text = bearer_token(request);
  auto refusal = wire::shared_key::refused("There is no account");
  for (auto& account : accounts.all()) {
    if (!account->takes_task_tokens) continue;
    auto token = parse_task_token(account->name, account->keys, text);
    if (token) return Bearer{.account = std::move(account), .token = std::move(*token)};
    refusal = std::move(token).error();
  }
  return refusal;
}

base::Async<base::Result<void>> check_token_in_use(service::BatchService& service, TaskToken token) {
  auto look = [token = std::move(token)](const core::Batch& batch) -> base::Result<void> {
    const auto* job = batch.find_job(token.task.job);
    const auto* task = job == nullptr ? nullptr : batch.find_task(token.task);
    const bool in_use = task != nullptr && job->created == token.job_created && task->attempt == token.attempt &&
                        task->state == wire::batch::TaskState::running;
    if (in_use) return {};
    return wire::shared_key::refused("The task that the bearer token was given to does not run any more");
  };
  co_return co_await service.read(std::move(look));
}

base::Result<void> check_token_scope(const Call& call, const TaskToken& token) {
  const bool on_its_job = call.operation->path.starts_with("/jobs/{jobId}") && call.job_id() == token.task.job;
  if (on_its_job) return {};
  return wire::batch::make_error(
      wire::batch::ErrorCode::InsufficientAccountPermissions,
      {{"Reason", "The token of a task is good for the operations on the job of the task only"}});
}

}  // namespace emulator::rest
