// Observer: what must hold between two moments, which no look at one moment can tell.
//
// - A task that was completed stays completed, with the same end, unless it was reactivated or deleted.
// - Attempt numbers of a task never fall, and a run that is over never comes back.
// - A task of a job with dependencies starts only when every parent has been completed so that it satisfies.
// - The counts a user is told equal a recount of the tasks.
#pragma once

#include "emulator/core/batch.h"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace simulation {

namespace core = emulator::core;

class Observer {
 public:
  using Find = std::function<void(std::string what)>;
  explicit Observer(Find find) : find_(std::move(find)) {}

  /// Before the command is applied: what it allows.
  void before(const core::Command& command);
  void after(const core::Batch& batch);

 private:
  struct Seen {
    std::uint64_t sequence = 0;
    wire::batch::TaskState state{};
    core::Attempt attempt = 0;
    std::optional<base::Timestamp> ended;
  };
  void look_at_job(const core::Batch& batch, const core::JobRecord& job);
  void compare(const core::TaskRecord& task, const Seen& seen);
  void check_parents(const core::TaskRecord& task);

  Find find_;
  std::map<core::TaskKey, Seen> tasks_;
  std::set<core::TaskKey> may_run_again_;
  /// Ids of tasks that have once been completed so that they satisfy.
  std::set<core::TaskKey> satisfied_;
};

}  // namespace simulation
