// The states of a job schedule (contract 5.5).
#pragma once

#include "emulator/core/records.h"
#include "emulator/core/states.h"

#include <string_view>

namespace emulator::core {

enum class JobScheduleEvent {
  disable_asked,
  enable_asked,
  end_asked,  ///< terminated by the user, its time is over, or its only job is
  ended,      ///< no job is active any more
  delete_asked,
};
constexpr auto names_of(JobScheduleEvent) {
  return std::to_array<std::string_view>({"disable asked", "enable asked", "end asked", "ended", "delete asked"});
}

using JobScheduleTransition = Transition<wire::batch::JobScheduleState, JobScheduleEvent>;
inline constexpr auto kJobScheduleTransitions = [] {
  using State = wire::batch::JobScheduleState;
  using Event = JobScheduleEvent;
  return std::to_array<JobScheduleTransition>({
      {State::active, Event::disable_asked, State::disabled},
      {State::disabled, Event::enable_asked, State::active},
      {State::active, Event::end_asked, State::terminating},
      {State::disabled, Event::end_asked, State::terminating},
      {State::terminating, Event::ended, State::completed},
      {State::active, Event::delete_asked, State::deleting},
      {State::disabled, Event::delete_asked, State::deleting},
      {State::terminating, Event::delete_asked, State::deleting},
      {State::completed, Event::delete_asked, State::deleting},
  });
}();
static_assert(unambiguous(kJobScheduleTransitions));

/// The state of a new schedule: active.
void begin(JobScheduleRecord& schedule, Timestamp now);
/// Applies the event and remembers the state before; a pair that is not in the table is a bug.
void transition(JobScheduleRecord& schedule, JobScheduleEvent event, Timestamp now);

}  // namespace emulator::core
