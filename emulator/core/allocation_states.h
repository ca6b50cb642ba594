// The allocation states of a pool (contract 5.2): how its nodes follow its targets.
#pragma once

#include "emulator/core/records.h"
#include "emulator/core/states.h"

#include <string_view>

namespace emulator::core {

enum class AllocationEvent {
  resize_asked,
  targets_reached,
  timed_out,
  refused,  ///< what is missing cannot be had: a quota is reached
  stop_asked,
  stopped,
  pool_deleted,
};
constexpr auto names_of(AllocationEvent) {
  return std::to_array<std::string_view>(
      {"resize asked", "targets reached", "timed out", "refused", "stop asked", "stopped", "pool deleted"});
}

using AllocationTransition = Transition<wire::batch::AllocationState, AllocationEvent>;
inline constexpr auto kAllocationTransitions = [] {
  using enum wire::batch::AllocationState;
  using enum AllocationEvent;
  return std::to_array<AllocationTransition>({
      {steady, resize_asked, resizing},
      {resizing, targets_reached, steady},
      {resizing, timed_out, steady},
      {resizing, refused, steady},
      {resizing, stop_asked, stopping},
      {stopping, stopped, steady},
      // A deleted pool is resized to nothing, whatever it was doing.
      {steady, pool_deleted, resizing},
      {resizing, pool_deleted, resizing},
      {stopping, pool_deleted, resizing},
  });
}();
static_assert(unambiguous(kAllocationTransitions));

/// A new pool is resizing, even towards nothing.
void begin_allocation(PoolRecord& pool, Timestamp now);
/// Applies the event; a pair that is not in the table is a bug.
void transition(PoolRecord& pool, AllocationEvent event, Timestamp now);

}  // namespace emulator::core
