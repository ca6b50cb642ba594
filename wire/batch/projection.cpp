// What a reader sees: the table walked in its own order, the stored document looked up.
#include "wire/batch/old_members.h"
#include "wire/batch/schema.h"
#include "wire/batch/schema_table.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace wire::batch {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using schema::Kind;
using schema::Member;
using schema::TypeId;

ordered_json project_object(Version version, TypeId type, const json& stored, const odata::Select* select);

ordered_json project_text(Version version, TypeId owner, const Member& member, const json& value) {
  const auto& text = value.get_ref<const std::string&>();
  if (member.kind == Kind::enumeration) return schema::shown_value(version, text);
  if (owner == TypeId::ApplicationPackageReference && member.name == "applicationId") {
    return schema::shown_application_id(version, text);
  }
  return text;
}

ordered_json project_value(Version version, TypeId owner, const Member& member, const json& value,
                           const odata::Select* select) {
  if (member.kind == Kind::object && value.is_object()) {
    return project_object(version, static_cast<TypeId>(member.ref), value, select);
  }
  if (member.kind == Kind::int64 && value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
  if (value.is_string()) return project_text(version, owner, member, value);
  return ordered_json(value);
}

/// Nothing for an object of which the version, or the selection, has no member.
std::optional<ordered_json> project_member(Version version, TypeId owner, const Member& member, const json& value,
                                           const odata::Select* select) {
  if ((member.flags & schema::kArray) == 0 || !value.is_array()) {
    auto shown = project_value(version, owner, member, value, select);
    if (member.kind == Kind::object && shown.is_object() && shown.empty() && !value.empty()) return std::nullopt;
    return shown;
  }
  auto items = ordered_json::array();
  for (const json& item : value) items.push_back(project_value(version, owner, member, item, select));
  return items;
}

ordered_json project_object(Version version, TypeId type, const json& stored, const odata::Select* select) {
  ordered_json shown = ordered_json::object();
  for (const Member& member : schema::members_of(type)) {
    if (!schema::exists_in(member, version) || (member.flags & schema::kSecret) != 0) continue;
    if (select != nullptr && !select->contains(member.name)) continue;
    std::optional<json> reshaped;
    const json* value = nullptr;
    if (const auto* old = schema::find_old_member(type, member)) {
      reshaped = old->show(stored);
      if (reshaped) value = &*reshaped;
    } else if (auto found = stored.find(member.name); found != stored.end() && !found->is_null()) {
      value = &*found;
    }
    if (value == nullptr) continue;
    const auto inside = select == nullptr ? std::nullopt : select->within(member.name);
    auto visible = project_member(version, type, member, *value, inside ? &*inside : nullptr);
    if (visible) shown[std::string(member.name)] = std::move(*visible);
  }
  return shown;
}

}  // namespace

ordered_json project(Version version, EntityType type, const json& stored, const odata::Select* select) {
  if (!stored.is_object()) return ordered_json::object();
  return project_object(version, schema::type_of(type), stored, select);
}

}  // namespace wire::batch
