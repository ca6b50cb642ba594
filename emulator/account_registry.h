// `<data-dir>/accounts.json`: what is known of accounts besides their keys: where they are, what is linked, what their
// makers set. Accounts that were made while the emulator ran live from this file; those named by options are in it once
// something about them was changed.
#pragma once

#include "base/result.h"
#include "emulator/management/accounts.h"

#include <filesystem>
#include <map>
#include <string>

namespace emulator {

struct KnownBatchAccount {
  management::BatchAccountInfo info;
  bool keys_on_trust = false;  ///< of clients whose key nobody told us (rest::Account)
  bool made_here = false;      ///< not named by an option: it is there whatever the options say
};

struct KnownStorageAccount {
  management::StorageAccountInfo info;
  bool keys_on_trust = false;
  bool made_here = false;
};

class AccountRegistry {
 public:
  /// corrupt when the file is not what save() wrote.
  static base::Result<AccountRegistry> open(const std::filesystem::path& data_dir);
  base::Result<void> save() const;

  std::map<std::string, KnownBatchAccount, std::less<>> batch;
  std::map<std::string, KnownStorageAccount, std::less<>> storage;

 private:
  std::filesystem::path file_;
};

}  // namespace emulator
