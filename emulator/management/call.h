// Call: one authenticated management request on its way through a handler.
//
// Accounts that were made by options or on the spot stand at the default place (emulator/names.h). They belong to
// whoever asks: they are found under every subscription and resource group and listed in every subscription, since the
// names that a client is configured with are those of its real subscription. Accounts made by the management operations
// are where they were made.
#pragma once

#include "emulator/management/accounts.h"
#include "emulator/management/package_storage.h"
#include "emulator/management/resource_groups.h"
#include "emulator/rest/call.h"
#include "wire/entra/token.h"
#include "wire/management/errors.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace emulator::management {

/// The quotas of every Batch account; the largest number where there is none, for clients compare with them.
struct Quotas {
  std::int32_t pools = std::numeric_limits<std::int32_t>::max();
  std::int32_t active_jobs = std::numeric_limits<std::int32_t>::max();
  std::int32_t dedicated_cores = std::numeric_limits<std::int32_t>::max();
  std::int32_t low_priority_cores = std::numeric_limits<std::int32_t>::max();
};

/// What the management operations need of the app. All that it refers to outlives them.
struct Services {
  rest::Surroundings surroundings;
  Accounts* accounts = nullptr;
  /// Whose SharedKey is accepted; finds accounts that a session lets be made on the spot.
  std::shared_ptr<rest::AccountSource> account_source;
  /// Told of every storage account that a request names: a session may let it be made on the spot. May be empty.
  std::function<void(std::string_view name, std::string_view session)> meet_storage_account;
  /// Empty: Entra ID is off, and only SharedKey is accepted.
  wire::entra::TokenVerifier verify_token;
  /// The way to the Blob service, within the process.
  SendToStorage send;
  std::string blob_url;  ///< of that service, for clients: "http://127.0.0.1:10000"
  Quotas quotas;
};

struct Operation;

struct Call {
  const Services* services = nullptr;
  ResourceGroups* groups = nullptr;
  const Operation* operation = nullptr;
  const http::Request* request = nullptr;
  http::PathParameters path;
  rest::Parameters parameters;  ///< maxresults, $skiptoken, $filter, $select
  std::string api_version;
  nlohmann::json body;                          ///< what was sent, or null
  std::shared_ptr<const rest::Account> signer;  ///< null: a bearer token was sent
  /// The Batch account that the path is in, when the operation is on it or below it.
  std::shared_ptr<const rest::Account> account;

  [[nodiscard]] Accounts& accounts() const { return *services->accounts; }
  /// The storage account of this name; one that the request's session may have made on the spot.
  [[nodiscard]] std::optional<StorageAccountInfo> find_storage_account(std::string_view name) const {
    if (services->meet_storage_account) services->meet_storage_account(name, request->session);
    return services->accounts->find_storage_account(name);
  }
  [[nodiscard]] service::BatchService& service() const { return *account->service; }
  [[nodiscard]] base::Timestamp now() const { return services->surroundings.clock->now(); }
  [[nodiscard]] const std::string& subscription() const { return path.get("subscriptionId"); }
  [[nodiscard]] const std::string& group() const { return path.get("resourceGroupName"); }
  [[nodiscard]] core::ApplicationId application() const { return core::ApplicationId{path.get("applicationName")}; }
  [[nodiscard]] const std::string& version_name() const { return path.get("versionName"); }
};

using Answer = base::Async<base::Result<http::Response>>;
using Handler = Answer (*)(Call& call);

}  // namespace emulator::management
