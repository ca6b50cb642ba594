// What readers see of the state.
#include "emulator/core/state.h"

namespace emulator::core {
namespace {

template <class Map>
auto* find_in(Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

template <class Map, class Visit>
void visit_after(const Map& map, const std::optional<typename Map::key_type>& after_key, const Visit& visit) {
  for (auto at = after_key ? map.upper_bound(*after_key) : map.begin(); at != map.end(); ++at) {
    if (!visit(at->second.record)) return;
  }
}

template <class Thing>
auto record_of(const Thing* thing) {
  return thing == nullptr ? nullptr : &thing->record;
}

}  // namespace

Pool* Batch::State::find_pool(const PoolId& id) {
  return find_in(pools, id);
}
Job* Batch::State::find_job(const JobId& id) {
  return find_in(jobs, id);
}
Node* Batch::State::find_node(const NodeKey& key) {
  Pool* pool = find_pool(key.pool);
  return pool == nullptr ? nullptr : find_in(pool->nodes, key.node);
}
JobSchedule* Batch::State::find_schedule(const JobScheduleId& id) {
  return find_in(schedules, id);
}
Task* Batch::State::find_task(const TaskKey& key) {
  Job* job = find_job(key.job);
  return job == nullptr ? nullptr : find_in(job->tasks, key.task);
}

JobNode* Batch::State::find_job_node(const JobNodeKey& key) {
  Job* job = find_job(key.job);
  return job == nullptr ? nullptr : find_in(job->nodes, key.node);
}

const PoolRecord* Batch::find_pool(const PoolId& id) const {
  return record_of(state_->find_pool(id));
}
const NodeRecord* Batch::find_node(const NodeKey& key) const {
  return record_of(state_->find_node(key));
}
const JobRecord* Batch::find_job(const JobId& id) const {
  return record_of(state_->find_job(id));
}
const TaskRecord* Batch::find_task(const TaskKey& key) const {
  return record_of(state_->find_task(key));
}

const ApplicationRecord* Batch::find_application(const ApplicationId& id) const {
  return record_of(find_in(state_->applications, id));
}
const CertificateRecord* Batch::find_certificate(const CertificateId& thumbprint) const {
  return record_of(find_in(state_->certificates, thumbprint));
}
std::optional<DeployablePackage> Batch::deployable(const PackageReference& reference) const {
  return state_->deployable(reference);
}

void Batch::visit_applications(const std::optional<ApplicationId>& after_id, const ApplicationVisitor& visit) const {
  visit_after(state_->applications, after_id, visit);
}
void Batch::visit_certificates(const std::optional<CertificateId>& after_id, const CertificateVisitor& visit) const {
  visit_after(state_->certificates, after_id, visit);
}

const JobScheduleRecord* Batch::find_job_schedule(const JobScheduleId& id) const {
  return record_of(state_->find_schedule(id));
}

void Batch::visit_job_schedules(const std::optional<JobScheduleId>& after_id, const JobScheduleVisitor& visit) const {
  visit_after(state_->schedules, after_id, visit);
}
void Batch::visit_jobs_of(const JobScheduleId& schedule, const std::optional<JobId>& after_id,
                          const JobVisitor& visit) const {
  const JobSchedule* found = state_->find_schedule(schedule);
  if (found == nullptr) return;
  const auto& jobs = found->jobs;
  for (auto at = after_id ? jobs.upper_bound(*after_id) : jobs.begin(); at != jobs.end(); ++at) {
    if (!visit(at->second->record)) return;
  }
}
const JobNodeRecord* Batch::find_job_node(const JobNodeKey& key) const {
  return record_of(state_->find_job_node(key));
}

void Batch::visit_pools(const std::optional<PoolId>& after_id, const PoolVisitor& visit) const {
  visit_after(state_->pools, after_id, visit);
}
void Batch::visit_nodes(const PoolId& pool, const std::optional<NodeId>& after_id, const NodeVisitor& visit) const {
  if (const Pool* found = state_->find_pool(pool)) visit_after(found->nodes, after_id, visit);
}
void Batch::visit_jobs(const std::optional<JobId>& after_id, const JobVisitor& visit) const {
  visit_after(state_->jobs, after_id, visit);
}
void Batch::visit_tasks(const JobId& job, const std::optional<TaskId>& after_id, const TaskVisitor& visit) const {
  if (const Job* found = state_->find_job(job)) visit_after(found->tasks, after_id, visit);
}

void Batch::visit_job_nodes(const JobId& job, const std::optional<NodeKey>& after_key,
                            const JobNodeVisitor& visit) const {
  if (const Job* found = state_->find_job(job)) visit_after(found->nodes, after_key, visit);
}

TaskCounts Batch::task_counts(const JobId& job) const {
  const Job* found = state_->find_job(job);
  return found == nullptr ? TaskCounts{} : found->counts;
}
TaskCounts Batch::task_slot_counts(const JobId& job) const {
  const Job* found = state_->find_job(job);
  return found == nullptr ? TaskCounts{} : found->slot_counts;
}
std::pair<std::int32_t, std::int32_t> Batch::current_nodes(const PoolId& pool) const {
  const Pool* found = state_->find_pool(pool);
  if (found == nullptr) return {0, 0};
  return {found->current_dedicated, found->current_low_priority};
}
std::int32_t Batch::running_tasks(const NodeKey& node) const {
  const Node* found = state_->find_node(node);
  return found == nullptr ? 0 : static_cast<std::int32_t>(found->runs.size());
}
std::int32_t Batch::running_slots(const NodeKey& node) const {
  const Node* found = state_->find_node(node);
  return found == nullptr ? 0 : found->used_slots;
}

std::vector<Notice> Batch::notices_for(const NodeKey& node) const {
  const Node* found = state_->find_node(node);
  return found == nullptr || is_ending(*found) ? std::vector<Notice>{} : State::orders_for(*found);
}

std::vector<Notice> Batch::notices_after_restart() const {
  std::vector<Notice> notices;
  for (const auto& [pool_id, pool] : state_->pools) {
    for (const auto& [node_id, node] : pool.nodes) {
      const NodeRecord& record = node.record;
      if (is_leaving(node)) {
        notices.emplace_back(StopAgent{.node = record.key, .incarnation = record.incarnation});
      } else if (has_agent(record.state)) {
        notices.emplace_back(StartAgent{.node = record.key, .incarnation = record.incarnation, .wipe = record.wipe});
      } else if (record.state != NodeState::creating && record.state != NodeState::deallocated && !record.halted) {
        // Repeated whether it had been done or not: it does nothing to a node without processes.
        notices.emplace_back(HaltNode{.node = record.key, .incarnation = record.incarnation, .wipe = record.wipe});
      }
    }
  }
  return notices;
}

std::vector<std::string> Batch::broken_invariants() const {
  return state_->broken_invariants();
}

}  // namespace emulator::core
