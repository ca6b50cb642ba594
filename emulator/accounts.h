// Accounts and their keys. `<data-dir>/keys.json` (mode 0600) holds one 512-bit key for each account, made once at
// random when the account first appears. Keys appear in no log and on no command line; what hands them out is the ready
// file, running.json and `batch-emulator env`, which only the owner of the data directory can read.
#pragma once

#include "base/result.h"
#include "emulator/options.h"

#include <filesystem>
#include <string>
#include <vector>

namespace emulator {

struct KeyedAccount {
  std::string name;
  std::string key;  ///< base64, as clients are given it
  [[nodiscard]] std::string raw_key() const;
};

struct Accounts {
  std::vector<KeyedAccount> batch;
  std::vector<KeyedAccount> storage;
};

/// The published name and key of the local storage tools: what UseDevelopmentStorage=true means.
inline constexpr std::string_view kWellKnownStorageAccount = "devstoreaccount1";
inline constexpr std::string_view kWellKnownStorageKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Reads keys.json, adds a random key for every account that has none, and writes it back when something was added.
/// Keys of accounts that are not asked for stay in the file. corrupt when the file is not what this function wrote.
base::Result<Accounts> open_accounts(const std::filesystem::path& data_dir, const Options& options);

}  // namespace emulator
