// Who calls: SharedKey of one of the emulator's Batch accounts (contract 2).
#pragma once

#include "emulator/rest/call.h"

#include <span>

namespace emulator::rest {

/// The account that signed the request. wire::SharedKeyErrc::malformed (answered 400 InvalidAuthenticationInfo) without
/// a well-formed SharedKey header; refused (403 AuthenticationFailed, with AuthenticationErrorDetail) for an unknown
/// account, a wrong signature or a stale date.
base::Result<const Account*> authenticate(std::span<const Account> accounts, const http::Request& request,
                                          base::Timestamp now);

}  // namespace emulator::rest
