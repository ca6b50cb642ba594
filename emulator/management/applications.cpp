// Applications: create, update, get, list, delete.
#include "emulator/management/handlers.h"
#include "emulator/management/resources.h"
#include "emulator/management/responses.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/paging.h"

#include <spdlog/spdlog.h>

namespace emulator::management {
namespace {

using nlohmann::json;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr std::size_t kLongestDisplayName = 1024;
constexpr int kDeleted = 200;
constexpr int kNothingToDelete = 204;

base::Error wrong_value(std::string_view property) {
  return make_error(ErrorCode::InvalidPropertyValue, {{"Target", "properties." + std::string(property)}});
}

/// The properties that may be set, each absent unless it was sent. What a client sends back of a resource that cannot
/// be set (id, etag ...) is not looked at.
base::Result<core::UpdateApplication> read_properties(const Call& call) {
  core::UpdateApplication update{.id = call.application()};
  if (call.body.is_null()) return update;
  const auto* properties = rest::member(call.body, {"properties"});
  if (properties == nullptr) return update;
  if (!properties->is_object()) return make_error(ErrorCode::InvalidPropertyValue, {{"Target", "properties"}});
  const auto read_text = [&](std::string_view name, std::optional<std::string>& into) -> base::Result<void> {
    const auto* value = rest::member(*properties, {name});
    if (value == nullptr) return {};
    if (!value->is_string() || value->get_ref<const std::string&>().size() > kLongestDisplayName) {
      return wrong_value(name);
    }
    into = value->get<std::string>();
    return {};
  };
  RETURN_IF_ERROR(read_text("displayName", update.display_name));
  RETURN_IF_ERROR(read_text("defaultVersion", update.default_version));
  if (const auto* allow = rest::member(*properties, {"allowUpdates"})) {
    if (!allow->is_boolean()) return wrong_value("allowUpdates");
    update.allow_updates = allow->get<bool>();
  }
  return update;
}

base::Async<base::Result<http::Response>> show_application(const Call& call) {
  CO_ASSIGN_OR_RETURN(const auto application, co_await find_application(call));
  co_return resource_response(application_resource(call, application));
}

}  // namespace

Answer create_application(Call& call) {
  CO_ASSIGN_OR_RETURN(auto properties, read_properties(call));
  core::PutApplication command{.id = call.application()};
  command.display_name = properties.display_name.value_or("");
  command.allow_updates = properties.allow_updates.value_or(true);
  command.default_version = properties.default_version.value_or("");
  command.container = PackageStorage::container_name(call.account->name, command.id.text());
  CO_RETURN_IF_ERROR(co_await call.service().execute(std::move(command)));
  co_return co_await show_application(call);
}

Answer update_application(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, read_properties(call));
  CO_RETURN_IF_ERROR(co_await call.service().execute(std::move(command)));
  co_return co_await show_application(call);
}

Answer get_application(Call& call) {
  co_return co_await show_application(call);
}

Answer list_applications(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto after, rest::key_after(call.parameters));
  auto look = [&](const core::Batch& batch) {
    rest::Page<core::ApplicationRecord> page;
    std::optional<core::ApplicationId> from;
    if (after) from = core::ApplicationId{*after};
    batch.visit_applications(from, [&](const core::ApplicationRecord& application) {
      if (!page.take(call.parameters, application.id.text())) return false;
      page.add(application, nullptr);
      return true;
    });
    return page;
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await call.service().read(std::move(look)));
  auto values = nlohmann::ordered_json::array();
  for (const auto& application : page.entries) values.push_back(application_resource(call, application));
  co_return list_response(call, std::move(values), page.more, page.last_key);
}

Answer delete_application(Call& call) {
  const auto application = co_await find_application(call);
  if (application.has_error()) {
    if (application.error().code == ErrorCode::ApplicationNotFound) co_return empty_response(kNothingToDelete);
    co_return application.error();
  }
  core::DeleteApplication command{.id = application->id};
  CO_RETURN_IF_ERROR(co_await call.service().execute(std::move(command)));
  // The record is what counts; an empty container that stays is used again by an application of the same name.
  const auto storage = package_storage(call);
  if (!storage) co_return empty_response(kDeleted);
  const auto container = co_await storage->delete_container(application->container);
  if (container.has_error()) spdlog::warn("application {}: {}", application->id.text(), container.error().message);
  co_return empty_response(kDeleted);
}

}  // namespace emulator::management
