// Orders: from the core's notices to the protocol's orders, in two steps: the records are copied where the core lives,
// the orders are made of them elsewhere.
#pragma once

#include "emulator/core/batch.h"
#include "emulator/core/commands.h"
#include "emulator/core/notice.h"
#include "emulator/core/place.h"
#include "emulator/nodes/node_service.h"
#include "wire/node/protocol.h"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace emulator::nodes {

/// A notice for an agent with copies of the records that its order is made of. Those that are gone, or have moved on
/// to another attempt, are absent: then there is nothing to order.
struct NoticedWork {
  core::Notice notice;
  core::NodeKey node;
  std::optional<core::TaskRecord> task;
  std::optional<core::SpecialTask> special;  ///< instead of `task`: a special task of the job
  std::shared_ptr<const core::JobRecord> job;
  std::shared_ptr<const core::PoolRecord> pool;
  std::optional<core::NodeRecord> record;
  /// Of a task, respectively in `preparation` of a node: what its references come to, as far as they can be satisfied.
  std::vector<core::DeployablePackage> packages;
  std::optional<Preparation> preparation;
  std::optional<core::PackageReference> missing_package;
  core::TaskPlace place;
};
/// On the core's strand.
std::vector<NoticedWork> gather(const core::Batch& batch, std::span<const core::Notice> notices);

/// What a notice comes to: an order, or, when none can be made, the command that says so to the core; or neither.
struct MadeOrder {
  std::optional<wire::node::OrderBody> order;
  std::optional<core::Command> failure;
};
MadeOrder make_order(const NoticedWork& work, const AssignmentSource& source, core::Timestamp now);

/// The command for what an agent reports.
/// Not for LogsUploaded, which the core has nothing to do with.
core::Command command_of(const wire::node::ReportBody& report, const core::NodeKey& node,
                         core::Incarnation incarnation);

const core::NodeKey& node_of(const core::Notice& notice);

}  // namespace emulator::nodes
