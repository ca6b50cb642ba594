// Containers: commands of tasks through docker or podman, whichever this machine has (contract 7.7).
//
// An engine is driven by its command line: pull, create, start --attach, inspect, rm. Secrets never stand on one:
// credentials lie in a configuration file of the engine's, variables in a file, both in a private directory of the run
// that is removed with it. The root of the node is mounted at its own path, so that every AZ_BATCH_ directory means the
// same inside. The container is always removed: nothing of a task outlives it.
#pragma once

#include "nodeagent/task/node_context.h"

#include "nodeagent/command/stop_signal.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nodeagent::task {

/// The engine of this machine.
struct ContainerEngine {
  std::filesystem::path program;
  bool is_podman = false;
};
/// docker, else podman, along a search path; nothing when there is neither.
std::optional<ContainerEngine> find_container_engine(const std::string& search_path);

/// What is run in which container.
struct ContainerRun {
  wire::node::Container container;
  std::string command_line;  ///< empty: the image's own entry point
  wire::node::Environment environment;
  TaskPaths paths;
  std::filesystem::path job_preparation;  ///< the directory that the bind mount jobPrep means
  bool elevated = false;
  bool append = false;  ///< stdout.txt and stderr.txt are written on
};

/// Runs it to its end. `info` is set as soon as there is a container. An error is made for failure_of(): no engine and
/// whatever the engine refuses.
base::Async<base::Result<std::int32_t>> run_in_container(NodeContext& context, ContainerRun run,
                                                         std::shared_ptr<command::StopSignal> stop,
                                                         std::optional<wire::node::ContainerInfo>& info);

/// Removes what an agent of this node that died has left.
base::Async<void> remove_containers_left_over(NodeContext& context, std::shared_ptr<command::StopSignal> stop);

/// Pulls what is not there. The first failure ends it. Without an engine nothing is pulled.
base::Async<base::Result<void>> prefetch_images(NodeContext& context, std::vector<std::string> images,
                                                std::shared_ptr<command::StopSignal> stop);

/// The configuration file with the credentials, as docker and podman both read it.
std::string registry_configuration(const std::vector<wire::node::Registry>& registries);

/// The arguments of `create`, without the program. `variables_file` holds the variables of one line each.
std::vector<std::string> create_arguments(const NodeContext& context, const ContainerEngine& engine,
                                          const ContainerRun& run, const std::string& name,
                                          const std::filesystem::path& variables_file, std::vector<std::string> command,
                                          std::vector<std::string> run_options);

}  // namespace nodeagent::task
