// Change: one row written or removed, as the rules report it and the state store commits it.
#pragma once

#include "emulator/core/records.h"

#include <variant>

namespace emulator::core {

struct PoolRemoved {
  PoolId id;
};
/// The pool's samples from before that time.
struct SamplesForgotten {
  PoolId pool;
  Timestamp before{};
};
struct ApplicationRemoved {
  ApplicationId id;
};
struct CertificateRemoved {
  CertificateId thumbprint;
};
struct NodeRemoved {
  NodeKey key;
};
struct JobRemoved {
  JobId id;
};  ///< with all its tasks and job nodes
struct TaskRemoved {
  TaskKey key;
};

struct JobScheduleRemoved {
  JobScheduleId id;
};
struct UsageRemoved {
  UsageKey key;
};

/// A record in a change is the whole new row.
using Change = std::variant<PoolRecord, NodeRecord, JobRecord, TaskRecord, SampleRecord, PoolRemoved, NodeRemoved,
                            JobRemoved, TaskRemoved, SamplesForgotten, ApplicationRecord, ApplicationRemoved,
                            CertificateRecord, CertificateRemoved, JobScheduleRecord, JobScheduleRemoved, UsageRecord,
                            UsageRemoved, TotalsRecord, JobNodeRecord>;

/// Everything the state store holds, as read at start-up.
struct Snapshot {
  std::vector<PoolRecord> pools;
  std::vector<NodeRecord> nodes;
  std::vector<JobRecord> jobs;
  std::vector<TaskRecord> tasks;
  std::vector<SampleRecord> samples;
  std::vector<ApplicationRecord> applications;
  std::vector<CertificateRecord> certificates;
  std::vector<JobScheduleRecord> job_schedules;
  std::vector<UsageRecord> usage;
  TotalsRecord totals;
  std::vector<JobNodeRecord> job_nodes;
};

}  // namespace emulator::core
