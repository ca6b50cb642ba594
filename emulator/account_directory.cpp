// Every change follows one line: keys and registry in memory, both files on the disk, then what the services see.
#include "emulator/account_directory.h"

#include "base/text.h"
#include "emulator/management/places.h"
#include "emulator/names.h"

#include <spdlog/spdlog.h>
#include <algorithm>

namespace emulator {
namespace {

using management::AccountKind;

base::Error no_account(std::string_view name) {
  return {base::Errc::not_found, "there is no account named " + std::string{name}};
}

base::Error is_taken(std::string_view name) {
  return {base::Errc::already_exists, "there is an account named " + std::string{name} + " already"};
}

/// allowedAuthenticationModes, where its maker gave some (management plane; contract 2).
bool takes(const nlohmann::json& settings, std::string_view mode) {
  const auto properties = settings.find("properties");
  if (properties == settings.end() || !properties->is_object()) return true;
  const auto modes = properties->find("allowedAuthenticationModes");
  if (modes == properties->end() || !modes->is_array() || modes->empty()) return true;
  return std::ranges::any_of(*modes, [&](const auto& one) { return one.is_string() && one == mode; });
}

base::Async<base::Result<rest::UploadedLogs>> upload_logs(std::shared_ptr<BatchAccount> account,
                                                          rest::LogUpload upload) {
  wire::node::UploadLogs order;
  order.container_url = std::move(upload.container_url);
  order.start = upload.start;
  order.end = upload.end;
  auto uploaded = co_await account->nodes->upload_logs(std::move(upload.node), std::move(order));
  if (!uploaded) co_return std::move(uploaded).error();
  co_return rest::UploadedLogs{uploaded->directory, uploaded->files, uploaded->failure};
}

}  // namespace

base::Result<std::unique_ptr<AccountDirectory>> AccountDirectory::open(DirectorySurroundings surroundings) {
  std::unique_ptr<AccountDirectory> directory{new AccountDirectory{std::move(surroundings)}};
  ASSIGN_OR_RETURN(directory->keys_, KeyFile::open(directory->surroundings_.data_dir));
  ASSIGN_OR_RETURN(directory->registry_, AccountRegistry::open(directory->surroundings_.data_dir));
  directory->add_accounts_of_options();
  RETURN_IF_ERROR(directory->keys_.save());
  for (const auto& [name, known] : directory->registry_.storage) directory->show_storage(name);
  return directory;
}

/// An account of an earlier start that no option names any more rests: its keys and its state stay on the disk.
void AccountDirectory::add_accounts_of_options() {
  const auto& options = surroundings_.options;
  const auto place = management::default_place();
  const auto now = surroundings_.clock.now();
  for (const auto& name : options.batch_accounts) {
    KnownBatchAccount known;
    known.info = {.name = name, .place = place, .auto_storage = first_storage(), .created = now};
    registry_.batch.try_emplace(name, std::move(known));
  }
  for (const auto& name : options.storage_accounts) {
    KnownStorageAccount known;
    known.info = {.name = name, .place = place, .created = now};
    registry_.storage.try_emplace(name, std::move(known));
  }
  const auto rests = [](const std::vector<std::string>& named) {
    return [&named](const auto& row) { return !row.second.made_here && std::ranges::count(named, row.first) == 0; };
  };
  std::erase_if(registry_.batch, rests(options.batch_accounts));
  std::erase_if(registry_.storage, rests(options.storage_accounts));
  for (const auto& [name, known] : registry_.batch) keys_.ensure(AccountKind::batch, name);
  for (const auto& [name, known] : registry_.storage) keys_.ensure(AccountKind::storage, name);
}

base::Result<void> AccountDirectory::open_batch_accounts() {
  RETURN_IF_ERROR(open_one(first_batch()));
  for (const auto& [name, known] : registry_.batch) {
    if (name != first_batch()) RETURN_IF_ERROR(open_one(name));
  }
  return {};
}

base::Result<void> AccountDirectory::open_one(const std::string& name) {
  ASSIGN_OR_RETURN(auto account, surroundings_.open_batch(name, name == first_batch()));
  opened_[name].account = std::move(account);
  show_batch(name);
  return {};
}

void AccountDirectory::show_batch(const std::string& name) {
  const auto found = opened_.find(name);
  if (found == opened_.end()) return;
  const auto& known = registry_.batch.at(name);
  auto& opened = found->second;
  auto seen = std::make_shared<rest::Account>();
  seen->name = name;
  seen->service = opened.account->service.get();
  seen->nodes_directory = opened.account->directory / "nodes";
  seen->upload_logs = [account = opened.account](rest::LogUpload upload) {
    return upload_logs(account, std::move(upload));
  };
  seen->keys = raw_keys(keys_.get(AccountKind::batch, name));
  seen->keys_on_trust = known.keys_on_trust;
  seen->takes_shared_key = takes(known.info.settings, "SharedKey");
  seen->takes_entra_tokens = takes(known.info.settings, "AAD");
  seen->takes_task_tokens = takes(known.info.settings, "TaskAuthenticationToken");
  // Its function holds the account: a deleted one goes with its last request.
  opened.seen = std::move(seen);
}

void AccountDirectory::show_storage(const std::string& name) {
  blobstore::Account account{.name = name,
                             .keys = raw_keys(keys_.get(AccountKind::storage, name)),
                             .keys_on_trust = registry_.storage.at(name).keys_on_trust};
  if (surroundings_.options.well_known_storage_key && name == kWellKnownStorageAccount) {
    account.keys.front() = base::base64_decode(kWellKnownStorageKey).value();
  }
  storage_[name] = std::make_shared<const blobstore::Account>(std::move(account));
}

base::Result<void> AccountDirectory::save() {
  RETURN_IF_ERROR(keys_.save());
  return registry_.save();
}

base::Result<void> AccountDirectory::add_batch(KnownBatchAccount known, std::optional<std::string> given_key) {
  const auto name = known.info.name;
  if (!is_account_name(name)) return base::Error{base::Errc::invalid_argument, "not an account's name: " + name};
  if (is_known(AccountKind::batch, name)) return is_taken(name);
  keys_.ensure(AccountKind::batch, name);
  if (given_key) keys_.set(AccountKind::batch, name, 0, *std::move(given_key));
  registry_.batch.emplace(name, std::move(known));
  auto made = save();
  if (made) made = open_one(name);
  if (!made) registry_.batch.erase(name);
  return made;
}

base::Result<void> AccountDirectory::add_storage(KnownStorageAccount known, std::optional<std::string> given_key) {
  const auto name = known.info.name;
  if (!is_account_name(name)) return base::Error{base::Errc::invalid_argument, "not an account's name: " + name};
  if (is_known(AccountKind::storage, name)) return is_taken(name);
  keys_.ensure(AccountKind::storage, name);
  if (given_key) keys_.set(AccountKind::storage, name, 0, *std::move(given_key));
  registry_.storage.emplace(name, std::move(known));
  if (auto saved = save(); !saved) {
    registry_.storage.erase(name);
    return saved;
  }
  show_storage(name);
  return {};
}

bool AccountDirectory::is_known(AccountKind kind, std::string_view name) const {
  return kind == AccountKind::batch ? registry_.batch.contains(name) : registry_.storage.contains(name);
}

// ---- what others ask ----

std::vector<std::shared_ptr<BatchAccount>> AccountDirectory::open_accounts() const {
  std::vector<std::shared_ptr<BatchAccount>> accounts;
  for (const auto& [name, opened] : opened_) {
    accounts.insert(name == first_batch() ? accounts.begin() : accounts.end(), opened.account);
  }
  return accounts;
}

std::shared_ptr<BatchAccount> AccountDirectory::open_batch_account(std::string_view name) const {
  const auto found = opened_.find(name);
  return found == opened_.end() ? nullptr : found->second.account;
}

std::vector<std::string> AccountDirectory::storage_names() const {
  std::vector<std::string> names;
  for (const auto& [name, account] : storage_) names.push_back(name);
  return names;
}

std::string AccountDirectory::signing_key(const std::string& batch_account) const {
  return base::base64_decode(keys_.get(AccountKind::batch, batch_account).front()).value();
}

std::shared_ptr<const blobstore::Account> AccountDirectory::auto_storage(std::string_view batch_account) const {
  const auto known = registry_.batch.find(batch_account);
  if (known == registry_.batch.end()) return nullptr;
  const auto linked = storage_.find(known->second.info.auto_storage);
  return linked == storage_.end() ? nullptr : linked->second;
}

std::vector<std::shared_ptr<const rest::Account>> AccountDirectory::all_batch() const {
  std::vector<std::shared_ptr<const rest::Account>> accounts;
  for (const auto& [name, opened] : opened_) {
    accounts.insert(name == first_batch() ? accounts.begin() : accounts.end(), opened.seen);
  }
  return accounts;
}

std::shared_ptr<const rest::Account> AccountDirectory::find_batch(std::string_view name, std::string_view session) {
  const auto lower = base::lower_case(name);
  if (!session.empty()) hear(AccountKind::batch, lower, session);
  return open_account(lower);
}

std::shared_ptr<const blobstore::Account> AccountDirectory::find_storage(std::string_view name,
                                                                         std::string_view session) {
  const auto lower = base::lower_case(name);
  if (!session.empty()) hear(AccountKind::storage, lower, session);
  const auto found = storage_.find(lower);
  return found == storage_.end() ? nullptr : found->second;
}

std::shared_ptr<rest::AccountSource> AccountDirectory::batch_source() {
  class Source final : public rest::AccountSource {
   public:
    explicit Source(AccountDirectory& directory) : directory_(directory) {}
    std::shared_ptr<const rest::Account> find(std::string_view name, std::string_view session) override {
      return directory_.find_batch(name, session);
    }
    [[nodiscard]] std::vector<std::shared_ptr<const rest::Account>> all() const override {
      return directory_.all_batch();
    }

   private:
    AccountDirectory& directory_;
  };
  return std::make_shared<Source>(*this);
}

std::shared_ptr<blobstore::AccountSource> AccountDirectory::storage_source() {
  class Source final : public blobstore::AccountSource {
   public:
    explicit Source(AccountDirectory& directory) : directory_(directory) {}
    std::shared_ptr<const blobstore::Account> find(std::string_view name, std::string_view session) override {
      return directory_.find_storage(name, session);
    }

   private:
    AccountDirectory& directory_;
  };
  return std::make_shared<Source>(*this);
}

// ---- the management plane ----

std::vector<management::BatchAccountInfo> AccountDirectory::batch_accounts() const {
  std::vector<management::BatchAccountInfo> all;
  for (const auto& [name, known] : registry_.batch) all.push_back(known.info);
  return all;
}

std::vector<management::StorageAccountInfo> AccountDirectory::storage_accounts() const {
  std::vector<management::StorageAccountInfo> all;
  for (const auto& [name, known] : registry_.storage) all.push_back(known.info);
  return all;
}

std::optional<management::BatchAccountInfo> AccountDirectory::find_batch_account(std::string_view name) const {
  const auto found = registry_.batch.find(base::lower_case(name));
  if (found == registry_.batch.end()) return std::nullopt;
  return found->second.info;
}

std::optional<management::StorageAccountInfo> AccountDirectory::find_storage_account(std::string_view name) const {
  const auto found = registry_.storage.find(base::lower_case(name));
  if (found == registry_.storage.end()) return std::nullopt;
  return found->second.info;
}

std::shared_ptr<const rest::Account> AccountDirectory::open_account(std::string_view name) const {
  const auto found = opened_.find(base::lower_case(name));
  return found == opened_.end() ? nullptr : found->second.seen;
}

base::Result<void> AccountDirectory::create_batch_account(management::BatchAccountInfo info) {
  info.created = surroundings_.clock.now();
  return add_batch({.info = std::move(info), .made_here = true}, std::nullopt);
}

base::Result<void> AccountDirectory::create_storage_account(management::StorageAccountInfo info) {
  info.created = surroundings_.clock.now();
  return add_storage({.info = std::move(info), .made_here = true}, std::nullopt);
}

base::Result<void> AccountDirectory::change_batch_account(management::BatchAccountInfo info) {
  const auto found = registry_.batch.find(info.name);
  if (found == registry_.batch.end()) return no_account(info.name);
  const auto name = info.name;
  found->second.info = std::move(info);
  RETURN_IF_ERROR(save());
  show_batch(name);
  return {};
}

base::Result<void> AccountDirectory::change_storage_account(management::StorageAccountInfo info) {
  const auto found = registry_.storage.find(info.name);
  if (found == registry_.storage.end()) return no_account(info.name);
  found->second.info = std::move(info);
  return save();
}

base::Result<void> AccountDirectory::check_deletable(AccountKind kind, const std::string& name) const {
  if (!is_known(kind, name)) return no_account(name);
  const auto& options = surroundings_.options;
  const bool is_batch = kind == AccountKind::batch;
  const auto& named = is_batch ? options.batch_accounts : options.storage_accounts;
  if (std::ranges::count(named, name) == 0) return {};
  return base::Error{base::Errc::invalid_argument, "the account " + name + " was made by --" +
                                                       (is_batch ? "batch" : "storage") +
                                                       "-account and goes when the option does"};
}

// What an account holds goes before its name: a deletion that a crash cuts off can be asked for again, and an account
// that is made later never finds what another left.

base::Async<base::Result<void>> AccountDirectory::delete_batch_account(std::string name) {
  name = base::lower_case(name);
  CO_RETURN_IF_ERROR(check_deletable(AccountKind::batch, name));
  if (const auto node = opened_.extract(name); !node.empty()) {
    const auto account = node.mapped().account;
    co_await surroundings_.close_batch(*account);
  }
  const auto directory = batch_account_directory(surroundings_.data_dir, name);
  std::error_code failure;
  std::filesystem::remove_all(directory, failure);
  if (failure) co_return base::errno_error("deleting " + directory.string(), failure.value());
  registry_.batch.erase(name);
  keys_.remove(AccountKind::batch, name);
  deleted_.emplace(AccountKind::batch, name);
  co_return save();
}

base::Async<base::Result<void>> AccountDirectory::delete_storage_account(std::string name) {
  name = base::lower_case(name);
  CO_RETURN_IF_ERROR(check_deletable(AccountKind::storage, name));
  storage_.erase(name);
  CO_RETURN_IF_ERROR(co_await surroundings_.empty_storage(name));
  registry_.storage.erase(name);
  keys_.remove(AccountKind::storage, name);
  deleted_.emplace(AccountKind::storage, name);
  for (auto& [owner, known] : registry_.batch) {
    if (known.info.auto_storage == name) known.info.auto_storage.clear();
  }
  co_return save();
}

base::Result<management::KeyPair> AccountDirectory::keys(AccountKind kind, std::string_view name) const {
  const auto lower = base::lower_case(name);
  if (!is_known(kind, lower)) return no_account(name);
  auto keys = keys_.get(kind, lower);
  const bool well_known =
      kind == AccountKind::storage && lower == kWellKnownStorageAccount && surroundings_.options.well_known_storage_key;
  if (well_known) keys.front() = kWellKnownStorageKey;
  return keys;
}

base::Result<management::KeyPair> AccountDirectory::regenerate_key(AccountKind kind, std::string_view name,
                                                                   std::size_t which) {
  const auto lower = base::lower_case(name);
  if (!is_known(kind, lower)) return no_account(name);
  keys_.set(kind, lower, which, KeyFile::new_key());
  RETURN_IF_ERROR(save());
  kind == AccountKind::batch ? show_batch(lower) : show_storage(lower);
  return keys(kind, lower);
}

}  // namespace emulator
