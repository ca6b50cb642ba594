#include "emulator/management/resources.h"

#include "base/text.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/responses.h"
#include "wire/time_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace emulator::management {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kType = "Microsoft.Batch/batchAccounts/applications";
constexpr int kSuccess = 200;

/// A weak tag of the version, as other resources of the service have it.
std::string etag_of(const core::Version& version) {
  http::Response response;
  rest::set_version(response, version);
  return "W/" + std::string(response.headers.get("ETag"));
}

std::string application_path(const Call& call, const core::ApplicationRecord& application) {
  return "/subscriptions/" + call.path.get("subscriptionId") + "/resourceGroups/" + call.path.get("resourceGroupName") +
         "/providers/Microsoft.Batch/batchAccounts/" + call.account->name + "/applications/" + application.id.text();
}

http::Response json_response(int status, const ordered_json& body) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json; charset=utf-8");
  response.text = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return response;
}

}  // namespace

ordered_json application_resource(const Call& call, const core::ApplicationRecord& application) {
  ordered_json properties;
  if (!application.display_name.empty()) properties["displayName"] = application.display_name;
  properties["allowUpdates"] = application.allow_updates;
  if (!application.default_version.empty()) properties["defaultVersion"] = application.default_version;
  return {{"id", application_path(call, application)},
          {"name", application.id.text()},
          {"type", kType},
          {"etag", etag_of(application.version)},
          {"properties", std::move(properties)}};
}

ordered_json package_resource(const Call& call, const core::ApplicationRecord& application,
                              const core::ApplicationPackage& package) {
  const bool active = package.state == core::PackageState::active;
  const auto expiry = call.now() + kStorageUrlLifetime;
  ordered_json properties{{"state", active ? "Active" : "Pending"}};
  if (active) properties["format"] = package.format;
  properties["storageUrl"] = call.storage->url_for_upload(application.container, package.blob, expiry);
  properties["storageUrlExpiry"] = wire::print_timestamp(expiry);
  if (package.activated) properties["lastActivationTime"] = wire::print_timestamp(*package.activated);
  return {{"id", application_path(call, application) + "/versions/" + package.version_name},
          {"name", package.version_name},
          {"type", std::string(kType) + "/versions"},
          {"etag", etag_of(package.version)},
          {"properties", std::move(properties)}};
}

http::Response resource_response(const ordered_json& resource) {
  auto response = json_response(kSuccess, resource);
  response.headers.set("ETag", resource.at("etag").get<std::string>());
  return response;
}

http::Response list_response(const Call& call, ordered_json values, bool more, std::string_view last_key) {
  ordered_json body;
  body["value"] = std::move(values);
  if (more) {
    const auto& request = *call.request;
    auto link = request.base_url() + request.path + "?";
    // Everything the client asked for but where it stood.
    for (std::string_view rest = request.query; !rest.empty();) {
      const auto field = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(field.size() + 1, rest.size()));
      if (!field.starts_with("$skiptoken=") && !field.starts_with("%24skiptoken=")) link += std::string(field) + "&";
    }
    body["nextLink"] = link + "$skiptoken=" + rest::skip_token_after(last_key);
  }
  return json_response(kSuccess, body);
}

http::Response empty_response(int status) {
  http::Response response;
  response.status = status;
  return response;
}

http::Response error_response(const base::Error& error, const http::Request& request, base::Timestamp now) {
  const auto code = wire::management::code_of(error);
  // An error of another kind may speak of files and keys; only its code's text goes out.
  const bool own = error.code.category() == wire::management::management_category() && !error.message.empty();
  auto message = own ? error.message : std::string(wire::management::message_of(code));
  message += "\nRequestId:" + request.request_id + "\nTime:" + wire::print_timestamp(now);
  ordered_json body{{"code", wire::management::name_of(code)}, {"message", std::move(message)}};
  for (const auto& detail : error.details) {
    if (own && detail.key == "Target") body["target"] = detail.value;
  }
  return json_response(wire::management::http_status(code), ordered_json{{"error", std::move(body)}});
}

base::Async<base::Result<core::ApplicationRecord>> find_application(const Call& call) {
  const auto id = call.application();
  auto look = [id](const core::Batch& batch) -> base::Result<core::ApplicationRecord> {
    const auto* found = batch.find_application(id);
    if (found == nullptr) return wire::management::make_error(wire::management::ErrorCode::ApplicationNotFound);
    return *found;
  };
  co_return co_await call.service().read(std::move(look));
}

const core::ApplicationPackage* find_package(const Call& call, const core::ApplicationRecord& application) {
  const auto found = std::ranges::find_if(application.packages, [&](const auto& package) {
    return base::equal_ignoring_case(package.version_name, call.version_name());
  });
  return found == application.packages.end() ? nullptr : &*found;
}

}  // namespace emulator::management
