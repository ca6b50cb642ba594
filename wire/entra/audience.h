// The services that a token may be meant for, and the names each of them has as an OAuth resource.
//
// Clients ask for a resource (v1) or for a scope "{resource}/.default" (v2), and find the resource again in the token's
// `aud`. The names differ by trailing slashes between clients (clients.md 2.3); all names of a service are one here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wire::entra {

enum class Audience { batch, storage, management };

/// What a resource's name says.
struct Resource {
  Audience audience{};
  std::string account;  ///< the storage account, in lower case, when the name is of one account alone; else empty
  bool operator==(const Resource&) const = default;
};

/// The service that a resource's name means: a URL with or without trailing slashes (any casing), the GUID of the
/// service's application, or the blob endpoint of one storage account. nullopt for every other name.
std::optional<Resource> resource_of(std::string_view name);

/// The usual name, without slash at the end: "https://batch.core.windows.net".
std::string_view name_of(Audience audience);

}  // namespace wire::entra
