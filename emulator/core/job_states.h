// The states of a job (contract 5.4).
#pragma once

#include "emulator/core/records.h"
#include "emulator/core/states.h"

#include <string_view>

namespace emulator::core {

enum class JobEvent {
  disable_asked,  ///< by the user, or by the exit of a task
  disabled,       ///< no task runs any more
  enable_asked,
  enabled,
  end_asked,  ///< terminated by the user, its wall clock, its last task or the exit of a task
  ended,      ///< no task runs any more
  delete_asked,
  auto_pool_failed,  ///< the pool that the job was to have could not be made
};
constexpr auto names_of(JobEvent) {
  return std::to_array<std::string_view>({"disable asked", "disabled", "enable asked", "enabled", "end asked", "ended",
                                          "delete asked", "auto pool failed"});
}

using JobTransition = Transition<wire::batch::JobState, JobEvent>;
inline constexpr auto kJobTransitions = [] {
  using State = wire::batch::JobState;
  using Event = JobEvent;
  return std::to_array<JobTransition>({
      {State::active, Event::disable_asked, State::disabling},
      {State::disabling, Event::disabled, State::disabled},
      // Enabling while tasks are still being ended was seen accepted on the live service.
      {State::disabling, Event::enable_asked, State::enabling},
      {State::disabled, Event::enable_asked, State::enabling},
      {State::enabling, Event::enabled, State::active},
      {State::active, Event::end_asked, State::terminating},
      {State::disabling, Event::end_asked, State::terminating},
      {State::disabled, Event::end_asked, State::terminating},
      {State::enabling, Event::end_asked, State::terminating},
      {State::terminating, Event::ended, State::completed},
      {State::active, Event::auto_pool_failed, State::completed},
      {State::active, Event::delete_asked, State::deleting},
      {State::disabling, Event::delete_asked, State::deleting},
      {State::disabled, Event::delete_asked, State::deleting},
      {State::enabling, Event::delete_asked, State::deleting},
      {State::terminating, Event::delete_asked, State::deleting},
      {State::completed, Event::delete_asked, State::deleting},
  });
}();
static_assert(unambiguous(kJobTransitions));

/// The state of a new job: active.
void begin(JobRecord& job, Timestamp now);
/// Applies the event and remembers the state before; a pair that is not in the table is a bug.
void transition(JobRecord& job, JobEvent event, Timestamp now);

}  // namespace emulator::core
