// What every state machine here is made of: a table of (from, event, to), proven unambiguous at compile time. A pair
// that is absent from its table is a refusal. docs/states.md is printed from these tables.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace emulator::core {

template <class State, class Event>
struct Transition {
  State from;
  Event event;
  State to;
};

/// No (state, event) pair appears twice.
template <class State, class Event, std::size_t N>
constexpr bool unambiguous(const std::array<Transition<State, Event>, N>& table) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = i + 1; j < N; ++j) {
      if (table[i].from == table[j].from && table[i].event == table[j].event) return false;
    }
  }
  return true;
}

/// Where the event leads from the state; nothing when it is refused there.
template <class State, class Event, std::size_t N>
constexpr std::optional<State> next_state(const std::array<Transition<State, Event>, N>& table, State from,
                                          Event event) {
  for (const auto& row : table) {
    if (row.from == from && row.event == event) return row.to;
  }
  return std::nullopt;
}

}  // namespace emulator::core
