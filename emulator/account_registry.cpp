#include "emulator/account_registry.h"

#include "base/durable_file.h"
#include "emulator/names.h"
#include "wire/time_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFileBytes = 64 * 1024 * 1024;
constexpr int kFormat = 1;

template <class Known>
json print(const Known& known) {
  const auto& info = known.info;
  json row{{"name", info.name},
           {"subscription", info.place.subscription},
           {"resourceGroup", info.place.resource_group},
           {"location", info.place.location},
           {"settings", info.settings},
           {"created", wire::print_timestamp(info.created)},
           {"keysOnTrust", known.keys_on_trust},
           {"madeHere", known.made_here}};
  if constexpr (requires { info.auto_storage; }) row["autoStorage"] = info.auto_storage;
  return row;
}

/// Throws json::exception for what is not a row.
template <class Known>
bool read(const json& row, std::map<std::string, Known, std::less<>>& into) {
  Known known;
  auto& info = known.info;
  info.name = row.at("name").get<std::string>();
  info.place = {.subscription = row.at("subscription").get<std::string>(),
                .resource_group = row.at("resourceGroup").get<std::string>(),
                .location = row.at("location").get<std::string>()};
  info.settings = row.at("settings");
  const auto created = wire::parse_timestamp(row.at("created").get<std::string>());
  if (!created || !is_account_name(info.name) || !info.settings.is_object()) return false;
  info.created = *created;
  known.keys_on_trust = row.at("keysOnTrust").get<bool>();
  known.made_here = row.at("madeHere").get<bool>();
  if constexpr (requires { info.auto_storage; }) info.auto_storage = row.at("autoStorage").get<std::string>();
  auto name = info.name;
  into.emplace(std::move(name), std::move(known));
  return true;
}

bool read_all(const json& content, AccountRegistry& registry) {
  try {
    return content.at("format").get<int>() == kFormat &&
           std::ranges::all_of(content.at("batch"), [&](const json& row) { return read(row, registry.batch); }) &&
           std::ranges::all_of(content.at("storage"), [&](const json& row) { return read(row, registry.storage); });
  } catch (const json::exception&) {
    return false;
  }
}

}  // namespace

base::Result<AccountRegistry> AccountRegistry::open(const std::filesystem::path& data_dir) {
  AccountRegistry registry;
  registry.file_ = data_dir / "accounts.json";
  const auto text = base::read_file(registry.file_, kMaxFileBytes);
  if (!text) {
    if (text.error().code == base::Errc::not_found) return registry;
    return text.error();
  }
  if (!read_all(json::parse(*text, nullptr, false), registry)) {
    return base::Error{base::Errc::corrupt,
                       "reading " + registry.file_.string() + ": it does not have the form of an account file"};
  }
  return registry;
}

base::Result<void> AccountRegistry::save() const {
  json content{{"format", kFormat}, {"batch", json::array()}, {"storage", json::array()}};
  for (const auto& [name, known] : batch) content["batch"].push_back(print(known));
  for (const auto& [name, known] : storage) content["storage"].push_back(print(known));
  return base::write_file_durably(file_, content.dump(2) + "\n");
}

}  // namespace emulator
