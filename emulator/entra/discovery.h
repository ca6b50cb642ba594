// What clients ask before they ask for a token: where the endpoints are, whether an authority is one, and which keys
// verify tokens. All URLs repeat the scheme and host that the client used.
#pragma once

#include "base/result.h"
#include "emulator/entra/exchange.h"

namespace emulator::entra {

/// GET /{tenant}[/v2.0]/.well-known/openid-configuration
base::Result<http::Response> get_openid_configuration(const Exchange& exchange);
/// GET /common/discovery/instance: known are the public cloud's authorities, the host that was asked, and loopback
/// addresses. Other clouds are not emulated: UnknownInstance, as for every other host.
base::Result<http::Response> get_instance(const Exchange& exchange);
/// GET /{tenant}/discovery[/v2.0]/keys
base::Result<http::Response> get_keys(const Exchange& exchange);

/// GET /{tenant}/userrealm/{user}: clients ask before they send a password. Every user's realm is managed here, that
/// is, the password goes to the token endpoint. UnknownUser for what is no user's name.
base::Result<http::Response> get_user_realm(const Exchange& exchange);

}  // namespace emulator::entra
