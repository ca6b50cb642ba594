// The texts of contract 5.8 that the rules themselves write, and those of resize and node errors.
#pragma once

#include "emulator/core/records.h"

#include <string_view>

namespace emulator::core {

/// A detail of an Error that names the code of the failure it becomes, a UserError, instead of Unknown.
inline constexpr std::string_view kFailureCodeDetail = "FailureCode";
/// FailureExitCode: the process ended with a non-zero exit code.
Failure failure_exit_code();
/// TaskEnded: by a user's request, with its job or its node.
Failure task_ended();
/// TaskEnded: the task's own maxWallClockTime was over.
Failure task_wall_clock_over();

/// JobPreparationTaskFailed: the task cannot run on its node, and is placed anew.
Failure preparation_failed();

/// AllocationTimedout, RemoveNodesFailed and ResizeStopped: an item of resizeErrors for one kind of node that missed
/// its target.
ResourceError allocation_timed_out(bool dedicated, std::int32_t current, std::int32_t target);
ResourceError remove_nodes_failed(bool dedicated, std::int32_t current, std::int32_t target);
ResourceError resize_stopped(bool dedicated, std::int32_t current, std::int32_t target);
/// AccountCoreQuotaReached or AccountLowPriorityCoreQuotaReached.
ResourceError core_quota_reached(bool dedicated, std::int32_t current, std::int32_t target);
/// AllocationFailed, and why.
ResourceError allocation_failed(std::string reason, bool dedicated, std::int32_t current, std::int32_t target);
/// ApplicationPackageError: the reference can no longer be satisfied. Of a task, and of a node for its pool.
Failure package_not_deployable(const PackageReference& reference);
ResourceError pool_package_not_deployable(const PackageReference& reference);
/// PoolsReferencingCertificate, NodesReferencingCertificate: a certificate's deleteCertificateError.
ResourceError certificate_used_by_pools(const std::vector<std::string>& pools);
ResourceError certificate_used_by_nodes(const std::vector<std::string>& nodes);
/// The node's agent died too often.
ResourceError agent_keeps_dying(std::string_view last_reason);

}  // namespace emulator::core
