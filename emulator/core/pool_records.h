// What is kept of a pool, and of it for its autoscale formula.
#pragma once

#include "emulator/core/package_records.h"

namespace emulator::core {

/// The resize under way, or the last one.
struct Resize {
  Timestamp started{};
  Ticks timeout{};
  wire::batch::DeallocationOption deallocation = wire::batch::DeallocationOption::requeue;
  bool initial = false;  ///< the sizing that follows creation
};

/// `autoScaleRun`: what the last evaluation of a formula gave (contract 8.7, 8.8).
struct AutoScaleRun {
  Timestamp at{};
  std::string results;
  std::optional<ResourceError> error;
};

/// A pool has it while it scales by formula.
struct AutoScale {
  std::string formula;
  Ticks interval{};
  Timestamp next_evaluation{};
  std::optional<AutoScaleRun> run;
};

struct PoolRecord {
  PoolId id;
  Document document;
  Version version;
  Timestamp created{};
  wire::batch::PoolState state{};
  Timestamp state_since{};
  wire::batch::AllocationState allocation_state{};
  Timestamp allocation_state_since{};
  Resize resize;
  std::vector<ResourceError> resize_errors;
  std::int32_t target_dedicated = 0;
  std::int32_t target_low_priority = 0;

  // Fixed at creation or changed by PATCH; taken out of the document for the rules.
  std::int32_t task_slots_per_node = 1;
  wire::batch::NodeFillType fill = wire::batch::NodeFillType::spread;
  std::int32_t cores_per_node = 1;
  bool inter_node_communication = false;
  /// Containers or mounts: a node stays in `starting` until its agent has set them up.
  bool sets_up_nodes = false;
  Document start_task;  ///< null = none; canonical JSON of the start task
  bool start_task_waits = true;
  std::vector<PackageReference> packages;
  Document certificate_references;          ///< null = none; canonical JSON of the list
  std::vector<CertificateId> certificates;  ///< what the list names

  std::optional<AutoScale> auto_scale;
  Timestamp auto_scale_enabled{};  ///< when enableautoscale was last accepted

  std::uint64_t next_node_number = 0;  ///< for node ids and addresses; never reused
  std::string vm_size;                 ///< for usage metrics
  bool is_auto_pool = false;
  PoolUsage usage;  ///< of nodes that are gone
};

/// What a pool's autoscale formula may ask for, as it was at `at`, a time at which samples are taken, and as it stayed
/// until the pool's next record: only what changed is written. While the emulator is not running its pools stand still,
/// and so do their samples.
struct SampleRecord {
  PoolId pool;
  Timestamp at{};
  std::int64_t active_tasks = 0;  ///< ready to run, of active jobs
  std::int64_t running_tasks = 0;
  std::int64_t succeeded_tasks = 0;
  std::int64_t failed_tasks = 0;
  std::int64_t dedicated_nodes = 0;
  std::int64_t low_priority_nodes = 0;
  std::int64_t preempted_nodes = 0;
  std::int64_t usable_nodes = 0;
  std::int64_t busy_slots = 0;      ///< of the usable nodes
  std::int64_t slots_per_node = 1;  ///< taskSlotsPerNode
};

}  // namespace emulator::core
