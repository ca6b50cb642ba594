// Accounts: the accounts of the process as Azure Resource Manager sees them. The app's account directory implements it;
// handlers of the management plane use it.
//
// Every change is durable when the call returns.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "emulator/rest/call.h"

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::management {

/// Where a resource is. All compare without case.
struct Place {
  std::string subscription;
  std::string resource_group;
  std::string location;  ///< "eastus"
};

struct BatchAccountInfo {
  std::string name;  ///< lower case
  Place place;
  std::string auto_storage;  ///< name of the linked storage account; empty: none
  /// What its maker set and the emulator keeps without looking into it (tags, identity, allowedAuthenticationModes...).
  nlohmann::json settings = nlohmann::json::object();
  base::Timestamp created{};
};

struct StorageAccountInfo {
  std::string name;  ///< lower case
  Place place;
  nlohmann::json settings = nlohmann::json::object();
  base::Timestamp created{};
};

enum class AccountKind { batch, storage };
/// Base64, equal in rank: primary and secondary, key1 and key2.
using KeyPair = std::array<std::string, 2>;

class Accounts {
 public:
  virtual ~Accounts() = default;

  /// In the order of names.
  [[nodiscard]] virtual std::vector<BatchAccountInfo> batch_accounts() const = 0;
  [[nodiscard]] virtual std::vector<StorageAccountInfo> storage_accounts() const = 0;
  [[nodiscard]] virtual std::optional<BatchAccountInfo> find_batch_account(std::string_view name) const = 0;
  [[nodiscard]] virtual std::optional<StorageAccountInfo> find_storage_account(std::string_view name) const = 0;
  /// The account as the Batch API knows it: its state and its keys. Null: there is none.
  [[nodiscard]] virtual std::shared_ptr<const rest::Account> open_account(std::string_view name) const = 0;

  /// With two new keys, empty and running. already_exists; io, no_space.
  virtual base::Result<void> create_batch_account(BatchAccountInfo info) = 0;
  virtual base::Result<void> create_storage_account(StorageAccountInfo info) = 0;
  /// Settings, auto storage and place; not_found.
  virtual base::Result<void> change_batch_account(BatchAccountInfo info) = 0;
  virtual base::Result<void> change_storage_account(StorageAccountInfo info) = 0;
  /// With its nodes, state and directory; requests under way end with `unavailable`. not_found; invalid_argument for
  /// the account that the Batch port itself stands for.
  virtual base::Async<base::Result<void>> delete_batch_account(std::string name) = 0;
  /// With its containers and blobs. not_found; invalid_argument for the first storage account.
  virtual base::Async<base::Result<void>> delete_storage_account(std::string name) = 0;

  /// not_found.
  [[nodiscard]] virtual base::Result<KeyPair> keys(AccountKind kind, std::string_view name) const = 0;
  /// `which` is 0 or 1; what was signed with the old key is refused from now on. not_found.
  virtual base::Result<KeyPair> regenerate_key(AccountKind kind, std::string_view name, std::size_t which) = 0;
};

}  // namespace emulator::management
