// Dependencies: which tasks of one job wait for which others (contract 6.4).
//
// A waiting task watches its first unsatisfied dependency only; when that is satisfied the task looks for its next one.
// So a completion touches the tasks that wait for exactly that id, however long the ranges are. What was satisfied once
// stays satisfied for those who have looked, also when the parent is deleted later.
#pragma once

#include "emulator/core/records.h"

#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace emulator::core {

struct Task;

/// How far a task has come with its dependencies, kept inside it.
struct DependencyWatch {
  bool waiting = false;
  std::size_t next_id = 0;                  ///< of depends_on
  std::size_t next_range = 0;               ///< of depends_on_ranges
  std::optional<std::int64_t> next_number;  ///< inside that range
};

class Dependencies {
 public:
  /// True: nothing (more) to wait for. False: the task is watched and comes back from satisfy() one day.
  bool admit(Task* task, std::uint64_t sequence, const TaskRules& rules, DependencyWatch& watch);
  /// The task waits no more (deleted, completed early).
  void forget(std::uint64_t sequence, const TaskRules& rules, DependencyWatch& watch);

  /// The task of this id has ended so that those who depend on it may run. Returns who watched it, oldest first; each
  /// has to be admitted again.
  std::vector<Task*> satisfy(const TaskId& id);
  /// The task of this id will run again.
  void revoke(const TaskId& id);

 private:
  using Watchers = std::map<std::uint64_t, Task*>;  ///< by sequence
  std::unordered_set<TaskId> satisfied_;
  std::set<std::int64_t> satisfied_numbers_;
  std::unordered_map<TaskId, Watchers> id_watchers_;
  std::unordered_map<std::int64_t, Watchers> number_watchers_;
};

}  // namespace emulator::core
