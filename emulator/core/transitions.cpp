// The only places that assign a state.
#include "base/check.h"
#include "emulator/core/allocation_states.h"
#include "emulator/core/certificate_states.h"
#include "emulator/core/job_schedule_states.h"
#include "emulator/core/job_states.h"
#include "emulator/core/node_states.h"
#include "emulator/core/pool_states.h"
#include "emulator/core/task_states.h"

namespace emulator::core {
namespace {

template <class Table, class State, class Event>
State next_or_stop(const Table& table, State from, Event event) {
  const auto to = next_state(table, from, event);
  CHECK(to.has_value(),
        std::string(wire::batch::name_of(event)) + " in state " + std::string(wire::batch::name_of(from)));
  return *to;
}

/// Jobs, tasks and certificates show the state before, and since when they had it (contract 5).
template <class Record>
void remember_state(Record& record) {
  record.previous_state = record.state;
  record.previous_state_since = record.state_since;
}

}  // namespace

void begin(PoolRecord& pool, Timestamp now) {
  pool.state = wire::batch::PoolState::active;
  pool.state_since = now;
}
void begin_allocation(PoolRecord& pool, Timestamp now) {
  pool.allocation_state = wire::batch::AllocationState::resizing;
  pool.allocation_state_since = now;
}
void begin(NodeRecord& node, Timestamp now) {
  node.state = wire::batch::NodeState::creating;
  node.state_since = now;
}
void begin(JobRecord& job, Timestamp now) {
  job.state = wire::batch::JobState::active;
  job.state_since = now;
  job.previous_state.reset();
  job.previous_state_since.reset();
}
void begin(JobScheduleRecord& schedule, Timestamp now) {
  schedule.state = wire::batch::JobScheduleState::active;
  schedule.state_since = now;
  schedule.previous_state.reset();
  schedule.previous_state_since.reset();
}
void begin(TaskRecord& task, Timestamp now) {
  task.state = wire::batch::TaskState::active;
  task.state_since = now;
  task.previous_state.reset();
  task.previous_state_since.reset();
}

void begin(CertificateRecord& certificate, Timestamp now) {
  certificate.state = wire::batch::CertificateState::active;
  certificate.state_since = now;
  certificate.previous_state.reset();
  certificate.previous_state_since.reset();
}

void transition(CertificateRecord& certificate, CertificateEvent event, Timestamp now) {
  const auto to = next_or_stop(kCertificateTransitions, certificate.state, event);
  remember_state(certificate);
  certificate.state = to;
  certificate.state_since = now;
}
void transition(PoolRecord& pool, PoolEvent event, Timestamp now) {
  pool.state = next_or_stop(kPoolTransitions, pool.state, event);
  pool.state_since = now;
}
void transition(PoolRecord& pool, AllocationEvent event, Timestamp now) {
  pool.allocation_state = next_or_stop(kAllocationTransitions, pool.allocation_state, event);
  pool.allocation_state_since = now;
}
void transition(NodeRecord& node, NodeEvent event, Timestamp now) {
  node.state = next_or_stop(kNodeTransitions, node.state, event);
  node.state_since = now;
}
void transition(JobRecord& job, JobEvent event, Timestamp now) {
  const auto to = next_or_stop(kJobTransitions, job.state, event);
  remember_state(job);
  job.state = to;
  job.state_since = now;
}
void transition(JobScheduleRecord& schedule, JobScheduleEvent event, Timestamp now) {
  const auto to = next_or_stop(kJobScheduleTransitions, schedule.state, event);
  remember_state(schedule);
  schedule.state = to;
  schedule.state_since = now;
}
void transition(TaskRecord& task, TaskEvent event, Timestamp now) {
  const auto to = next_or_stop(kTaskTransitions, task.state, event);
  remember_state(task);
  task.state = to;
  task.state_since = now;
}

}  // namespace emulator::core
