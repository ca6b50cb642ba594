// Things: what the rules keep in memory of pools, nodes, jobs and the others: each its record, and around it the
// indexes that make every step cheap. Pointers between things hold because maps keep their elements in place.
#pragma once

#include "emulator/autoscale/formula.h"
#include "emulator/core/allocation_states.h"
#include "emulator/core/batch.h"
#include "emulator/core/certificate_states.h"
#include "emulator/core/dependencies.h"
#include "emulator/core/exit_conditions.h"
#include "emulator/core/job_schedule_states.h"
#include "emulator/core/job_states.h"
#include "emulator/core/marks.h"
#include "emulator/core/node_states.h"
#include "emulator/core/pool_states.h"
#include "emulator/core/scheduler.h"
#include "emulator/core/special_tasks.h"
#include "emulator/core/task_states.h"
#include "emulator/core/timers.h"
#include "wire/batch/errors.h"
#include "wire/management/errors.h"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace emulator::core {

using wire::batch::AllocationState;
using wire::batch::CertificateState;
using wire::batch::DeallocationOption;
using wire::batch::ErrorCode;
using wire::batch::JobState;
using wire::batch::NodeState;
using wire::batch::PoolState;
using wire::batch::TaskState;

/// The smallest step of time: two writes of one resource differ by at least this.
inline constexpr Ticks kOneTick{1};
/// A job without tasks that ends when all are complete does so after this long ("seconds", contract 6.5).
inline constexpr Ticks kEmptyJobDelay = std::chrono::seconds{1};
/// A sample is taken at every multiple of this, and one when a pool is made (contract 8.6).
inline constexpr Ticks kSamplePeriod = autoscale::kSamplePeriod;
/// "Becomes visible after about a minute": what happens shows in a sample after at most one period, and that sample in
/// a formula one period later. Formulas that want 70 per cent of three minutes, as published ones do, are then content.
inline constexpr Ticks kSampleDelay = kSamplePeriod;
/// Samples are kept for as long as an evaluation interval may be.
inline constexpr Ticks kSamplesKept = wire::batch::kMaxAutoScaleInterval;
/// This many agent deaths within this time make a node unusable.
inline constexpr std::size_t kDeathsTolerated = 5;
inline constexpr Ticks kDeathsCountedFor = std::chrono::minutes{1};

/// What waits for tasks or runs them under one pool id. Exists while the pool or a job that names it does.
struct PoolQueue {
  PoolId id;
  Pool* pool = nullptr;         ///< null: no such pool (yet)
  std::size_t jobs = 0;         ///< that name the pool
  std::size_t preemptible = 0;  ///< of them, those with allowTaskPreemption
  JobsInOrder waiting;          ///< active jobs with waiting tasks
  Mark mark;                    ///< new tasks, new room: to be scheduled
};

/// One assignment that holds slots of a node.
struct Run {
  Attempt attempt = 0;
  std::int32_t slots = 0;
  /// Null: nobody waits for its end any more, its processes are still being ended: the task was deleted, or this was a
  /// subtask and the primary's run is over.
  Task* task = nullptr;
  std::int32_t instance = 0;  ///< of a multi-instance task; 0 = the primary, and every ordinary task
};

struct Node {
  NodeRecord record;
  Pool* pool = nullptr;
  std::map<TaskKey, Run> runs;
  std::map<std::uint64_t, Task*> residents;  ///< tasks whose directory is here, by sequence
  std::map<JobId, JobNode*> job_nodes;       ///< of this node
  std::map<TaskKey, JobNode*> specials;      ///< of these, whose preparation or release task is under way
  std::int32_t used_slots = 0;
  bool joined = false;    ///< the agent has registered with this process
  bool clearing = false;  ///< running tasks yield here: nothing new starts until those have ended
  std::deque<Timestamp> deaths;
  NodeOffer offer;
  Alarm alarm;
  Mark changed;
};

struct Pool {
  PoolRecord record;
  PoolQueue* queue = nullptr;
  std::map<NodeId, Node> nodes;
  FreeSlots free;
  std::int32_t current_dedicated = 0;
  std::int32_t current_low_priority = 0;
  Timestamp settles_at{};            ///< not steady (or gone) before
  std::deque<SampleRecord> samples;  ///< in order of time; what has not changed is not repeated
  Alarm alarm;
  Mark changed;
};

/// A job on a node: its preparation and release task there.
struct JobNode {
  JobNodeRecord record;
  Job* job = nullptr;
  Node* node = nullptr;                      ///< null: the node is gone
  std::map<std::uint64_t, Task*> preparing;  ///< tasks that wait for the preparation, by sequence
  std::optional<Timestamp> retry_at;         ///< the retry of a preparation is ordered then
  Alarm alarm;
  Mark changed;
};

struct Job {
  JobRecord record;
  PoolQueue* queue = nullptr;
  std::map<TaskId, Task> tasks;
  std::map<std::uint64_t, Task*> running;  ///< by sequence; those that are preparing too
  std::map<NodeKey, JobNode> nodes;        ///< only in jobs with a preparation task
  JobQueue waiting;
  bool queued = false;  ///< `waiting` is in queue->waiting
  Dependencies dependencies;
  TaskCounts counts;
  TaskCounts slot_counts;
  Timestamp acts_at = kNever;  ///< an empty job ends, a deleted one goes
  Alarm alarm;
  Mark changed;
  Mark unsettled;
};

struct Task {
  TaskRecord record;
  Job* job = nullptr;
  Node* node = nullptr;              ///< where it runs, or where its directory is
  std::vector<Node*> subtask_nodes;  ///< where each subtask's directory is; null = it is gone
  DependencyWatch watch;
  bool waiting = false;  ///< in job->waiting
  Alarm alarm;
  Mark changed;
  Mark halted;  ///< told to stop while preparing: nothing of it runs, so it ends with the command
};

struct Application {
  ApplicationRecord record;
  Mark changed;
};

struct Certificate {
  CertificateRecord record;
  Timestamp decides_at{};  ///< in state deleting: whether it can go is seen then
  Alarm alarm;
  Mark changed;
};

struct JobSchedule {
  JobScheduleRecord record;
  std::map<JobId, Job*> jobs;  ///< that it made and that are still there
  Timestamp goes_at = kNever;  ///< deleted and without jobs, it goes
  Alarm alarm;
  Mark changed;
  Mark unsettled;
};

/// Whether the pool has as many nodes of each kind as it is to have.
inline bool targets_reached(const Pool& pool) {
  return pool.current_dedicated == pool.record.target_dedicated &&
         pool.current_low_priority == pool.record.target_low_priority;
}
/// Every instance's coordination command has exited with 0.
bool all_coordinated(const TaskRecord& task);

/// Whether the node has been told to go, and only waits for that.
inline bool is_leaving(const Node& node) {
  return node.record.state == NodeState::leavingpool;
}
/// Whether the node shall leave, now or when its tasks let it.
inline bool is_to_leave(const Node& node) {
  return node.record.pending && node.record.pending_action == NodeAction::remove;
}
/// Ready to run tasks, or running some.
inline bool serves(const NodeRecord& node) {
  return node.state == NodeState::idle || node.state == NodeState::running;
}
/// The same, or kept from tasks by its scheduling alone.
inline bool is_in_service(const NodeRecord& node) {
  return serves(node) || node.state == NodeState::offline;
}
/// Its processes are about to be ended with everything that runs there; whatever is ordered comes too late.
inline bool is_ending(const Node& node) {
  return !has_agent(node.record.state);
}
/// Whether the option lets running tasks come to their end.
inline bool waits(DeallocationOption option) {
  return option == DeallocationOption::taskcompletion || option == DeallocationOption::retaineddata;
}
/// Whether the node takes tasks, has it room.
inline bool takes_tasks(const Node& node) {
  return node.joined && serves(node.record) && node.record.scheduling_enabled && !node.record.pending;
}
/// Whether the job's state takes changes; else the documented refusal.
base::Result<void> require_open(const JobRecord& job);
/// Slots of its node that the task holds.
inline std::int32_t slots_taken(const TaskRecord& task, const Node& node) {
  const bool all = task.rules.manager && task.rules.manager->exclusive;
  return all ? node.pool->record.task_slots_per_node : task.rules.required_slots;
}
/// `from` + `span`, or kNever when that is beyond all time.
inline Timestamp after(Timestamp from, Ticks span) {
  return span >= kNever - from ? kNever : from + span;
}
/// What a run that ends with its node, unasked, comes to; nothing: it is a recovery.
std::optional<StopReason> reason_of_leaving(const Node& node);
/// Errc::not_found for a report that is not about the present.
base::Error stale_report(std::string what);

}  // namespace emulator::core
