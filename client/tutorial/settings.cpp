#include "client/tutorial/settings.h"

#include "base/durable_file.h"
#include "base/text.h"

#include <charconv>
#include <map>
#include <variant>

namespace client::tutorial {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t kMostConfigBytes = 64 * 1024;

struct StorageParts {
  std::string name;
  std::string key;  ///< still Base64
  std::string url;
  std::string domain;  ///< "blob.core.windows.net"
};

/// Where a named value goes: a text, a number, a Base64 key or the storage domain.
struct Key {
  std::string Settings::*target;
};
/// The storage account's parts are gathered first: they make one account together.
struct StoragePart {
  std::string StorageParts::*target;
};
using Target = std::variant<std::string Settings::*, std::int32_t Settings::*, Key, StoragePart>;

const std::map<std::string, Target, std::less<>>& names() {
  static const std::map<std::string, Target, std::less<>> table{
      {"BATCH_ACCOUNT_NAME", &Settings::batch_account_name},
      {"BATCH_ACCOUNT_KEY", Key{&Settings::batch_account_key}},
      {"BATCH_ACCOUNT_URL", &Settings::batch_account_url},
      {"STORAGE_ACCOUNT_NAME", StoragePart{&StorageParts::name}},
      {"STORAGE_ACCOUNT_KEY", StoragePart{&StorageParts::key}},
      {"STORAGE_ACCOUNT_URL", StoragePart{&StorageParts::url}},
      {"STORAGE_ACCOUNT_DOMAIN", StoragePart{&StorageParts::domain}},
      {"POOL_ID", &Settings::pool_id},
      {"POOL_NODE_COUNT", &Settings::dedicated_nodes},
      {"DEDICATED_POOL_NODE_COUNT", &Settings::dedicated_nodes},
      {"LOW_PRIORITY_POOL_NODE_COUNT", &Settings::low_priority_nodes},
      {"POOL_VM_SIZE", &Settings::pool_vm_size},
      {"JOB_ID", &Settings::job_id},
      {"POOL_IMAGE_PUBLISHER", &Settings::image_publisher},
      {"POOL_IMAGE_OFFER", &Settings::image_offer},
      {"POOL_IMAGE_SKU", &Settings::image_sku},
      {"POOL_IMAGE_VERSION", &Settings::image_version},
      {"POOL_NODE_AGENT_SKU", &Settings::node_agent_sku},
      {"POOL_START_TASK", &Settings::start_task},
  };
  return table;
}

/// The value without quotes; a comment may follow a quoted value or a bare one.
std::string unquoted(std::string_view text) {
  text = base::trim(text);
  if (!text.empty() && (text.front() == '\'' || text.front() == '"')) {
    const auto end = text.find(text.front(), 1);
    if (end != std::string_view::npos) return std::string(text.substr(1, end - 1));
  }
  return std::string(base::trim(text.substr(0, text.find('#'))));
}

Result<std::string> decoded_key(const std::string& text, std::string_view name) {
  auto key = base::base64_decode(text);
  // The text itself never enters a message: it is a secret.
  if (key.has_error()) return Error(Errc::invalid_argument, std::string(name) + " is not Base64");
  return key;
}

Result<void> assign(const Target& target, std::string_view name, const std::string& value, Settings& settings,
                    StorageParts& storage) {
  if (const auto* text = std::get_if<std::string Settings::*>(&target)) {
    settings.*(*text) = value;
  } else if (const auto* number = std::get_if<std::int32_t Settings::*>(&target)) {
    std::int32_t parsed = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (failed != std::errc() || end != value.data() + value.size() || parsed < 0) {
      return Error(Errc::invalid_argument,
                   std::string(name) + " must be a number that is not negative, not \"" + value + "\"");
    }
    settings.*(*number) = parsed;
  } else if (const auto* key = std::get_if<Key>(&target)) {
    ASSIGN_OR_RETURN(settings.*(key->target), decoded_key(value, name));
  } else {
    storage.*(std::get<StoragePart>(target).target) = value;
  }
  return {};
}

/// The account that the file's parts make; nothing when the file names none.
Result<void> take_storage(StorageParts parts, Settings& settings) {
  if (parts.name.empty() && parts.key.empty()) return {};
  if (parts.url.empty() && !parts.domain.empty()) parts.url = "https://" + parts.name + "." + parts.domain;
  ASSIGN_OR_RETURN(settings.storage, client::api::storage_account(parts.name, parts.key, parts.url));
  return {};
}

Result<void> check_complete(const Settings& settings) {
  const std::pair<const char*, const std::string*> needed[] = {
      {"BATCH_ACCOUNT_NAME", &settings.batch_account_name}, {"BATCH_ACCOUNT_KEY", &settings.batch_account_key},
      {"BATCH_ACCOUNT_URL", &settings.batch_account_url},   {"STORAGE_ACCOUNT_NAME", &settings.storage.name},
      {"STORAGE_ACCOUNT_KEY", &settings.storage.key},
  };
  for (const auto& [name, value] : needed) {
    if (value->empty()) {
      return Error(Errc::invalid_argument,
                   std::string(name) +
                       " is not known: give it in a file with --config, or run `eval \"$(batch-emulator env)\"` first");
    }
  }
  return {};
}

}  // namespace

Result<void> read_config(std::string_view text, Settings& settings) {
  int number = 0;
  StorageParts storage;
  for (const auto& line : base::split(text, '\n')) {
    ++number;
    const std::string_view content = base::trim(line);
    if (content.empty() || content.front() == '#') continue;
    const auto in_line = [&](Error error) { return std::move(error).in("line " + std::to_string(number)); };
    const auto equals = content.find('=');
    if (equals == std::string_view::npos) return in_line({Errc::invalid_argument, "expected NAME = value"});
    std::string_view name = base::trim(content.substr(0, equals));
    while (name.starts_with('_')) name.remove_prefix(1);
    const auto target = names().find(name);
    if (target == names().end()) return in_line({Errc::invalid_argument, "unknown name " + std::string(name)});
    auto assigned = assign(target->second, name, unquoted(content.substr(equals + 1)), settings, storage);
    if (assigned.has_error()) return in_line(std::move(assigned).error());
  }
  return take_storage(std::move(storage), settings);
}

Result<void> read_environment(const Environment& environment, Settings& settings) {
  if (auto name = environment("AZURE_BATCH_ACCOUNT")) settings.batch_account_name = *name;
  if (auto url = environment("AZURE_BATCH_ENDPOINT")) settings.batch_account_url = *url;
  if (auto key = environment("AZURE_BATCH_ACCESS_KEY")) {
    ASSIGN_OR_RETURN(settings.batch_account_key, decoded_key(*key, "AZURE_BATCH_ACCESS_KEY"));
  }
  if (auto text = environment("AZURE_STORAGE_CONNECTION_STRING")) {
    ASSIGN_OR_RETURN(settings.storage, client::api::parse_connection_string(*text));
  }
  return {};
}

Result<Settings> load_settings(const std::optional<std::filesystem::path>& config, const Environment& environment) {
  Settings settings;
  RETURN_IF_ERROR(read_environment(environment, settings));
  if (config) {
    ASSIGN_OR_RETURN(const std::string text, base::read_file(*config, kMostConfigBytes));
    auto read = read_config(text, settings);
    if (read.has_error()) return std::move(read).error().in(config->string());
  }
  RETURN_IF_ERROR(check_complete(settings));
  if (!settings.batch_account_url.starts_with("http")) settings.batch_account_url.insert(0, "https://");
  while (settings.batch_account_url.ends_with('/')) settings.batch_account_url.pop_back();
  return settings;
}

}  // namespace client::tutorial
