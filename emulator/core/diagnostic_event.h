// Diagnostic events (contract 9.2): what happened, told after the commit to whoever wants to know. Nothing depends on
// them and they are not kept with the state: a process that dies between commit and telling loses them.
//
// The rules raise one with State::raise(body); it leaves in Outcome::events. emulator/events makes JSON of them.
#pragma once

#include "emulator/core/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace emulator::core {

struct PoolCreated {
  PoolRecord pool;
  bool auto_pool = false;
};
/// What PoolResizeStart and PoolResizeComplete share.
struct ResizeFigures {
  PoolId pool;
  /// Nothing when no node is asked to leave ("invalid").
  std::optional<wire::batch::DeallocationOption> deallocation;
  std::int32_t current_dedicated = 0;
  std::int32_t target_dedicated = 0;
  std::int32_t current_low_priority = 0;
  std::int32_t target_low_priority = 0;
  bool auto_scale = false;
  bool auto_pool = false;
};
struct PoolResizeStarted {
  ResizeFigures figures;
};
struct PoolResizeCompleted {
  ResizeFigures figures;
  Timestamp started{};
  Timestamp ended{};
  std::vector<ResourceError> errors;  ///< empty = success
};
struct PoolDeleteStarted {
  PoolId pool;
};
struct PoolDeleteCompleted {
  PoolId pool;
  Timestamp started{};
  Timestamp ended{};
};
/// An evaluation of a pool's formula.
struct PoolAutoScaled {
  PoolId pool;
  Timestamp at{};
  std::string formula;
  std::string results;
  std::optional<ResourceError> error;
};

/// What the events of a task say of it, as it was at that moment.
struct TaskFigures {
  TaskKey key;
  bool job_manager = false;
  std::uint64_t attempt = 0;
  std::int32_t required_slots = 1;
  std::int32_t instances = 1;
  std::optional<NodeKey> node;
  std::int32_t max_retries = 0;
  TaskExecution execution;
};
struct TaskStarted {
  TaskFigures task;
};
struct TaskCompleted {
  TaskFigures task;
};
/// Comes beside TaskCompleted when the task failed.
struct TaskFailed {
  TaskFigures task;
};
/// The task could not be run where it was meant to, and is tried again.
struct TaskScheduleFailed {
  TaskFigures task;
  Failure error;
};
struct TaskRequeued {
  TaskFigures task;
};
/// A preparation or release task ended on a node.
struct SpecialTaskEnded {
  JobId job;
  TaskId task;
  bool release = false;  ///< else preparation
  NodeKey node;
  Timestamp started{};
  Timestamp ended{};
  std::optional<std::int32_t> exit_code;
  std::optional<Failure> failure;
};

using DiagnosticEventBody = std::variant<PoolCreated, PoolResizeStarted, PoolResizeCompleted, PoolDeleteStarted,
                                         PoolDeleteCompleted, PoolAutoScaled, TaskStarted, TaskCompleted, TaskFailed,
                                         TaskScheduleFailed, TaskRequeued, SpecialTaskEnded>;

struct DiagnosticEvent {
  Timestamp time{};
  DiagnosticEventBody body;
};

}  // namespace emulator::core
