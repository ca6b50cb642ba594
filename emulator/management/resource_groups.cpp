#include "emulator/management/resource_groups.h"

#include "base/durable_file.h"
#include "base/text.h"

namespace emulator::management {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr std::size_t kMaxFileBytes = std::size_t{16} * 1024 * 1024;

std::pair<std::string, std::string> key_of(std::string_view subscription, std::string_view name) {
  return {base::lower_case(subscription), base::lower_case(name)};
}

std::optional<ResourceGroup> group_from(const json& row) {
  if (!row.is_object()) return std::nullopt;
  for (const auto* name : {"subscription", "name", "location"}) {
    if (!row.contains(name) || !row[name].is_string()) return std::nullopt;
  }
  if (!row.contains("tags") || !row["tags"].is_object()) return std::nullopt;
  return ResourceGroup{.subscription = row["subscription"].get<std::string>(),
                       .name = row["name"].get<std::string>(),
                       .location = row["location"].get<std::string>(),
                       .tags = row["tags"]};
}

}  // namespace

base::Result<std::unique_ptr<ResourceGroups>> ResourceGroups::open(std::filesystem::path file) {
  auto groups = std::make_unique<ResourceGroups>();
  groups->file_ = std::move(file);
  const auto text = base::read_file(groups->file_, kMaxFileBytes);
  if (!text) {
    if (text.error().code == base::Errc::not_found) return groups;
    return text.error();
  }
  const auto content = json::parse(*text, nullptr, false);
  const base::Error corrupt{base::Errc::corrupt,
                            "reading " + groups->file_.string() + ": it does not have the form of resource groups"};
  const bool is_ours = content.is_object() && content.value("format", json()) == kFormat && content.contains("groups");
  if (!is_ours || !content["groups"].is_array()) return corrupt;
  for (const auto& row : content["groups"]) {
    auto group = group_from(row);
    if (!group) return corrupt;
    auto key = key_of(group->subscription, group->name);
    groups->groups_.insert_or_assign(std::move(key), *std::move(group));
  }
  return groups;
}

std::optional<ResourceGroup> ResourceGroups::find(std::string_view subscription, std::string_view name) const {
  const auto found = groups_.find(key_of(subscription, name));
  if (found == groups_.end()) return std::nullopt;
  return found->second;
}

std::vector<ResourceGroup> ResourceGroups::of(std::string_view subscription) const {
  std::vector<ResourceGroup> list;
  for (const auto& [key, group] : groups_) {
    if (key.first == base::lower_case(subscription)) list.push_back(group);
  }
  return list;
}

base::Result<void> ResourceGroups::put(ResourceGroup group) {
  const auto key = key_of(group.subscription, group.name);
  const auto before = groups_.find(key);
  const auto old = before == groups_.end() ? std::nullopt : std::optional(before->second);
  groups_.insert_or_assign(key, std::move(group));
  auto saved = save();
  if (saved) return saved;
  groups_.erase(key);
  if (old) groups_.emplace(key, *old);
  return saved;
}

base::Result<void> ResourceGroups::remove(std::string_view subscription, std::string_view name) {
  const auto node = groups_.extract(key_of(subscription, name));
  if (node.empty()) return {};
  return save();
}

base::Result<void> ResourceGroups::save() const {
  if (file_.empty()) return {};
  auto rows = json::array();
  for (const auto& [key, group] : groups_) {
    rows.push_back({{"subscription", group.subscription},
                    {"name", group.name},
                    {"location", group.location},
                    {"tags", group.tags}});
  }
  const json content{{"format", kFormat}, {"groups", std::move(rows)}};
  return base::write_file_durably(file_, content.dump(2) + "\n");
}

}  // namespace emulator::management
