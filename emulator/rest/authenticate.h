// Who calls: one of the emulator's Batch accounts by SharedKey, or one of its tasks by the token it was given
// (contract 2).
#pragma once

#include "emulator/rest/call.h"
#include "emulator/rest/task_token.h"

#include <span>

namespace emulator::rest {

/// The account that signed the request. wire::SharedKeyErrc::malformed (answered 400 InvalidAuthenticationInfo) without
/// a well-formed SharedKey header; refused (403 AuthenticationFailed, with AuthenticationErrorDetail) for an unknown
/// account, a wrong signature or a stale date.
base::Result<const Account*> authenticate(std::span<const Account> accounts, const http::Request& request,
                                          base::Timestamp now);

/// Whether the request comes with a bearer token instead of a signature.
bool has_bearer_token(const http::Request& request);
/// The account and the run of a task that a bearer token names. Errors as parse_task_token.
struct Bearer {
  const Account* account = nullptr;
  TaskToken token;
};
base::Result<Bearer> authenticate_bearer(std::span<const Account> accounts, const http::Request& request);
/// Whether the run that was given the token is still under way; reads the core.
base::Async<base::Result<void>> check_token_in_use(service::BatchService& service, TaskToken token);
/// The call is on the token's job: InsufficientAccountPermissions (403) otherwise.
base::Result<void> check_token_scope(const Call& call, const TaskToken& token);

}  // namespace emulator::rest
