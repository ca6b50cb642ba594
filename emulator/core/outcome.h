// Outcome: what applying one command gives: the reply, the rows to commit before it goes out, the notices
// and diagnostic events after.
#pragma once

#include "emulator/core/change.h"
#include "emulator/core/commands.h"
#include "emulator/core/diagnostic_event.h"
#include "emulator/core/notice.h"

#include <vector>

namespace emulator::core {

/// A refused command has an error as its reply; it may still have changes (time that had passed meanwhile).
struct Outcome {
  base::Result<Reply> reply = Reply{};
  std::vector<Change> changes;
  std::vector<Notice> notices;
  std::vector<DiagnosticEvent> events;
};

}  // namespace emulator::core
