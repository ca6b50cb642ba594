// The schema as data: what schema_table.inc fills and schema.cpp, projection.cpp and defaults.cpp read. All of it is
// constant and needs no start-up work. Not for use outside wire/batch.
#pragma once

#include "wire/batch/schema.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace wire::batch::schema {

enum class Kind : std::uint8_t { string, boolean, int32, int64, number, timestamp, duration, enumeration, object, any };

using Flags = std::uint8_t;
inline constexpr Flags kArray = 1;      ///< the kind is that of the items
inline constexpr Flags kMap = 2;        ///< any names; the kind is that of the values
inline constexpr Flags kSecret = 4;     ///< accepted, kept, never shown
inline constexpr Flags kUnlimited = 8;  ///< a negative duration means "no limit"

struct Member {
  std::string_view name;
  Kind kind;
  std::int16_t ref;  ///< TypeId of an object, EnumId of an enumeration, else -1
  Flags flags;
  std::int8_t since;           ///< first Version with the member, as a number
  std::int8_t until;           ///< last Version with the member
  std::int8_t required_since;  ///< first Version that requires it, -1: optional
  std::int8_t required_until;  ///< last Version that requires it
  std::int32_t least;
  std::int32_t most;  ///< of a number its greatest value, of a string its longest length; 0: no limit
};

struct EnumValue {
  std::string_view name;
  std::int8_t since;
  std::int8_t until;
};

struct Range {
  std::int16_t first;
  std::int16_t count;
};

template <class Id>
constexpr std::int16_t ref(Id id) {
  return static_cast<std::int16_t>(id);
}

#include "wire/batch/schema_table.inc"

inline std::span<const Member> members_of(TypeId type) {
  Range range = kTypes[static_cast<std::size_t>(type)];
  return {kMembers + range.first, static_cast<std::size_t>(range.count)};
}

inline std::span<const EnumValue> values_of(EnumId id) {
  Range range = kEnums[static_cast<std::size_t>(id)];
  return {kEnumValues + range.first, static_cast<std::size_t>(range.count)};
}

inline bool exists_in(const Member& member, Version version) {
  auto number = static_cast<std::int8_t>(version);
  return member.since <= number && number <= member.until;
}

inline bool is_required_in(const Member& member, Version version) {
  auto number = static_cast<std::int8_t>(version);
  return exists_in(member, version) && member.required_since >= 0 && member.required_since <= number &&
         number <= member.required_until;
}

inline TypeId type_of(RequestType type) {
  return kRequests[static_cast<std::size_t>(type)];
}
inline TypeId type_of(EntityType type) {
  return kEntities[static_cast<std::size_t>(type)];
}

}  // namespace wire::batch::schema
