// Who calls: one of the emulator's Batch accounts by SharedKey, somebody with a token of Entra ID for Batch, or one of
// the account's tasks by the token it was given (contract 2).
#pragma once

#include "emulator/rest/call.h"
#include "emulator/rest/task_token.h"
#include "wire/entra/token.h"

#include <memory>
#include <string_view>

namespace emulator::rest {

/// The account in a Host header that names one ("acct" of "acct.eastus.batch.azure.com:443"); empty for others.
std::string_view account_of_host(std::string_view host);

/// The account that signed the request. wire::SharedKeyErrc::malformed (answered 400 InvalidAuthenticationInfo) without
/// a well-formed SharedKey header; refused (403 AuthenticationFailed, with AuthenticationErrorDetail) for an unknown
/// account, a wrong signature, a stale date, or an account that takes no shared key.
base::Result<std::shared_ptr<const Account>> authenticate(AccountSource& accounts, const http::Request& request,
                                                          base::Timestamp now);

/// Whether the request comes with a bearer token instead of a signature.
bool has_bearer_token(const http::Request& request);
/// Whether that token has the form of one of Entra ID; those of tasks have another.
bool has_entra_token(const http::Request& request);
/// The account that a request with a token of Entra ID is for: the one that its Host names, else the endpoint's first.
/// wire::entra::TokenErrc (answered 401) when `verify` refuses the token; wire::SharedKeyErrc::malformed when it is
/// empty, since Entra ID is off; wire::SharedKeyErrc::refused (403
/// AuthenticationFailed) when there is no such account, or it takes no such tokens. Roles are not known: whoever has a
/// token may do everything.
base::Result<std::shared_ptr<const Account>> authenticate_entra(AccountSource& accounts, const http::Request& request,
                                                                const wire::entra::TokenVerifier& verify);

/// The account and the run of a task that a bearer token names. Errors as parse_task_token.
struct Bearer {
  std::shared_ptr<const Account> account;
  TaskToken token;
};
base::Result<Bearer> authenticate_bearer(const AccountSource& accounts, const http::Request& request);
/// Whether the run that was given the token is still under way; reads the core.
base::Async<base::Result<void>> check_token_in_use(service::BatchService& service, TaskToken token);
/// The call is on the token's job: InsufficientAccountPermissions (403) otherwise.
base::Result<void> check_token_scope(const Call& call, const TaskToken& token);

}  // namespace emulator::rest
