// Pools: machine, size, targets, network, users, mounts (contract 4.1).
#include "base/text.h"
#include "wire/batch/check_steps.h"
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"
#include "wire/batch/limits.h"
#include "wire/batch/supported_images.h"
#include "wire/batch/vm_sizes.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

namespace wire::batch {
namespace {

using base::Result;
using nlohmann::json;
using steps::member;

Result<void> check_image(const json& image) {
  constexpr std::array<const char*, 3> kGalleries = {"virtualMachineImageId", "sharedGalleryImageId",
                                                     "communityGalleryImageId"};
  auto galleries = std::count_if(kGalleries.begin(), kGalleries.end(), [&](auto name) { return image.contains(name); });
  bool marketplace = image.contains("publisher") || image.contains("offer") || image.contains("sku");
  if (galleries + (marketplace ? 1 : 0) != 1) {
    return invalid_property("imageReference", "", "Either publisher, offer and sku or one image id must be given");
  }
  if (!marketplace) return {};
  for (const char* name : {"publisher", "offer", "sku"}) {
    if (!image.contains(name)) return missing_property(name);
  }
  return {};
}

Result<void> check_data_disks(const json& machine) {
  const json* disks = member(machine, "dataDisks");
  if (disks == nullptr) return {};
  std::set<std::int64_t> luns;
  for (const json& disk : *disks) {
    if (!luns.insert(disk["lun"].get<std::int64_t>()).second) {
      return invalid_property("lun", disk["lun"].dump(), "Two data disks have the same lun");
    }
  }
  return {};
}

/// The agent must exist, and run the operating system of the image if the image is one of the table.
Result<void> check_node_agent(const json& machine) {
  const auto& sku = machine["nodeAgentSKUId"].get_ref<const std::string&>();
  if (!is_known_node_agent_sku(sku)) {
    return make_error(ErrorCode::NodeAgentSKUNotFound, {{"PropertyName", "nodeAgentSKUId"}, {"PropertyValue", sku}});
  }
  const json& image = machine["imageReference"];
  const auto* known = image.contains("sku") ? find_image(image["publisher"].get_ref<const std::string&>(),
                                                         image["offer"].get_ref<const std::string&>(),
                                                         image["sku"].get_ref<const std::string&>())
                                            : nullptr;
  if (known != nullptr && !base::equal_ignoring_case(known->node_agent_sku, sku)) {
    return invalid_property("nodeAgentSKUId", sku,
                            "The node agent of this image is " + std::string(known->node_agent_sku));
  }
  if (machine.contains("windowsConfiguration") && os_of_node_agent_sku(sku) != OsType::windows) {
    return invalid_property("windowsConfiguration", "", "The property is possible only for Windows images");
  }
  return {};
}

Result<void> check_machine(const json& pool) {
  const json* machine = member(pool, "virtualMachineConfiguration");
  if (machine == nullptr) return {};
  // The schema requires it except from 4.0 to 5.1, where osDisk may stand in for it.
  if (!machine->contains("imageReference")) return missing_property("imageReference");
  RETURN_IF_ERROR(check_image((*machine)["imageReference"]));
  RETURN_IF_ERROR(check_data_disks(*machine));
  if (const json* license = member(*machine, "licenseType")) {
    const auto& text = license->get_ref<const std::string&>();
    if (text != "Windows_Server" && text != "Windows_Client") {
      return invalid_property("licenseType", text, "The value must be Windows_Server or Windows_Client");
    }
  }
  return check_node_agent(*machine);
}

Result<void> check_one_machine(const json& pool) {
  bool machine = pool.contains("virtualMachineConfiguration");
  if (machine != pool.contains("cloudServiceConfiguration")) return {};
  return invalid_property("virtualMachineConfiguration", "",
                          "Exactly one of virtualMachineConfiguration and cloudServiceConfiguration must be given");
}

Result<void> check_cloud_service(const json& pool) {
  const json* service = member(pool, "cloudServiceConfiguration");
  if (service == nullptr) return {};
  const auto& family = (*service)["osFamily"].get_ref<const std::string&>();
  if (family.size() != 1 || family.front() < '2' || family.front() > '6') {
    return invalid_property("osFamily", family, "The value must be 2 to 6");
  }
  const json* version = member(*service, "osVersion");
  return version == nullptr ? Result<void>{} : check_os_version(family, version->get_ref<const std::string&>());
}

/// Size, and the number of task slots that its cores allow.
Result<void> check_size(const json& pool) {
  const json* name = member(pool, "vmSize");
  if (name == nullptr) return {};
  const auto& text = name->get_ref<const std::string&>();
  auto size = find_vm_size(text);
  if (!size) {
    return invalid_property("vmSize", text,
                            "The emulator does not know this size; the table of sizes in wire/batch/vm_sizes.cpp lists "
                            "those it knows");
  }
  const json* slots = member(pool, "taskSlotsPerNode");
  std::int32_t most = std::min(kTaskSlotsPerCore * size->cores, kMaxTaskSlotsPerNode);
  if (slots == nullptr || slots->get<std::int32_t>() <= most) return {};
  return invalid_property("taskSlotsPerNode", slots->dump(),
                          "A node of this size has at most " + std::to_string(most) + " task slots");
}

Result<void> check_formula(const json& settings) {
  const json* formula = member(settings, "autoScaleFormula");
  if (formula == nullptr) return {};
  const auto& text = formula->get_ref<const std::string&>();
  if (text.size() > kMaxAutoScaleFormulaLength) return make_error(ErrorCode::AutoScalingFormulaTooLong);
  if (!base::trim(text).empty()) return {};
  return make_error(ErrorCode::InvalidAutoScalingSettings, {{"Reason", "The formula is empty"}});
}

Result<void> check_interval(const json& settings) {
  return steps::duration_between(settings, "autoScaleEvaluationInterval", kMinAutoScaleInterval, kMaxAutoScaleInterval);
}

Result<void> check_scaling(const json& pool) {
  bool automatic = steps::is_true(pool, "enableAutoScale");
  for (const char* name : {"targetDedicatedNodes", "targetLowPriorityNodes"}) {
    if (automatic && pool.contains(name)) {
      return invalid_property(name, pool[name].dump(), "The property is not possible while enableAutoScale is true");
    }
  }
  if (automatic && !pool.contains("autoScaleFormula")) return missing_property("autoScaleFormula");
  for (const char* name : {"autoScaleFormula", "autoScaleEvaluationInterval"}) {
    if (!automatic && pool.contains(name)) {
      return invalid_property(name, "", "The property is possible only while enableAutoScale is true");
    }
  }
  RETURN_IF_ERROR(check_formula(pool));
  RETURN_IF_ERROR(check_interval(pool));
  return steps::duration_between(pool, "resizeTimeout", kMinResizeTimeout, base::Ticks::max());
}

bool is_nat_pool_name(const std::string& name) {
  auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > kMaxNatPoolNameLength || !alphanumeric(name.front())) return false;
  if (!alphanumeric(name.back()) && name.back() != '_') return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

/// One inbound NAT pool and, in `seen`, what it must not share with the others.
struct SeenEndpoints {
  std::set<std::string> names;
  std::set<std::int32_t> backend_ports;
  std::vector<std::pair<std::int32_t, std::int32_t>> ranges;
  std::set<std::int32_t> priorities;
  std::size_t rules = 0;
};

Result<void> check_backend_port(std::int32_t port, SeenEndpoints& seen) {
  constexpr std::array<std::int32_t, 4> kReserved = {22, 3389, 29876, 29877};
  if (std::find(kReserved.begin(), kReserved.end(), port) != kReserved.end()) {
    return invalid_property("backendPort", std::to_string(port), "The port is reserved");
  }
  if (seen.backend_ports.insert(port).second) return {};
  return invalid_property("backendPort", std::to_string(port), "Two NAT pools have the same backend port");
}

Result<void> check_frontend_range(std::int32_t first, std::int32_t last, SeenEndpoints& seen) {
  constexpr const char* kName = "frontendPortRangeStart";
  if (last - first + 1 < kMinFrontendPorts) {
    return invalid_property(kName, std::to_string(first),
                            "The range must have at least " + std::to_string(kMinFrontendPorts) + " ports");
  }
  if (first <= kLastReservedFrontendPort && last >= kFirstReservedFrontendPort) {
    return invalid_property(kName, std::to_string(first), "The ports from 50000 to 55000 are reserved");
  }
  for (const auto& [other_first, other_last] : seen.ranges) {
    if (first <= other_last && last >= other_first) {
      return invalid_property(kName, std::to_string(first), "The ranges of two NAT pools overlap");
    }
  }
  seen.ranges.emplace_back(first, last);
  return {};
}

Result<void> check_rules(const json& endpoint, SeenEndpoints& seen) {
  const json* rules = member(endpoint, "networkSecurityGroupRules");
  if (rules == nullptr) return {};
  seen.rules += rules->size();
  if (seen.rules > kMaxSecurityRules) {
    return invalid_property("networkSecurityGroupRules", "", "There are more than 25 rules in the pool");
  }
  for (const json& rule : *rules) {
    if (!seen.priorities.insert(rule["priority"].get<std::int32_t>()).second) {
      return invalid_property("priority", rule["priority"].dump(), "Two rules have the same priority");
    }
  }
  return {};
}

Result<void> check_nat_pools(const json& pools) {
  if (pools.size() > kMaxInboundNatPools) {
    return invalid_property("inboundNATPools", "", "There are more than 5 NAT pools");
  }
  SeenEndpoints seen;
  for (const json& endpoint : pools) {
    const auto& name = endpoint["name"].get_ref<const std::string&>();
    if (!is_nat_pool_name(name)) return invalid_property("name", name, "The name of a NAT pool is malformed");
    if (!seen.names.insert(base::lower_case(name)).second) {
      return invalid_property("name", name, "Two NAT pools have the same name");
    }
    RETURN_IF_ERROR(check_backend_port(endpoint["backendPort"].get<std::int32_t>(), seen));
    RETURN_IF_ERROR(check_frontend_range(endpoint["frontendPortRangeStart"].get<std::int32_t>(),
                                         endpoint["frontendPortRangeEnd"].get<std::int32_t>(), seen));
    RETURN_IF_ERROR(check_rules(endpoint, seen));
  }
  return {};
}

Result<void> check_network(const json& pool) {
  const json* network = member(pool, "networkConfiguration");
  if (network == nullptr) return {};
  const json* addresses = member(*network, "publicIPAddressConfiguration");
  std::string provision = addresses == nullptr ? "" : addresses->value("provision", "batchmanaged");
  bool has_ids = addresses != nullptr && addresses->contains("ipAddressIds") && !(*addresses)["ipAddressIds"].empty();
  if (has_ids != (provision == "usermanaged")) {
    return invalid_property("ipAddressIds", "", "Addresses are given exactly when provision is usermanaged");
  }
  const json* endpoints = member(*network, "endpointConfiguration");
  if (endpoints == nullptr) return {};
  if (provision == "nopublicipaddresses") {
    return invalid_property("endpointConfiguration", "", "NAT pools need public IP addresses");
  }
  return check_nat_pools((*endpoints)["inboundNATPools"]);
}

Result<void> check_user(const json& user, bool windows) {
  const auto& name = user["name"].get_ref<const std::string&>();
  if (name.empty()) return invalid_property("name", "", "The name of a user account is empty");
  if (user["password"].get_ref<const std::string&>().empty()) {
    return invalid_property("password", "", "The password of a user account is empty");
  }
  const json* linux_part = member(user, "linuxUserConfiguration");
  if (linux_part != nullptr && linux_part->contains("uid") != linux_part->contains("gid")) {
    return invalid_property("linuxUserConfiguration", "", "uid and gid must be given together or not at all");
  }
  if (linux_part != nullptr && windows) {
    return invalid_property("linuxUserConfiguration", "", "The property is possible only on Linux nodes");
  }
  if (user.contains("windowsUserConfiguration") && !windows) {
    return invalid_property("windowsUserConfiguration", "", "The property is possible only on Windows nodes");
  }
  return {};
}

Result<void> check_users(const json& pool) {
  const json* users = member(pool, "userAccounts");
  if (users == nullptr) return {};
  const json* machine = member(pool, "virtualMachineConfiguration");
  bool windows = machine == nullptr ||
                 os_of_node_agent_sku((*machine)["nodeAgentSKUId"].get_ref<const std::string&>()) == OsType::windows;
  std::set<std::string> names;
  for (const json& user : *users) {
    RETURN_IF_ERROR(check_user(user, windows));
    const auto& name = user["name"].get_ref<const std::string&>();
    if (!names.insert(base::lower_case(name)).second) {
      return invalid_property("name", name, "Two user accounts have the same name");
    }
  }
  return {};
}

Result<void> check_mounts(const json& pool) {
  const json* mounts = member(pool, "mountConfiguration");
  if (mounts == nullptr) return {};
  if (mounts->size() > kMaxMountsPerNode) {
    return invalid_property("mountConfiguration", "", "There are more than 10 mounts");
  }
  for (const json& mount : *mounts) {
    if (mount.size() != 1) {
      return invalid_property("mountConfiguration", "", "Every mount must have exactly one kind of configuration");
    }
  }
  return {};
}

Result<void> check_upgrade_policy(const json& pool) {
  const json* policy = member(pool, "upgradePolicy");
  if (policy == nullptr || !policy->contains("rollingUpgradePolicy")) return {};
  const json& rolling = (*policy)["rollingUpgradePolicy"];
  const json* batch = member(rolling, "maxBatchInstancePercent");
  const json* unhealthy = member(rolling, "maxUnhealthyInstancePercent");
  if (batch == nullptr || unhealthy == nullptr || *batch <= *unhealthy) return {};
  return invalid_property("maxBatchInstancePercent", batch->dump(),
                          "The value must not be greater than maxUnhealthyInstancePercent");
}

/// What a pool may be given at any time.
Result<void> check_updatable(const json& pool) {
  if (const json* task = member(pool, "startTask")) RETURN_IF_ERROR(steps::common_task(*task));
  RETURN_IF_ERROR(steps::metadata(pool));
  return steps::packages(pool, kMaxPackagesPerPool);
}

}  // namespace

Result<void> check_os_version(std::string_view family, std::string_view version) {
  if (version == "*") return {};
  // "WA-GUEST-OS-", family, ".", a number, "_", year and month, "-", two digits.
  const std::string prefix = "WA-GUEST-OS-" + std::string(family) + ".";
  auto unknown = [&] {
    return make_error(ErrorCode::OSVersionNotFound,
                      {{"PropertyName", "osVersion"}, {"PropertyValue", std::string(version.substr(0, kMaxIdLength))}});
  };
  if (!base::starts_with_ignoring_case(version, prefix)) return unknown();
  std::string shape;  // runs of digits as one 9
  for (char c : version.substr(prefix.size())) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit || shape.empty() || shape.back() != '9') shape += digit ? '9' : c;
  }
  if (shape != "9_9-9") return unknown();
  return {};
}

Result<void> check_pool_add(const json& pool) {
  if (pool.contains("id")) RETURN_IF_ERROR(check_id("id", pool["id"].get_ref<const std::string&>()));
  RETURN_IF_ERROR(check_one_machine(pool));
  RETURN_IF_ERROR(check_cloud_service(pool));
  RETURN_IF_ERROR(check_machine(pool));
  RETURN_IF_ERROR(check_size(pool));
  RETURN_IF_ERROR(check_scaling(pool));
  RETURN_IF_ERROR(check_network(pool));
  RETURN_IF_ERROR(check_users(pool));
  RETURN_IF_ERROR(check_mounts(pool));
  RETURN_IF_ERROR(check_upgrade_policy(pool));
  return check_updatable(pool);
}

Result<void> check_pool_patch(const json& patch) {
  RETURN_IF_ERROR(check_machine(patch));
  RETURN_IF_ERROR(check_size(patch));
  RETURN_IF_ERROR(check_network(patch));
  RETURN_IF_ERROR(check_mounts(patch));
  RETURN_IF_ERROR(check_upgrade_policy(patch));
  return check_updatable(patch);
}

Result<void> check_patched_pool(const json& pool) {
  RETURN_IF_ERROR(check_one_machine(pool));
  RETURN_IF_ERROR(check_size(pool));
  return check_users(pool);
}

Result<void> check_pool_update_properties(const json& update) {
  return check_updatable(update);
}

Result<void> check_pool_resize(const json& resize) {
  if (!resize.contains("targetDedicatedNodes") && !resize.contains("targetLowPriorityNodes")) {
    return missing_property("targetDedicatedNodes");
  }
  return steps::duration_between(resize, "resizeTimeout", kMinResizeTimeout, base::Ticks::max());
}

Result<void> check_pool_remove_nodes(const json& removal) {
  const json& nodes = removal["nodeList"];
  if (nodes.empty() || nodes.size() > kMaxRemovedNodes) {
    return invalid_property("nodeList", "", "Between 1 and 100 nodes can be removed in one call");
  }
  return steps::duration_between(removal, "resizeTimeout", kMinResizeTimeout, base::Ticks::max());
}

Result<void> check_pool_enable_auto_scale(const json& settings) {
  RETURN_IF_ERROR(check_formula(settings));
  return check_interval(settings);
}

Result<void> check_pool_evaluate_auto_scale(const json& settings) {
  return check_formula(settings);
}

}  // namespace wire::batch
