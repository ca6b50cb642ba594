// Documents: the canonical JSON that the core keeps for us, and safe access to its members.
//
// A document was validated when it was stored, so a member of the wrong type is a bug and not an input.
#pragma once

#include "emulator/core/records.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace emulator::rest {

core::Document make_document(const nlohmann::json& value);
/// An empty object for a null document.
nlohmann::json parse_document(const core::Document& document);

/// The member at the end of a path of names ("constraints", "maxWallClockTime"), or null.
const nlohmann::json* member(const nlohmann::json& object, std::initializer_list<std::string_view> path);
std::string text_member(const nlohmann::json& object, std::initializer_list<std::string_view> path);
std::optional<std::int32_t> integer_member(const nlohmann::json& object, std::initializer_list<std::string_view> path);
bool boolean_member(const nlohmann::json& object, std::initializer_list<std::string_view> path, bool otherwise);
std::optional<core::Ticks> duration_member(const nlohmann::json& object, std::initializer_list<std::string_view> path);
std::optional<core::Timestamp> time_member(const nlohmann::json& object, std::initializer_list<std::string_view> path);
/// The items of an array member; empty when it is absent.
const nlohmann::json& array_member(const nlohmann::json& object, std::initializer_list<std::string_view> path);

/// An enumeration member of vocabulary.h, compared without case.
template <class E>
std::optional<E> enum_member(const nlohmann::json& object, std::initializer_list<std::string_view> path) {
  const auto* found = member(object, path);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return wire::batch::parse<E>(found->template get_ref<const std::string&>());
}

}  // namespace emulator::rest
