#include "emulator/run/environment.h"

#include "base/random.h"
#include "base/text.h"
#include "emulator/host_patterns.h"
#include "emulator/names.h"

#include <algorithm>
#include <array>
#include <optional>

namespace emulator::run {
namespace {

constexpr std::size_t kKeyBytes = 64;
constexpr std::size_t kSecretBytes = 30;

/// Pairs of variables in which programs expect an account and its key. The first of each kind are those that are set
/// for who sets nothing (az, the samples); the others are read only: rclone and Nextflow, adlfs, restic.
struct AccountVariables {
  std::string_view account;
  std::string_view key;
};
constexpr auto kBatchVariables = std::to_array<AccountVariables>(
    {{"AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ACCESS_KEY"}, {"AZURE_BATCH_ACCOUNT_NAME", "AZURE_BATCH_ACCOUNT_KEY"}});
constexpr auto kStorageVariables =
    std::to_array<AccountVariables>({{"AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY"},
                                     {"AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCESS_KEY"},
                                     {"AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"},
                                     {"AZURE_ACCOUNT_NAME", "AZURE_ACCOUNT_KEY"}});
constexpr std::string_view kConnectionString = "AZURE_STORAGE_CONNECTION_STRING";
constexpr std::string_view kEndpoint = "AZURE_BATCH_ENDPOINT";

std::string value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string{} : found->second;
}

bool is_key(const std::string& text) {
  const auto raw = base::base64_decode(text);
  return raw && !raw->empty();
}

template <std::size_t N>
void collect_keys(const Environment& environment, const std::array<AccountVariables, N>& pairs, Keys& keys) {
  for (const auto& [account_name, key_name] : pairs) {
    const auto account = value_of(environment, account_name);
    const auto key = value_of(environment, key_name);
    if (!account.empty() && is_key(key)) keys.emplace(account, key);
  }
}

/// "AccountName=a;AccountKey=k;..."
std::optional<std::pair<std::string, std::string>> account_in(std::string_view connection_string) {
  std::pair<std::string, std::string> found;
  for (const auto& part : base::split(connection_string, ';')) {
    const auto equals = part.find('=');
    if (equals == std::string::npos) continue;
    const auto name = base::trim(std::string_view{part}.substr(0, equals));
    if (base::equal_ignoring_case(name, "AccountName")) found.first = part.substr(equals + 1);
    if (base::equal_ignoring_case(name, "AccountKey")) found.second = part.substr(equals + 1);
  }
  if (found.first.empty() || !is_key(found.second)) return std::nullopt;
  return found;
}

/// The account of "https://ACCOUNT.REGION.batch.azure.com".
std::string account_of_endpoint(std::string_view endpoint) {
  const auto scheme = endpoint.find("://");
  if (scheme != std::string_view::npos) endpoint.remove_prefix(scheme + 3);
  const auto host = base::lower_case(endpoint.substr(0, endpoint.find_first_of(":/")));
  return host.ends_with(kBatchDomain) ? host.substr(0, host.find('.')) : std::string{};
}

std::string new_key() {
  return base::base64_encode(base::random_bytes(kKeyBytes));
}

/// Fills variables that nobody has set.
class Values {
 public:
  Values(const Environment& existing, const Keys& given) : existing_(existing), given_(given) {}

  bool has(std::string_view name) const { return !value_of(existing_, name).empty(); }
  void set(std::string_view name, std::string value) {
    if (!has(name)) values_.variables.emplace_back(name, std::move(value));
  }
  /// The key of an account that the user has named, and made known to the emulator.
  std::string key_of(const std::string& account, Keys& keys) {
    const auto known = keys.find(account);
    if (known != keys.end()) return known->second;
    const auto file = given_.find(account);
    return keys.emplace(account, file != given_.end() ? file->second : new_key()).first->second;
  }

  void add_batch(const OwnAccounts& own);
  void add_storage(const OwnAccounts& own);
  void add_identity();
  AzureValues take() { return std::move(values_); }

 private:
  const Environment& existing_;
  const Keys& given_;
  AzureValues values_;
};

void Values::add_batch(const OwnAccounts& own) {
  values_.batch_keys = given_;
  collect_keys(existing_, kBatchVariables, values_.batch_keys);
  auto account = value_of(existing_, kBatchVariables.front().account);
  if (account.empty()) account = account_of_endpoint(value_of(existing_, kEndpoint));
  const auto& key_name = kBatchVariables.front().key;
  if (account.empty()) {
    // A key without an account: the program knows its account from elsewhere, and ours would not fit the key.
    if (has(key_name) || has(kEndpoint)) return;
    account = own.batch;
    set(key_name, own.batch_key);
  } else if (account == own.batch && !has(key_name)) {
    set(key_name, own.batch_key);
  } else if (!has(key_name)) {
    set(key_name, key_of(account, values_.batch_keys));
  }
  set(kBatchVariables.front().account, account);
  set(kEndpoint, "https://" + account + "." + std::string{kDefaultLocation} + std::string{kBatchDomain});
}

void Values::add_storage(const OwnAccounts& own) {
  values_.storage_keys = given_;
  collect_keys(existing_, kStorageVariables, values_.storage_keys);
  const auto in_string = account_in(value_of(existing_, kConnectionString));
  if (in_string) values_.storage_keys.emplace(in_string->first, in_string->second);
  const auto& [account_name, key_name] = kStorageVariables.front();
  // Without a key but with a signature, or a connection string of another form, the program knows what it does.
  if (has("AZURE_STORAGE_SAS_TOKEN") || (has(kConnectionString) && !in_string)) return;
  auto account = value_of(existing_, account_name);
  if (account.empty() && in_string) account = in_string->first;
  if (account.empty() && has(key_name)) return;
  auto key = value_of(existing_, key_name);
  if (account.empty()) account = own.storage;
  if (key.empty()) key = account == own.storage ? own.storage_key : key_of(account, values_.storage_keys);
  // No connection string: some programs (az, adlfs) prefer one in the environment to the account that their arguments
  // name, and would work on another account than they say.
  set(account_name, account);
  set(key_name, key);
}

void Values::add_identity() {
  set("AZURE_SUBSCRIPTION_ID", std::string{kDefaultSubscription});
  set("AZURE_TENANT_ID", std::string{kDefaultTenant});
  set("AZURE_CLIENT_ID", std::string{kDefaultClient});
  // A second proof would only be in the way of the one that the user has chosen.
  for (const auto* other : {"AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_USERNAME"}) {
    if (has(other)) return;
  }
  set("AZURE_CLIENT_SECRET", base::hex_encode(base::random_bytes(kSecretBytes)));
}

/// True when a host that ends in `suffix` may be an emulated one, or the other way round.
bool concerns_emulated_names(std::string_view entry) {
  auto suffix = plain_host(entry.substr(0, entry.find_first_of("/:")));
  while (suffix.starts_with('*') || suffix.starts_with('.')) suffix.erase(0, 1);
  if (suffix.empty()) return entry.find('*') != std::string_view::npos;
  if (suffix.starts_with("169.254.") || entry.starts_with("0.0.0.0/")) return true;
  const auto is_below = [](std::string_view host, std::string_view domain) {
    return host == domain ||
           (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
  };
  for (const auto name : {kBatchDomain.substr(1), kBlobDomain.substr(1), kLoginHost, kManagementHost}) {
    if (is_below(name, suffix)) return true;
  }
  return is_below(suffix, kBatchDomain.substr(1)) || is_below(suffix, kBlobDomain.substr(1));
}

}  // namespace

Environment environment_of(const std::vector<std::string>& entries) {
  Environment environment;
  for (const auto& entry : entries) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return environment;
}

AzureValues azure_values(const Environment& existing, const OwnAccounts& own, const Keys& given) {
  Values values{existing, given};
  values.add_batch(own);
  values.add_storage(own);
  values.add_identity();
  return values.take();
}

NoProxy no_proxy(std::string_view existing) {
  NoProxy result{.value = std::string{wire::kNoProxy}, .dropped = {}};
  const auto always = base::split(wire::kNoProxy, ',');
  for (const auto& part : base::split(existing, ',')) {
    const std::string entry{base::trim(part)};
    if (entry.empty() || std::ranges::find(always, entry) != always.end()) continue;
    if (concerns_emulated_names(entry)) {
      result.dropped.push_back(entry);
    } else {
      result.value += "," + entry;
    }
  }
  return result;
}

std::vector<std::string> add_proxy(Environment& environment, const wire::ProxySettings& proxy, bool reaches_others) {
  std::vector<std::string> warnings;
  for (const auto* name : {"HTTPS_PROXY", "https_proxy"}) {
    if (!reaches_others || value_of(environment, name).empty()) continue;
    warnings.push_back(std::string{name} + ": hosts of --allow are reached directly, not through this proxy");
  }
  for (auto& [name, value] : wire::proxy_environment(proxy)) {
    const auto existing = value_of(environment, name);
    if (name == "NO_PROXY" || name == "no_proxy") {
      const auto kept = no_proxy(existing);
      environment[name] = kept.value;
      for (const auto& entry : kept.dropped) {
        warnings.push_back(name + ": \"" + entry + "\" is left out, it would lead past the emulator");
      }
    } else if ((name == "JAVA_TOOL_OPTIONS" || name == "NXF_OPTS") && !existing.empty()) {
      environment[name] = existing + " " + value;  // of two properties with one name the later counts
    } else {
      environment[name] = std::move(value);
    }
  }
  return warnings;
}

}  // namespace emulator::run
