// ManagementApi: the part of Azure Resource Manager that Batch clients use, under the paths that it has there:
// subscriptions and resource groups, Batch accounts with their pools, applications, packages and certificates, and
// storage accounts. Served on the Batch port, and to whoever asks for management.azure.com.
//
// A bearer token for the management audience is good for everything. What is on or below a Batch account may also be
// signed with that account's shared key, as requests of the Batch service are: so it works without TLS and tokens. The
// steps of a request are those of rest/rest_api.h.
#pragma once

#include "emulator/management/call.h"

#include <filesystem>
#include <memory>
#include <string_view>

namespace emulator::management {

/// Used from the executor that the accounts' services were opened on.
class ManagementApi {
 public:
  explicit ManagementApi(Services services, std::unique_ptr<ResourceGroups> groups = nullptr);

  /// True for paths of the management operations.
  static bool owns(std::string_view path);
  /// Never throws on its own account. `request` must live until the coroutine has ended.
  base::Async<http::Response> handle(http::Request& request);

 private:
  base::Async<base::Result<http::Response>> answer(http::Request& request, Call& call);

  Services services_;
  std::unique_ptr<ResourceGroups> groups_;
  http::Router router_;
};

}  // namespace emulator::management
