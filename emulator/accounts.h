// Accounts and their keys. `<data-dir>/keys.json` (mode 0600) holds two 512-bit keys for each account, made once at
// random when the account first appears. Keys appear in no log and on no command line; what hands them out is the ready
// file, running.json, `batch-emulator env`, which only the owner of the data directory can read, and the management
// plane.
#pragma once

#include "base/result.h"
#include "emulator/management/accounts.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

/// The published name and key of the local storage tools: what UseDevelopmentStorage=true means.
inline constexpr std::string_view kWellKnownStorageAccount = "devstoreaccount1";
inline constexpr std::string_view kWellKnownStorageKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// keys.json in memory. Changes are on the disk after save().
class KeyFile {
 public:
  using KeyPair = management::KeyPair;
  using AccountKind = management::AccountKind;

  /// corrupt when the file is not what save() wrote; an older file with one key for an account is.
  static base::Result<KeyFile> open(const std::filesystem::path& data_dir);
  /// The keys of an account that ensure() has been called for.
  [[nodiscard]] const KeyPair& get(AccountKind kind, const std::string& name) const;
  /// Makes the keys that the account has not.
  void ensure(AccountKind kind, const std::string& name);
  /// `key` is base64.
  void set(AccountKind kind, const std::string& name, std::size_t which, std::string key);
  void remove(AccountKind kind, const std::string& name);
  /// Writes the file when something has changed. Keys of accounts that nobody asks for stay in it.
  base::Result<void> save();

  static std::string new_key();

 private:
  std::map<std::string, KeyPair>& keys_of(AccountKind kind) { return kind == AccountKind::batch ? batch_ : storage_; }

  std::filesystem::path file_;
  std::map<std::string, KeyPair> batch_;
  std::map<std::string, KeyPair> storage_;
  bool changed_ = false;
};

/// The bytes of keys given as base64; both are known to be well formed.
std::vector<std::string> raw_keys(const management::KeyPair& keys);

}  // namespace emulator
