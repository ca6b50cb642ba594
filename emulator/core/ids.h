// Ids of the things the core knows. They keep their casing and compare without it (contract 4.0).
#pragma once

#include "base/strong_id.h"

#include <cstdint>
#include <tuple>

namespace emulator::core {

struct PoolTag {};
struct NodeTag {};
struct JobTag {};
struct TaskTag {};
struct ApplicationTag {};
struct CertificateTag {};
struct JobScheduleTag {};
using PoolId = base::CaselessId<PoolTag>;
using NodeId = base::CaselessId<NodeTag>;
using JobId = base::CaselessId<JobTag>;
using TaskId = base::CaselessId<TaskTag>;
using ApplicationId = base::CaselessId<ApplicationTag>;
/// A certificate's thumbprint: 40 hexadecimal digits. SHA-1 is the only algorithm there is (contract 4.6).
using CertificateId = base::CaselessId<CertificateTag>;
using JobScheduleId = base::CaselessId<JobScheduleTag>;

/// A node's full name: node ids are unique in their pool only.
struct NodeKey {
  PoolId pool;
  NodeId node;
  friend bool operator==(const NodeKey&, const NodeKey&) = default;
  friend auto operator<=>(const NodeKey& a, const NodeKey& b) {
    return std::tie(a.pool, a.node) <=> std::tie(b.pool, b.node);
  }
};

/// A task's full name.
struct TaskKey {
  JobId job;
  TaskId task;
  friend bool operator==(const TaskKey&, const TaskKey&) = default;
  friend auto operator<=>(const TaskKey& a, const TaskKey& b) {
    return std::tie(a.job, a.task) <=> std::tie(b.job, b.task);
  }
};

/// Which run of a task is meant. Grows by one with every assignment to a node; a report for another attempt is stale.
using Attempt = std::uint64_t;

/// Which life of a node's agent is meant. Grows by one whenever a new agent process is asked for.
using Incarnation = std::uint64_t;

}  // namespace emulator::core
