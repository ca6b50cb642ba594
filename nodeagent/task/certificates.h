// Certificates in a task's AZ_BATCH_CERTIFICATES_DIR (contract 7.1): sha1-{thumbprint}.pfx with its password beside it
// in sha1-{thumbprint}.pfx.pw, or sha1-{thumbprint}.cer. Names as tasks on the live service find them.
#pragma once

#include "base/result.h"
#include "nodeagent/task/paths.h"
#include "wire/node/protocol.h"

#include <vector>

namespace nodeagent::task {

/// Writes those that a task, or the start task, may see; for nobody else's eyes. Blocks: for a worker.
base::Result<void> place_certificates(const TaskPaths& paths, const std::vector<wire::node::Certificate>& certificates,
                                      bool of_start_task);

}  // namespace nodeagent::task
