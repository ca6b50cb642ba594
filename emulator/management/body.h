// Bodies of management requests against a table of their members. Strict: a member that the table lacks is refused by
// name and never silently dropped.
#pragma once

#include "base/result.h"

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

namespace emulator::management {

enum class MemberKind {
  text,
  flag,
  integer,
  object,   ///< whose members stand in the table too
  free,     ///< any value, not looked into
  choice,   ///< one of `choices`, in any casing
  choices,  ///< a list of them
  map,      ///< an object whose members are not looked into
  texts,    ///< an object with texts as values: tags
  ignored,  ///< what the service alone sets, and clients send back: taken out
};

struct Member {
  std::string_view path;  ///< "properties/autoStorage/storageAccountId"
  MemberKind kind;
  std::string_view choices = {};  ///< "Enabled|Disabled"
};

/// Checks the body, an object or null, takes out nulls and ignored members, and gives choices their own casing.
/// InvalidRequestBody for an unknown member, InvalidPropertyValue for one of the wrong type; both with Target.
base::Result<void> check_members(nlohmann::json& body, std::span<const Member> members);

}  // namespace emulator::management
