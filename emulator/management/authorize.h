// Who calls: the bearer of a token for the management audience, or a Batch account by its SharedKey.
#pragma once

#include "emulator/management/call.h"

namespace emulator::management {

/// The account that signed the request; null when a bearer token was accepted. AuthenticationFailed,
/// InvalidAuthenticationToken, InvalidAuthenticationTokenAudience, ExpiredAuthenticationToken.
base::Result<std::shared_ptr<const rest::Account>> authenticate(const Services& services, const http::Request& request,
                                                                base::Timestamp now);
/// A signature is good for its own account and what is below it: AuthorizationFailed.
base::Result<void> check_signer(const Call& call);

}  // namespace emulator::management
