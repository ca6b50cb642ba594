// Validation: one walk over body and table side by side. Depth is bounded by the reader's limit and by the table.
#include "wire/batch/schema.h"

#include "base/text.h"
#include "wire/batch/errors.h"
#include "wire/batch/limits.h"
#include "wire/batch/old_members.h"
#include "wire/batch/schema_table.h"
#include "wire/time_text.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace wire::batch {
namespace {

using base::Result;
using nlohmann::json;
using schema::Kind;
using schema::Member;
using schema::TypeId;

/// Unicode characters of a UTF-8 text: its bytes without continuation bytes.
std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

class Validation {
 public:
  explicit Validation(Version version) : version_(version) {}

  Result<json> object(TypeId type, const json& body, std::string_view name) const {
    if (!body.is_object()) return invalid_property(name, "", "The value is not an object");
    json canonical = json::object();
    for (const auto& [key, value] : body.items()) {
      if (is_annotation(key)) continue;
      const Member* member = find(type, key);
      if (member == nullptr) {
        return unsupported_property(key,
                                    "The property does not exist in api-version " + std::string(name_of(version_)));
      }
      if (value.is_null()) continue;
      ASSIGN_OR_RETURN(json accepted, field(*member, value));
      if (const auto* old = schema::find_old_member(type, *member)) {
        RETURN_IF_ERROR(old->keep(canonical, std::move(accepted)));
      } else {
        canonical[member->name] = std::move(accepted);
      }
    }
    for (const Member& member : schema::members_of(type)) {
      if (!schema::is_required_in(member, version_)) continue;
      auto given = body.find(member.name);
      if (given == body.end() || given->is_null()) return missing_property(member.name);
    }
    return canonical;
  }

  /// The member of that name in this version, or null.
  const Member* find(TypeId type, std::string_view name) const {
    for (const Member& member : schema::members_of(type)) {
      if (member.name == name && schema::exists_in(member, version_)) return &member;
    }
    return nullptr;
  }

 private:
  /// What OData puts beside the members of a body that was read from the service.
  static bool is_annotation(std::string_view key) { return key.starts_with("odata."); }

  Result<json> field(const Member& member, const json& value) const {
    if ((member.flags & schema::kArray) != 0) return array(member, value);
    if ((member.flags & schema::kMap) != 0) return map(member, value);
    return scalar(member, value);
  }

  Result<json> array(const Member& member, const json& value) const {
    if (!value.is_array()) return refusal(member, value, "The value is not an array");
    json items = json::array();
    for (const json& item : value) {
      ASSIGN_OR_RETURN(json accepted, scalar(member, item));
      items.push_back(std::move(accepted));
    }
    return items;
  }

  Result<json> map(const Member& member, const json& value) const {
    if (!value.is_object()) return refusal(member, value, "The value is not an object");
    json items = json::object();
    for (const auto& [key, item] : value.items()) {
      ASSIGN_OR_RETURN(items[key], scalar(member, item));
    }
    return items;
  }

  Result<json> scalar(const Member& member, const json& value) const {
    switch (member.kind) {
      case Kind::string: return string(member, value);
      case Kind::boolean:
        if (value.is_boolean()) return value;
        return refusal(member, value, "The value is neither true nor false");
      case Kind::int32: return integer32(member, value);
      case Kind::int64: return integer64(member, value);
      case Kind::number:
        if (value.is_number()) return value;
        return refusal(member, value, "The value is not a number");
      case Kind::timestamp: return timestamp(member, value);
      case Kind::duration: return duration(member, value);
      case Kind::enumeration: return enumeration(member, value);
      case Kind::object: return object(static_cast<TypeId>(member.ref), value, member.name);
      case Kind::any: return value;
    }
    return refusal(member, value, "The value has no known type");
  }

  static Result<json> string(const Member& member, const json& value) {
    if (!value.is_string()) return refusal(member, value, "The value is not a string");
    const auto& text = value.get_ref<const std::string&>();
    if (member.most != 0 && characters(text) > static_cast<std::size_t>(member.most)) {
      return refusal(member, value, "The value is longer than " + std::to_string(member.most) + " characters");
    }
    return value;
  }

  /// A number in a string is taken as well: az 2.91 sends targetDedicatedNodes so, and the OData reader of the service
  /// converts strings.
  static Result<json> integer32(const Member& member, const json& given) {
    const json value = given.is_string() ? number_in(given.get_ref<const std::string&>()) : given;
    if (!value.is_number_integer()) return refusal(member, given, "The value is not an integer");
    bool has_range = member.least != 0 || member.most != 0;
    std::int64_t least = has_range ? member.least : std::numeric_limits<std::int32_t>::min();
    std::int64_t most = has_range ? member.most : std::numeric_limits<std::int32_t>::max();
    // A number above the signed range is stored unsigned; it would turn negative by conversion.
    bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
    auto number = value.get<std::int64_t>();
    if (huge || number < least || number > most) {
      return refusal(member, given,
                     "The value must be between " + std::to_string(least) + " and " + std::to_string(most));
    }
    return json(number);
  }

  /// Null when the text is anything but a whole number.
  static json number_in(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size()) return nullptr;
    return number;
  }

  static Result<json> integer64(const Member& member, const json& value) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    std::int64_t number = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    bool whole = failure == std::errc() && end == text.data() + text.size();
    if (!whole || !(value.is_string() || value.is_number_integer())) {
      return refusal(member, value, "The value is not a 64-bit integer");
    }
    return json(number);
  }

  static Result<json> timestamp(const Member& member, const json& value) {
    if (!value.is_string()) return refusal(member, value, "The value is not an ISO 8601 time");
    auto time = parse_timestamp(value.get_ref<const std::string&>());
    if (!time) return refusal(member, value, "The value is not an ISO 8601 time");
    return json(print_timestamp(*time));
  }

  /// One caller's -1 for "no limit" was accepted by the service (contract 1.5), in a form that is not known; every
  /// negative one is taken so.
  static Result<json> duration(const Member& member, const json& value) {
    bool may_be_unlimited = (member.flags & schema::kUnlimited) != 0;
    if (may_be_unlimited && (value == json(-1) || value == json("-1"))) return json(print_duration(kUnlimited));
    if (!value.is_string()) return refusal(member, value, "The value is not an ISO 8601 duration");
    auto parsed = parse_duration(value.get_ref<const std::string&>());
    if (!parsed) return refusal(member, value, "The value is not an ISO 8601 duration");
    if (*parsed < base::Ticks::zero()) {
      if (!may_be_unlimited) return refusal(member, value, "The value is negative");
      return json(print_duration(kUnlimited));
    }
    return json(print_duration(*parsed));
  }

  Result<json> enumeration(const Member& member, const json& value) const {
    std::string allowed;
    for (const auto& candidate : schema::values_of(static_cast<schema::EnumId>(member.ref))) {
      auto number = static_cast<std::int8_t>(version_);
      if (candidate.since > number || candidate.until < number) continue;
      if (value.is_string() && base::equal_ignoring_case(value.get_ref<const std::string&>(), candidate.name)) {
        return json(schema::kept_value(candidate.name));
      }
      (allowed += allowed.empty() ? "" : ", ") += candidate.name;
    }
    return refusal(member, value, "The value must be one of " + allowed);
  }

  static base::Error refusal(const Member& member, const json& value, std::string reason) {
    bool secret = (member.flags & schema::kSecret) != 0;
    std::string shown;
    if (!secret && value.is_string()) shown = value.get<std::string>();
    if (!secret && value.is_primitive() && !value.is_string()) shown = value.dump();
    return invalid_property(member.name, shown, std::move(reason));
  }

  Version version_;
};

/// The entity that clients of 20.0 and later send back whole in an update.
const TypeId* entity_of_update(Version version, RequestType type) {
  static constexpr TypeId kJob = TypeId::CloudJob;
  static constexpr TypeId kJobSchedule = TypeId::CloudJobSchedule;
  static constexpr TypeId kTask = TypeId::CloudTask;
  if (version < Version::v20_0) return nullptr;
  if (type == RequestType::job_update) return &kJob;
  if (type == RequestType::job_schedule_update) return &kJobSchedule;
  if (type == RequestType::task_update) return &kTask;
  return nullptr;
}

/// The envelope of an add-collection call; its items are left as they are.
Result<json> validate_collection(const json& body) {
  for (const auto& [key, value] : body.items()) {
    if (key != "value" && !key.starts_with("odata.")) {
      return unsupported_property(key, "The body of this operation has only the property value");
    }
  }
  auto value = body.find("value");
  if (value == body.end() || value->is_null()) return missing_property("value");
  if (!value->is_array()) return invalid_property("value", "", "The value is not an array");
  json envelope = json::object();
  envelope["value"] = *value;
  return envelope;
}

}  // namespace

Result<json> validate(Version version, RequestType type, const json& body) {
  if (!body.is_object()) return make_error(ErrorCode::InvalidRequestBody, {{"Reason", "The body is not an object"}});
  if (type == RequestType::task_add_collection) return validate_collection(body);
  Validation validation(version);
  const TypeId* entity = entity_of_update(version, type);
  if (entity == nullptr) return validation.object(schema::type_of(type), body, "");
  json updatable = json::object();
  for (const auto& [key, value] : body.items()) {
    bool read_only = validation.find(schema::type_of(type), key) == nullptr && validation.find(*entity, key) != nullptr;
    if (!read_only) updatable[key] = value;
  }
  return validation.object(schema::type_of(type), updatable, "");
}

bool has_member(Version version, EntityType type, std::string_view path) {
  Validation validation(version);
  TypeId inside = schema::type_of(type);
  for (;;) {
    auto slash = path.find('/');
    const Member* member = validation.find(inside, path.substr(0, slash));
    if (member == nullptr || slash == std::string_view::npos) return member != nullptr;
    if (member->kind != Kind::object) return false;
    inside = static_cast<TypeId>(member->ref);
    path.remove_prefix(slash + 1);
  }
}

}  // namespace wire::batch
