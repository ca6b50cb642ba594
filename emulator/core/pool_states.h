// The states of a pool (contract 5.1): what can happen to it, and where that leads.
#pragma once

#include "emulator/core/records.h"
#include "emulator/core/states.h"

#include <string_view>

namespace emulator::core {

enum class PoolEvent { delete_asked };
constexpr auto names_of(PoolEvent) {
  return std::to_array<std::string_view>({"delete asked"});
}

using PoolTransition = Transition<wire::batch::PoolState, PoolEvent>;
inline constexpr auto kPoolTransitions = std::to_array<PoolTransition>({
    // from                           event                    to
    {wire::batch::PoolState::active, PoolEvent::delete_asked, wire::batch::PoolState::deleting},
});
static_assert(unambiguous(kPoolTransitions));

/// The state of a new pool: active.
void begin(PoolRecord& pool, Timestamp now);
/// Applies the event; a pair that is not in the table is a bug.
void transition(PoolRecord& pool, PoolEvent event, Timestamp now);

}  // namespace emulator::core
