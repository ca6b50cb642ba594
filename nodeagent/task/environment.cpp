#include "nodeagent/task/environment.h"

#include "nodeagent/command/command_runner.h"

#include <pwd.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <set>

namespace nodeagent::task {
namespace {

constexpr const char* kSystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The name of the user that everything here runs as.
std::string user_name() {
  std::array<char, 4096> buffer{};
  struct passwd entry {};
  struct passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return std::to_string(::geteuid());
}

/// What a login would set, so that programs find themselves at home. A user may change these.
wire::node::Environment ordinary_variables(const EnvironmentSource& source) {
  const std::string user = user_name();
  // The way to the real service's names, where they are emulated: azcopy, curl and Python need it like any program.
  auto variables = source.settings.proxy ? wire::proxy_environment(*source.settings.proxy) : wire::node::Environment{};
  const wire::node::Environment of_login{{"PATH", source.node.stand_ins().string() + ":" + kSystemPath},
                                         {"HOME", source.task.working_directory().string()},
                                         {"TMPDIR", source.node.temporary().string()},
                                         {"LANG", "C.UTF-8"},
                                         {"USER", user},
                                         {"LOGNAME", user}};
  variables.insert(variables.end(), of_login.begin(), of_login.end());
  return variables;
}

std::string joined(const std::vector<std::string>& texts, char separator) {
  std::string all;
  for (const auto& text : texts) {
    if (!all.empty()) all += separator;
    all += text;
  }
  return all;
}

/// How the instances of a multi-instance task find each other (contract 7.2).
void add_instance_variables(wire::node::Environment& variables, const EnvironmentSource& source) {
  const auto& instances = *source.multi_instance;
  const auto& hosts = instances.hosts;
  std::string compute_nodes = std::to_string(hosts.size());
  for (const auto& host : hosts) compute_nodes += " " + host + " " + std::to_string(instances.cores);
  variables.emplace_back("AZ_BATCH_NODE_LIST", joined(hosts, ';'));
  variables.emplace_back("AZ_BATCH_HOST_LIST", joined(hosts, ','));
  variables.emplace_back("AZ_BATCH_MASTER_NODE",
                         (hosts.empty() ? "" : hosts.front()) + ":" + std::to_string(kMasterPort));
  variables.emplace_back("AZ_BATCH_IS_CURRENT_NODE_MASTER", instances.instance == 0 ? "true" : "false");
  variables.emplace_back("AZ_BATCH_TASK_SHARED_DIR", source.shared_directory.string());
  variables.emplace_back("CCP_NODES", compute_nodes);
  const auto own = static_cast<std::size_t>(instances.instance);
  if (own < hosts.size()) variables.emplace_back(kOwnHost, hosts[own]);
}

/// What the service sets. Nobody may change these.
wire::node::Environment service_variables(const EnvironmentSource& source) {
  const auto& settings = source.settings;
  const auto startup = source.node.start_task();
  wire::node::Environment variables = {{"AZ_BATCH_ACCOUNT_NAME", settings.account_name},
                                       {"AZ_BATCH_ACCOUNT_URL", settings.account_url},
                                       {"AZ_BATCH_POOL_ID", settings.pool_id},
                                       {"AZ_BATCH_NODE_ID", settings.node_id},
                                       {"AZ_BATCH_NODE_IS_DEDICATED", settings.dedicated ? "true" : "false"},
                                       {"AZ_BATCH_NODE_ROOT_DIR", source.node.root().string()},
                                       {"AZ_BATCH_NODE_SHARED_DIR", source.node.shared().string()},
                                       {"AZ_BATCH_NODE_STARTUP_DIR", startup.directory().string()},
                                       {"AZ_BATCH_NODE_STARTUP_WORKING_DIR", startup.working_directory().string()},
                                       {"AZ_BATCH_TASK_DIR", source.task.directory().string()},
                                       {"AZ_BATCH_TASK_WORKING_DIR", source.task.working_directory().string()},
                                       {"AZ_BATCH_CERTIFICATES_DIR", source.task.certificates().string()},
                                       {"AZ_BATCH_TASK_RESERVED_EPHEMERAL_DISK_SPACE_BYTES", kReservedDiskSpace},
                                       {"AZ_BATCH_TASK_RESERVED_DISK_SPACE_BYTES", kReservedDiskSpace}};
  if (source.has_mounts) variables.emplace_back("AZ_BATCH_NODE_MOUNTS_DIR", source.node.mounts().string());
  if (source.multi_instance != nullptr) add_instance_variables(variables, source);
  std::string task_marker = "start/" + settings.node_id;
  if (source.run) {
    variables.emplace_back("AZ_BATCH_JOB_ID", source.run->job_id);
    variables.emplace_back("AZ_BATCH_TASK_ID", source.run->task_id);
    task_marker = source.run->job_id + "/" + source.run->task_id + "/" + std::to_string(source.run->attempt);
  }
  if (source.preparation) {
    variables.emplace_back("AZ_BATCH_JOB_PREP_DIR", source.preparation->directory().string());
    variables.emplace_back("AZ_BATCH_JOB_PREP_WORKING_DIR", source.preparation->working_directory().string());
  }
  variables.emplace_back(command::kTaskMarker, task_marker);
  if (!source.node_marker.empty()) variables.emplace_back(kNodeMarker, source.node_marker);
  return variables;
}

bool is_name(std::string_view name) {
  return !name.empty() && name.find('=') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

wire::node::Environment command_environment(const EnvironmentSource& source) {
  wire::node::Environment result = service_variables(source);
  std::set<std::string, std::less<>> taken;
  result.insert(result.end(), source.of_packages.begin(), source.of_packages.end());
  for (const auto& [name, value] : result) taken.insert(name);
  // The last of several settings of one name counts, so the user's are taken from the end.
  for (auto setting = source.of_user.rbegin(); setting != source.of_user.rend(); ++setting) {
    if (is_name(setting->first) && taken.insert(setting->first).second) result.push_back(*setting);
  }
  for (auto& setting : ordinary_variables(source)) {
    if (taken.insert(setting.first).second) result.push_back(std::move(setting));
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::optional<std::string> find_variable(const wire::node::Environment& environment, std::string_view name) {
  const auto found =
      std::find_if(environment.begin(), environment.end(), [&](const auto& v) { return v.first == name; });
  if (found == environment.end()) return std::nullopt;
  return found->second;
}

}  // namespace nodeagent::task
