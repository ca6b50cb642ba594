// What a client asks a token for: a resource (v1) or scopes (v2).
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace emulator::entra {

/// The request's resource as it goes into `aud`, and what else the scopes ask for.
struct Requested {
  std::string resource;
  std::string scope;  ///< as asked for: repeated in answers to users' requests
  bool openid = false;
  bool offline_access = false;
};

/// For whom scopes are read: an application gets "{resource}/.default" alone, a user also user_impersonation, and
/// OpenID Connect's own scopes.
enum class Asker { application, user };

/// MissingParameter, InvalidScope, ScopeWithoutDefault, UnknownResource. "{resource}" without "/.default" is taken as
/// the whole of it, since clients of Batch send it (clients.md 2.3). A user who asks for OpenID Connect's scopes alone
/// gets a token for Microsoft Graph, as from the service; nothing of the emulator accepts it.
base::Result<Requested> read_scope(std::string_view scope, Asker asker);
/// MissingParameter, UnknownResource.
base::Result<Requested> read_resource(std::string_view resource);

}  // namespace emulator::entra
