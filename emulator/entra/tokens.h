// The token endpoints and the device code endpoints of both generations.
//
// Any client id with any secret is a client of any tenant: the emulator knows no directory. Of a client assertion, form
// and times are checked, and nothing else can be: the key that signed it is not known.
#pragma once

#include "base/result.h"
#include "emulator/entra/device_codes.h"
#include "emulator/entra/exchange.h"

namespace emulator::entra {

/// POST /{tenant}/oauth2[/v2.0]/token: grants client_credentials, device_code, password and refresh_token. All others
/// are refused by name (UnsupportedGrant).
base::Result<http::Response> post_token(const Exchange& exchange, DeviceCodes& codes);
/// POST (or GET) /{tenant}/oauth2[/v2.0]/devicecode
base::Result<http::Response> post_device_code(const Exchange& exchange, DeviceCodes& codes);
/// GET /common/oauth2/deviceauth: the page where a user enters the code (?otc=CODE), which approves the sign-in.
base::Result<http::Response> get_device_page(const Exchange& exchange, DeviceCodes& codes);

/// A client's or managed identity's id: up to 128 printable characters without space. UnknownClient for another.
base::Result<void> check_client_id(std::string_view id);

}  // namespace emulator::entra
