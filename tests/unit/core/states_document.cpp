#include "tests/unit/core/states_document.h"

#include "emulator/core/allocation_states.h"
#include "emulator/core/certificate_states.h"
#include "emulator/core/job_schedule_states.h"
#include "emulator/core/job_states.h"
#include "emulator/core/node_states.h"
#include "emulator/core/pool_states.h"
#include "emulator/core/task_states.h"

namespace emulator::core {
namespace {

template <class State, class Event, std::size_t N>
std::string section(const std::string& title, const std::string& source,
                    const std::array<Transition<State, Event>, N>& table) {
  std::string text = "\n## " + title + "\n\n`emulator/core/" + source + "`\n\n| From | Event | To |\n|---|---|---|\n";
  for (const auto& row : table) {
    text += "| ";
    text += wire::batch::name_of(row.from);
    text += " | ";
    text += wire::batch::name_of(row.event);
    text += " | ";
    text += wire::batch::name_of(row.to);
    text += " |\n";
  }
  return text;
}

}  // namespace

std::string states_document() {
  return "# States\n\nPrinted by `print-states` from the tables that the rules run on; a test compares. A pair of "
         "state "
         "and event\nthat is not here is refused.\n" +
         section("Pool", "pool_states.h", kPoolTransitions) +
         section("Allocation of a pool", "allocation_states.h", kAllocationTransitions) +
         section("Node", "node_states.h", kNodeTransitions) + section("Job", "job_states.h", kJobTransitions) +
         section("Job schedule", "job_schedule_states.h", kJobScheduleTransitions) +
         section("Task", "task_states.h", kTaskTransitions) +
         section("Certificate", "certificate_states.h", kCertificateTransitions);
}

}  // namespace emulator::core
