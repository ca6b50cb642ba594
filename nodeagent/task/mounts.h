// Mounts: the pool's file systems below the mounts directory (contract 7.7).
//
// A container of blobs is a directory that is kept in step with it: what is there is downloaded when the node is set up
// and again before each task, what a task has changed is uploaded when it ends. Between the two a directory and its
// container may differ, which a mounted file system would not. A directory of this machine is a symbolic link.
#pragma once

#include "base/async.h"
#include "base/wakeup.h"
#include "nodeagent/command/stop_signal.h"
#include "nodeagent/task/node_context.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nodeagent::task {

/// Used on one executor. `context` outlives it.
class Mounts {
 public:
  Mounts(NodeContext& context, base::Executor executor) : context_(context), turn_(std::move(executor)) {}

  /// Mounts everything; the first failure ends it, an error for failure_of(). May be repeated, also while
  /// tasks use what is mounted.
  base::Async<base::Result<void>> mount(std::vector<wire::node::Mount> mounts,
                                        std::shared_ptr<command::StopSignal> stop);
  /// Brings what has changed in the containers. Failures are logged: a task sees what there is.
  base::Async<void> refresh();
  /// Brings what has changed in the directories to the containers.
  base::Async<void> save();
  [[nodiscard]] bool empty() const noexcept { return mounted_.empty(); }

 private:
  /// A file as it was when container and directory last agreed on it.
  struct Known {
    std::string etag;  ///< of the blob
    std::uint64_t size = 0;
    std::filesystem::file_time_type modified{};
  };
  struct Mounted {
    wire::node::Mount mount;
    std::filesystem::path directory;
    std::map<std::string, Known> files;  ///< by the blob's name
  };
  using Direction = base::Async<base::Result<void>> (Mounts::*)(Mounted& mounted);

  base::Async<base::Result<void>> mount_one(wire::node::Mount mount);
  void remember(std::unique_ptr<Mounted> mounted);
  base::Async<base::Result<void>> bring_down(Mounted& mounted);
  base::Async<base::Result<void>> bring_up(Mounted& mounted);
  base::Async<void> each(Direction direction, const char* what);
  base::Async<void> take_turn();
  void end_turn();
  void log(const Mounted& mounted, const std::string& text) const;

  NodeContext& context_;
  std::vector<std::unique_ptr<Mounted>> mounted_;
  base::Wakeup turn_;
  bool taken_ = false;
};

}  // namespace nodeagent::task
