#include "wire/batch/old_members.h"

#include "base/text.h"
#include "wire/batch/errors.h"
#include "wire/batch/vocabulary.h"

#include <array>
#include <nlohmann/json.hpp>
#include <span>

namespace wire::batch::schema {
namespace {

using base::Result;
using nlohmann::json;
using Shown = std::optional<json>;

/// The value at the end of a path, or nothing.
template <class... Names>
Shown at(const json& object, Names... names) {
  const json* current = &object;
  for (std::string_view name : {std::string_view(names)...}) {
    if (!current->is_object()) return std::nullopt;
    auto found = current->find(name);
    if (found == current->end() || found->is_null()) return std::nullopt;
    current = &*found;
  }
  return *current;
}

// ---- 2.2: cloud services were the only machines, described in the pool itself ----

Result<void> keep_os_family(json& pool, json value) {
  pool["cloudServiceConfiguration"]["osFamily"] = std::move(value);
  return {};
}
Shown show_os_family(const json& pool) {
  return at(pool, "cloudServiceConfiguration", "osFamily");
}
Result<void> keep_pool_os_version(json& pool, json value) {
  pool["cloudServiceConfiguration"]["osVersion"] = std::move(value);
  return {};
}
Shown show_pool_os_version(const json& pool) {
  return at(pool, "cloudServiceConfiguration", "osVersion");
}

// ---- until 7.0 a cloud service had a version to reach and one it was at; an upgrade lies between the two ----

Result<void> keep_os_version(json& service, json value) {
  service["osVersion"] = std::move(value);
  return {};
}
Shown show_os_version(const json& service) {
  return at(service, "osVersion");
}
/// Read-only for clients; who sends it back is not contradicted.
Result<void> keep_nothing(json& /*canonical*/, json /*value*/) {
  return {};
}
/// An upgrade stores the version the nodes are still at beside osVersion; otherwise they are at that.
Shown show_current_os_version(const json& service) {
  auto current = at(service, "currentOSVersion");
  return current ? current : at(service, "osVersion");
}
Shown show_pool_current_os_version(const json& pool) {
  auto service = at(pool, "cloudServiceConfiguration");
  return service ? show_current_os_version(*service) : std::nullopt;
}

// ---- until 4.0 all nodes were dedicated ----

Result<void> keep_target(json& pool, json value) {
  pool["targetDedicatedNodes"] = std::move(value);
  return {};
}
Shown show_target(const json& pool) {
  return at(pool, "targetDedicatedNodes");
}
Shown show_current(const json& pool) {
  return at(pool, "currentDedicatedNodes");
}
Shown show_resize_error(const json& pool) {
  auto errors = at(pool, "resizeErrors");
  if (!errors || !errors->is_array() || errors->empty()) return std::nullopt;
  return errors->front();
}

// ---- until 3.1 a task ran elevated or not ----

Result<void> keep_elevation(json& task, json value) {
  auto level = value.get<bool>() ? ElevationLevel::admin : ElevationLevel::nonadmin;
  task["userIdentity"]["autoUser"]["elevationLevel"] = name_of(level);
  return {};
}
/// A named user's elevation stands in the pool's account and is not known here: shown as not elevated.
Shown show_elevation(const json& task) {
  auto level = at(task, "userIdentity", "autoUser", "elevationLevel");
  return json(level && *level == json(name_of(ElevationLevel::admin)));
}

// ---- until 4.0 only what kept a command from running was a failure ----

Shown show_scheduling_error(const json& info) {
  auto failure = at(info, "failureInfo");
  if (!failure || at(*failure, "code") == json("FailureExitCode")) return std::nullopt;
  return failure;
}
Result<void> keep_pre_processing_error(json& conditions, json value) {
  conditions["preProcessingError"] = std::move(value);
  return {};
}
Shown show_pre_processing_error(const json& conditions) {
  return at(conditions, "preProcessingError");
}

// ---- 4.0: user accounts of Linux pools ----

Result<void> keep_ssh_key(json& account, json value) {
  account["linuxUserConfiguration"]["sshPrivateKey"] = std::move(value);
  return {};
}
Shown show_secret(const json& /*account*/) {
  return std::nullopt;
}

// ---- 4.0 to 7.0: osDisk, until 5.1 with the addresses of custom images. Later versions name such an image by
// virtualMachineImageId; the first address is kept there, so that they see one (inferred). ----

Result<void> keep_os_disk(json& machine, json value) {
  auto uris = value.find("imageUris");
  if (uris != value.end()) {
    if (machine.contains("imageReference") || uris->empty()) {
      return invalid_property("imageUris", "", "Exactly one of imageReference and osDisk.imageUris must be given");
    }
    machine["imageReference"]["virtualMachineImageId"] = uris->front();
  }
  machine["osDisk"] = std::move(value);
  return {};
}
Shown show_os_disk(const json& machine) {
  return at(machine, "osDisk");
}

// ---- until 7.0 a resource file was one blob ----

Result<void> keep_blob_source(json& file, json value) {
  file["httpUrl"] = std::move(value);
  return {};
}
/// Files that come from a container have no name in the old versions.
Shown show_blob_source(const json& file) {
  return at(file, "httpUrl");
}

// ---- until 11.0, until 10.0 ----

Result<void> keep_task_slots(json& pool, json value) {
  pool["taskSlotsPerNode"] = std::move(value);
  return {};
}
Shown show_task_slots(const json& pool) {
  return at(pool, "taskSlotsPerNode");
}
Result<void> keep_public_ips(json& network, json value) {
  network["publicIPAddressConfiguration"] = {{"provision", "usermanaged"}, {"ipAddressIds", std::move(value)}};
  return {};
}
Shown show_public_ips(const json& network) {
  return at(network, "publicIPAddressConfiguration", "ipAddressIds");
}

constexpr auto kOldMembers = std::to_array<OldMember>({
    {TypeId::none, "maxTasksPerNode", &keep_task_slots, &show_task_slots},
    {TypeId::none, "publicIPs", &keep_public_ips, &show_public_ips},
    {TypeId::ResourceFile, "blobSource", &keep_blob_source, &show_blob_source},
    {TypeId::CloudServiceConfiguration, "targetOSVersion", &keep_os_version, &show_os_version},
    {TypeId::CloudServiceConfiguration, "currentOSVersion", &keep_nothing, &show_current_os_version},
    {TypeId::PoolUpgradeOSParameter, "targetOSVersion", &keep_os_version, &show_os_version},
    {TypeId::VirtualMachineConfiguration, "osDisk", &keep_os_disk, &show_os_disk},
    {TypeId::UserAccount, "sshPrivateKey", &keep_ssh_key, &show_secret},
    {TypeId::ExitConditions, "schedulingError", &keep_pre_processing_error, &show_pre_processing_error},
    {TypeId::none, "schedulingError", &keep_nothing, &show_scheduling_error},
    {TypeId::none, "targetDedicated", &keep_target, &show_target},
    {TypeId::none, "currentDedicated", &keep_nothing, &show_current},
    {TypeId::none, "resizeError", &keep_nothing, &show_resize_error},
    {TypeId::none, "runElevated", &keep_elevation, &show_elevation},
    {TypeId::none, "osFamily", &keep_os_family, &show_os_family},
    {TypeId::none, "targetOSVersion", &keep_pool_os_version, &show_pool_os_version},
    {TypeId::none, "currentOSVersion", &keep_nothing, &show_pool_current_os_version},
});

/// Values of more than one word, as 4.0 to 5.1 spelled them. One word is in lower case there as well.
constexpr auto kCamelCase = std::to_array<std::string_view>({
    "noAction",    "terminateJob",    "performExitOptionsJobAction",
    "leavingPool", "startTaskFailed", "waitingForStartTask",
    "nonAdmin",    "taskCompletion",  "retainedData",
    "jobSchedule", "deleteFailed",    "userError",
    "serverError", "taskSuccess",     "taskFailure",
    "clientError", "spread",          "pack",
    "success",     "batchManaged",    "upgradingOS",
    "requeue",     "readOnly",        "readWrite",
    "3dsMax",
});

}  // namespace

const OldMember* find_old_member(TypeId owner, const Member& member) {
  if (member.until == static_cast<std::int8_t>(kNewestVersion)) return nullptr;
  for (const OldMember& old : kOldMembers) {
    if (old.name == member.name && (old.owner == TypeId::none || old.owner == owner)) return &old;
  }
  return nullptr;
}

std::string_view kept_value(std::string_view value) {
  return value == "docker" ? "dockerCompatible" : value;
}

std::string_view shown_value(Version version, std::string_view kept) {
  if (version < Version::v7_0 && kept == "dockerCompatible") return "docker";
  if (version < Version::v4_0 || version > Version::v5_1) return kept;
  for (std::string_view camel : kCamelCase) {
    if (base::equal_ignoring_case(camel, kept)) return camel;
  }
  return kept;
}

std::string_view shown_application_id(Version version, std::string_view kept) {
  return version < Version::v16_0 ? kept.substr(kept.rfind('/') + 1) : kept;
}

}  // namespace wire::batch::schema
