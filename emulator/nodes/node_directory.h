// Where a node lives on disk, and the record of its agent's process.
//
//   <data-dir>/endpoint.json             where agents find the emulator
//   <data-dir>/nodes/<pool>/<node>/      0700; <pool> in lower case
//     agent.json                         pid, start time and incarnation of the agent
//     agent.log                          its standard output and error
//     root/                              AZ_BATCH_NODE_ROOT_DIR: the tree of contract 7.1
//       applications/ fsmounts/ shared/ startup/ volatile/ workitems/
#pragma once

#include "base/result.h"
#include "emulator/core/ids.h"

#include <sys/types.h>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace emulator::nodes {

std::filesystem::path endpoint_file(const std::filesystem::path& data_dir);
std::filesystem::path node_directory(const std::filesystem::path& data_dir, const core::NodeKey& node);
/// What file calls of a node see as their root.
std::filesystem::path node_root(const std::filesystem::path& data_dir, const core::NodeKey& node);

/// `<pool>/<node>/<hash of the data directory>`: the value of BATCH_EMULATOR_NODE in the environment of the node's
/// agent and of everything it starts.
inline constexpr const char* kNodeMarker = "BATCH_EMULATOR_NODE";
std::string node_marker(const std::filesystem::path& data_dir, const core::NodeKey& node);

/// Creates what is missing of the tree.
base::Result<void> create_node_tree(const std::filesystem::path& data_dir, const core::NodeKey& node);
/// Removes the node's directory, and its pool's when that was the last, whatever tasks left there: directories without
/// permissions are opened first. No error when it does not exist.
base::Result<void> remove_node_tree(const std::filesystem::path& data_dir, const core::NodeKey& node);

/// agent.json: which process is the node's agent. The start time (clock ticks since boot, /proc/PID/stat field 22)
/// tells it from a later process with the same pid.
struct AgentProcessRecord {
  pid_t pid = 0;
  std::uint64_t start_time = 0;
  core::Incarnation incarnation = 0;
};
/// Replaced by rename; not synced: after a power cut there is no process to find.
base::Result<void> write_agent_record(const std::filesystem::path& data_dir, const core::NodeKey& node,
                                      const AgentProcessRecord& record);
/// Nothing when there is none or it cannot be read (a torn file).
std::optional<AgentProcessRecord> read_agent_record(const std::filesystem::path& data_dir, const core::NodeKey& node);

}  // namespace emulator::nodes
