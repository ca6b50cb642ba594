#include "emulator/entra/scopes.h"

#include "base/text.h"
#include "emulator/entra/errors.h"
#include "wire/entra/audience.h"

#include <algorithm>
#include <array>

namespace emulator::entra {
namespace {

constexpr std::string_view kDefault = ".default";
constexpr std::string_view kGraph = "00000003-0000-0000-c000-000000000000";
constexpr std::size_t kMaxScopes = 16;

/// The resource that one scope is of.
base::Result<std::string> resource_of_scope(const std::string& scope, Asker asker) {
  if (wire::entra::resource_of(scope)) return scope;
  const auto slash = scope.rfind('/');
  if (slash == std::string::npos) return make_error(ErrorCode::InvalidScope, scope);
  auto resource = scope.substr(0, slash);
  const auto permission = std::string_view{scope}.substr(slash + 1);
  if (asker == Asker::application && permission != kDefault) return make_error(ErrorCode::ScopeWithoutDefault, scope);
  if (!wire::entra::resource_of(resource)) return make_error(ErrorCode::UnknownResource, resource);
  if (permission != kDefault && permission != "user_impersonation") return make_error(ErrorCode::InvalidScope, scope);
  return resource;
}

bool is_of_openid_connect(std::string_view scope) {
  constexpr auto kScopes = std::to_array<std::string_view>({"openid", "profile", "email", "offline_access"});
  return std::ranges::find(kScopes, scope) != kScopes.end();
}

}  // namespace

base::Result<Requested> read_scope(std::string_view scope, Asker asker) {
  Requested requested{.scope = std::string{scope}};
  std::size_t count = 0;
  for (const auto& item : base::split(scope, ' ')) {
    if (item.empty()) continue;
    if (++count > kMaxScopes) return make_error(ErrorCode::InvalidScope, scope);
    requested.openid = requested.openid || item == "openid";
    requested.offline_access = requested.offline_access || item == "offline_access";
    if (is_of_openid_connect(item)) continue;
    ASSIGN_OR_RETURN(auto resource, resource_of_scope(item, asker));
    // A token is for one resource; several scopes of the same one are one resource.
    if (!requested.resource.empty() && requested.resource != resource) {
      return make_error(ErrorCode::InvalidScope, scope);
    }
    requested.resource = std::move(resource);
  }
  if (count == 0) return make_error(ErrorCode::MissingParameter, "scope");
  if (requested.resource.empty()) {
    if (asker == Asker::application) return make_error(ErrorCode::ScopeWithoutDefault, scope);
    requested.resource = kGraph;
  }
  return requested;
}

base::Result<Requested> read_resource(std::string_view resource) {
  if (resource.empty()) return make_error(ErrorCode::MissingParameter, "resource");
  if (!wire::entra::resource_of(resource)) return make_error(ErrorCode::UnknownResource, resource);
  return Requested{
      .resource = std::string{resource}, .scope = "user_impersonation", .openid = true, .offline_access = true};
}

}  // namespace emulator::entra
