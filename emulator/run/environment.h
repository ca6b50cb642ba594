// The environment of the command of `batch-emulator run`: what was there, the way to the proxy
// (wire/proxy_environment.h) and values for what Azure's programs read.
#pragma once

#include "wire/proxy_environment.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::run {

/// Name -> value.
using Environment = std::map<std::string, std::string, std::less<>>;
Environment environment_of(const std::vector<std::string>& entries);

/// Account -> base64 key.
using Keys = std::map<std::string, std::string>;

/// The accounts that a command works with that says nothing else.
struct OwnAccounts {
  std::string batch;
  std::string batch_key;
  std::string storage;
  std::string storage_key;
};

/// Who the command is, and which keys its accounts have.
struct AzureValues {
  wire::Variables variables;  ///< of names that the user has not set
  Keys batch_keys;            ///< accounts that exist under these keys from now on
  Keys storage_keys;
};
/// `given`: the keys of --account. An account that the user names without any key gets a new one.
AzureValues azure_values(const Environment& existing, const OwnAccounts& own, const Keys& given);

/// Entries of NO_PROXY that stay, after wire::kNoProxy.
struct NoProxy {
  std::string value;
  std::vector<std::string> dropped;  ///< they would have led emulated names to the real service
};
NoProxy no_proxy(std::string_view existing);

/// Sets the proxy's variables; options of Java are put behind those that are there. Gives warnings, a line each.
/// `reaches_others`: some hosts are allowed.
std::vector<std::string> add_proxy(Environment& environment, const wire::ProxySettings& proxy, bool reaches_others);

}  // namespace emulator::run
