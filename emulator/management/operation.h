// Operation: one row of the management operations' table.
#pragma once

#include "emulator/management/call.h"

#include <span>
#include <string>
#include <string_view>

namespace emulator::management {

/// Whose api-versions count.
enum class Provider { resources, batch, storage };

/// Where in the tree of resources the operation is; see prefix_of.
enum class Scope { tenant, subscription, group, batch, batch_in_group, batch_account, storage, storage_in_group };

struct Operation {
  std::string_view name;  ///< operationId of the published description
  Provider provider;
  std::string_view method;
  Scope scope;
  std::string_view below;  ///< template below the scope, fixed parts in lower case
  Handler handler;         ///< null: answered 501 with the operation's name
  bool is_open = false;    ///< answered without authentication
};

/// The whole plane.
std::span<const Operation> operations();
/// The template above `below`, fixed parts in lower case.
std::string_view prefix_of(Scope scope);

/// MissingApiVersionParameter, InvalidApiVersionParameter, NoRegisteredProviderFound.
base::Result<void> check_api_version(const Operation& operation, const std::optional<std::string>& version);
/// Of Microsoft.Batch, oldest first.
std::span<const std::string_view> batch_api_versions();

/// The path with everything in lower case but the names of resources: fixed parts compare without case, as everywhere
/// in Azure Resource Manager.
std::string in_lower_case_but_names(std::string_view path);

}  // namespace emulator::management
