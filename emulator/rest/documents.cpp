#include "emulator/rest/documents.h"

#include "base/check.h"
#include "wire/time_text.h"

namespace emulator::rest {

core::Document make_document(const nlohmann::json& value) {
  return std::make_shared<const std::string>(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

nlohmann::json parse_document(const core::Document& document) {
  if (document == nullptr) return nlohmann::json::object();
  auto value = nlohmann::json::parse(*document, nullptr, false);
  CHECK(!value.is_discarded(), "a stored document is not JSON");
  return value;
}

const nlohmann::json* member(const nlohmann::json& object, std::initializer_list<std::string_view> path) {
  const auto* current = &object;
  for (const auto name : path) {
    if (!current->is_object()) return nullptr;
    const auto found = current->find(name);
    if (found == current->end() || found->is_null()) return nullptr;
    current = &*found;
  }
  return current;
}

std::string text_member(const nlohmann::json& object, std::initializer_list<std::string_view> path) {
  const auto* found = member(object, path);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string{};
}

std::optional<std::int32_t> integer_member(const nlohmann::json& object, std::initializer_list<std::string_view> path) {
  const auto* found = member(object, path);
  if (found == nullptr || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int32_t>();
}

bool boolean_member(const nlohmann::json& object, std::initializer_list<std::string_view> path, bool otherwise) {
  const auto* found = member(object, path);
  return found != nullptr && found->is_boolean() ? found->get<bool>() : otherwise;
}

std::optional<core::Ticks> duration_member(const nlohmann::json& object, std::initializer_list<std::string_view> path) {
  const auto* found = member(object, path);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  const auto duration = wire::parse_duration(found->get_ref<const std::string&>());
  CHECK(duration.has_value(), "a stored duration does not parse");
  return *duration;
}

std::optional<core::Timestamp> time_member(const nlohmann::json& object, std::initializer_list<std::string_view> path) {
  const auto* found = member(object, path);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  const auto time = wire::parse_timestamp(found->get_ref<const std::string&>());
  CHECK(time.has_value(), "a stored time does not parse");
  return *time;
}

const nlohmann::json& array_member(const nlohmann::json& object, std::initializer_list<std::string_view> path) {
  static const nlohmann::json kEmpty = nlohmann::json::array();
  const auto* found = member(object, path);
  return found != nullptr && found->is_array() ? *found : kEmpty;
}

}  // namespace emulator::rest
