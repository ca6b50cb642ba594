#include "emulator/management/body.h"

#include "base/text.h"
#include "wire/management/errors.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace emulator::management {
namespace {

using nlohmann::json;
using wire::management::ErrorCode;
using wire::management::make_error;

std::string target_of(std::string path) {
  std::ranges::replace(path, '/', '.');
  return path;
}

base::Error unknown_member(const std::string& path) {
  auto error = make_error(ErrorCode::InvalidRequestBody,
                          "The request body has a member that the emulator does not know: " + target_of(path) + ".");
  error.details.push_back({"Target", target_of(path)});
  return error;
}

base::Error wrong_value(const std::string& path) {
  return make_error(ErrorCode::InvalidPropertyValue, {{"Target", target_of(path)}});
}

/// The choice in its own casing.
bool choose(json& value, std::string_view choices) {
  if (!value.is_string()) return false;
  for (const auto& choice : base::split(choices, '|')) {
    if (!base::equal_ignoring_case(choice, value.get_ref<const std::string&>())) continue;
    value = choice;
    return true;
  }
  return false;
}

bool fits(json& value, const Member& member) {
  switch (member.kind) {
    case MemberKind::text: return value.is_string();
    case MemberKind::flag: return value.is_boolean();
    case MemberKind::integer: return value.is_number_integer();
    case MemberKind::object:
    case MemberKind::map: return value.is_object();
    case MemberKind::free:
    case MemberKind::ignored: return true;
    case MemberKind::choice: return choose(value, member.choices);
    case MemberKind::choices:
      return value.is_array() && std::ranges::all_of(value, [&](json& item) { return choose(item, member.choices); });
    case MemberKind::texts:
      return value.is_object() && std::ranges::all_of(value, [](const json& item) { return item.is_string(); });
  }
  return false;
}

/// Depth is that of the table: it does not recurse into anything else.
base::Result<void> check_object(json& object, const std::string& prefix, std::span<const Member> members) {
  for (auto at = object.begin(); at != object.end();) {
    const auto path = prefix + at.key();
    const auto member = std::ranges::find(members, path, &Member::path);
    if (member == members.end()) return unknown_member(path);
    if (at->is_null() || member->kind == MemberKind::ignored) {
      at = object.erase(at);
      continue;
    }
    if (!fits(*at, *member)) return wrong_value(path);
    if (member->kind == MemberKind::object) RETURN_IF_ERROR(check_object(*at, path + "/", members));
    ++at;
  }
  return {};
}

}  // namespace

base::Result<void> check_members(json& body, std::span<const Member> members) {
  if (body.is_null()) return {};
  return check_object(body, "", members);
}

}  // namespace emulator::management
