// Both directions follow the same tables: members that move, members that are renamed in place, and the values of
// enumerations.
#include "emulator/management/pool_document.h"

#include "base/text.h"
#include "wire/management/errors.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

namespace emulator::management {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using wire::management::ErrorCode;
using wire::management::make_error;

/// A member that has the same value in both shapes, up to what is inside it.
struct Moved {
  std::string_view arm;    ///< below "properties"
  std::string_view batch;  ///< of the pool
};
constexpr auto kMoved = std::to_array<Moved>({
    {"/displayName", "displayName"},
    {"/vmSize", "vmSize"},
    {"/taskSlotsPerNode", "taskSlotsPerNode"},
    {"/taskSchedulingPolicy", "taskSchedulingPolicy"},
    {"/deploymentConfiguration/cloudServiceConfiguration", "cloudServiceConfiguration"},
    {"/deploymentConfiguration/virtualMachineConfiguration", "virtualMachineConfiguration"},
    {"/scaleSettings/autoScale/formula", "autoScaleFormula"},
    {"/scaleSettings/autoScale/evaluationInterval", "autoScaleEvaluationInterval"},
    {"/scaleSettings/fixedScale/targetDedicatedNodes", "targetDedicatedNodes"},
    {"/scaleSettings/fixedScale/targetLowPriorityNodes", "targetLowPriorityNodes"},
    {"/scaleSettings/fixedScale/resizeTimeout", "resizeTimeout"},
    {"/networkConfiguration", "networkConfiguration"},
    {"/userAccounts", "userAccounts"},
    {"/metadata", "metadata"},
    {"/startTask", "startTask"},
    {"/applicationLicenses", "applicationLicenses"},
    {"/mountConfiguration", "mountConfiguration"},
    {"/targetNodeCommunicationMode", "targetNodeCommunicationMode"},
    {"/upgradePolicy", "upgradePolicy"},
    {"/resourceTags", "resourceTags"},
});
/// The members of "properties" that are translated by hand.
constexpr auto kTranslated = std::to_array<std::string_view>(
    {"interNodeCommunication", "certificates", "applicationPackages", "deploymentConfiguration", "scaleSettings"});
/// What the service alone sets, and clients send back.
constexpr auto kOwn = std::to_array<std::string_view>(
    {"lastModified", "creationTime", "provisioningState", "provisioningStateTransitionTime", "allocationState",
     "allocationStateTransitionTime", "currentDedicatedNodes", "currentLowPriorityNodes", "autoScaleRun",
     "resizeOperationStatus", "currentNodeCommunicationMode"});
/// The inside of members that have one here and are checked nowhere else.
constexpr auto kInside = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"/deploymentConfiguration", "cloudServiceConfiguration|virtualMachineConfiguration"},
    {"/scaleSettings", "autoScale|fixedScale"},
    {"/scaleSettings/autoScale", "formula|evaluationInterval"},
    {"/scaleSettings/fixedScale", "targetDedicatedNodes|targetLowPriorityNodes|resizeTimeout|nodeDeallocationOption"},
});

/// A member of another name inside the member `parent`; "" for everywhere.
struct Renamed {
  std::string_view parent;
  std::string_view arm;
  std::string_view batch;
};
constexpr auto kRenamed = std::to_array<Renamed>({
    {"", "nodeAgentSkuId", "nodeAgentSKUId"},
    {"", "dynamicVnetAssignmentScope", "dynamicVNetAssignmentScope"},
    {"", "inboundNatPools", "inboundNATPools"},
    {"imageReference", "id", "virtualMachineImageId"},
    {"userIdentity", "userName", "username"},
    {"cifsMountConfiguration", "userName", "username"},
});
/// What is not looked into: it is the user's.
constexpr auto kOpaque = std::to_array<std::string_view>({"settings", "protectedSettings", "resourceTags"});

/// Values that differ from those of the Batch service in their casing alone.
struct Values {
  std::string_view member;
  std::string_view values;
};
constexpr auto kValues = std::to_array<Values>({
    {"nodeFillType", "Spread|Pack"},
    {"elevationLevel", "NonAdmin|Admin"},
    {"scope", "Task|Pool"},
    {"loginMode", "Batch|Interactive"},
    {"caching", "None|ReadOnly|ReadWrite"},
    {"storageAccountType", "Standard_LRS|Premium_LRS|StandardSSD_LRS"},
    {"policy", "Regional|Zonal"},
    {"placement", "CacheDisk"},
    {"targets", "OsDisk|TemporaryDisk"},
    {"type", "DockerCompatible|CriCompatible"},
    {"workingDirectory", "TaskWorkingDirectory|ContainerImageDefault"},
    {"provision", "BatchManaged|UserManaged|NoPublicIPAddresses"},
    {"protocol", "TCP|UDP"},
    {"access", "Allow|Deny"},
    {"storeLocation", "CurrentUser|LocalMachine"},
    {"visibility", "StartTask|Task|RemoteUser"},
    {"targetNodeCommunicationMode", "Default|Classic|Simplified"},
    {"currentNodeCommunicationMode", "Default|Classic|Simplified"},
    {"allocationState", "Steady|Resizing|Stopping"},
});

enum class Direction { to_batch, to_arm };

std::string name_in(Direction direction, std::string_view parent, const std::string& name) {
  for (const auto& renamed : kRenamed) {
    if (!renamed.parent.empty() && renamed.parent != parent) continue;
    if (direction == Direction::to_batch && renamed.arm == name) return std::string(renamed.batch);
    if (direction == Direction::to_arm && renamed.batch == name) return std::string(renamed.arm);
  }
  return name;
}

std::string in_pascal_case(std::string_view member, const std::string& value) {
  const auto found = std::ranges::find(kValues, member, &Values::member);
  if (found == kValues.end()) return value;
  for (const auto& known : base::split(found->values, '|')) {
    if (base::equal_ignoring_case(known, value)) return known;
  }
  return value;
}

/// Renames what is inside; `member` is the name of the member whose value this is, in the shape that is read. Nesting
/// is bounded where JSON is read.
ordered_json translated(Direction direction, std::string_view member, const ordered_json& value) {
  if (value.is_string() && direction == Direction::to_arm) return in_pascal_case(member, value.get<std::string>());
  if (std::ranges::find(kOpaque, member) != kOpaque.end()) return value;
  if (value.is_array()) {
    auto list = ordered_json::array();
    for (const auto& item : value) list.push_back(translated(direction, member, item));
    return list;
  }
  if (!value.is_object()) return value;
  auto object = ordered_json::object();
  for (const auto& [name, inner] : value.items()) {
    object[name_in(direction, member, name)] = translated(direction, name, inner);
  }
  return object;
}

base::Error unknown_member(const std::string& path) {
  auto target = "properties" + path;
  std::ranges::replace(target, '/', '.');
  auto error = make_error(ErrorCode::InvalidRequestBody,
                          "The request body has a member that the emulator does not know: " + target + ".");
  error.details.push_back({"Target", target});
  return error;
}

base::Error wrong_value(const std::string& target) {
  return make_error(ErrorCode::InvalidPropertyValue, {{"Target", "properties." + target}});
}

bool is_known(const std::string& name) {
  const bool moves = std::ranges::any_of(kMoved, [&](const Moved& moved) { return moved.arm == "/" + name; });
  return moves || std::ranges::find(kTranslated, name) != kTranslated.end() ||
         std::ranges::find(kOwn, name) != kOwn.end();
}

/// Only names that have a meaning, at every place that is translated here.
base::Result<void> check_names(const json& properties) {
  for (const auto& [name, value] : properties.items()) {
    if (!is_known(name)) return unknown_member("/" + name);
  }
  for (const auto& [path, names] : kInside) {
    const json::json_pointer at{std::string(path)};
    if (!properties.contains(at) || properties[at].is_null()) continue;
    if (!properties[at].is_object()) return wrong_value(std::string(path.substr(1)));
    const auto known = base::split(names, '|');
    for (const auto& [name, value] : properties[at].items()) {
      if (std::ranges::find(known, name) == known.end()) return unknown_member(std::string(path) + "/" + name);
    }
  }
  return {};
}

/// The items of a list of objects with an "id".
base::Result<void> for_each_with_id(const json& properties, const std::string& member,
                                    const std::function<void(const std::string& id, json item)>& visit) {
  const auto list = properties.find(member);
  if (list == properties.end() || list->is_null()) return {};
  if (!list->is_array()) return wrong_value(member);
  for (auto item : *list) {
    if (!item.is_object() || !item.contains("id") || !item["id"].is_string()) return wrong_value(member + ".id");
    const auto id = item["id"].get<std::string>();
    item.erase("id");
    visit(id, std::move(item));
  }
  return {};
}

/// Members given as null are those that are taken away.
bool is_given(const json& properties, const std::string& member) {
  return properties.contains(member) && !properties[member].is_null();
}

base::Result<void> translate_references(const json& properties, json& pool) {
  if (is_given(properties, "certificates")) pool["certificateReferences"] = json::array();
  RETURN_IF_ERROR(for_each_with_id(properties, "certificates", [&](const std::string& id, json item) {
    item["thumbprint"] = thumbprint_of_id(id);
    item["thumbprintAlgorithm"] = "sha1";
    pool["certificateReferences"].push_back(std::move(item));
  }));
  if (is_given(properties, "applicationPackages")) pool["applicationPackageReferences"] = json::array();
  return for_each_with_id(properties, "applicationPackages", [&](const std::string& id, json item) {
    item["applicationId"] = id.substr(id.rfind('/') + 1);
    pool["applicationPackageReferences"].push_back(std::move(item));
  });
}

base::Result<void> translate_switches(const json& properties, json& pool) {
  const json::json_pointer scale_by_formula("/scaleSettings/autoScale");
  const json::json_pointer fixed_scale("/scaleSettings/fixedScale");
  const auto has = [&](const json::json_pointer& at) { return properties.contains(at) && !properties[at].is_null(); };
  if (has(scale_by_formula) && has(fixed_scale)) return wrong_value("scaleSettings");
  if (has(scale_by_formula)) pool["enableAutoScale"] = true;
  if (!is_given(properties, "interNodeCommunication")) return {};
  const auto& between = properties["interNodeCommunication"];
  const auto is = [&](std::string_view word) {
    return between.is_string() && base::equal_ignoring_case(between.get_ref<const std::string&>(), word);
  };
  if (!is("Enabled") && !is("Disabled")) return wrong_value("interNodeCommunication");
  pool["enableInterNodeCommunication"] = is("Enabled");
  return {};
}

/// "values" of an error (name, value) are "details" (code, message).
ordered_json error_of(const ordered_json& error) {
  ordered_json shown{{"code", error.value("code", "")}, {"message", error.value("message", "")}};
  if (!error.contains("values")) return shown;
  auto details = ordered_json::array();
  for (const auto& value : error["values"]) {
    details.push_back({{"code", value.value("name", "")}, {"message", value.value("value", "")}});
  }
  shown["details"] = std::move(details);
  return shown;
}

void show_references(const ordered_json& shown, const std::string& account, ordered_json& properties) {
  for (const auto& reference : shown.value("certificateReferences", ordered_json::array())) {
    auto item = translated(Direction::to_arm, "certificates", reference);
    item["id"] = account + "/certificates/" + reference.value("thumbprintAlgorithm", "sha1") + "-" +
                 reference.value("thumbprint", "");
    item.erase("thumbprint");
    item.erase("thumbprintAlgorithm");
    properties["certificates"].push_back(std::move(item));
  }
  for (const auto& reference : shown.value("applicationPackageReferences", ordered_json::array())) {
    const auto application = reference.value("applicationId", "");
    auto item = translated(Direction::to_arm, "applicationPackages", reference);
    item["id"] = account + "/applications/" + application.substr(application.rfind('/') + 1);
    item.erase("applicationId");
    properties["applicationPackages"].push_back(std::move(item));
  }
}

void show_scale(const ordered_json& shown, ordered_json& properties) {
  const bool by_formula = shown.value("enableAutoScale", false);
  // The other way of scaling is not shown.
  if (by_formula) properties["scaleSettings"].erase("fixedScale");
  if (!shown.contains("autoScaleRun")) return;
  const auto& run = shown["autoScaleRun"];
  ordered_json shown_run{{"evaluationTime", run.value("timestamp", "")}, {"results", run.value("results", "")}};
  if (run.contains("error")) shown_run["error"] = error_of(run["error"]);
  properties["autoScaleRun"] = std::move(shown_run);
}

}  // namespace

std::string thumbprint_of_id(std::string_view id) {
  const auto name = std::string(id.substr(id.rfind('/') + 1));
  return name.substr(name.find('-') + 1);
}

base::Result<json> batch_pool_from_arm(const json& properties) {
  RETURN_IF_ERROR(check_names(properties));
  json pool = json::object();
  for (const auto& moved : kMoved) {
    const json::json_pointer from{std::string(moved.arm)};
    if (!properties.contains(from) || properties[from].is_null()) continue;
    const auto name = moved.arm.substr(moved.arm.rfind('/') + 1);
    pool[std::string(moved.batch)] = json(translated(Direction::to_batch, name, ordered_json(properties[from])));
  }
  RETURN_IF_ERROR(translate_references(properties, pool));
  RETURN_IF_ERROR(translate_switches(properties, pool));
  return pool;
}

ordered_json arm_pool_properties(const ordered_json& shown, const std::string& account) {
  ordered_json properties;
  const auto copy = [&](const char* from, const char* to) {
    if (shown.contains(from)) properties[to] = shown[from];
  };
  copy("lastModified", "lastModified");
  copy("creationTime", "creationTime");
  properties["provisioningState"] = shown.value("state", "") == "deleting" ? "Deleting" : "Succeeded";
  copy("stateTransitionTime", "provisioningStateTransitionTime");
  properties["allocationState"] = in_pascal_case("allocationState", shown.value("allocationState", ""));
  copy("allocationStateTransitionTime", "allocationStateTransitionTime");
  properties["interNodeCommunication"] = shown.value("enableInterNodeCommunication", false) ? "Enabled" : "Disabled";
  for (const auto& moved : kMoved) {
    const std::string from(moved.batch);
    const bool is_nothing = !shown.contains(from) || (shown[from].is_array() && shown[from].empty());
    if (is_nothing) continue;
    properties[ordered_json::json_pointer(std::string(moved.arm))] = translated(Direction::to_arm, from, shown[from]);
  }
  // Seen on the live service: sizes come back in upper case, where the Batch service itself shows them in lower case.
  if (shown.contains("vmSize")) properties["vmSize"] = base::upper_case(shown["vmSize"].get<std::string>());
  show_references(shown, account, properties);
  show_scale(shown, properties);
  copy("currentDedicatedNodes", "currentDedicatedNodes");
  copy("currentLowPriorityNodes", "currentLowPriorityNodes");
  if (shown.contains("currentNodeCommunicationMode")) {
    properties["currentNodeCommunicationMode"] =
        in_pascal_case("currentNodeCommunicationMode", shown.value("currentNodeCommunicationMode", ""));
  }
  return properties;
}

}  // namespace emulator::management
