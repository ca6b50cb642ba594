// Tenants and identities. The emulator has no directory: every tenant that is named exists, and what is not named has
// an identity derived from its name, so that it is the same one tomorrow.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emulator::entra {

/// A GUID that always is the same for the same text, and another for another.
std::string guid_of(std::string_view text);
bool is_guid(std::string_view text);

/// The tenant that `common` and `organizations` mean, and in which managed identities live: that of the management
/// plane's subscription.
std::string home_tenant();

/// The tenant's GUID: a GUID is itself (in lower case), a domain name ("contoso.onmicrosoft.com") has a derived one,
/// `common` and `organizations` are the home tenant. nullopt for what is none of these.
std::optional<std::string> tenant_id(std::string_view tenant);
/// "name@domain", as users sign in.
bool is_user_name(std::string_view text);
/// Whether a path's first segment names a tenant of one of these forms.
bool is_shared_tenant(std::string_view tenant);

}  // namespace emulator::entra
