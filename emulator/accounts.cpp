#include "emulator/accounts.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "base/text.h"

#include <nlohmann/json.hpp>

namespace emulator {
namespace {

using nlohmann::json;

constexpr std::size_t kKeyBytes = 64;
constexpr std::size_t kMaxKeyFileBytes = 1024 * 1024;

base::Result<json> read_keys(const std::filesystem::path& file) {
  auto text = base::read_file(file, kMaxKeyFileBytes);
  if (!text) {
    if (text.error().code == base::Errc::not_found) return json{{"batch", json::object()}, {"storage", json::object()}};
    return std::move(text).error();
  }
  auto keys = json::parse(*text, nullptr, false);
  const base::Error corrupt{base::Errc::corrupt,
                            "reading " + file.string() + ": it does not have the form of a key file"};
  for (const auto* kind : {"batch", "storage"}) {
    if (!keys.is_object() || !keys.contains(kind) || !keys[kind].is_object()) return corrupt;
    for (const auto& [name, key] : keys[kind].items()) {
      if (!key.is_string() || !base::base64_decode(key.get<std::string>())) return corrupt;
    }
  }
  return keys;
}

/// The accounts of one kind; true in `added` when a key had to be made.
std::vector<KeyedAccount> accounts_of(const std::vector<std::string>& names, json& keys, bool& added) {
  std::vector<KeyedAccount> accounts;
  for (const auto& name : names) {
    if (!keys.contains(name)) {
      keys[name] = base::base64_encode(base::random_bytes(kKeyBytes));
      added = true;
    }
    accounts.push_back({name, keys[name].get<std::string>()});
  }
  return accounts;
}

}  // namespace

std::string KeyedAccount::raw_key() const {
  return base::base64_decode(key).value();
}

base::Result<Accounts> open_accounts(const std::filesystem::path& data_dir, const Options& options) {
  const auto file = data_dir / "keys.json";
  ASSIGN_OR_RETURN(auto keys, read_keys(file));
  bool added = false;
  Accounts accounts;
  accounts.batch = accounts_of(options.batch_accounts, keys["batch"], added);
  accounts.storage = accounts_of(options.storage_accounts, keys["storage"], added);
  if (added) RETURN_IF_ERROR(base::write_file_durably(file, keys.dump(2) + "\n"));
  for (auto& account : accounts.storage) {
    if (options.well_known_storage_key && account.name == kWellKnownStorageAccount) {
      account.key = std::string{kWellKnownStorageKey};
    }
  }
  return accounts;
}

}  // namespace emulator
