#include "emulator/management/list_query.h"

#include "base/text.h"
#include "wire/time_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace emulator::management {
namespace {

using nlohmann::ordered_json;
using wire::management::ErrorCode;
using wire::management::make_error;
using wire::odata::FilterProperty;
using wire::odata::Value;
using wire::odata::ValueType;

constexpr std::string_view kProperties = "properties/";

std::optional<Value> value_at(const ordered_json& resource, const FilterProperty& property) {
  const ordered_json::json_pointer at("/" + std::string(property.name));
  if (!resource.contains(at)) return std::nullopt;
  const auto& found = resource[at];
  if (!found.is_string()) return std::nullopt;
  if (property.type != ValueType::time) return found.get<std::string>();
  const auto time = wire::parse_timestamp(found.get_ref<const std::string&>());
  if (!time) return std::nullopt;
  return *time;
}

base::Result<std::vector<std::string>> selected(const std::string& text) {
  std::vector<std::string> members;
  for (const auto& part : base::split(text, ',')) {
    const std::string member(base::trim(part));
    if (member == "name") continue;  // always shown
    if (!member.starts_with(kProperties) || member.size() == kProperties.size() ||
        member.find('~') != std::string::npos) {
      return make_error(ErrorCode::InvalidQueryParameterValue, {{"Target", "$select"}});
    }
    members.push_back("/" + member);
  }
  return members;
}

}  // namespace

base::Result<ListQuery> ListQuery::of(const Call& call, std::span<const FilterProperty> properties) {
  ListQuery query;
  query.properties_.assign(properties.begin(), properties.end());
  if (const auto& text = call.parameters.filter; text && !text->empty()) {
    auto filter = wire::odata::Filter::parse(*text, properties);
    if (!filter) return make_error(ErrorCode::InvalidQueryParameterValue, {{"Target", "$filter"}});
    query.filter_ = *std::move(filter);
  }
  if (const auto& text = call.parameters.select; text && !text->empty()) {
    ASSIGN_OR_RETURN(query.select_, selected(*text));
  }
  return query;
}

bool ListQuery::matches(const ordered_json& resource) const {
  if (!filter_) return true;
  return filter_->matches([&](std::string_view name) -> std::optional<Value> {
    const auto property = std::ranges::find(properties_, name, &FilterProperty::name);
    return property == properties_.end() ? std::nullopt : value_at(resource, *property);
  });
}

ordered_json ListQuery::show(ordered_json resource) const {
  if (select_.empty()) return resource;
  ordered_json shown;
  for (const auto* name : {"id", "name", "type", "etag"}) shown[name] = resource[name];
  shown["properties"] = ordered_json::object();
  for (const auto& member : select_) {
    const ordered_json::json_pointer at(member);
    if (resource.contains(at)) shown[at] = resource[at];
  }
  return shown;
}

}  // namespace emulator::management
