// The variables a command sees (contract 7.2). Nothing comes from the agent's own environment but the node's marker.
#pragma once

#include "nodeagent/task/paths.h"
#include "wire/node/protocol.h"

#include <optional>
#include <string>

namespace nodeagent::task {

/// By this variable the emulator finds what a dead agent left behind; the agent has it from the emulator.
inline constexpr const char* kNodeMarker = "BATCH_EMULATOR_NODE";
/// What the published description shows for AZ_BATCH_TASK_RESERVED_EPHEMERAL_DISK_SPACE_BYTES: below it the node would
/// count as full.
inline constexpr const char* kReservedDiskSpace = "1000000";

/// The address of the instance itself, which elsewhere is the only one of its machine.
inline constexpr const char* kOwnHost = "BATCH_EMULATOR_HOST";
/// The port that AZ_BATCH_MASTER_NODE names (contract 7.2).
inline constexpr int kMasterPort = 6000;

/// What the variables of one command are made of.
struct EnvironmentSource {
  const NodePaths& node;
  const wire::node::NodeSettings& settings;
  const TaskPaths& task;
  std::optional<wire::node::TaskRun> run;  ///< absent for the start task
  std::optional<TaskPaths> preparation;    ///< of the job's preparation task, for all other tasks of the job
  std::string node_marker;                 ///< value of kNodeMarker, may be empty
  bool has_mounts = false;                 ///< the pool has mounts
  const wire::node::MultiInstance* multi_instance = nullptr;
  std::filesystem::path shared_directory;      ///< of a multi-instance task: its root directory on this node
  const wire::node::Environment& of_packages;  ///< package_variables()
  const wire::node::Environment& of_user;      ///< the job's settings overridden by the task's
};

/// All variables, each name once. The user's settings replace PATH, HOME and the like, but none that the service sets
/// (AZ_BATCH_*) and no marker. PATH starts with the directory of stand-ins.
wire::node::Environment command_environment(const EnvironmentSource& source);

/// The value that `environment` gives to a name.
std::optional<std::string> find_variable(const wire::node::Environment& environment, std::string_view name);

}  // namespace nodeagent::task
