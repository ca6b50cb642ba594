// Members and values that the service renamed or reshaped between api-versions (contract 1.2), and where they stand in
// the canonical form, which is the newest version's. Not for use outside wire/batch.
#pragma once

#include "base/result.h"
#include "wire/batch/schema_table.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace wire::batch::schema {

struct OldMember {
  TypeId owner;  ///< none: of every type
  std::string_view name;
  /// Puts a value that an old version's request gave into the canonical object. Fails when it contradicts another one.
  base::Result<void> (*keep)(nlohmann::json& canonical, nlohmann::json value);
  /// The value that an old version's reader sees of a stored object, if any.
  std::optional<nlohmann::json> (*show)(const nlohmann::json& stored);
};

/// The row for a member of that type that ended before the newest version and is kept elsewhere, or null: then it is
/// kept under its own name.
const OldMember* find_old_member(TypeId owner, const Member& member);

/// How an enumeration value is kept: "docker" is dockerCompatible since 7.0.
std::string_view kept_value(std::string_view value);
/// How a version spells a kept enumeration value: 4.0 to 5.1 in camel case (contract 1.2, 1.5).
std::string_view shown_value(Version version, std::string_view kept);
/// How a version spells an application's id: pools of 16.0 and later may name it by its full management-plane path, of
/// which older readers see the last part.
std::string_view shown_application_id(Version version, std::string_view kept);

}  // namespace wire::batch::schema
