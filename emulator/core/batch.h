// Batch: the rules of the Batch service over one account's state in memory. No HTTP, JSON, disk, clock or thread.
//
// One owner calls it from one strand. Every call that changes something returns an Outcome whose changes must be
// committed before its reply is believed; memory is then ahead of the disk only inside that one batch.
#pragma once

#include "emulator/core/outcome.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace emulator::core {

/// What the owner may tune.
struct BatchOptions {
  /// From `creating` to `starting`: how long a VM takes to boot. 0 by default; `--node-boot-time`.
  Ticks node_boot_time{0};
  /// Seed of the node ids (`tvmps_` + 64 hexadecimal digits + `_d`/`_p`); two accounts differ by it.
  std::string node_id_seed;
  /// Quotas of the account (contract 4.0); off unless the owner sets them. Completed jobs do not count. What a resize
  /// cannot have because of them it reports among its errors.
  std::int32_t max_pools = std::numeric_limits<std::int32_t>::max();
  std::int32_t max_active_jobs = std::numeric_limits<std::int32_t>::max();
  std::int32_t max_dedicated_cores = std::numeric_limits<std::int32_t>::max();
  std::int32_t max_low_priority_cores = std::numeric_limits<std::int32_t>::max();
  /// Nodes of one pool whose nodes may talk to each other.
  std::int32_t max_inter_node_nodes = std::numeric_limits<std::int32_t>::max();
  /// Nodes that this machine is to carry in all pools together.
  std::int32_t max_nodes = std::numeric_limits<std::int32_t>::max();
  std::size_t max_applications = std::numeric_limits<std::size_t>::max();
  std::size_t max_packages_per_application = std::numeric_limits<std::size_t>::max();
};

/// Statistics of everything that there ever was (contract 9.1).
struct LifetimeStatistics {
  Timestamp since{};
  WorkStatistics work;
  PoolUsage pools;
};

class Batch {
 public:
  explicit Batch(BatchOptions options, Snapshot snapshot = {});
  ~Batch();
  Batch(Batch&&) noexcept;

  /// Applies one command at `now` (never earlier than the call before), then places waiting tasks on free slots.
  Outcome apply(Command command, Timestamp now);
  /// When time alone will next change something; apply(Tick{}) then.
  [[nodiscard]] std::optional<Timestamp> next_deadline() const;
  /// What has to be carried out (again) after a restart, assuming no agent and no mailbox survived. Nodes whose agent
  /// is still alive join with `adopted` and are told again what to run.
  [[nodiscard]] std::vector<Notice> notices_after_restart() const;
  /// What the node's agent has to be told after it joined: its start task, its assignments, its stops.
  [[nodiscard]] std::vector<Notice> notices_for(const NodeKey& node) const;

  // Reading. Pointers hold until the next apply(). Order of every list: by id, ordinal, ascending (contract 1.7).
  [[nodiscard]] const PoolRecord* find_pool(const PoolId& id) const;
  [[nodiscard]] const NodeRecord* find_node(const NodeKey& key) const;
  [[nodiscard]] const JobRecord* find_job(const JobId& id) const;
  [[nodiscard]] const TaskRecord* find_task(const TaskKey& key) const;
  [[nodiscard]] const ApplicationRecord* find_application(const ApplicationId& id) const;
  [[nodiscard]] const CertificateRecord* find_certificate(const CertificateId& thumbprint) const;
  /// With what a reference can be satisfied; nothing when it cannot.
  [[nodiscard]] std::optional<DeployablePackage> deployable(const PackageReference& reference) const;
  [[nodiscard]] const JobNodeRecord* find_job_node(const JobNodeKey& key) const;
  /// Lists begin after `after` (exclusive) when it is given: a page is taken by walking until it is full.
  using PoolVisitor = std::function<bool(const PoolRecord&)>;  ///< false ends the walk
  using NodeVisitor = std::function<bool(const NodeRecord&)>;
  using JobVisitor = std::function<bool(const JobRecord&)>;
  using TaskVisitor = std::function<bool(const TaskRecord&)>;
  using ApplicationVisitor = std::function<bool(const ApplicationRecord&)>;
  using CertificateVisitor = std::function<bool(const CertificateRecord&)>;
  void visit_applications(const std::optional<ApplicationId>& after, const ApplicationVisitor& visit) const;
  void visit_certificates(const std::optional<CertificateId>& after, const CertificateVisitor& visit) const;
  using JobNodeVisitor = std::function<bool(const JobNodeRecord&)>;
  void visit_pools(const std::optional<PoolId>& after, const PoolVisitor& visit) const;
  void visit_nodes(const PoolId& pool, const std::optional<NodeId>& after, const NodeVisitor& visit) const;
  void visit_jobs(const std::optional<JobId>& after, const JobVisitor& visit) const;
  void visit_tasks(const JobId& job, const std::optional<TaskId>& after, const TaskVisitor& visit) const;
  [[nodiscard]] const JobScheduleRecord* find_job_schedule(const JobScheduleId& id) const;
  using JobScheduleVisitor = std::function<bool(const JobScheduleRecord&)>;
  void visit_job_schedules(const std::optional<JobScheduleId>& after, const JobScheduleVisitor& visit) const;
  void visit_jobs_of(const JobScheduleId& schedule, const std::optional<JobId>& after, const JobVisitor& visit) const;
  /// Statistics until now, what was deleted included. Of something unknown: nothing.
  [[nodiscard]] WorkStatistics statistics_of(const JobId& job) const;
  [[nodiscard]] WorkStatistics statistics_of(const JobScheduleId& schedule) const;
  [[nodiscard]] PoolUsage usage_of(const PoolId& pool, Timestamp now) const;
  [[nodiscard]] LifetimeStatistics lifetime_statistics(Timestamp now) const;
  /// The whole half hours between the two times in which pools had nodes, by time and pool.
  [[nodiscard]] std::vector<UsageRecord> usage_metrics(Timestamp from, Timestamp to) const;
  /// By pool, then by node.
  void visit_job_nodes(const JobId& job, const std::optional<NodeKey>& after, const JobNodeVisitor& visit) const;
  [[nodiscard]] TaskCounts task_counts(const JobId& job) const;
  [[nodiscard]] TaskCounts task_slot_counts(const JobId& job) const;
  /// Current nodes of each kind (the second includes preempted ones).
  [[nodiscard]] std::pair<std::int32_t, std::int32_t> current_nodes(const PoolId& pool) const;
  [[nodiscard]] std::int32_t running_tasks(const NodeKey& node) const;
  [[nodiscard]] std::int32_t running_slots(const NodeKey& node) const;

  /// Every invariant of the state (counts equal a recount, slots never exceed, only legal states). Empty = all hold.
  [[nodiscard]] std::vector<std::string> broken_invariants() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Why a node in this state does not take what needs an idle or running one (contract 3.3).
base::Error refused_in(wire::batch::NodeState state);
/// Whether a node in this state has an agent, or one is asked for: what is ordered reaches it.
bool has_agent(wire::batch::NodeState state);
/// The beginning of the half hour that the time lies in.
Timestamp usage_interval_of(Timestamp time);

/// Conditions against a version: nothing when they hold, else wire::batch::ErrorCode::ConditionNotMet (contract 1.6).
base::Result<void> check_conditions(const Conditions& conditions, const Version& version);

}  // namespace emulator::core
