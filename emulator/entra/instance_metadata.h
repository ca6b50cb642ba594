// The Instance Metadata Service of a virtual machine (http://169.254.169.254), as far as managed identities need it.
//
// Clients find it by asking without the header `Metadata: true`: 400 says that it is there. A 404 makes them try for a
// minute (clients.md 0.8).
#pragma once

#include "emulator/entra/exchange.h"

#include <string_view>

namespace emulator::entra {

inline constexpr std::string_view kMetadataPrefix = "/metadata/";
inline constexpr std::string_view kIdentityTokenPath = "/metadata/identity/oauth2/token";

/// Refuses what is no request for a token: another path (403, since nothing else is to be learnt here) or method, no
/// header, no resource. nullopt when it is one.
std::optional<http::Response> refuse_metadata_request(const http::Request& request, const Form& form);
/// GET /metadata/identity/oauth2/token?api-version=&resource=[&client_id= | &object_id= | &mi_res_id=]: any identity
/// that is named is assigned to the machine; without a name it is the machine's own.
http::Response get_identity_token(const Exchange& exchange);

}  // namespace emulator::entra
