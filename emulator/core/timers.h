// Timers: when time alone will change something, one moment for each thing that has a life.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <set>
#include <variant>

namespace emulator::core {

struct Pool;
struct Node;
struct Job;
struct Task;
struct Certificate;
struct JobSchedule;
struct JobNode;

inline constexpr base::Timestamp kNever = base::Timestamp::max();

/// The alarm of one thing, kept inside it.
struct Alarm {
  base::Timestamp at = kNever;
  std::uint64_t serial = 0;  ///< distinct for every thing: the order among equal times
};

class Timers {
 public:
  using Owner = std::variant<Pool*, Node*, Job*, Task*, Certificate*, JobSchedule*, JobNode*>;

  /// Moves the owner's alarm; kNever switches it off.
  void set(Alarm& alarm, Owner owner, base::Timestamp at) {
    if (alarm.at == at) return;
    if (alarm.at != kNever) entries_.erase(Entry{alarm.at, alarm.serial, owner});
    alarm.at = at;
    if (at != kNever) entries_.insert(Entry{at, alarm.serial, owner});
  }
  [[nodiscard]] std::optional<base::Timestamp> next() const {
    return entries_.empty() ? std::nullopt : std::optional(entries_.begin()->at);
  }
  /// The owner of the earliest alarm that is due; nothing when none is. The alarm stays set.
  [[nodiscard]] std::optional<Owner> due(base::Timestamp now) const {
    return entries_.empty() || entries_.begin()->at > now ? std::nullopt : std::optional(entries_.begin()->owner);
  }

 private:
  struct Entry {
    base::Timestamp at;
    std::uint64_t serial;
    Owner owner;
    bool operator<(const Entry& other) const { return at != other.at ? at < other.at : serial < other.serial; }
  };
  std::set<Entry> entries_;
};

}  // namespace emulator::core
