// What is kept of a job schedule.
#pragma once

#include "emulator/core/record_basics.h"

namespace emulator::core {

struct AddJob;

/// `schedule` (contract 4.4).
struct ScheduleTimes {
  std::optional<Timestamp> do_not_run_until;
  std::optional<Timestamp> do_not_run_after;
  Ticks start_window = kUnlimited;
  std::optional<Ticks> recurrence;
  bool operator==(const ScheduleTimes&) const = default;
};

struct JobScheduleRecord {
  JobScheduleId id;
  Document document;
  Version version;
  Timestamp created{};
  wire::batch::JobScheduleState state{};
  Timestamp state_since{};
  std::optional<wire::batch::JobScheduleState> previous_state;
  std::optional<Timestamp> previous_state_since;

  ScheduleTimes times;
  /// What the next job is added with, but for its id; never null.
  std::shared_ptr<const AddJob> specification;

  std::optional<Timestamp> next_run;  ///< the next occasion, or the one that is due; nothing = no more
  std::uint64_t next_job_number = 1;  ///< never reused
  JobId recent_job;                   ///< the last one made, be it deleted since; empty = none yet
  std::optional<Timestamp> last_start;
  std::optional<Timestamp> ended;
  PoolId auto_pool;     ///< made for all its jobs; empty = none
  WorkStatistics past;  ///< of deleted jobs
};

}  // namespace emulator::core
