// ManagementApi: the management operations for applications and packages, served on the Batch port under the paths they
// have in Azure Resource Manager: /subscriptions/{s}/resourceGroups/{rg}/providers/Microsoft.Batch/batchAccounts/...
//
// Any subscription and resource group is taken as given. Requests are signed with the account's shared key, as those of
// the Batch service itself; tokens are not known yet. The steps are those of rest/rest_api.h.
#pragma once

#include "emulator/management/package_storage.h"
#include "emulator/rest/call.h"

#include <memory>
#include <string_view>
#include <vector>

namespace emulator::management {

/// Used from the executor that the accounts' services were opened on. What `accounts` and `surroundings` refer to
/// outlives it.
class ManagementApi {
 public:
  ManagementApi(rest::Surroundings surroundings, std::vector<rest::Account> accounts, StorageAccess storage);

  /// True for paths of the management operations.
  static bool owns(std::string_view path);
  /// Never throws on its own account. `request` must live until the coroutine has ended.
  base::Async<http::Response> handle(http::Request& request);

 private:
  base::Async<base::Result<http::Response>> answer(http::Request& request);

  rest::Surroundings surroundings_;
  std::shared_ptr<rest::AccountSource> accounts_;
  PackageStorage storage_;
  http::Router router_;
};

}  // namespace emulator::management
