// What several records have: documents, failures, versions, statistics.
//
// A `document` is the canonical JSON text of what the user set (validated, newest names, no defaults filled). The core
// never looks inside: members it rules by are fields beside it. A document is immutable and shared.
#pragma once

#include "base/clock.h"
#include "emulator/core/ids.h"
#include "wire/batch/limits.h"
#include "wire/batch/vocabulary.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator::core {

using base::Ticks;
using base::Timestamp;
using Document = std::shared_ptr<const std::string>;

/// "No limit" for wall clocks and retention (contract 1.5).
inline constexpr Ticks kUnlimited = wire::batch::kUnlimited;

/// Items of `values`, `details` and `errorDetails` (contract 3.5).
using NameValues = std::vector<std::pair<std::string, std::string>>;

/// `failureInfo` (contract 5.8).
struct Failure {
  wire::batch::FailureCategory category{};
  std::string code;
  std::string message;
  NameValues details;
  bool operator==(const Failure&) const = default;
};

/// An item of a pool's `resizeErrors` or a node's `errors`.
struct ResourceError {
  std::string code;
  std::string message;
  NameValues values;
  bool operator==(const ResourceError&) const = default;
};

/// `containerInfo` of a task that ran in a container (contract 5.7).
struct ContainerInfo {
  std::string id;
  std::string state;
  std::string error;
  bool operator==(const ContainerInfo&) const = default;
};

/// lastModified, from which the ETag is computed (contract 1.6).
struct Version {
  Timestamp last_modified{};
};

/// What runs of tasks have used, added up.
struct Usage {
  Ticks user_cpu{};
  Ticks kernel_cpu{};
  Ticks wall_clock{};
  std::int64_t read_operations = 0;
  std::int64_t write_operations = 0;
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;
  bool operator==(const Usage&) const = default;
  Usage& operator+=(const Usage& other);
};
/// Of tasks (contract 9.1).
struct WorkStatistics {
  Usage usage;
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  std::int64_t retries = 0;
  Ticks wait{};  ///< between addition and (last) start
  bool operator==(const WorkStatistics&) const = default;
  WorkStatistics& operator+=(const WorkStatistics& other);
};
/// Of nodes, as long as they have been there, and of the tasks that ran on them.
struct PoolUsage {
  Ticks core_time{};
  Ticks dedicated_core_time{};
  Usage tasks;
  bool operator==(const PoolUsage&) const = default;
  PoolUsage& operator+=(const PoolUsage& other);
};

}  // namespace emulator::core
