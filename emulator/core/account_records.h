// What is kept of the account itself.
#pragma once

#include "emulator/core/record_basics.h"

namespace emulator::core {

/// A half hour of a pool in the usage metrics (contract 4.6).
struct UsageKey {
  Timestamp begin{};
  PoolId pool;
  std::string vm_size;
  auto operator<=>(const UsageKey&) const = default;
};
struct UsageRecord {
  UsageKey key;
  Ticks core_time{};
};

/// What is left of jobs and pools that are gone; one row.
struct TotalsRecord {
  Timestamp since{};  ///< the first pool or job ever; the epoch when there was none
  WorkStatistics work;
  PoolUsage pools;
};

}  // namespace emulator::core
