// Accounts in memory, as an account directory keeps them. Every Batch account has the same service.
#pragma once

#include "base/random.h"
#include "base/text.h"
#include "emulator/management/accounts.h"

#include <map>
#include <set>

namespace emulator::management {

class FakeAccounts final : public Accounts, public rest::AccountSource {
 public:
  explicit FakeAccounts(service::BatchService* service) : service_(service) {}

  /// The account that may not be deleted.
  void add_first(BatchAccountInfo info, const std::string& key) {
    first_ = info.name;
    keys_[AccountKind::batch][info.name] = {base::base64_encode(key), new_key()};
    batch_.emplace(info.name, std::move(info));
  }
  /// What a session may have made on the spot.
  void allow_on_the_spot(const std::string& session) { sessions_.insert(session); }

  [[nodiscard]] std::vector<BatchAccountInfo> batch_accounts() const override { return values_of(batch_); }
  [[nodiscard]] std::vector<StorageAccountInfo> storage_accounts() const override { return values_of(storage_); }
  [[nodiscard]] std::optional<BatchAccountInfo> find_batch_account(std::string_view name) const override {
    return find_in(batch_, name);
  }
  [[nodiscard]] std::optional<StorageAccountInfo> find_storage_account(std::string_view name) const override {
    return find_in(storage_, name);
  }
  [[nodiscard]] std::shared_ptr<const rest::Account> open_account(std::string_view name) const override {
    const auto info = find_batch_account(name);
    if (!info) return nullptr;
    auto account = std::make_shared<rest::Account>();
    account->name = info->name;
    for (const auto& key : keys_.at(AccountKind::batch).at(info->name)) {
      account->keys.push_back(base::base64_decode(key).value());
    }
    account->service = service_;
    return account;
  }
  base::Result<void> create_batch_account(BatchAccountInfo info) override {
    return create(batch_, AccountKind::batch, std::move(info));
  }
  base::Result<void> create_storage_account(StorageAccountInfo info) override {
    return create(storage_, AccountKind::storage, std::move(info));
  }
  base::Result<void> change_batch_account(BatchAccountInfo info) override { return change(batch_, std::move(info)); }
  base::Result<void> change_storage_account(StorageAccountInfo info) override {
    return change(storage_, std::move(info));
  }
  base::Async<base::Result<void>> delete_batch_account(std::string name) override {
    if (name == first_) co_return base::Error(base::Errc::invalid_argument, "the first account");
    if (batch_.erase(name) == 0) co_return missing();
    co_return base::Result<void>();
  }
  base::Async<base::Result<void>> delete_storage_account(std::string name) override {
    if (storage_.erase(name) == 0) co_return missing();
    co_return base::Result<void>();
  }
  [[nodiscard]] base::Result<KeyPair> keys(AccountKind kind, std::string_view name) const override {
    const auto& of_kind = keys_.at(kind);
    const auto found = of_kind.find(std::string(name));
    if (found == of_kind.end()) return missing();
    return found->second;
  }
  base::Result<KeyPair> regenerate_key(AccountKind kind, std::string_view name, std::size_t which) override {
    auto& pair = keys_.at(kind).at(std::string(name));
    pair.at(which) = new_key();
    return pair;
  }

  // rest::AccountSource
  std::shared_ptr<const rest::Account> find(std::string_view name, std::string_view session) override {
    if (!find_batch_account(name) && sessions_.contains(std::string(session))) {
      (void)create_batch_account({.name = base::lower_case(name), .place = spot_, .created = {}});
    }
    return open_account(name);
  }
  [[nodiscard]] std::vector<std::shared_ptr<const rest::Account>> all() const override {
    std::vector<std::shared_ptr<const rest::Account>> accounts;
    for (const auto& [name, info] : batch_) accounts.push_back(open_account(name));
    return accounts;
  }

  Place spot_;  ///< where accounts are that were made on the spot

 private:
  static base::Error missing() { return {base::Errc::not_found, "there is no such account"}; }
  static std::string new_key() { return base::base64_encode(base::random_bytes(64)); }
  template <class Info>
  static std::vector<Info> values_of(const std::map<std::string, Info>& accounts) {
    std::vector<Info> list;
    for (const auto& [name, info] : accounts) list.push_back(info);
    return list;
  }
  template <class Info>
  static std::optional<Info> find_in(const std::map<std::string, Info>& accounts, std::string_view name) {
    const auto found = accounts.find(base::lower_case(name));
    if (found == accounts.end()) return std::nullopt;
    return found->second;
  }
  template <class Info>
  base::Result<void> create(std::map<std::string, Info>& accounts, AccountKind kind, Info info) {
    if (accounts.contains(info.name)) return base::Error(base::Errc::already_exists, "the account exists");
    keys_[kind][info.name] = {new_key(), new_key()};
    accounts.emplace(info.name, std::move(info));
    return {};
  }
  template <class Info>
  base::Result<void> change(std::map<std::string, Info>& accounts, Info info) {
    const auto found = accounts.find(info.name);
    if (found == accounts.end()) return missing();
    found->second = std::move(info);
    return {};
  }

  service::BatchService* service_;
  std::string first_;
  std::set<std::string> sessions_;
  std::map<std::string, BatchAccountInfo> batch_;
  std::map<std::string, StorageAccountInfo> storage_;
  std::map<AccountKind, std::map<std::string, KeyPair>> keys_{{AccountKind::batch, {}}, {AccountKind::storage, {}}};
};

}  // namespace emulator::management
