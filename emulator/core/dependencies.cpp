#include "emulator/core/dependencies.h"

#include <charconv>

namespace emulator::core {
namespace {

/// The number that an id spells: digits only, leading zeros do not matter.
std::optional<std::int64_t> number_of(const TaskId& id) {
  const std::string& text = id.text();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
  return number;
}

template <class Map, class Key>
void append_watchers(Map& map, const Key& key, std::map<std::uint64_t, Task*>& to) {
  const auto found = map.find(key);
  if (found == map.end()) return;
  to.merge(found->second);
  map.erase(found);
}

template <class Map, class Key>
void drop_watcher(Map& map, const Key& key, std::uint64_t sequence) {
  const auto found = map.find(key);
  if (found == map.end()) return;
  found->second.erase(sequence);
  if (found->second.empty()) map.erase(found);
}

}  // namespace

bool Dependencies::admit(Task* task, std::uint64_t sequence, const TaskRules& rules, DependencyWatch& watch) {
  watch.waiting = false;
  for (; watch.next_id < rules.depends_on.size(); ++watch.next_id) {
    const TaskId id{rules.depends_on[watch.next_id]};
    if (satisfied_.contains(id)) continue;
    id_watchers_[id].emplace(sequence, task);
    watch.waiting = true;
    return false;
  }
  for (; watch.next_range < rules.depends_on_ranges.size(); ++watch.next_range, watch.next_number.reset()) {
    const auto& [first, last] = rules.depends_on_ranges[watch.next_range];
    std::int64_t number = watch.next_number.value_or(first);
    for (auto have = satisfied_numbers_.lower_bound(number);
         number <= last && have != satisfied_numbers_.end() && *have == number; ++have) {
      ++number;
    }
    if (number > last) continue;
    watch.next_number = number;
    number_watchers_[number].emplace(sequence, task);
    watch.waiting = true;
    return false;
  }
  return true;
}

void Dependencies::forget(std::uint64_t sequence, const TaskRules& rules, DependencyWatch& watch) {
  if (!watch.waiting) return;
  watch.waiting = false;
  if (watch.next_id < rules.depends_on.size()) {
    drop_watcher(id_watchers_, TaskId{rules.depends_on[watch.next_id]}, sequence);
  } else {
    drop_watcher(number_watchers_, *watch.next_number, sequence);
  }
}

std::vector<Task*> Dependencies::satisfy(const TaskId& id) {
  Watchers released;
  satisfied_.insert(id);
  append_watchers(id_watchers_, id, released);
  if (const auto number = number_of(id)) {
    satisfied_numbers_.insert(*number);
    append_watchers(number_watchers_, *number, released);
  }
  std::vector<Task*> tasks;
  for (const auto& [sequence, task] : released) tasks.push_back(task);
  return tasks;
}

void Dependencies::revoke(const TaskId& id) {
  satisfied_.erase(id);
  if (const auto number = number_of(id)) satisfied_numbers_.erase(*number);
}

}  // namespace emulator::core
