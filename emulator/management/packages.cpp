// Packages: create (a place to upload to), activate, get, list, delete.
#include "emulator/management/handlers.h"
#include "emulator/management/resources.h"
#include "emulator/management/responses.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/paging.h"

#include "base/text.h"

#include <spdlog/spdlog.h>

namespace emulator::management {
namespace {

using wire::management::ErrorCode;
using wire::management::make_error;

constexpr int kDeleted = 200;
constexpr int kNothingToDelete = 204;
constexpr std::string_view kZip = "zip";

base::Async<base::Result<http::Response>> show_package(const Call& call) {
  CO_ASSIGN_OR_RETURN(const auto storage, package_storage(call));
  CO_ASSIGN_OR_RETURN(const auto application, co_await find_application(call));
  const auto* package = find_package(call, application);
  if (package == nullptr) co_return make_error(ErrorCode::ApplicationPackageNotFound);
  co_return resource_response(package_resource(call, application, *package, storage));
}

base::Result<std::string> read_format(const Call& call) {
  const auto* format = call.body.is_object() ? rest::member(call.body, {"format"}) : nullptr;
  if (format == nullptr) return make_error(ErrorCode::MissingRequiredProperty, {{"Target", "format"}});
  if (!format->is_string() || !base::equal_ignoring_case(format->get_ref<const std::string&>(), kZip)) {
    return make_error(ErrorCode::InvalidPropertyValue, {{"Target", "format"}});
  }
  return format->get<std::string>();
}

}  // namespace

Answer create_package(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto application, co_await find_application(call));
  CO_ASSIGN_OR_RETURN(const auto storage, package_storage(call));
  CO_RETURN_IF_ERROR(co_await storage.make_container(application.container));
  core::PutPackage command{.application = application.id, .version_name = call.version_name()};
  command.blob = PackageStorage::blob_name(application.id.text(), command.version_name);
  CO_RETURN_IF_ERROR(co_await call.service().execute(std::move(command)));
  co_return co_await show_package(call);
}

Answer activate_package(Call& call) {
  CO_ASSIGN_OR_RETURN(auto format, read_format(call));
  CO_ASSIGN_OR_RETURN(const auto application, co_await find_application(call));
  const auto* package = find_package(call, application);
  if (package == nullptr) co_return make_error(ErrorCode::ApplicationPackageNotFound);
  // What is in the blob is the nodes' matter: the live service activates anything that was uploaded.
  CO_ASSIGN_OR_RETURN(const auto storage, package_storage(call));
  CO_ASSIGN_OR_RETURN(const bool uploaded, co_await storage.has_blob(application.container, package->blob));
  if (!uploaded) co_return make_error(ErrorCode::ApplicationPackageBlobNotFound);
  core::ActivatePackage command{
      .application = application.id, .version_name = call.version_name(), .format = std::move(format)};
  CO_RETURN_IF_ERROR(co_await call.service().execute(std::move(command)));
  co_return co_await show_package(call);
}

Answer get_package(Call& call) {
  co_return co_await show_package(call);
}

Answer list_packages(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto after, rest::key_after(call.parameters));
  CO_ASSIGN_OR_RETURN(const auto application, co_await find_application(call));
  CO_ASSIGN_OR_RETURN(const auto storage, package_storage(call));
  rest::Page<const core::ApplicationPackage*> page;
  for (const auto& package : application.packages) {
    if (after && base::lower_case(package.version_name) <= base::lower_case(*after)) continue;
    if (!page.take(call.parameters, package.version_name)) break;
    page.add(&package, nullptr);
  }
  auto values = nlohmann::ordered_json::array();
  for (const auto* package : page.entries) values.push_back(package_resource(call, application, *package, storage));
  co_return list_response(call, std::move(values), page.more, page.last_key);
}

Answer delete_package(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto application, co_await find_application(call));
  const auto* package = find_package(call, application);
  if (package == nullptr) co_return empty_response(kNothingToDelete);
  core::DeletePackage command{.application = application.id, .version_name = package->version_name};
  CO_RETURN_IF_ERROR(co_await call.service().execute(std::move(command)));
  // Bytes without a record are only room lost: a new package of this version gets a blob of its own.
  const auto storage = package_storage(call);
  if (!storage) co_return empty_response(kDeleted);
  const auto removed = co_await storage->delete_blob(application.container, package->blob);
  if (removed.has_error()) spdlog::warn("application {}: {}", application.id.text(), removed.error().message);
  co_return empty_response(kDeleted);
}

}  // namespace emulator::management
