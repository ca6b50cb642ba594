// AccountDirectory: the Batch and storage accounts of the process. Made by options, by the management plane, or on the
// spot for a proxy session that asked for it; gone when the management plane deletes them.
//
// Used on the I/O thread only. Changes wait for the disk there: they are rare and small.
#pragma once

#include "blobstore/account_source.h"
#include "emulator/account_registry.h"
#include "emulator/accounts.h"
#include "emulator/batch_account.h"
#include "emulator/management/accounts.h"
#include "emulator/sessions.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator {

/// What the directory needs of the app.
struct DirectorySurroundings {
  const Options& options;
  const base::Clock& clock;
  std::filesystem::path data_dir;
  /// Opens the account of this name and starts it. `is_first`: it lives in the data directory itself.
  std::function<base::Result<std::unique_ptr<BatchAccount>>(const std::string& name, bool is_first)> open_batch;
  /// Ends its nodes and its service.
  std::function<base::Async<void>(BatchAccount& account)> close_batch;
  /// Deletes every container of a storage account.
  std::function<base::Async<base::Result<void>>(std::string name)> empty_storage;
  /// What they asked for who may have accounts made.
  const Sessions& sessions;
};

class AccountDirectory final : public management::Accounts {
 public:
  /// Reads keys and accounts and adds those that the options name. Opens no Batch account. corrupt, io.
  static base::Result<std::unique_ptr<AccountDirectory>> open(DirectorySurroundings surroundings);
  /// Opens every Batch account.
  base::Result<void> open_batch_accounts();

  /// The accounts that the two ports themselves stand for: the first that the options name.
  [[nodiscard]] const std::string& first_batch() const { return surroundings_.options.batch_accounts.front(); }
  [[nodiscard]] const std::string& first_storage() const { return surroundings_.options.storage_accounts.front(); }
  /// The open Batch accounts, the first one first.
  [[nodiscard]] std::vector<std::shared_ptr<BatchAccount>> open_accounts() const;
  [[nodiscard]] std::shared_ptr<BatchAccount> open_batch_account(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> storage_names() const;
  /// The key with which the Batch account signs for its tasks (raw), and the storage account that is linked to it, null
  /// when none is.
  [[nodiscard]] std::string signing_key(const std::string& batch_account) const;
  [[nodiscard]] std::shared_ptr<const blobstore::Account> auto_storage(std::string_view batch_account) const;
  /// The region in the name by which the account was addressed, for one that was made on the spot.
  void heard_of_region(std::string_view batch_account, std::string_view region);

  /// As the services ask for accounts. They refer to the directory.
  [[nodiscard]] std::shared_ptr<rest::AccountSource> batch_source();
  [[nodiscard]] std::shared_ptr<blobstore::AccountSource> storage_source();
  std::shared_ptr<const rest::Account> find_batch(std::string_view name, std::string_view session);
  std::shared_ptr<const blobstore::Account> find_storage(std::string_view name, std::string_view session);
  [[nodiscard]] std::vector<std::shared_ptr<const rest::Account>> all_batch() const;

  // management::Accounts
  [[nodiscard]] std::vector<management::BatchAccountInfo> batch_accounts() const override;
  [[nodiscard]] std::vector<management::StorageAccountInfo> storage_accounts() const override;
  [[nodiscard]] std::optional<management::BatchAccountInfo> find_batch_account(std::string_view name) const override;
  [[nodiscard]] std::optional<management::StorageAccountInfo> find_storage_account(
      std::string_view name) const override;
  [[nodiscard]] std::shared_ptr<const rest::Account> open_account(std::string_view name) const override;
  base::Result<void> create_batch_account(management::BatchAccountInfo info) override;
  base::Result<void> create_storage_account(management::StorageAccountInfo info) override;
  base::Result<void> change_batch_account(management::BatchAccountInfo info) override;
  base::Result<void> change_storage_account(management::StorageAccountInfo info) override;
  base::Async<base::Result<void>> delete_batch_account(std::string name) override;
  base::Async<base::Result<void>> delete_storage_account(std::string name) override;
  [[nodiscard]] base::Result<management::KeyPair> keys(management::AccountKind kind,
                                                       std::string_view name) const override;
  base::Result<management::KeyPair> regenerate_key(management::AccountKind kind, std::string_view name,
                                                   std::size_t which) override;

 private:
  /// A Batch account of the registry while it is open. Requests share its ownership.
  struct Opened {
    std::shared_ptr<BatchAccount> account;
    std::shared_ptr<const rest::Account> seen;
  };

  explicit AccountDirectory(DirectorySurroundings surroundings) : surroundings_(std::move(surroundings)) {}
  void add_accounts_of_options();
  base::Result<void> open_one(const std::string& name);
  /// Renews what the services see of an account after a change.
  void show_batch(const std::string& name);
  void show_storage(const std::string& name);
  base::Result<void> save();
  base::Result<void> add_batch(KnownBatchAccount known, std::optional<std::string> given_key);
  base::Result<void> add_storage(KnownStorageAccount known, std::optional<std::string> given_key);
  /// What a request through `session` may have made or told before it is looked at.
  void hear(management::AccountKind kind, const std::string& name, std::string_view session);
  void make_on_the_spot(management::AccountKind kind, const std::string& name, std::optional<std::string> given_key);
  void take_given_key(management::AccountKind kind, const std::string& name, const std::string& key);
  [[nodiscard]] bool is_known(management::AccountKind kind, std::string_view name) const;
  /// not_found; invalid_argument for an account that an option names.
  [[nodiscard]] base::Result<void> check_deletable(management::AccountKind kind, const std::string& name) const;

  DirectorySurroundings surroundings_;
  KeyFile keys_;
  AccountRegistry registry_;
  std::size_t made_on_the_spot_ = 0;
  /// What the management plane deleted is gone for sessions too, and not made again at the next look.
  std::set<std::pair<management::AccountKind, std::string>> deleted_;
  std::map<std::string, Opened, std::less<>> opened_;
  std::map<std::string, std::shared_ptr<const blobstore::Account>, std::less<>> storage_;
};

}  // namespace emulator
