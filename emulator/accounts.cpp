#include "emulator/accounts.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "base/text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

using nlohmann::json;

constexpr std::size_t kKeyBytes = 64;
constexpr std::size_t kMaxKeyFileBytes = 4 * 1024 * 1024;

bool is_key(const json& value) {
  return value.is_string() && base::base64_decode(value.get<std::string>()).has_value();
}

/// "key" or ["key", "key"]; a missing second key stays empty.
bool read_pair(const json& value, management::KeyPair& pair) {
  if (is_key(value)) {
    pair.front() = value.get<std::string>();
    return true;
  }
  if (!value.is_array() || value.size() != pair.size() || !std::ranges::all_of(value, is_key)) return false;
  for (std::size_t which = 0; which < pair.size(); ++which) pair.at(which) = value.at(which).get<std::string>();
  return true;
}

bool read_pairs(const json& keys, const char* kind, std::map<std::string, management::KeyPair>& into) {
  if (!keys.is_object() || !keys.contains(kind) || !keys[kind].is_object()) return false;
  return std::ranges::all_of(keys[kind].items(),
                             [&](const auto& item) { return read_pair(item.value(), into[item.key()]); });
}

}  // namespace

std::string KeyFile::new_key() {
  return base::base64_encode(base::random_bytes(kKeyBytes));
}

base::Result<KeyFile> KeyFile::open(const std::filesystem::path& data_dir) {
  KeyFile file;
  file.file_ = data_dir / "keys.json";
  const auto text = base::read_file(file.file_, kMaxKeyFileBytes);
  if (!text) {
    if (text.error().code == base::Errc::not_found) return file;
    return text.error();
  }
  const auto keys = json::parse(*text, nullptr, false);
  if (!read_pairs(keys, "batch", file.batch_) || !read_pairs(keys, "storage", file.storage_)) {
    return base::Error{base::Errc::corrupt,
                       "reading " + file.file_.string() + ": it does not have the form of a key file"};
  }
  return file;
}

const management::KeyPair& KeyFile::get(AccountKind kind, const std::string& name) const {
  return (kind == AccountKind::batch ? batch_ : storage_).at(name);
}

void KeyFile::ensure(AccountKind kind, const std::string& name) {
  for (auto& key : keys_of(kind)[name]) {
    if (!key.empty()) continue;
    key = new_key();
    changed_ = true;
  }
}

void KeyFile::set(AccountKind kind, const std::string& name, std::size_t which, std::string key) {
  keys_of(kind)[name].at(which) = std::move(key);
  changed_ = true;
}

void KeyFile::remove(AccountKind kind, const std::string& name) {
  if (keys_of(kind).erase(name) > 0) changed_ = true;
}

base::Result<void> KeyFile::save() {
  if (!changed_) return {};
  const json keys{{"batch", batch_}, {"storage", storage_}};
  RETURN_IF_ERROR(base::write_file_durably(file_, keys.dump(2) + "\n"));
  changed_ = false;
  return {};
}

std::vector<std::string> raw_keys(const management::KeyPair& keys) {
  std::vector<std::string> raw;
  for (const auto& key : keys) raw.push_back(base::base64_decode(key).value());
  return raw;
}

}  // namespace emulator
