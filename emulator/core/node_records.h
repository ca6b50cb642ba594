// What is kept of a node.
#pragma once

#include "emulator/core/package_records.h"

namespace emulator::core {

/// An item of a node's `recentTasks`.
struct RecentTask {
  JobId job;
  TaskId task;
  std::optional<std::int32_t> subtask;  ///< which instance of a multi-instance task; 0 = the primary
  wire::batch::TaskState state{};
  std::optional<Timestamp> started;
  std::optional<Timestamp> ended;
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  std::optional<ContainerInfo> container;
  std::int32_t retry_count = 0;
  std::int32_t requeue_count = 0;
};

/// `startTaskInfo` (contract 4.2).
struct StartTaskInfo {
  bool running = false;  ///< else completed
  Timestamp started{};
  std::optional<Timestamp> ended;
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
  std::optional<ContainerInfo> container;
  std::int32_t retry_count = 0;
  std::optional<Timestamp> last_retry;
};

/// What has been asked to be done with a node (contract 4.2, 6.6).
enum class NodeAction { remove, reboot, reimage, deallocate };
constexpr auto names_of(NodeAction) {
  return std::to_array<std::string_view>({"remove", "reboot", "reimage", "deallocate"});
}

/// A user account on a node: kept and validated, but no account of the host. Of the password only its existence.
struct NodeUser {
  std::string name;
  bool is_admin = false;
  Timestamp expires{};
  bool has_password = false;
  std::string ssh_public_key;
};

struct NodeRecord {
  NodeKey key;
  std::uint64_t number = 0;  ///< order of allocation in its pool
  bool dedicated = true;
  wire::batch::NodeState state{};
  Timestamp state_since{};
  bool scheduling_enabled = true;
  Timestamp allocated{};
  std::optional<Timestamp> last_boot;
  std::string ip_address;
  std::string agent_version;  ///< empty until the first agent has joined
  std::optional<Timestamp> agent_updated;
  std::int32_t total_tasks_run = 0;
  std::int32_t total_tasks_succeeded = 0;
  std::vector<RecentTask> recent_tasks;  ///< newest first, at most kMaxRecentTasks
  std::optional<StartTaskInfo> start_task_info;
  Document start_task;  ///< the pool's start task as applied to this node
  bool start_task_waits = true;
  std::vector<PackageReference> packages;  ///< the pool's, as applied to this node at its last start
  Document certificate_references;         ///< so too
  std::vector<CertificateId> certificates;
  std::vector<ResourceError> errors;

  Incarnation incarnation = 0;  ///< of the agent that is running or asked for
  /// Set while something is to be done with the node: what happens to its running tasks until then. It keeps its state
  /// and gets no new tasks until the option lets it act. A removal stays set when the node is leavingpool.
  std::optional<wire::batch::DeallocationOption> pending;
  NodeAction pending_action = NodeAction::remove;
  bool halted = false;  ///< rebooting, reimaging: nothing of the agent is left, the machine may boot
  bool wipe = false;    ///< nothing on the node's disk is left to the next agent
  std::vector<NodeUser> users;
  Usage usage;  ///< of the tasks that ran here
  /// Hexadecimal SHA-256 of the agent's token, so that living agents are known after a restart.
  std::string secret_hash;
};

}  // namespace emulator::core
