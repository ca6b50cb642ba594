// Shared: what every node of this emulator process has in common. Lives on the node service's strand.
#pragma once

#include "base/async.h"
#include "base/coroutine_group.h"
#include "base/wakeup.h"
#include "emulator/nodes/child_exits.h"
#include "emulator/nodes/node_service.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace emulator::nodes {

/// Coroutines of the service: each node has two (its life, and the watch over its process), the service a few.
inline constexpr std::size_t kMostCoroutines = 65'536;

/// Somebody waits for a node's logs to be uploaded.
struct LogUploadWait {
  explicit LogUploadWait(base::Executor on) : ended(std::move(on)) {}
  base::Wakeup ended;
  std::optional<wire::node::LogsUploaded> result;
};

struct Shared {
  Shared(base::Executor on, base::Workers& threads, const base::Clock& time, service::BatchService& batch,
         NodeOptions told, AssignmentSource source, std::string session_id)
      : strand(on),
        workers(threads),
        clock(time),
        service(batch),
        options(std::move(told)),
        assignments(std::move(source)),
        session(std::move(session_id)),
        group(on, kMostCoroutines),
        exits(on),
        start_ended(on) {}

  base::Executor strand;
  base::Workers& workers;
  const base::Clock& clock;
  service::BatchService& service;
  NodeOptions options;
  AssignmentSource assignments;
  std::string session;                                                ///< of this emulator process
  std::map<std::string, std::shared_ptr<LogUploadWait>> log_uploads;  ///< by the order's id
  base::CoroutineGroup group;
  ChildExits exits;

  std::size_t starts = 0;  ///< agents being started, at most options.most_starts_at_once
  base::Wakeup start_ended;
  std::uint64_t reports = 0;
};

}  // namespace emulator::nodes
