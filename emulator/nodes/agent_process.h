// Starting an agent: one program, one directory, one secret.
#pragma once

#include "base/result.h"

#include <sys/types.h>
#include <filesystem>
#include <string>
#include <vector>

namespace emulator::nodes {

struct AgentStart {
  std::filesystem::path program;
  std::filesystem::path node_directory;  ///< exists; agent.log is written there
  std::filesystem::path endpoint_file;
  std::string marker;    ///< NAME=value for the environment of the agent and everything it starts
  std::string handover;  ///< wire::node::Handover as text; given through a pipe, so never on a command line
};

/// Starts the agent in a session of its own, with standard input from nothing, standard output and error appended to
/// agent.log, the handover readable from descriptor 3, no other descriptor, default signals, and an environment of few
/// variables (agent_environment). Takes the time of one fork and exec. The child belongs to the caller, who reaps it.
base::Result<pid_t> start_agent(const AgentStart& start);

/// What an agent inherits of an environment: search paths, locale, home, proxies; never a variable that may hold a key.
std::vector<std::string> agent_environment(const char* const* environment, const std::string& marker);

}  // namespace emulator::nodes
