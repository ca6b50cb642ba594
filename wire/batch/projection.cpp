// What a reader sees: the table walked in its own order, the stored document looked up.
#include "wire/batch/schema.h"
#include "wire/batch/schema_table.h"

#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using schema::Kind;
using schema::Member;
using schema::TypeId;

/// The stored value that a member of that name shows, or null: old names look where the value went.
const json* stored_value(const Member& member, const json& stored) {
  std::string_view name = member.name == schema::kOldTaskSlots ? schema::kTaskSlots : member.name;
  if (member.name == schema::kOldPublicIps) {
    auto configuration = stored.find(schema::kPublicIps);
    if (configuration == stored.end() || !configuration->is_object()) return nullptr;
    auto ids = configuration->find(schema::kPublicIpIds);
    return ids == configuration->end() ? nullptr : &*ids;
  }
  auto value = stored.find(name);
  return value == stored.end() || value->is_null() ? nullptr : &*value;
}

ordered_json project_object(Version version, TypeId type, const json& stored, const odata::Select* select);

ordered_json project_value(Version version, const Member& member, const json& value) {
  if (member.kind == Kind::object && value.is_object()) {
    return project_object(version, static_cast<TypeId>(member.ref), value, nullptr);
  }
  if (member.kind == Kind::int64 && value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
  return ordered_json(value);
}

ordered_json project_object(Version version, TypeId type, const json& stored, const odata::Select* select) {
  ordered_json shown = ordered_json::object();
  for (const Member& member : schema::members_of(type)) {
    if (!schema::exists_in(member, version) || (member.flags & schema::kSecret) != 0) continue;
    if (select != nullptr && !select->contains(member.name)) continue;
    const json* value = stored_value(member, stored);
    if (value == nullptr) continue;
    ordered_json& target = shown[std::string(member.name)];
    if ((member.flags & schema::kArray) == 0 || !value->is_array()) {
      target = project_value(version, member, *value);
      continue;
    }
    target = ordered_json::array();
    for (const json& item : *value) target.push_back(project_value(version, member, item));
  }
  return shown;
}

}  // namespace

ordered_json project(Version version, EntityType type, const json& stored, const odata::Select* select) {
  if (!stored.is_object()) return ordered_json::object();
  return project_object(version, schema::type_of(type), stored, select);
}

}  // namespace wire::batch
