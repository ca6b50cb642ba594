// Assignment: from stored documents to the orders of the node protocol: what a node has to know to run a task.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "emulator/core/place.h"
#include "emulator/core/records.h"
#include "wire/node/protocol.h"

#include <string>
#include <vector>

namespace emulator::rest {

/// The account's own storage: what autoStorageContainerName means (contract 7.5).
struct AutoStorage {
  std::string account;
  std::string key;                    ///< raw bytes
  std::string url;                    ///< "http://127.0.0.1:10000/devstoreaccount1"
  std::string endpoint;               ///< the same without the account
  std::vector<std::string> accounts;  ///< all that the emulator has
  /// The real names of all accounts, also of those that nobody has heard of yet, lead nodes to the emulator.
  bool real_names = false;
};

/// How long the signature in an order is good: longer than any task may stay queued on its node.
inline constexpr std::chrono::hours kAutoStorageAccess{7 * 24};

/// Environment: the job's common settings, then the task's, which win (contract 4.0). invalid_argument when a document
/// does not say what it must.
base::Result<wire::node::RunTask> run_task_order(const core::TaskRecord& task, const core::JobRecord& job,
                                                 const core::PoolRecord& pool, const core::TaskPlace& place,
                                                 const AutoStorage& storage, base::Timestamp now);
/// The job's preparation or release task: its own settings after the job's common ones.
base::Result<wire::node::RunTask> special_task_order(core::SpecialTask kind, core::Attempt attempt,
                                                     const core::JobRecord& job, const core::PoolRecord& pool,
                                                     const AutoStorage& storage, base::Timestamp now);
/// `node.start_task` is the pool's start task as applied to the node.
base::Result<wire::node::RunStartTask> run_start_task_order(const core::NodeRecord& node, const core::PoolRecord& pool,
                                                            const AutoStorage& storage, base::Timestamp now);

/// A package with a URL that opens it for as long.
wire::node::Package package_order(const core::DeployablePackage& package, const AutoStorage& storage,
                                  base::Timestamp now);
/// What a pool wants on its nodes: packages, and certificates for those whom `certificate_references` (the pool's list
/// as JSON) names.
wire::node::PrepareNode preparation_order(const std::vector<core::DeployablePackage>& packages,
                                          const core::Document& certificate_references,
                                          const std::vector<core::CertificateRecord>& certificates,
                                          const AutoStorage& storage, base::Timestamp now);
/// What else the pool wants there.
void add_mounts_and_containers(wire::node::PrepareNode& order, const core::PoolRecord& pool, const AutoStorage& storage,
                               base::Timestamp now);

}  // namespace emulator::rest
