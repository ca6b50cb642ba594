// EventLog: the diagnostic events of one account as JSON lines in its directory (docs/storage_format.md, Events).
//
// `events.jsonl` grows to kLargestFile and then becomes `events.1.jsonl`, replacing the one before: so the newest
// kLargestFile bytes at least are kept, and never more than twice that. Every line has a number that grows by one and
// goes on after a restart. Lines are written by one worker at a time and not synced: an event is no promise.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "emulator/core/diagnostic_event.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace emulator::events {

inline constexpr std::size_t kLargestFile = 8 * 1024 * 1024;
/// Events that wait for the disk; beyond it events are dropped and their number is missing.
inline constexpr std::size_t kMostWaitingEvents = 100'000;

class EventLog {
 public:
  /// Reads the last number from what is there; a torn last line is cut off. io.
  static base::Result<std::unique_ptr<EventLog>> open(std::filesystem::path directory, std::string account,
                                                      base::Workers& workers, std::size_t largest_file = kLargestFile);
  ~EventLog();

  /// From any thread; does not wait for the disk.
  void append(const core::DiagnosticEvent& event);

  /// What a reader gets: whole lines with numbers above `since`, oldest first, of at most about `limit` bytes; who
  /// wants more asks again with the number of the last line. Also what is still on its way to the disk. Blocks: for a
  /// worker.
  [[nodiscard]] base::Result<std::string> read(std::uint64_t since, std::size_t limit) const;

 private:
  struct State;
  explicit EventLog(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// `events.jsonl` in the account's directory.
std::filesystem::path events_file(const std::filesystem::path& directory);

}  // namespace emulator::events
