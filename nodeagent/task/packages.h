// Application packages on a node (contract 7.2, 7.5): downloaded and unpacked once for all tasks, kept until the node's
// directory goes.
//
// root/applications/{application}/{version}/{edition}/ is there only when all of it is there: it is unpacked beside the
// root and renamed into place. A version that was uploaded again is another edition, so tasks that run keep theirs.
#pragma once

#include "base/async.h"
#include "nodeagent/task/node_context.h"
#include "wire/node/protocol.h"

#include <filesystem>
#include <vector>

namespace nodeagent::task {

base::Async<base::Result<void>> deploy_package(NodeContext& context, wire::node::Package package);

/// Brings them all. The first that fails ends it: an error for failure_of() with the code ApplicationPackageError and
/// the detail ApplicationPackageReference. Whoever waits for a package that another brings shares his failure; when the
/// other one is cancelled, it goes on himself.
base::Async<base::Result<void>> deploy_packages(NodeContext& context, std::vector<wire::node::Package> packages);

/// Where a package is once it is there. invalid_argument when its names are none.
base::Result<std::filesystem::path> package_directory(const NodePaths& paths, const wire::node::Package& package);

/// AZ_BATCH_APP_PACKAGE_{id}_{version} for each, and the same in upper case; without version for a default one.
wire::node::Environment package_variables(const NodePaths& paths, const std::vector<wire::node::Package>& packages);

}  // namespace nodeagent::task
